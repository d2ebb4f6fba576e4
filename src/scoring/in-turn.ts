// Owns that several callers use one engine, which takes one batch at a time. Runs no network itself.
import type { Scorer } from './scorer.js';

/** The scorer for several callers: a batch waits until those that were given before it have settled. */
export function inTurn({ score, close }: Pick<Scorer, 'score' | 'close'>): Pick<Scorer, 'score' | 'close'> {
  let last: Promise<unknown> = Promise.resolve();
  return {
    score: async (pixels, n) => {
      const mine = last.then(() => score(pixels, n));
      last = mine.catch(() => undefined);
      return await mine;
    },
    close,
  };
}
