// Owns the L-infinity ball around images, cut with [0, 1]: stepping inside it. Pure.

import { PIXELS } from '../../types.js';

/**
 * One step of the same length in every pixel, along the sign of a gradient, back into the ball. Writes into `pixels`.
 * A gradient of 0 moves nothing, and neither does NaN.
 * @param length Signed: above 0 goes up the gradient, below 0 down.
 * @param skip Images with an entry other than 0 stay as they are.
 */
export function stepInBall(
  pixels: Float32Array,
  origin: Float32Array,
  epsilon: number,
  gradient: Float32Array,
  length: number,
  skip?: Uint8Array,
): void {
  for (let i = 0; i < pixels.length; i++) {
    const slope = gradient[i]!;
    if ((slope > 0 || slope < 0) && !skip?.[Math.floor(i / PIXELS)]) {
      const center = origin[i]!;
      pixels[i] = clip(Math.min(center + epsilon, Math.max(center - epsilon, alongSign(pixels[i]!, slope, length))));
    }
  }
}

/**
 * A value moved by a length along the sign of a slope: not at all where that is 0 or NaN. Training on tensors
 * (`training/harden`) steps likewise, by `tf.sign`.
 */
export function alongSign(value: number, slope: number, length: number): number {
  return slope > 0 ? value + length : slope < 0 ? value - length : value;
}

/** The value cut to [0, 1]. */
export function clip(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
