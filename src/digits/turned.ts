// Owns what a normalised digit looks like when its picture is turned by quarter turns. It must not know what that is
// for.
import { PIXELS, SIDE, type Rotation } from '../types.js';

/** Where MNIST has the centre of mass, in both directions: a digit is turned about the middle of this pixel. */
const CENTRE = SIDE / 2;

/**
 * Turns digits clockwise. What is normalised is turned, not the picture: a digit's box and its centre of mass turn with
 * it, so that this is what the turned picture gives, but for what is within half a pixel. The outermost row or column,
 * which has no place beyond the centre, falls off.
 * @param from `[n, 784]`
 * @param to `[n, 784]`, not overlapping.
 */
export function turnDigits(from: Float32Array, by: Exclude<Rotation, 0>, to: Float32Array): void {
  to.fill(0);
  const last = 2 * CENTRE;
  for (let digit = 0; digit < from.length; digit += PIXELS)
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) {
        const [right, down] = by === 90 ? [last - y, x] : by === 180 ? [last - x, last - y] : [y, last - x];
        if (right < SIDE && down < SIDE) to[digit + down * SIDE + right] = from[digit + y * SIDE + x]!;
      }
}
