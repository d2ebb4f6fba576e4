// Owns shapes drawn by a pen: points joined by segments, how they are bent and how they become coverage. No classes.

import type { Random } from '../../../base/random.js';

/**
 * Strokes as a graph: points in the unit square (y down; a digit's box is about [0, 1] x [0, 1]) and segments between
 * them.
 */
export interface Shape {
  /** `[points * 2]`: x, y. */
  readonly points: Float32Array;
  /** `[segments * 2]`: indices of points. */
  readonly segments: Uint16Array;
}

/** A polyline as drawn: corners as they are, or a smooth curve through its points (Catmull-Rom). */
export interface Line {
  readonly at: readonly (readonly [x: number, y: number])[];
  readonly smooth?: boolean;
}

/** Joins lines to one shape; curves are cut into `steps` segments between two points. */
export function shapeOf(lines: readonly Line[], steps = 5): Shape {
  const points: number[] = [];
  const segments: number[] = [];
  for (const { at, smooth = false } of lines) {
    const path = smooth ? curve(at, steps) : at;
    const first = points.length / 2;
    path.forEach(([x, y], k) => {
      points.push(x, y);
      if (k > 0) segments.push(first + k - 1, first + k);
    });
  }
  return { points: Float32Array.from(points), segments: Uint16Array.from(segments) };
}

function curve(at: Line['at'], steps: number): [number, number][] {
  const path: [number, number][] = [];
  const clamp = (k: number) => at[Math.min(at.length - 1, Math.max(0, k))]!;
  for (let k = 0; k + 1 < at.length; k++) {
    const [a, b, c, d] = [clamp(k - 1), clamp(k), clamp(k + 1), clamp(k + 2)];
    for (let s = 0; s < steps; s++)
      path.push([0, 1].map((i) => spline(a[i]!, b[i]!, c[i]!, d[i]!, s / steps)) as [number, number]);
  }
  const last = at[at.length - 1]!;
  path.push([last[0], last[1]]);
  return path;
}

function spline(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/** Joins shapes to one. */
export function union(shapes: readonly Shape[]): Shape {
  const points: number[] = [];
  const segments: number[] = [];
  for (const shape of shapes) {
    const first = points.length / 2;
    points.push(...shape.points);
    for (const s of shape.segments) segments.push(first + s);
  }
  return { points: Float32Array.from(points), segments: Uint16Array.from(segments) };
}

/** Moves every point. */
export function mapPoints(shape: Shape, move: (x: number, y: number) => readonly [number, number]): Shape {
  const points = new Float32Array(shape.points.length);
  for (let k = 0; k < points.length; k += 2) {
    const [x, y] = move(shape.points[k]!, shape.points[k + 1]!);
    points[k] = x;
    points[k + 1] = y;
  }
  return { points, segments: shape.segments };
}

/** How much a hand bends a shape. */
export interface Bend {
  /** Standard deviation of the rotation, radians. */
  readonly turn: number;
  /** Standard deviation of the slant. */
  readonly slant: number;
  /** Standard deviation of the logarithm of width over height. */
  readonly aspect: number;
  /** Standard deviation of the smooth warp, in units of the box. */
  readonly warp: number;
}

/** Turns, slants, stretches and warps a shape around the centre of its unit box. */
export function bend(shape: Shape, { turn, slant, aspect, warp }: Bend, random: Random): Shape {
  const [angle, shear, stretch] = [turn * random.normal(), slant * random.normal(), Math.exp(aspect * random.normal())];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const waves = [0, 1, 2, 3].map(() => ({
    size: (warp * random.normal()) / 1.4,
    fx: 1 + 4 * random.next(),
    fy: 1 + 4 * random.next(),
    phase: 6.28 * random.next(),
  }));
  const wave = (k: number, x: number, y: number) =>
    waves[k]!.size * Math.sin(waves[k]!.fx * x + waves[k]!.fy * y + waves[k]!.phase);
  return mapPoints(shape, (x, y) => {
    const u = (x - 0.5 + wave(0, x, y) + wave(1, y, x)) * stretch + shear * (0.5 - y);
    const v = y - 0.5 + wave(2, x, y) + wave(3, y, x);
    return [0.5 + cos * u - sin * v, 0.5 + sin * u + cos * v];
  });
}

/** The box of a shape's points: `[left, top, right, bottom]` in its own units. */
export function boundsOf(shape: Shape): [number, number, number, number] {
  const b: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k < shape.points.length; k += 2) {
    b[0] = Math.min(b[0], shape.points[k]!);
    b[1] = Math.min(b[1], shape.points[k + 1]!);
    b[2] = Math.max(b[2], shape.points[k]!);
    b[3] = Math.max(b[3], shape.points[k + 1]!);
  }
  return b;
}

/**
 * Adds a shape to a coverage image with a round pen (the larger of what is there and the pen's own coverage).
 * @param coverage `[height, width]`, [0, 1]
 * @param scale pixels per unit; `left` and `top` are where the shape's origin lies, in pixels
 * @param width the pen's width in pixels; `soft` the width of its edge in pixels (1: an ideal anti-aliased edge)
 */
export function drawShape(
  shape: Shape,
  coverage: Float32Array,
  imageWidth: number,
  imageHeight: number,
  { left, top, scale, width, soft = 1 }: { left: number; top: number; scale: number; width: number; soft?: number },
): void {
  const reach = width / 2 + soft / 2;
  for (let s = 0; s < shape.segments.length; s += 2) {
    const [a, b] = [shape.segments[s]! * 2, shape.segments[s + 1]! * 2];
    const [ax, ay] = [left + scale * shape.points[a]!, top + scale * shape.points[a + 1]!];
    const [bx, by] = [left + scale * shape.points[b]!, top + scale * shape.points[b + 1]!];
    const [dx, dy] = [bx - ax, by - ay];
    const squared = dx * dx + dy * dy;
    const [x0, x1] = [
      Math.max(0, Math.floor(Math.min(ax, bx) - reach)),
      Math.min(imageWidth - 1, Math.ceil(Math.max(ax, bx) + reach)),
    ];
    const [y0, y1] = [
      Math.max(0, Math.floor(Math.min(ay, by) - reach)),
      Math.min(imageHeight - 1, Math.ceil(Math.max(ay, by) + reach)),
    ];
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const [px, py] = [x + 0.5 - ax, y + 0.5 - ay];
        const t = squared > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / squared)) : 0;
        const distance = Math.hypot(px - t * dx, py - t * dy);
        const cover = (reach - distance) / soft;
        const p = y * imageWidth + x;
        if (cover > coverage[p]!) coverage[p] = Math.min(1, cover);
      }
    }
  }
}
