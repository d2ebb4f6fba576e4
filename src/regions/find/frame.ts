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
  const right = width - 1;
  const bottom = (height - 1) * stride;
  const above = fills(mask, 0, 1, stride, width, height) && fills(mask, right, -1, stride, width, height);
  const below =
    fills(mask, bottom, 1, -stride, width, height) && fills(mask, bottom + right, -1, -stride, width, height);
  return { above, below };
}

// Whether ink comes near to a corner: from there, `across` and `down` are the ways into the box.
function fills(mask: Uint8Array, corner: number, across: number, down: number, width: number, height: number): boolean {
  for (let y = 0; y < CORNER * height; y++) {
    const reach = width * Math.sqrt(CORNER ** 2 - (y / height) ** 2);
    for (let x = 0, p = corner + y * down; x < reach; x++, p += across) if (mask[p] === MASK_INK) return true;
  }
  return false;
}

/** Whether a ring of ink fills all corners of its box; `mask` as for {@link cornersOf}. */
export function fillsCorners(mask: Uint8Array, stride: number, width: number, height: number): boolean {
  const { above, below } = cornersOf(mask, stride, width, height);
  return above && below;
}
