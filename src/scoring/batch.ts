// What every engine checks of a batch before it computes. No engine.

import { PIXELS } from '../types.js';

/**
 * The first `n` digits of `pixels` as a view, `[n, 784]`.
 * @throws RangeError when `n` is not a whole number >= 0 or `pixels` is shorter than n * 784.
 */
export function batchOf(pixels: Float32Array, n: number): Float32Array {
  if (!Number.isInteger(n) || n < 0) throw new RangeError(`n is ${n}; it must be a whole number, 0 or more`);
  if (pixels.length < n * PIXELS)
    throw new RangeError(`pixels has ${pixels.length} numbers; ${n} digits need ${n * PIXELS}`);
  return pixels.subarray(0, n * PIXELS);
}

/** The error of a call after `close`. */
export function closedScorer(engine: string): RangeError {
  return new RangeError(`the ${engine} scorer is closed`);
}
