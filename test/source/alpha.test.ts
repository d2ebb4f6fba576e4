// Compositing of luma with alpha: against the formula in floating point, and the choice of the ground.
import { expect, test } from 'vitest';
import { chooseGround, flatten } from '../../src/source/alpha.js';

const ink = (luma: number, alpha: number, empty = 3): Uint8Array =>
  Uint8Array.from([luma, alpha, ...Array<number>(2 * empty).fill(0)]);

test('ground is white under dark ink and black under light ink', () => {
  expect(chooseGround(ink(0, 255), 4)).toBe(255);
  expect(chooseGround(ink(255, 255), 4)).toBe(0);
  expect(chooseGround(ink(60, 128), 4)).toBe(255);
});

test('ground is left open where nothing is transparent, or everything', () => {
  expect(chooseGround(Uint8Array.from([10, 255, 20, 255]), 2)).toBeUndefined();
  expect(chooseGround(Uint8Array.from([10, 0, 20, 0]), 2)).toBeUndefined();
});

test.each([0, 255] as const)('every luma and alpha over %s is the formula, in place', (ground) => {
  const pixels = new Uint8Array(2 * 65_536);
  for (let i = 0; i < 65_536; i += 1) {
    pixels[2 * i] = i & 255;
    pixels[2 * i + 1] = i >> 8;
  }
  flatten(pixels, 65_536, ground);
  for (let i = 0; i < 65_536; i += 1) {
    const alpha = (i >> 8) / 255;
    const exact = (i & 255) * alpha + ground * (1 - alpha);
    if (Math.abs((pixels[i] as number) - exact) > 0.501)
      expect.fail(`luma ${i & 255}, alpha ${i >> 8}: ${pixels[i]} for ${exact}`);
  }
});
