// Tests of src/lab/data/camera/pieces.ts on shapes whose parts are known.
import { describe, expect, it } from 'vitest';
import { cut, HALVED, halfOf } from '../../../../src/lab/data/camera/pieces.js';
import { boundsOf, shapeOf, type Shape } from '../../../../src/lab/data/camera/shape.js';
import { createRandom } from '../../../../src/base/random.js';

const circle = shapeOf([
  {
    at: Array.from({ length: 361 }, (_, k): [number, number] => [
      0.5 + 0.5 * Math.cos((k * Math.PI) / 180),
      0.5 + 0.5 * Math.sin((k * Math.PI) / 180),
    ]),
  },
]);

function lengthOf({ points, segments }: Shape): number {
  let sum = 0;
  for (let s = 0; s < segments.length; s += 2) {
    const [a, b] = [2 * segments[s]!, 2 * segments[s + 1]!];
    sum += Math.hypot(points[a]! - points[b]!, points[a + 1]! - points[b + 1]!);
  }
  return sum;
}

describe('cut', () => {
  it('keeps what lies before the line and ends a stroke at it', () => {
    const bar = shapeOf([{ at: [[0, 0.5], [1, 0.5]] }]); // prettier-ignore
    const left = cut(bar, (x) => x - 0.3);
    expect(boundsOf(left)).toEqual([0, 0.5, Math.fround(0.3), 0.5]);
    const right = cut(bar, (x) => 0.3 - x);
    expect(boundsOf(right)).toEqual([Math.fround(0.3), 0.5, 1, 0.5]);
    expect(cut(bar, (_x, y) => 1 - y).segments).toHaveLength(0);
  });

  it('leaves half of a circle on either side of its middle, and the rest beyond any other line', () => {
    expect(lengthOf(cut(circle, (x) => x - 0.5))).toBeCloseTo(Math.PI / 2, 3);
    // An arc of 120 degrees lies above a quarter of the height.
    const [above, below] = [cut(circle, (_x, y) => y - 0.25), cut(circle, (_x, y) => 0.25 - y)];
    expect(lengthOf(above)).toBeCloseTo(Math.PI / 3, 3);
    expect(lengthOf(below)).toBeCloseTo((2 * Math.PI) / 3, 3);
  });
});

describe('halfOf', () => {
  it('leaves about half of a digit, never as narrow as a 1', () => {
    const random = createRandom(3);
    for (let k = 0; k < 200; k++) {
      const digit = HALVED[k % HALVED.length]!;
      const piece = halfOf(circle, digit, random);
      if (!piece) continue;
      const [left, top, right, bottom] = boundsOf(piece);
      expect((right - left) / (bottom - top)).toBeGreaterThanOrEqual(0.5);
      expect(lengthOf(piece)).toBeGreaterThan(0.25 * Math.PI);
      expect(lengthOf(piece)).toBeLessThan(0.75 * Math.PI);
    }
  });

  it('gives nothing of what is narrow when half of it is gone', () => {
    const bar = shapeOf([{ at: [[0.45, 0], [0.55, 1]] }]); // prettier-ignore
    for (let seed = 0; seed < 20; seed++) expect(halfOf(bar, 2, createRandom(seed))).toBeUndefined();
  });
});
