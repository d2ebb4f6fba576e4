// Owns pieces of shapes: what is left of one beyond a straight cut. Which pieces of digits are digits no more is said
// here too. No drawing.

import type { Random } from '../../../base/random.js';
import { boundsOf, type Shape } from './shape.js';

/** The side that is kept. */
export type Side = 'top' | 'bottom' | 'left' | 'right';

/**
 * Halves that are no digit, by digit. Left out on purpose: those that another digit looks like (an 8's upper half and a
 * 9's are a 0, its right half is a 3, the foot of a 7 is a 1), that still are what they were (most of a 4), and that a
 * broad pen closes again (the left half of an 8).
 */
const HALVES: Readonly<Record<number, readonly Side[]>> = {
  0: ['top', 'bottom', 'left', 'right'],
  2: ['bottom'],
  5: ['top'],
};

/** The digits of which some half is no digit. */
export const HALVED: readonly number[] = Object.keys(HALVES).map(Number);

/** A piece narrower than this share of its height may be a 1 to an eye. */
const NARROW = 0.5;

/**
 * A piece of a digit that is no digit: about half of it, cut off along a line that is nearly level or upright.
 * @param digit One of {@link HALVED}.
 * @returns undefined where what is left is as narrow as a 1.
 */
export function halfOf(shape: Shape, digit: number, random: Random): Shape | undefined {
  const sides = HALVES[digit]!;
  const side = sides[random.int(sides.length)]!;
  const [x0, y0, x1, y1] = boundsOf(shape);
  // Of what stands upright, half a bow is soon a bar: there a little more is kept.
  const share = side === 'top' || side === 'bottom' ? 0.36 + 0.14 * random.next() : 0.5 + 0.12 * random.next();
  const tilt = 0.12 * random.normal();
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const [w, h] = [x1 - x0, y1 - y0];
  const beyond = {
    top: (x: number, y: number) => y - (y0 + share * h) - tilt * (x - cx),
    bottom: (x: number, y: number) => y1 - share * h - y - tilt * (x - cx),
    left: (x: number, y: number) => x - (x0 + share * w) - tilt * (y - cy),
    right: (x: number, y: number) => x1 - share * w - x - tilt * (y - cy),
  }[side];
  const piece = cut(shape, beyond);
  if (piece.segments.length === 0) return undefined;
  const [left, top, right, bottom] = boundsOf(piece);
  return right - left < NARROW * (bottom - top) ? undefined : piece;
}

/**
 * The part of a shape where `beyond` is at most 0; a segment across the cut ends at it.
 * @param beyond Linear: above 0 on the side that goes.
 */
export function cut({ points, segments }: Shape, beyond: (x: number, y: number) => number): Shape {
  const kept: number[] = [];
  const ends: number[] = [];
  for (let s = 0; s < segments.length; s += 2) {
    const [a, b] = [2 * segments[s]!, 2 * segments[s + 1]!];
    const [ax, ay, bx, by] = [points[a]!, points[a + 1]!, points[b]!, points[b + 1]!];
    const [from, to] = [beyond(ax, ay), beyond(bx, by)];
    if (from > 0 && to > 0) continue;
    const at = from / (from - to);
    const crossing = [ax + at * (bx - ax), ay + at * (by - ay)] as const;
    const first = kept.length / 2;
    kept.push(...(from > 0 ? crossing : [ax, ay]), ...(to > 0 ? crossing : [bx, by]));
    ends.push(first, first + 1);
  }
  return { points: Float32Array.from(kept), segments: Uint16Array.from(ends) };
}
