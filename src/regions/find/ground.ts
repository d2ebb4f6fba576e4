// Owns the difference between a pixel and the ground around it, for both polarities. One level in, two maps out.

import type { Kernels, Piece } from '../../kernels/kernels.js';
import { MAX_RADIUS } from '../../kernels/layout.js';
import type { Level } from './pyramid.js';

/**
 * How much each pixel is darker (`dark`) or lighter (`light`) than the ground around it, 0 to 255: addresses in the
 * kernels' memory of two maps, `[height, width]` row-major.
 *
 * The ground of a pixel is a masked mean over the square window around it: for dark ink the mean of those pixels
 * that are not below the window's plain mean, for light ink of those not above it. So neither the ink itself nor a
 * darker thing beside the paper pulls the ground of dark ink down, and a shadow moves ground and ink together.
 */
export interface InkMaps {
  readonly dark: number;
  readonly light: number;
}

/** Computes {@link InkMaps} with running sums: a constant cost per pixel whatever the radius. */
export interface GroundFilter {
  /** The maps are the filter's own, valid until the next call. */
  apply(level: Pick<Level, 'gray' | 'width' | 'height'>): InkMaps;
}

/**
 * @param radius half the window's side in pixels (the side is `2 * radius + 1`), 1 to {@link MAX_RADIUS}; windows are
 *   cut at the border
 */
export function createGroundFilter(kernels: Kernels, radius: number): GroundFilter {
  if (!(radius >= 1 && radius <= MAX_RADIUS)) throw new RangeError(`radius must be 1 to ${MAX_RADIUS}, not ${radius}`);
  const [dark, light, high, low, work] = Array.from({ length: 5 }, () => kernels.piece()) as [
    Piece,
    Piece,
    Piece,
    Piece,
    Piece,
  ];
  return {
    apply({ gray, width, height }) {
      for (const map of [dark, light, high, low]) map.reserve(width * height);
      work.reserve(kernels.run.groundRoom(width, radius));
      kernels.run.subtractGround(
        gray,
        width,
        height,
        radius,
        high.address,
        low.address,
        dark.address,
        light.address,
        work.address,
      );
      return { dark: dark.address, light: light.address };
    },
  };
}
