// Owns how things look to a camera: coverage of ink in, a gray patch out, with light, shade, grain, blur and noise.

import type { Random } from '../../../base/random.js';
import { bell, blurPass } from '../../image/blur.js';
import { turnedNoise } from '../../image/value-noise.js';

/** A square gray image being made, values 0 to 255 before rounding. */
export interface Patch {
  readonly size: number;
  readonly gray: Float32Array;
}

/** Plain paper under uneven light: `[size, size]`. */
export function paper(size: number, random: Random): Patch {
  const gray = new Float32Array(size * size);
  const level = 80 + 170 * random.next();
  const shade = 0.35 * level * random.next() ** 2;
  const angle = 6.28 * random.next();
  const [gx, gy] = [(shade * Math.cos(angle)) / size, (shade * Math.sin(angle)) / size];
  const mottling = Math.max(0, 6 * random.next() - 2);
  const mottle = mottling > 0 ? turnedNoise(size, 4 + 20 * random.next(), random) : undefined;
  for (let y = 0, p = 0; y < size; y++) {
    for (let x = 0; x < size; x++, p++)
      gray[p] = level + gx * (x - size / 2) + gy * (y - size / 2) + (mottle ? mottling * mottle[p]! : 0);
  }
  return { size, gray };
}

/**
 * Puts ink on the patch.
 * @param coverage `[size, size]`, [0, 1]
 * @param contrast gray levels that full ink takes away
 * @param grain 0 even ink, 1 as uneven as a pencil on rough paper
 */
export function ink(patch: Patch, coverage: Float32Array, contrast: number, grain: number, random: Random): void {
  for (let p = 0; p < coverage.length; p++) {
    if (coverage[p]! > 0) patch.gray[p]! -= contrast * coverage[p]! * (1 - grain * 0.6 * random.next());
  }
}

/**
 * Takes ink away, as a pen that runs dry or is lifted does: from full to a share, smoothly from place to place.
 * @param coverage `[size, size]`, [0, 1]; changed in place
 * @param least what is left where most is gone, [0, 1]
 * @param grid pixels from a full place to a faded one, about
 */
export function fade(
  coverage: Float32Array,
  size: number,
  { least, grid }: { least: number; grid: number },
  random: Random,
): void {
  const strength = turnedNoise(size, grid, random);
  for (let p = 0; p < coverage.length; p++) {
    const full = Math.min(1, Math.max(0, 0.5 + strength[p]!));
    coverage[p]! *= least + (1 - least) * full;
  }
}

/** What the camera makes of it: blur, sensor noise, rounding to bytes. */
export function photograph(
  { size, gray }: Patch,
  { blur, noise }: { blur: number; noise: number },
  random: Random,
): Uint8Array {
  const seen = blur > 0.2 ? blurred(gray, size, blur) : gray;
  const bytes = new Uint8Array(size * size);
  for (let p = 0; p < bytes.length; p++)
    bytes[p] = Math.max(0, Math.min(255, Math.round(seen[p]! + noise * random.normal())));
  return bytes;
}

/**
 * How many standard deviations the blur reaches, and single weights that are not scaled: as the camera model's examples
 * were made. Changing either re-rolls that model.
 */
const REACH = 2.5;

function blurred(image: Float32Array, size: number, sigma: number): Float32Array {
  const kernel = Float32Array.from(bell(sigma, Math.ceil(REACH * sigma)));
  const total = kernel.reduce((a, b) => a + b, 0);
  const [between, out] = [new Float32Array(size * size), new Float32Array(size * size)];
  const pass = { width: size, height: size, kernel, total, outside: 'repeated' } as const;
  blurPass(image, between, { ...pass, axis: 'x' });
  blurPass(between, out, { ...pass, axis: 'y' });
  return out;
}
