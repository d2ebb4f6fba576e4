// A live source's clock whose time moves only when a test says so; and a way to let all that waits for no time settle.
import type { LiveClock } from '../../../src/source/live/clock.js';
import { ManualClock } from '../../sinks/feed/manual-clock.js';

/** When tests begin, on the wall. */
export const BEGIN = Date.UTC(2026, 0, 2, 3, 4, 5);

/** The thread is idle whenever time passes. */
export class ManualLiveClock extends ManualClock implements LiveClock {
  now(): number {
    return this.time;
  }

  wall(): number {
    return BEGIN + this.time;
  }

  idle(): number {
    return this.time;
  }

  /** Moves time on: from one timer that falls due to the next, letting promises settle in between. */
  async pass(ms: number): Promise<void> {
    const until = this.time + ms;
    do await settle();
    while (this.runNext(until));
    this.time = until;
  }
}

/** Resolves when promises that wait for no time have settled. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 16; i++) await Promise.resolve();
}
