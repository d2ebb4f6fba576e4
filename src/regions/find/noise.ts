// Owns how strong the noise of a level is. It knows nothing of ink.

import type { Kernels } from '../../kernels/kernels.js';
import { LEVELS } from '../../kernels/layout.js';
import type { Level } from './pyramid.js';

/**
 * Standard deviation of a level's noise in gray levels, from the median difference of neighbours (robust: most pixels
 * are ground).
 */
export type NoiseMeter = (level: Pick<Level, 'gray' | 'width' | 'height'>) => number;

/**
 * Median of the absolute value of a normal variable, in standard deviations; a difference of two has sqrt(2) of them.
 */
const MEDIAN_OF_NORMAL = 0.6745;

/** A meter that keeps its histogram. */
export function createNoiseMeter(kernels: Kernels): NoiseMeter {
  const histogram = kernels.piece();
  histogram.reserve(4 * LEVELS);
  const look = kernels.viewed((buffer) => new Uint32Array(buffer, histogram.address, LEVELS));
  return ({ gray, width, height }) => {
    const count = kernels.run.neighbourDifferences(gray, width, height, histogram.address);
    const bins = look();
    let [half, median] = [count / 2, 0];
    while (median < LEVELS - 1 && (half -= bins[median]!) > 0) median++;
    return median / (MEDIAN_OF_NORMAL * Math.SQRT2);
  };
}
