// Tests of src/lab/training/epochs.ts: whole epochs in new orders, positions, and small movements.
import { describe, expect, it } from 'vitest';
import type { Digits } from '../../../src/lab/data/dataset.js';
import { epochsOf } from '../../../src/lab/training/epochs.js';
import type { Batch } from '../../../src/lab/training/train.js';

/** Twenty images whose first pixel is their index, with a square of 6 pixels in the middle. */
const digits: Digits = (() => {
  const images = new Uint8Array(20 * 784);
  for (let i = 0; i < 20; i++) {
    images[i * 784] = i;
    for (let y = 11; y < 17; y++) images.fill(255, i * 784 + y * 28 + 11, i * 784 + y * 28 + 17);
  }
  return { count: 20, images, labels: Uint8Array.from({ length: 20 }, (_, i) => i % 10) };
})();

const indices = ({ pixels }: Batch): number[] =>
  Array.from({ length: pixels.length / 784 }, (_, i) => Math.round(pixels[i * 784]! * 255));

describe('epochsOf', () => {
  it('gives every digit once per epoch, in a new order each time, across batches', async () => {
    const examples = epochsOf(digits, { seed: 1 });
    const seen = [
      ...indices(await examples.next(15)),
      ...indices(await examples.next(15)),
      ...indices(await examples.next(10)),
    ];
    const inOrder = Array.from({ length: 20 }, (_, i) => i);
    expect([...seen.slice(0, 20)].sort((a, b) => a - b)).toEqual(inOrder);
    expect([...seen.slice(20)].sort((a, b) => a - b)).toEqual(inOrder);
    expect(seen.slice(0, 20)).not.toEqual(seen.slice(20));
    expect(seen.slice(0, 20)).not.toEqual(inOrder);
  });

  it('starts anywhere as if it had got there, movements included', async () => {
    for (const augmentation of [undefined, { rotate: 10, scale: 0.1, shear: 0.1, shift: 1 }]) {
      const whole = epochsOf(digits, { seed: 2, augmentation });
      for (let i = 0; i < 3; i++) await whole.next(13);
      expect(await epochsOf(digits, { seed: 2, augmentation, position: 39 }).next(13)).toEqual(await whole.next(13));
    }
  });

  it('gives pixels in [0, 1] and one-hot targets', async () => {
    const { pixels, targets } = await epochsOf(digits, { seed: 1 }).next(20);
    const labels = indices({ pixels, targets }).map((i) => i % 10);
    expect(Math.max(...pixels)).toBe(1);
    labels.forEach((label, i) =>
      expect(Array.from(targets.subarray(i * 10, i * 10 + 10))).toEqual(
        Array.from({ length: 10 }, (_, j) => (j === label ? 1 : 0)),
      ),
    );
  });

  it('gives the zero vector as the target of what is no digit', async () => {
    const none = { ...digits, labels: digits.labels.map((label) => (label === 3 ? 255 : label)) };
    const { pixels, targets } = await epochsOf(none, { seed: 1 }).next(20);
    indices({ pixels, targets }).forEach((i, k) =>
      expect(targets.subarray(k * 10, k * 10 + 10).reduce((a, b) => a + b)).toBe(i % 10 === 3 ? 0 : 1),
    );
  });

  it('moves digits within the limits and keeps their ink', async () => {
    const { pixels } = await epochsOf(digits, {
      seed: 3,
      augmentation: { rotate: 0, scale: 0, shear: 0, shift: 3 },
    }).next(20);
    const shifts = Array.from({ length: 20 }, (_, i) => {
      const image = pixels.subarray(i * 784, (i + 1) * 784);
      let [mass, x] = [0, 0];
      image.forEach((value, p) => {
        if (p % 28 > 4 && p % 28 < 24) {
          mass += value;
          x += value * (p % 28);
        }
      });
      expect(mass).toBeCloseTo(36, 0);
      return x / mass - 13.5;
    });
    expect(Math.max(...shifts.map(Math.abs))).toBeLessThanOrEqual(3.01);
    expect(Math.max(...shifts) - Math.min(...shifts)).toBeGreaterThan(2);
  });

  it('no movement at all is the digit itself', async () => {
    const none = { rotate: 0, scale: 0, shear: 0, shift: 0 };
    const [moved, plain] = [
      await epochsOf(digits, { seed: 4, augmentation: none }).next(20),
      await epochsOf(digits, { seed: 4 }).next(20),
    ];
    expect(Math.max(...moved.pixels.map((value, i) => Math.abs(value - plain.pixels[i]!)))).toBeLessThan(1e-6);
  });
});
