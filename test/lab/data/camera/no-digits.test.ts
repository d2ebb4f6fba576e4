// Tests of src/lab/data/camera/no-digits.ts: nothing that a digit looks like is among what is taught to be none.
import { describe, expect, it } from 'vitest';
import { handLetter, LETTERS, printedLetter, structure } from '../../../../src/lab/data/camera/no-digits.js';
import { letterShape } from '../../../../src/lab/data/camera/letters.js';
import { boundsOf, type Shape } from '../../../../src/lab/data/camera/shape.js';
import { createRandom } from '../../../../src/base/random.js';

/** Euler's number of strokes as a graph, counted from points and segments: of a tree 1, of a lone ring 0. */
function eulerOf({ points, segments }: Shape): number {
  const at = (p: number): string => `${points[2 * p]!.toFixed(6)} ${points[2 * p + 1]!.toFixed(6)}`;
  const joints = new Set(Array.from(segments, at));
  return joints.size - segments.length / 2;
}

describe('LETTERS', () => {
  it('has strokes for each, and none that is a digit to those who see it alone', () => {
    for (const letter of LETTERS) expect(letterShape(letter).segments.length).toBeGreaterThan(0);
    for (const alike of '0123456789lIi|oOQDsSzZgqybBGjJaY/()!') expect(LETTERS).not.toContain(alike);
  });
});

describe.each([
  ['handLetter', handLetter],
  ['printedLetter', printedLetter],
  ['structure', structure],
])('%s', (_name, make) => {
  it('draws within reach of the unit box, and follows from its seed', () => {
    for (let seed = 0; seed < 300; seed++) {
      const [left, top, right, bottom] = boundsOf(make(createRandom(seed)));
      expect(Math.max(right - left, bottom - top)).toBeGreaterThan(0.3);
      expect(Math.min(left, top)).toBeGreaterThan(-2);
      expect(Math.max(right, bottom)).toBeLessThan(4);
    }
    expect(make(createRandom(4))).toEqual(make(createRandom(4)));
  });
});

describe('structure', () => {
  it('is neither an upright bar, which is a 1, nor a lone ring as tall as a 0', () => {
    for (let seed = 0; seed < 500; seed++) {
      const shape = structure(createRandom(seed));
      const [left, top, right, bottom] = boundsOf(shape);
      const wide = (right - left) / (bottom - top);
      expect(wide).toBeGreaterThan(0.3);
      if (eulerOf(shape) === 0) expect(wide).toBeGreaterThan(0.75);
    }
  });
});
