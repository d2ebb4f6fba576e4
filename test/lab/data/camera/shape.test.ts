import { expect, it } from 'vitest';
import { bend, boundsOf, drawShape, mapPoints, shapeOf, union } from '../../../../src/lab/data/camera/shape.js';
import { skeletonOf } from '../../../../src/lab/data/camera/skeleton.js';
import { createRandom } from '../../../../src/base/random.js';

/** Share of each pixel within half a pen's width of the line from a to b, by counting 16 x 16 points. */
function counted(
  size: number,
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  width: number,
): Float64Array {
  return Float64Array.from({ length: size * size }, (_, p) => {
    let inside = 0;
    for (let k = 0; k < 256; k++) {
      const [x, y] = [(p % size) + ((k % 16) + 0.5) / 16, Math.floor(p / size) + (Math.floor(k / 16) + 0.5) / 16];
      const t = Math.min(
        1,
        Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)),
      );
      if (Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)) <= width / 2) inside++;
    }
    return inside / 256;
  });
}

it('draws a stroke as wide as the pen, with an edge of one pixel', () => {
  const shape = shapeOf([
    {
      at: [
        [0.1, 0.2],
        [0.9, 0.7],
      ],
    },
  ]);
  const coverage = new Float32Array(30 * 30);
  drawShape(shape, coverage, 30, 30, { left: 2, top: 3, scale: 24, width: 4 });
  const want = counted(30, [2 + 2.4, 3 + 4.8], [2 + 21.6, 3 + 16.8], 4);
  const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
  coverage.forEach((value, p) => expect(Math.abs(value - want[p]!), `pixel ${p}`).toBeLessThan(0.2));
  expect(sum(coverage) / sum(want)).toBeCloseTo(1, 1);
});

it('follows a curve through its points, and joins shapes without joining their strokes', () => {
  const curve = shapeOf([
    {
      at: [
        [0, 0],
        [0.5, 1],
        [1, 0],
      ],
      smooth: true,
    },
  ]);
  const points = Array.from({ length: curve.points.length / 2 }, (_, k) => [
    curve.points[2 * k]!,
    curve.points[2 * k + 1]!,
  ]);
  for (const [x, y] of [
    [0, 0],
    [0.5, 1],
    [1, 0],
  ])
    expect(points.some(([u, v]) => Math.hypot(u! - x!, v! - y!) < 1e-6)).toBe(true);
  const both = union([curve, mapPoints(curve, (x, y) => [x + 2, y])]);
  expect(both.segments).toHaveLength(2 * curve.segments.length);
  expect(boundsOf(both)[2]).toBeCloseTo(3, 6);
  for (let s = 0; s < both.segments.length; s += 2) {
    expect(both.segments[s]! < points.length).toBe(both.segments[s + 1]! < points.length);
  }
});

it('bends a shape about its middle, the same way for the same seed', () => {
  const square = shapeOf([
    {
      at: [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
        [0, 0],
      ],
    },
  ]);
  const how = { turn: 0.1, slant: 0.1, aspect: 0.1, warp: 0.02 };
  expect(bend(square, how, createRandom(3))).toEqual(bend(square, how, createRandom(3)));
  expect(bend(square, how, createRandom(3))).not.toEqual(bend(square, how, createRandom(4)));
  expect(bend(square, { turn: 0, slant: 0, aspect: 0, warp: 0 }, createRandom(1)).points).toEqual(square.points);
});

it('finds the way of a pen in an image: a line inside the stroke, as long as the stroke', () => {
  const image = new Float32Array(28 * 28);
  drawShape(
    shapeOf([
      {
        at: [
          [0, 0],
          [0, 1],
          [0.6, 1],
        ],
      },
    ]),
    image,
    28,
    28,
    { left: 8, top: 4, scale: 20, width: 3 },
  );
  const { points, segments } = skeletonOf(image, 1);
  let length = 0;
  for (let s = 0; s < segments.length; s += 2) {
    length += Math.hypot(
      points[2 * segments[s]!]! - points[2 * segments[s + 1]!]!,
      points[2 * segments[s]! + 1]! - points[2 * segments[s + 1]! + 1]!,
    );
  }
  // In units of its height: one down and 0.6 to the side, less the pen's round ends.
  expect(length).toBeGreaterThan(1.4);
  expect(length).toBeLessThan(1.75);
  const again = new Float32Array(28 * 28);
  drawShape({ points, segments }, again, 28, 28, {
    left: 8 - 20 * boundsOf({ points, segments })[0],
    top: 4,
    scale: 20,
    width: 3,
  });
  const differ = image.filter((value, p) => value > 0.5 !== again[p]! > 0.5).length;
  expect(differ).toBeLessThan(0.25 * image.filter((value) => value > 0.5).length);
});
