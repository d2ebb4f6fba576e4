// Normalised digits turned by quarter turns: against normalising the turned ink, which is what a turned picture gives.
import { expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { createNormaliser } from '../../src/digits/normalise.js';
import { turnDigits } from '../../src/digits/turned.js';
import { createKernels } from '../../src/kernels/kernels.js';
import { createPatchArena } from '../../src/kernels/patch-arena.js';
import { handDigit } from '../../src/lab/data/camera/hands.js';
import { drawShape } from '../../src/lab/data/camera/shape.js';
import { PIXELS } from '../../src/types.js';
import { lying, type Orientation } from '../source/pictures.js';

const WIDE = 70;
const HIGH = 90;

it.each<readonly [90 | 180 | 270, Orientation]>([
  [90, 6],
  [180, 3],
  [270, 8],
])('turns a batch by %i degrees as turning the ink does', (by, orientation) => {
  const random = createRandom(11);
  const inks = Array.from({ length: 10 }, (_, digit) => {
    const pixels = new Float32Array(WIDE * HIGH);
    drawShape(handDigit(digit, random), pixels, WIDE, HIGH, { left: 12, top: 14, scale: 60, width: 6 });
    return Uint8Array.from(pixels, (value) => Math.round(255 * value));
  });
  const kernels = createKernels();
  const [arena, normalise] = [createPatchArena(kernels), createNormaliser(kernels, 'mnist')];
  const batchOf = (list: readonly { width: number; height: number; pixels: Uint8Array }[]): Float32Array => {
    arena.clear();
    return normalise(
      list.map(({ width, height, pixels }) => {
        const patch = arena.take(width, height);
        pixels.forEach((value, k) => (patch.ink[k] = value / 255));
        return patch;
      }),
    ).batch;
  };
  const upright = inks.map((pixels) => ({ width: WIDE, height: HIGH, pixels }));
  const expected = batchOf(upright);
  const turned = new Float32Array(10 * PIXELS).fill(9);
  turnDigits(batchOf(upright.map((ink) => lying(ink, orientation))), by, turned);
  for (let digit = 0; digit < 10; digit++) {
    const difference = (k: number): number => Math.abs(turned[digit * PIXELS + k]! - expected[digit * PIXELS + k]!);
    const mean = Array.from({ length: PIXELS }, (_, k) => difference(k)).reduce((a, b) => a + b) / PIXELS;
    // The ink is a tenth of the square and more; half a pixel beside it would be a tenth of that.
    expect(mean, `${digit}`).toBeLessThan(0.01);
  }
});
