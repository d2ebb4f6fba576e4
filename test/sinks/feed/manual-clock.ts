// A clock whose time moves only when a test says so.
import type { Clock } from '../../../src/base/clock.js';

interface Timer {
  due: number;
  readonly period: number | undefined;
  readonly run: () => void;
}

/** Runs timers in the order in which they are due. */
export class ManualClock implements Clock {
  protected time = 0;
  readonly #timers = new Set<Timer>();

  /** Timers that are still running. */
  get pending(): number {
    return this.#timers.size;
  }

  every(ms: number, run: () => void): () => void {
    return this.#start({ due: this.time + ms, period: ms, run });
  }

  after(ms: number, run: () => void): () => void {
    return this.#start({ due: this.time + ms, period: undefined, run });
  }

  /** Moves time on, running what falls due. */
  advance(ms: number): void {
    const until = this.time + ms;
    while (this.runNext(until));
    this.time = until;
  }

  /** Moves time on to the next timer that is due until then, and runs it; whether there was one. */
  protected runNext(until: number): boolean {
    const [timer] = [...this.#timers].filter(({ due }) => due <= until).sort((a, b) => a.due - b.due);
    if (timer === undefined) return false;
    this.time = timer.due;
    if (timer.period === undefined) this.#timers.delete(timer);
    else timer.due += timer.period;
    timer.run();
    return true;
  }

  #start(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}
