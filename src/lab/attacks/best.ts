// Owns the best candidate so far of each image of a batch. It must not know what makes one better.

import { PIXELS } from '../../types.js';

/** The best candidates: images with their ranks. */
export interface Best {
  /** `[n, 784]`. */
  readonly pixels: Float32Array;
  /** `[n]`, larger is better; -Infinity before the first offer. */
  readonly ranks: Float64Array;
  /**
   * Takes image `from` of `pixels` as candidate for image `image` when its rank is higher than that of the one it has.
   */
  offer(image: number, rank: number, pixels: Float32Array, from: number): void;
}

/** Nothing but the images themselves, which any offer beats. */
export function startBest(origin: Float32Array): Best {
  const pixels = origin.slice();
  const ranks = new Float64Array(origin.length / PIXELS).fill(-Infinity);
  return {
    pixels,
    ranks,
    offer: (image, rank, candidates, from) => {
      if (!(rank > ranks[image]!)) return;
      ranks[image] = rank;
      pixels.set(candidates.subarray(from * PIXELS, (from + 1) * PIXELS), image * PIXELS);
    },
  };
}
