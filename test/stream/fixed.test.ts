import { describe, expect, it } from 'vitest';
import { createFixedReader } from '../../src/stream/fixed.js';
import type { Frame } from '../../src/types.js';

const ids = ['a', 'b'];

/** A frame of `ground` with a bar of `ink` two pixels wide down the middle of its left and right half; cut off at (left, top). */
function frame(ground: number, ink: number, left = 0, top = 0): Frame {
  const [width, height] = [40 - left, 20 - top];
  const gray = new Uint8Array(width * height).fill(ground);
  for (let y = 4 - top; y < 16 - top; y++) for (const x of [9, 10, 29, 30]) gray[y * width + x - left] = ink;
  return { index: 0, time: 0, width, height, left, top, gray, release() {} };
}

const read = createFixedReader([
  { id: 'a', box: [2, 2, 16, 16] },
  { id: 'b', box: [22, 2, 16, 16] },
]);

describe('createFixedReader', () => {
  it.each([
    ['dark-on-light', 220, 40],
    ['light-on-dark', 30, 200],
  ] as const)('finds the ink of %s in every rectangle', (polarity, ground, ink) => {
    const found = read(frame(ground, ink));
    expect(found.map(({ id }) => id)).toEqual(ids);
    for (const { polarity: seen, contrast, patch, box } of found) {
      expect({ seen, contrast, box: box.slice(2) }).toEqual({ seen: polarity, contrast: 180 - (polarity === 'light-on-dark' ? 10 : 0), box: [16, 16] });
      // 12 rows of two pixels, nothing else.
      expect(patch.ink.reduce((sum, value) => sum + value, 0)).toBeCloseTo(24, 5);
      expect(patch.ink[2 * 16 + 7]).toBe(1);
    }
  });

  it('reads the same from a frame of which only the part around the rectangles was decoded', () => {
    const whole = read(frame(220, 40)).map(({ patch }) => [...patch.ink]);
    expect(read(frame(220, 40, 2, 2)).map(({ patch }) => [...patch.ink])).toEqual(whole);
  });

  it('gives no ink where there is no contrast, or only of the other polarity', () => {
    expect(read(frame(220, 210)).every(({ patch }) => patch.ink.every((value) => value === 0))).toBe(true);
    const dark = createFixedReader([{ id: 'a', box: [2, 2, 16, 16] }], { polarity: 'dark-on-light' });
    const [found] = dark(frame(30, 200));
    expect(found?.polarity).toBe('dark-on-light');
    expect(found?.patch.ink[2 * 16 + 7]).toBe(0);
  });
});
