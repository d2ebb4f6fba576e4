// Owns how strong the noise of a level is. It knows nothing of ink.

import type { Kernels } from '../../kernels/kernels.js';
import type { Level } from './pyramid.js';

/**
 * Standard deviation of a level's noise in gray levels, from the median difference of neighbours (robust: most pixels
 * are ground).
 */
export type NoiseMeter = (level: Pick<Level, 'gray' | 'width' | 'height'>) => number;

/** A meter that keeps its histogram. */
export function createNoiseMeter(kernels: Kernels): NoiseMeter {
  const histogram = kernels.piece();
  histogram.reserve(4 * 256);
  const look = kernels.viewed((buffer) => new Uint32Array(buffer, histogram.address, 256));
  return ({ gray, width, height }) => {
    const count = kernels.run.neighbourDifferences(gray, width, height, histogram.address);
    const bins = look();
    let [half, median] = [count / 2, 0];
    while (median < 255 && (half -= bins[median]!) > 0) median++;
    return median / (0.6745 * Math.SQRT2);
  };
}
