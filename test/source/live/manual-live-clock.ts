// A live source's clock whose time moves only when a test says so; and a way to let all that waits for no time settle.
import type { LiveClock } from '../../../src/source/live/clock.js';

/** When tests begin, on the wall. */
export const BEGIN = Date.UTC(2026, 0, 2, 3, 4, 5);

interface Timer {
  due: number;
  readonly period: number | undefined;
  readonly run: () => void;
}

/** The thread is idle whenever time passes. */
export class ManualLiveClock implements LiveClock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  /** Timers that are still running. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return BEGIN + this.#now;
  }

  idle(): number {
    return this.#now;
  }

  every(ms: number, run: () => void): () => void {
    return this.#start({ due: this.#now + ms, period: ms, run });
  }

  after(ms: number, run: () => void): () => void {
    return this.#start({ due: this.#now + ms, period: undefined, run });
  }

  /** Moves time on: from one timer that falls due to the next, letting promises settle in between. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const [timer] = [...this.#timers].filter(({ due }) => due <= until).sort((a, b) => a.due - b.due);
      if (timer === undefined) break;
      this.#now = timer.due;
      if (timer.period === undefined) this.#timers.delete(timer);
      else timer.due += timer.period;
      timer.run();
    }
    this.#now = until;
  }

  #start(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}

/** Resolves when promises that wait for no time have settled. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 16; i++) await Promise.resolve();
}
