// Owns how things look to a camera: coverage of ink in, a gray patch out, with light, shade, grain, blur and noise.

import type { Random } from '../../../base/random.js';

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
  const mottle = mottling > 0 ? valueNoise(size, 4 + 20 * random.next(), random) : undefined;
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

/** What the camera makes of it: blur, sensor noise, rounding to bytes. */
export function photograph(
  { size, gray }: Patch,
  { blur, noise }: { blur: number; noise: number },
  random: Random,
): Uint8Array {
  const seen = blur > 0.2 ? gaussian(gray, size, blur) : gray;
  const bytes = new Uint8Array(size * size);
  for (let p = 0; p < bytes.length; p++)
    bytes[p] = Math.max(0, Math.min(255, Math.round(seen[p]! + noise * random.normal())));
  return bytes;
}

/** Gaussian blur, borders repeated. @param sigma in pixels */
export function gaussian(image: Float32Array, size: number, sigma: number): Float32Array {
  const radius = Math.ceil(2.5 * sigma);
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, k) =>
    Math.exp(-((k - radius) ** 2) / (2 * sigma * sigma)),
  );
  const total = kernel.reduce((a, b) => a + b, 0);
  const pass = (from: Float32Array): Float32Array => {
    const to = new Float32Array(size * size);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++)
          sum += kernel[k + radius]! * from[y * size + Math.max(0, Math.min(size - 1, x + k))]!;
        // Written transposed: two passes blur both ways and end the right way round.
        to[x * size + y] = sum / total;
      }
    }
    return to;
  };
  return pass(pass(image));
}

/** Values on the noise's grid along each side; it repeats after that. A power of two. */
const CELLS = 64;

/**
 * Smooth noise between about -1 and 1: random values on a turned and stretched grid, interpolated.
 * @param grid pixels between two values
 * @param stretch how much longer the grid's cells are in one direction
 */
export function valueNoise(size: number, grid: number, random: Random, stretch = 1): Float32Array {
  const values = new Float32Array(CELLS * CELLS);
  for (let k = 0; k < values.length; k++) values[k] = 2 * random.next() - 1;
  const angle = 6.28 * random.next();
  const [cos, sin] = [Math.cos(angle) / grid, Math.sin(angle) / grid];
  const [ox, oy] = [CELLS * random.next(), CELLS * random.next()];
  const out = new Float32Array(size * size);
  for (let y = 0, p = 0; y < size; y++) {
    for (let x = 0; x < size; x++, p++)
      out[p] = interpolate(values, ox + cos * x + sin * y, oy + (cos * y - sin * x) / stretch);
  }
  return out;
}

function interpolate(values: Float32Array, u: number, v: number): number {
  const i = Math.floor(v);
  const j = Math.floor(u);
  const b = ease(v - i);
  const a = ease(u - j);
  const row = (i & (CELLS - 1)) * CELLS;
  const below = ((i + 1) & (CELLS - 1)) * CELLS;
  const left = j & (CELLS - 1);
  const right = (j + 1) & (CELLS - 1);
  return (
    (1 - b) * ((1 - a) * values[row + left]! + a * values[row + right]!) +
    b * ((1 - a) * values[below + left]! + a * values[below + right]!)
  );
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}
