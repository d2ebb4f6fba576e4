// Owns value noise: random values on a grid, smooth between them. Two makers, since each draws its values in an order
// of its own: one made from the other would re-roll either the camera model's examples or the camera clip.
import type { Random } from '../../base/random.js';
import { bilinear, ease } from './interpolate.js';

/** Values on the turned noise's grid along each side; it repeats after that. A power of two. */
const CELLS = 64;

/**
 * Smooth noise between about -1 and 1 on a turned and stretched grid, `[size, size]`. Re-rolls the camera model's
 * examples when changed.
 * @param grid Pixels between two values.
 * @param stretch How much longer the grid's cells are in one direction. Default 1.
 */
export function turnedNoise(size: number, grid: number, random: Random, stretch = 1): Float32Array {
  const values = new Float32Array(CELLS * CELLS);
  for (let k = 0; k < values.length; k++) values[k] = 2 * random.next() - 1;
  const angle = 6.28 * random.next();
  const [cos, sin] = [Math.cos(angle) / grid, Math.sin(angle) / grid];
  const [ox, oy] = [CELLS * random.next(), CELLS * random.next()];
  const out = new Float32Array(size * size);
  for (let y = 0, p = 0; y < size; y++) {
    for (let x = 0; x < size; x++, p++)
      out[p] = repeatedAt(values, ox + cos * x + sin * y, oy + (cos * y - sin * x) / stretch);
  }
  return out;
}

function repeatedAt(values: Float32Array, u: number, v: number): number {
  const [i, j] = [Math.floor(v), Math.floor(u)];
  const row = (i & (CELLS - 1)) * CELLS;
  const below = ((i + 1) & (CELLS - 1)) * CELLS;
  const left = j & (CELLS - 1);
  const right = (j + 1) & (CELLS - 1);
  return bilinear(
    values[row + left]!,
    values[row + right]!,
    values[below + left]!,
    values[below + right]!,
    ease(u - j),
    ease(v - i),
  );
}

/**
 * Smooth noise within [-1, 1], mean near 0, on an upright grid, `[height, width]`. Re-rolls the camera clip when
 * changed.
 * @param cellX Grid step along x in pixels, >= 1; `cellY` along y: unequal steps give grain.
 */
export function gridNoise(random: Random, width: number, height: number, cellX: number, cellY = cellX): Float32Array {
  const columns = Math.ceil(width / cellX) + 2,
    rows = Math.ceil(height / cellY) + 2;
  const grid = Float32Array.from({ length: columns * rows }, () => random.next() * 2 - 1);
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / cellY),
      v = ease(y / cellY - row);
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / cellX),
        u = ease(x / cellX - column);
      const i = row * columns + column;
      out[y * width + x] = bilinear(
        grid[i] ?? 0,
        grid[i + 1] ?? 0,
        grid[i + columns] ?? 0,
        grid[i + columns + 1] ?? 0,
        u,
        v,
      );
    }
  }
  return out;
}
