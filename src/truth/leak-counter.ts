// Owns the running count of a live run that has a truth: how many of its digits leaked so far. It must not play or
// print.
import type { Leaks } from '../types.js';
import type { FrameSightings } from '../types.js';
import { match } from './match.js';
import type { Truth } from './truth.js';

/** Counts frame by frame. */
export class LeakCounter {
  readonly #byFrame: ReadonlyMap<number, Truth['frames'][number]['digits']>;
  #digits = 0;
  #leaked = 0;
  #stray = 0;

  constructor({ frames }: Pick<Truth, 'frames'>) {
    this.#byFrame = new Map(frames.map(({ frame, digits }) => [frame, digits]));
  }

  /** To be told of every frame once. */
  frame({ frame, sightings }: FrameSightings): void {
    const said = sightings
      .filter(({ verdict }) => verdict.accepted)
      .map(({ digit, verdict }) => ({ box: digit.region.box, digit: verdict.digit }));
    // A file that is read again shows the same once more.
    const index = frame.index - (frame.pass?.begins ?? 0);
    const { digits, stray } = match(this.#byFrame.get(index) ?? [], said);
    this.#digits += digits.length;
    this.#leaked += digits.filter(({ digit: { label }, sightings: own }) =>
      own.some(({ digit }) => digit !== label),
    ).length;
    this.#stray += stray.length;
  }

  /** So far. */
  get leaks(): Leaks {
    const [digits, leaked] = [this.#digits, this.#leaked];
    return { digits, leaked, rate: digits === 0 ? 0 : leaked / digits, stray: this.#stray };
  }
}
