// Owns the way from an MNIST image back to the pen's path, so that it can be drawn again by any pen at any size.

import type { Shape } from './shape.js';
import { SIDE } from '../../../types.js';
import { sampleDigit } from '../../image/interpolate.js';

const FACTOR = 2;
const SIZE = SIDE * FACTOR;

/**
 * The centre lines of a digit's strokes: the image enlarged twice (bilinear), cut at half ink, thinned to one pixel
 * (Zhang and Suen, "A fast parallel algorithm for thinning digital patterns", 1984) and joined between neighbours.
 * @param image `[28 * 28]`, light ink on dark ground
 * @param full the value of full ink (255 for bytes)
 * @returns a shape whose longer side is 1, centred in the unit square
 */
export function skeletonOf(image: ArrayLike<number>, full: number): Shape {
  const on = thin(enlarge(image, full / 2));
  const index = new Int32Array(SIZE * SIZE).fill(-1);
  const places: number[] = [];
  for (let p = 0; p < on.length; p++) {
    if (!on[p]) continue;
    index[p] = places.length;
    places.push(p);
  }
  return fit(smooth(places, linksOf(places, index)), linksOf(places, index));
}

function enlarge(image: ArrayLike<number>, cut: number): Uint8Array {
  const on = new Uint8Array(SIZE * SIZE);
  for (let y = 1; y < SIZE - 1; y++) {
    for (let x = 1; x < SIZE - 1; x++) {
      if (sampleDigit(image, (x + 0.5) / FACTOR - 0.5, (y + 0.5) / FACTOR - 0.5) > cut) on[y * SIZE + x] = 1;
    }
  }
  return on;
}

// The eight neighbours clockwise from north.
const AROUND = [-SIZE, -SIZE + 1, 1, SIZE + 1, SIZE, SIZE - 1, -1, -SIZE - 1] as const;

function thin(on: Uint8Array): Uint8Array {
  const doomed: number[] = [];
  for (let changed = true; changed;) {
    changed = false;
    for (const pass of [0, 1]) {
      doomed.length = 0;
      for (let p = SIZE + 1; p < on.length - SIZE - 1; p++) if (on[p] && removable(on, p, pass)) doomed.push(p);
      for (const p of doomed) on[p] = 0;
      changed ||= doomed.length > 0;
    }
  }
  return on;
}

function removable(on: Uint8Array, p: number, pass: number): boolean {
  let [neighbours, rises] = [0, 0];
  for (let k = 0; k < 8; k++) {
    const here = on[p + AROUND[k]!]!;
    neighbours += here;
    if (!here && on[p + AROUND[(k + 1) % 8]!]) rises++;
  }
  if (neighbours < 2 || neighbours > 6 || rises !== 1) return false;
  const [n, e, s, w] = [on[p - SIZE]!, on[p + 1]!, on[p + SIZE]!, on[p - 1]!];
  return pass === 0 ? !(n && e && s) && !(e && s && w) : !(n && e && w) && !(n && s && w);
}

function linksOf(places: readonly number[], index: Int32Array): Uint16Array {
  const links: number[] = [];
  places.forEach((p, k) => {
    for (const step of [1, SIZE, SIZE + 1, SIZE - 1]) {
      const other = index[p + step]!;
      if (other < 0) continue;
      // A diagonal beside a straight way round is no stroke of its own.
      const diagonal =
        step === SIZE + 1
          ? index[p + 1]! >= 0 || index[p + SIZE]! >= 0
          : step === SIZE - 1 && (index[p - 1]! >= 0 || index[p + SIZE]! >= 0);
      if (!diagonal) links.push(k, other);
    }
  });
  return Uint16Array.from(links);
}

// Two rounds of averaging with the linked neighbours take the pixel steps out of the path; ends stay where they are.
function smooth(places: readonly number[], links: Uint16Array): Float32Array {
  let points = Float32Array.from(places.flatMap((p) => [p % SIZE, Math.floor(p / SIZE)]));
  for (let round = 0; round < 2; round++) {
    const sum = points.slice();
    const count = new Float32Array(places.length).fill(1);
    for (let s = 0; s < links.length; s += 2) {
      const [a, b] = [links[s]!, links[s + 1]!];
      for (const [to, from] of [
        [a, b],
        [b, a],
      ] as const) {
        sum[2 * to]! += points[2 * from]!;
        sum[2 * to + 1]! += points[2 * from + 1]!;
        count[to]!++;
      }
    }
    points = points.map((value, k) => (count[k >> 1]! > 2 ? sum[k]! / count[k >> 1]! : value));
  }
  return points;
}

function fit(points: Float32Array, segments: Uint16Array): Shape {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k < points.length; k += 2) {
    left = Math.min(left, points[k]!);
    right = Math.max(right, points[k]!);
    top = Math.min(top, points[k + 1]!);
    bottom = Math.max(bottom, points[k + 1]!);
  }
  const size = Math.max(right - left, bottom - top, 1);
  const [cx, cy] = [(left + right) / 2, (top + bottom) / 2];
  return { points: points.map((value, k) => 0.5 + (value - (k % 2 ? cy : cx)) / size), segments };
}
