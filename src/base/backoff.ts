// Owns how long something that is lost is waited for before it is tried again: a live source, a sink's target. Pure but for the number of failures it remembers.
import type { Random } from './random.js';

/** Seconds before the first try after a fault, and at most. Each further failure doubles it. */
export const [FIRST_DELAY, LONGEST_DELAY] = [1, 30];

/** The share of a delay that chance may take off, so that all behind one switch do not come back at once. */
const JITTER = 0.25;

/** Delays of 1, 2, 4, 8, 16, 30, 30, ... seconds, each shortened by up to a quarter by chance. */
export class Backoff {
  #failures = 0;

  /** @param random where the chance comes from: seeded */
  constructor(private readonly random: Pick<Random, 'next'>) {}

  /** Seconds until the next try, after one more failure. */
  next(): number {
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(this.#failures, 16));
    this.#failures += 1;
    return delay * (1 - JITTER * this.random.next());
  }

  /** All is well again: the next delay is the first. */
  reset(): void {
    this.#failures = 0;
  }
}
