import { describe, expect, it } from 'vitest';
import { createFixedReader } from '../../src/regions/fixed.js';
import { createRandom } from '../../src/base/random.js';
import type { Box, Frame } from '../../src/types.js';

const ids = ['a', 'b'];
const retain = (): never => expect.fail('a frame was retained');

/**
 * A frame of `ground` with a bar of `ink` two pixels wide down the middle of its left and right half; cut off at (left,
 * top).
 */
function frame(ground: number, ink: number, left = 0, top = 0): Frame {
  const [width, height] = [40 - left, 20 - top];
  const gray = new Uint8Array(width * height).fill(ground);
  for (let y = 4 - top; y < 16 - top; y++) for (const x of [9, 10, 29, 30]) gray[y * width + x - left] = ink;
  return { index: 0, time: 0, width, height, left, top, scale: 1, gray, retain, release() {} };
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
      expect({ seen, contrast, box: box.slice(2) }).toEqual({
        seen: polarity,
        contrast: 180 - (polarity === 'light-on-dark' ? 10 : 0),
        box: [16, 16],
      });
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

  it.each([
    ['light-on-dark', 30, 200, [30, 230], 170 / 200],
    ['dark-on-light', 220, 40, [240, 20], 200 / 220],
  ] as const)(
    'measures no levels that it is told, and takes the polarity from them: %s',
    (polarity, ground, ink, levels, share) => {
      const told = createFixedReader([{ id: 'a', box: [2, 2, 16, 16] }], { levels, floor: 0 });
      const [{ polarity: seen, patch } = { polarity: undefined, patch: { ink: new Float32Array() } }] = told(
        frame(ground, ink),
      );
      expect(seen).toBe(polarity);
      // Each pixel by itself, as its share of the way from ground to full ink.
      expect(patch.ink[2 * 16 + 7]).toBeCloseTo(share, 6);
      expect(patch.ink[0]).toBeCloseTo((ground - levels[0]) / (levels[1] - levels[0]), 6);
    },
  );

  it('cuts what lies beyond the levels to 0 and 1, and shows no ink of the other polarity', () => {
    const told = createFixedReader([{ id: 'a', box: [2, 2, 16, 16] }], { levels: [50, 150], floor: 0 });
    expect(new Set(told(frame(30, 200))[0]!.patch.ink)).toEqual(new Set([0, 1]));
    expect(told(frame(200, 30))[0]!.patch.ink[2 * 16 + 7]).toBe(0);
  });

  it('agrees with a sorted list of pixels, whatever the size of rectangles and frames', () => {
    const random = createRandom(7);
    const boxes: Box[] = [
      [3, 1, 17, 23],
      [25, 9, 5, 4],
      [30, 5, 33, 30],
      [0, 0, 64, 40],
    ];
    const reader = createFixedReader(
      boxes.map((box, i) => ({ id: String(i), box })),
      { floor: 0.1 },
    );
    for (const [width, height] of [
      [64, 40],
      [97, 61],
      [70, 45],
    ] as const) {
      const ground = random.int(256);
      const gray = Uint8Array.from({ length: width * height }, () => (random.int(5) === 0 ? random.int(256) : ground));
      const found = reader({ index: 0, time: 0, width, height, left: 0, top: 0, scale: 1, gray, retain, release() {} });
      boxes.forEach(([x, y, w, h], i) => {
        const pixels = Array.from({ length: w * h }, (_, k) => gray[(y + Math.floor(k / w)) * width + x + (k % w)]!);
        const sorted = [...pixels].sort((a, b) => a - b);
        const [low, middle, high] = [0.02, 0.5, 0.98].map((share) => sorted[Math.floor(share * sorted.length)]!) as [
          number,
          number,
          number,
        ];
        const dark = middle - low >= high - middle;
        const ink = pixels.map((value) =>
          Math.min(1, Math.max(0, ((dark ? high - value : value - low) / (high - low) - 0.1) / 0.9)),
        );
        expect(found[i]).toMatchObject({ polarity: dark ? 'dark-on-light' : 'light-on-dark', contrast: high - low });
        found[i]!.patch.ink.forEach((value, k) => expect(value).toBeCloseTo(ink[k]!, 6));
      });
    }
  });
});
