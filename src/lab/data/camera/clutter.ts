// Owns what stands in frames and is no digit: textures, edges, overlapping things, scribble. No labels, no finding.

import type { Random } from '../../../base/random.js';
import { turnedNoise } from '../../image/value-noise.js';
import { paper, type Patch } from './paper.js';
import { shapeOf, type Line, type Shape } from './shape.js';

/** A patch with no digit in it: one of the surfaces below, chosen at random. */
export function clutter(size: number, random: Random): Patch {
  const kinds = [rough, deadLeaves, deadLeaves, grain, outlines];
  return kinds[random.int(kinds.length)]!(size, random);
}

// Plaster, foliage, gravel: noise of two scales.
function rough(size: number, random: Random): Patch {
  const patch = paper(size, random);
  const coarse = turnedNoise(size, 4 + 24 * random.next() ** 2, random, 1 + 2 * random.next());
  const fine = turnedNoise(size, 2 + 6 * random.next(), random);
  const [a, b] = [10 + 80 * random.next(), 40 * random.next() ** 2];
  for (let p = 0; p < coarse.length; p++) patch.gray[p]! += a * coarse[p]! + b * fine[p]!;
  return patch;
}

// Wood and cloth: noise stretched in one direction, sometimes with a sharp edge to its bands.
function grain(size: number, random: Random): Patch {
  const patch = paper(size, random);
  const bands = turnedNoise(size, 3 + 14 * random.next(), random, 4 + 12 * random.next());
  const contrast = 15 + 90 * random.next();
  const sharpness = 1 + 8 * random.next() ** 2;
  for (let p = 0; p < bands.length; p++) patch.gray[p]! += contrast * Math.tanh(sharpness * bands[p]!);
  return patch;
}

// Overlapping plain things of all sizes ("dead leaves": the edges and occlusions of natural images).
function deadLeaves(size: number, random: Random): Patch {
  const patch = paper(size, random);
  const count = 3 + random.int(25);
  for (let k = 0; k < count; k++) leaf(patch, random);
  return patch;
}

function leaf({ size, gray }: Patch, random: Random): void {
  const [cx, cy] = [size * random.next(), size * random.next()];
  const radius = size * (0.03 + 0.4 * random.next() ** 3);
  const [angle, stretch] = [6.28 * random.next(), 1 + 4 * random.next() ** 2];
  const corners = random.int(3) * 2;
  const level = 10 + 240 * random.next();
  const slope = 0.6 * (random.next() - 0.5);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const reach = Math.ceil(radius * stretch * 1.5);
  for (let y = Math.max(0, Math.floor(cy - reach)); y < Math.min(size, cy + reach); y++) {
    for (let x = Math.max(0, Math.floor(cx - reach)); x < Math.min(size, cx + reach); x++) {
      const [u, v] = [(cos * (x - cx) + sin * (y - cy)) / stretch, cos * (y - cy) - sin * (x - cx)];
      // corners 0: an ellipse; 2: a rectangle; 4: a diamond.
      const d =
        corners === 0
          ? Math.hypot(u, v)
          : corners === 2
            ? Math.max(Math.abs(u), Math.abs(v))
            : Math.abs(u) + Math.abs(v);
      const cover = Math.max(0, Math.min(1, radius - d + 0.5));
      const p = y * size + x;
      gray[p] = gray[p]! * (1 - cover) + cover * (level + slope * u);
    }
  }
}

// Corners and edges of sheets, cables, frames: one to four long curves of any width across the patch.
function outlines(size: number, random: Random): Patch {
  const patch = paper(size, random);
  const contrast = (20 + 100 * random.next()) * (random.next() < 0.5 ? 1 : -1);
  const width = size * (0.01 + 0.09 * random.next() ** 2);
  for (let k = random.int(4); k >= 0; k--) {
    const [x, y, angle, bend] = [
      size * random.next(),
      size * random.next(),
      6.28 * random.next(),
      (0.02 * random.normal() * 40) / size,
    ];
    const half = random.next() < 0.4;
    for (let v = 0, p = 0; v < size; v++) {
      for (let u = 0; u < size; u++, p++) {
        const along = (u - x) * Math.cos(angle) + (v - y) * Math.sin(angle);
        const across = (v - y) * Math.cos(angle) - (u - x) * Math.sin(angle) + bend * along * along;
        const inside = half ? across : width / 2 - Math.abs(across);
        patch.gray[p]! += contrast * Math.max(0, Math.min(1, inside + 0.5));
      }
    }
  }
  return patch;
}

/** Scribble: one to four strokes with no plan. Upright bars are left out, since a 1 may look so. */
export function scribble(random: Random): Shape {
  const lines: Line[] = [];
  for (let k = random.int(4); k >= 0; k--) {
    const at = Array.from({ length: 2 + random.int(4) }, (): [number, number] => [random.next(), random.next()]);
    lines.push({ at, smooth: random.next() < 0.6 });
  }
  if (lines.length === 1 && lines[0]!.at.length === 2)
    lines.push({
      at: [
        [random.next(), random.next()],
        [random.next(), random.next()],
      ],
    });
  return shapeOf(lines);
}

/** A dash: a bar that lies nearer to level than to upright. */
export function dash(random: Random): Shape {
  const angle = 0.5 * (2 * random.next() - 1);
  const [dx, dy] = [0.5 * Math.cos(angle), 0.5 * Math.sin(angle)];
  return shapeOf([
    {
      at: [
        [0.5 - dx, 0.5 - dy],
        [0.5 + 0.1 * random.normal(), 0.5 + 0.05 * random.normal()],
        [0.5 + dx, 0.5 + dy],
      ],
      smooth: true,
    },
  ]);
}
