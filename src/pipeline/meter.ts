// The run's figures at this moment: totals, frames a second and lag. Writes nothing; time comes from the clock it is
// given.
import { noCounts, type Counts, type Stats } from '../types.js';

/** Seconds over which frames a second are averaged. */
const WINDOW = 2;

/** Milliseconds since any fixed moment; never goes back. */
export type Clock = () => number;

/** Measures one run. */
export class Meter {
  readonly #clock: Clock;
  /** When the frames on their way were decoded; as many as the source has buffers. */
  readonly #decoded: number[] = [];
  #published: number[] = [];
  #counts: Counts = noCounts();
  #lag = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Totals up to the last published frame. */
  get counts(): Counts {
    return this.#counts;
  }

  /** To be called for every frame that comes from the source. */
  decoded(): void {
    this.#decoded.push(this.#clock());
  }

  /**
   * To be called when a frame has been published, with the totals after it. Frames are published in the order they came
   * in.
   */
  published(counts: Counts): void {
    const now = this.#clock();
    this.#lag = (now - (this.#decoded.shift() ?? now)) / 1000;
    this.#counts = counts;
    this.#published.push(now);
    this.#forget(now);
  }

  /** The figures now; fps over the last `WINDOW` seconds. */
  stats(): Stats {
    this.#forget(this.#clock());
    return { ...this.#counts, fps: this.#published.length / WINDOW, lag: this.#lag };
  }

  #forget(now: number): void {
    const kept = this.#published.findIndex((at) => now - at < WINDOW * 1000);
    this.#published = kept < 0 ? [] : kept > 0 ? this.#published.slice(kept) : this.#published;
  }
}
