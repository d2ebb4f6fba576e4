// Owns the best candidate so far of each image of a batch. It must not know what makes one better.

import { PIXELS } from '../../types.js';

/** The best candidates: images with their scores. */
export interface Best {
  /** `[n, 784]`. */
  readonly pixels: Float32Array;
  /** `[n]`, larger is better; -Infinity before the first offer. */
  readonly scores: Float64Array;
  /**
   * Takes image `from` of `pixels` as candidate for image `image` when its score is higher than that of the one it has.
   */
  offer(image: number, score: number, pixels: Float32Array, from: number): void;
}

/** Nothing but the images themselves, which any offer beats. */
export function startBest(origin: Float32Array): Best {
  const pixels = origin.slice();
  const scores = new Float64Array(origin.length / PIXELS).fill(-Infinity);
  return {
    pixels,
    scores,
    offer: (image, score, candidates, from) => {
      if (!(score > scores[image]!)) return;
      scores[image] = score;
      pixels.set(candidates.subarray(from * PIXELS, (from + 1) * PIXELS), image * PIXELS);
    },
  };
}
