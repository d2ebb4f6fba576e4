// Owns which component is a drawn frame that something stands in or touches, and what of it is the frame.

import type { Edges } from '../../base/box-index.js';
import type { Kernels } from '../../kernels/kernels.js';
import { STRONGER } from '../../kernels/layout.js';
import { strokeOf } from './candidate.js';
import type { Components } from './components.js';
import { cornersOf, type Corners } from './frame.js';
import type { Line, Plane } from './trace.js';

/** Shortest side of a frame, level pixels. */
export const SMALLEST_FRAME = 6;
/** Its longer side is at least so long. */
const LEAST_FRAME = 12;
/** Shortest side of a frame, as a share of the whole. */
const SIDE = 0.62;
/** Such a side lies this near to the whole's edge, as a share of its size. */
const OUTSIDE = 0.3;
/** What is left when the frame is gone: at least this share of its height, and of its ink. */
const LEFT_OVER = 0.35;
const LEFT_INK = 0.15;
/** What stands in a frame is taller than this share of it. */
const WITHIN = 0.3;

/** A frame: what of it is to be erased, and the box that it makes. */
export interface DrawnFrame {
  /** Its sides, each without what has more than this mass; where there are none, all of its ink. */
  readonly sides: readonly Line[];
  readonly most: number;
  readonly box: Edges;
}

/** Whether a component has the outline of a ring with something in it, or against its inside. */
export function mayBeFrame(c: Components, i: number): boolean {
  const [width, height] = [c.right[i]! - c.left[i]!, c.bottom[i]! - c.top[i]!];
  if (c.holes[i]! < 1 || Math.max(width, height) < LEAST_FRAME) return false;
  const stroke = strokeOf({ area: c.area[i]!, perimeter: c.perimeter[i]! });
  const ring = 4 * (width + height) - 8 * stroke;
  return c.perimeter[i]! > ring + WITHIN * 2 * height || holdsSomething(c, i, boxOf(c, i));
}

/**
 * Which corners of its box the ring of a component fills, where it may be a frame by them: what is written under a
 * frame and touches it leaves its upper corners free, and so the other way round.
 */
export function frameCorners(
  kernels: Kernels,
  { ink, stride, width, height }: Plane,
  holes: number,
): Corners | undefined {
  if (holes < 1 || Math.min(width, height) < SMALLEST_FRAME) return undefined;
  const corners = cornersOf(kernels.bytes.subarray(ink, ink + stride * height), stride, width, height);
  return corners.above || corners.below ? corners : undefined;
}

/** The shortest lines that may be sides of a frame. */
export function leastSides({ width, height }: Plane): { readonly across: number; readonly down: number } {
  return { across: SIDE * width, down: SIDE * height };
}

/**
 * The frame that a component is, where something stands in it or touches it. Its plane is used up.
 * @param lines of the plane, those that are as long as sides among them
 */
export function frameOf(
  kernels: Kernels,
  plane: Plane,
  corners: Corners,
  lines: readonly Line[],
  c: Components,
  i: number,
): DrawnFrame | undefined {
  const sides = frameSides(plane, lines);
  if (sides) {
    const [above, below, left, right] = sides;
    const box = { left: left.middle, right: right.middle, top: above.middle, bottom: below.middle };
    // They are drawn alike: what is stronger than the plainest of them is another's stroke.
    const most = STRONGER * Math.min(...sides.map(({ mass }) => mass));
    const found = holdsSomething(c, i, box) || muchIsLeft(kernels, plane, c.area[i]!, sides, most);
    return found ? { sides, most, box } : undefined;
  }
  // A ring with something in it: its sides are not straight, its corners may be round.
  const box = boxOf(c, i);
  const ring = c.holes[i] === 1 && corners.above && corners.below && holdsSomething(c, i, box);
  return ring ? { sides: [], most: 0, box } : undefined;
}

// All four sides of a frame, near the edges: above, below, left, right.
function frameSides(plane: Plane, lines: readonly Line[]): readonly [Line, Line, Line, Line] | undefined {
  const { width, height } = plane;
  const least = leastSides(plane);
  const near = (down: boolean, end: boolean): Line | undefined =>
    lines.find((line) => {
      if (line.down !== down || line.end - line.start < (down ? least.down : least.across)) return false;
      const [size, place] = down ? [width, line.middle - plane.left] : [height, line.middle - plane.top];
      return (end ? size - place : place) < OUTSIDE * size;
    });
  const [above, below, left, right] = [near(false, false), near(false, true), near(true, false), near(true, true)];
  return above && below && left && right ? [above, below, left, right] : undefined;
}

// Whether more is left without the lines than bits of them.
function muchIsLeft(
  { run }: Kernels,
  { ink, stride, left, top, width, height }: Plane,
  area: number,
  lines: readonly Line[],
  most: number,
): boolean {
  let taken = 0;
  for (const { runs, count, down } of lines) taken += run.takeRuns(ink, stride, left, top, runs, count, down, most);
  return area - taken >= LEFT_INK * area && run.inkedRows(ink, stride, width, height) >= LEFT_OVER * height;
}

function boxOf(c: Components, i: number): Edges {
  return { left: c.left[i]!, top: c.top[i]!, right: c.right[i]!, bottom: c.bottom[i]! };
}

// Whether another component that is tall enough for a digit of it lies in a frame.
function holdsSomething(c: Components, frame: number, { left, top, right, bottom }: Edges): boolean {
  if (Math.min(right - left, bottom - top) < SMALLEST_FRAME) return false;
  // In the order of their tops.
  for (let i = frame + 1; i < c.count && c.top[i]! < bottom; i++)
    if (
      c.left[i]! > left &&
      c.right[i]! < right &&
      c.bottom[i]! < bottom &&
      c.bottom[i]! - c.top[i]! >= WITHIN * (bottom - top)
    )
      return true;
  return false;
}
