import { describe, expect, it } from 'vitest';
import { createKernels } from '../../src/kernels/kernels.js';
import { createFixedReader, type FixedOptions } from '../../src/regions/fixed.js';
import type { FixedRegion } from '../../src/regions/place.js';
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

function readerOf(regions: readonly FixedRegion[], options: FixedOptions = {}) {
  const reader = createFixedReader(createKernels(), options);
  reader.place(regions);
  return reader.read;
}

const A: FixedRegion = { id: 'a', box: [2, 2, 16, 16] };
const B: FixedRegion = { id: 'b', box: [22, 2, 16, 16] };
const read = readerOf([A, B]);

describe('createFixedReader', () => {
  it.each([
    ['dark-on-light', 220, 40],
    ['light-on-dark', 30, 200],
  ] as const)('finds the ink of %s in every rectangle', (polarity, ground, ink) => {
    const found = read(frame(ground, ink));
    expect(found.map(({ id }) => id)).toEqual(ids);
    for (const { polarity: seen, patch, box } of found) {
      expect({ seen, box: box.slice(2) }).toEqual({ seen: polarity, box: [16, 16] });
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
    const dark = readerOf([A], { polarity: 'dark-on-light' });
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
      const told = readerOf([A], { levels, floor: 0 });
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
    const told = readerOf([A], { levels: [50, 150], floor: 0 });
    expect(new Set(told(frame(30, 200))[0]!.patch.ink)).toEqual(new Set([0, 1]));
    expect(told(frame(200, 30))[0]!.patch.ink[2 * 16 + 7]).toBe(0);
  });

  it('reads nothing before it knows where, and then wherever it was told last', () => {
    const reader = createFixedReader(createKernels());
    expect(reader.read(frame(220, 40))).toEqual([]);
    const sums = () => reader.read(frame(220, 40)).map(({ id, patch }) => [id, patch.ink.reduce((a, b) => a + b, 0)]);
    for (const [regions, wanted] of [
      [[A], [['a', 24]]],
      [
        [B, A],
        [
          ['b', 24],
          ['a', 24],
        ],
      ],
      [[{ id: 'all', box: [0, 0, 40, 20] }], [['all', 48]]],
    ] as const) {
      reader.place(regions);
      expect(sums()).toEqual(wanted);
    }
  });

  it('keeps to itself beside another reader in the same memory', () => {
    const kernels = createKernels();
    const [one, other] = [createFixedReader(kernels), createFixedReader(kernels)];
    one.place([A]);
    const [first] = one.read(frame(220, 40));
    const before = [...first!.patch.ink];
    other.place([{ id: 'large', box: [0, 0, 40, 20] }]);
    other.read(frame(30, 200));
    expect([...first!.patch.ink]).toEqual(before);
    expect([...one.read(frame(220, 40))[0]!.patch.ink]).toEqual(before);
  });

  it('takes no more memory for frames of many sizes than a few times what the largest needs', () => {
    const kernels = createKernels();
    const reader = createFixedReader(kernels);
    for (let side = 100; side <= 500; side += 4) {
      reader.place([{ id: 'all', box: [0, 0, side, side] }]);
      const gray = new Uint8Array(side * side);
      reader.read({
        index: 0,
        time: 0,
        width: side,
        height: side,
        left: 0,
        top: 0,
        scale: 1,
        gray,
        retain,
        release() {},
      });
    }
    expect(kernels.bytes.length).toBeLessThan(5 * (4 + 1) * 500 * 500);
  });

  it('agrees with a sorted list of pixels, whatever the size of rectangles and frames', () => {
    const random = createRandom(7);
    const boxes: Box[] = [
      [3, 1, 17, 23],
      [25, 9, 5, 4],
      [30, 5, 33, 30],
      [0, 0, 64, 40],
    ];
    const reader = readerOf(
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
        expect(found[i]).toMatchObject({ polarity: dark ? 'dark-on-light' : 'light-on-dark' });
        found[i]!.patch.ink.forEach((value, k) => expect(value).toBeCloseTo(ink[k]!, 6));
      });
    }
  });
});
