// Owns the passes over a fixed rectangle: how often each gray level is there, and ink by gray level. What is ink, is
// told in src/regions/fixed.

import { COUNT_TABLES, LEVELS } from '../layout';

/**
 * Counts the gray levels of a rectangle.
 * @param gray its first pixel; `stride` bytes on is the row below
 * @param counts `[COUNT_TABLES, LEVELS]` i32: the counts, then scratch
 */
export function countLevels(gray: usize, stride: i32, width: i32, height: i32, counts: usize): void {
  memory.fill(counts, 0, 4 * COUNT_TABLES * LEVELS);
  // Neighbours are often alike: several tables, so that a count need not wait for the one before.
  const second = counts + 4 * LEVELS;
  const third = second + 4 * LEVELS;
  const fourth = third + 4 * LEVELS;
  for (let y: i32 = 0; y < height; y++, gray += stride) {
    const end = gray + width;
    let p = gray;
    for (; p + 4 <= end; p += 4) {
      count(counts, load<u8>(p));
      count(second, load<u8>(p, 1));
      count(third, load<u8>(p, 2));
      count(fourth, load<u8>(p, 3));
    }
    for (; p < end; p++) count(counts, load<u8>(p));
  }
  for (let k: i32 = 0; k < 4 * LEVELS; k += 16) {
    const odd = i32x4.add(v128.load(counts + k), v128.load(second + k));
    const even = i32x4.add(v128.load(third + k), v128.load(fourth + k));
    v128.store(counts + k, i32x4.add(odd, even));
  }
}

// @ts-ignore: decorator
@inline
function count(table: usize, level: u8): void {
  const at = table + 4 * <usize>level;
  store<i32>(at, load<i32>(at) + 1);
}

/**
 * The ink of a rectangle, pixel by pixel.
 * @param shares `[LEVELS]` f32: the ink of each gray level
 * @param first, last the gray levels between which, both included, all ink lies
 * @param out `[height, width]` f32
 */
export function inkOf(
  gray: usize,
  stride: i32,
  width: i32,
  height: i32,
  shares: usize,
  first: i32,
  last: i32,
  out: usize,
): void {
  const lowest = i8x16.splat(<i8>first);
  const range = i8x16.splat(<i8>(last - first));
  const nothing = i8x16.splat(0);
  for (let y: i32 = 0; y < height; y++, gray += stride) {
    const end = gray + width;
    let p = gray;
    for (; p + 16 <= end; p += 16, out += 64) {
      // Most of a window is ground: sixteen pixels without ink are passed over together.
      if (v128.any_true(i8x16.le_u(i8x16.sub(v128.load(p), lowest), range))) {
        for (let k: usize = 0; k < 16; k++) store<f32>(out + 4 * k, inkAt(p + k, shares));
      } else {
        for (let k: usize = 0; k < 64; k += 16) v128.store(out + k, nothing);
      }
    }
    for (; p < end; p++, out += 4) store<f32>(out, inkAt(p, shares));
  }
}

// @ts-ignore: decorator
@inline
function inkAt(pixel: usize, shares: usize): f32 {
  return load<f32>(shares + 4 * <usize>load<u8>(pixel));
}
