// Owns what looks like a drawn frame: a ring whose corners are filled. What stands in it is judged elsewhere.

import { MASK_INK } from '../../kernels/layout.js';

/**
 * Ink comes nearer to each corner of its box than this, in widths and heights of the box. A round ring stays 0.21
 * away, an upright frame 0; one that is turned by 7 degrees comes to 0.11.
 */
const CORNER = 0.13;

/** Which corners of its box a ring of ink fills. */
export interface Corners {
  /** Both of the upper ones. */
  readonly above: boolean;
  /** Both of the lower ones. */
  readonly below: boolean;
}

/**
 * Which corners of its box a ring of ink fills.
 * @param mask `[height, stride]`, row-major, as the kernels paint it, from the box's first pixel on
 */
export function cornersOf(mask: Uint8Array, stride: number, width: number, height: number): Corners {
  const at = (x: number, y: number, right: boolean, bottom: boolean): boolean =>
    mask[(bottom ? height - 1 - y : y) * stride + (right ? width - 1 - x : x)] === MASK_INK;
  const filled = (right: boolean, bottom: boolean): boolean => {
    for (let y = 0; y < CORNER * height; y++) {
      const across = width * Math.sqrt(CORNER ** 2 - (y / height) ** 2);
      for (let x = 0; x < across; x++) if (at(x, y, right, bottom)) return true;
    }
    return false;
  };
  return { above: filled(false, false) && filled(true, false), below: filled(false, true) && filled(true, true) };
}

/** Whether a ring of ink fills all corners of its box; `mask` as for {@link cornersOf}. */
export function fillsCorners(mask: Uint8Array, stride: number, width: number, height: number): boolean {
  const { above, below } = cornersOf(mask, stride, width, height);
  return above && below;
}
