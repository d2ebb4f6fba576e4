// Owns the pixels of one candidate: which are its ink, how strong that is, what is around it, and its patch. No
// judgement.
//
// A view is a window of the level with a mask of its own: rows of `width` bytes of which the last MASK_GAP stay empty;
// a row and MASK_AROUND bytes stay empty before and behind. A mask says 0 of ground, 1 of what is beside the ink,
// MASK_INK of ink.

import { firstOf, totalOf } from './lanes';
import {
  CLUTTERED,
  END,
  GRAY_SQUARES,
  GRAY_SUM,
  LEVELS,
  MASK_AROUND,
  MASK_INK,
  MIDDLING,
  NEXT,
  RING,
  ROW,
  START,
  STRENGTH_COUNT,
  STRENGTH_SUM,
} from '../layout';

/** Bytes of a mask with what must stay empty around it: it begins a row and MASK_AROUND bytes after these. */
export function maskRoom(width: i32, height: i32): i32 {
  return (height + 2) * width + 2 * MASK_AROUND;
}

/** Empties a mask, and what must stay empty around it. */
export function clear(mask: usize, width: i32, height: i32): void {
  memory.fill(mask - width - MASK_AROUND, 0, maskRoom(width, height));
}

/** Marks a component's runs, from its last one on, as ink: the view holds all of it. */
export function paint(mask: usize, left: i32, top: i32, width: i32, last: usize): void {
  for (let run = last; run !== 0; run = load<u32>(run, NEXT)) {
    const row = mask + (i32(load<u16>(run, ROW)) - top) * width - left;
    const end = row + load<u16>(run, END);
    for (let p = row + load<u16>(run, START); p < end; p += 16) {
      const ink = v128.and(i8x16.splat(<i8>MASK_INK), firstOf(i32(end - p)));
      v128.store(p, v128.or(v128.load(p), ink));
    }
  }
}

/**
 * Marks what is beside ink: within two pixels in the city-block distance, which is two steps.
 * @param near another mask for the first step
 */
export function spread(mask: usize, width: i32, height: i32, near: usize): void {
  clear(near, width, height);
  const size = width * height;
  for (let p: i32 = 0; p < size; p += 16) v128.store(near + p, v128.and(cross(mask + p, width), i8x16.splat(1)));
  for (let p: i32 = 0; p < size; p += 16) v128.store(mask + p, v128.or(v128.load(mask + p), cross(near + p, width)));
}

// What 16 pixels or their four neighbours have. The two empty bytes between rows keep these apart.
// @ts-ignore: decorator
@inline
function cross(at: usize, width: i32): v128 {
  const beside = v128.or(v128.load(at - 1), v128.load(at + 1));
  return v128.or(v128.or(v128.load(at), beside), v128.or(v128.load(at - width), v128.load(at + width)));
}

/**
 * Adds the values of the map that are at least `least`, over a component's runs, to `out[STRENGTH_SUM]`, and their
 * number to `out[STRENGTH_COUNT]` (i32).
 */
export function inkStrength(map: usize, stride: i32, last: usize, least: i32, out: usize): void {
  const lowest = i8x16.splat(<i8>least);
  let sums = i8x16.splat(0);
  let count: i32 = 0;
  for (let run = last; run !== 0; run = load<u32>(run, NEXT)) {
    const row = map + i32(load<u16>(run, ROW)) * stride;
    const end = row + load<u16>(run, END);
    for (let p = row + load<u16>(run, START); p < end; p += 16) {
      const values = v128.load(p);
      const counts = v128.and(i8x16.ge_u(values, lowest), firstOf(i32(end - p)));
      count += popcnt(i8x16.bitmask(counts));
      const strong = v128.and(values, counts);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(strong)));
    }
  }
  store<i32>(out, load<i32>(out, 4 * STRENGTH_SUM) + totalOf(sums), 4 * STRENGTH_SUM);
  store<i32>(out, load<i32>(out, 4 * STRENGTH_COUNT) + count, 4 * STRENGTH_COUNT);
}

/**
 * Counts over a view, f64 each: pixels of ground, those of them that hold other things (the map is at least `other`),
 * pixels of or beside the ink of middling strength (`weak` to `strong`), and over the plain ground the sum of the gray
 * values and of their squares.
 * @param map, gray at the view's first pixel, rows `stride` apart
 * @param inside pixels of a row of the view: `width` less the empty ones
 */
export function surroundings(
  mask: usize,
  width: i32,
  map: usize,
  gray: usize,
  stride: i32,
  inside: i32,
  height: i32,
  weak: i32,
  strong: i32,
  other: i32,
  out: usize,
): void {
  const zero = i8x16.splat(0);
  let ring: i64 = 0;
  let cluttered: i64 = 0;
  let middling: i64 = 0;
  let sum: i64 = 0;
  let squares: i64 = 0;
  for (let y: i32 = 0; y < height; y++, mask += width, map += stride, gray += stride) {
    let sums = zero;
    let products = zero;
    for (let x: i32 = 0; x < inside; x += 16) {
      const valid = firstOf(inside - x);
      const value = v128.load(map + x);
      const free = i8x16.eq(v128.load(mask + x), zero);
      const ground = v128.and(free, valid);
      const full = v128.and(ground, atLeast(value, other));
      const between = v128.and(atLeast(value, weak), v128.not(atLeast(value, strong + 1)));
      ring += bitsSet(ground);
      cluttered += bitsSet(full);
      middling += bitsSet(v128.andnot(v128.and(between, valid), free));
      const plain = v128.and(v128.load(gray + x), v128.andnot(ground, full));
      const near = i16x8.extend_low_i8x16_u(plain);
      const far = i16x8.extend_high_i8x16_u(plain);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.add(near, far)));
      products = i32x4.add(products, i32x4.add(i32x4.dot_i16x8_s(near, near), i32x4.dot_i16x8_s(far, far)));
    }
    sum += total(sums);
    squares += total(products);
  }
  store<f64>(out, f64(ring), 8 * RING);
  store<f64>(out, f64(cluttered), 8 * CLUTTERED);
  store<f64>(out, f64(middling), 8 * MIDDLING);
  store<f64>(out, f64(sum), 8 * GRAY_SUM);
  store<f64>(out, f64(squares), 8 * GRAY_SQUARES);
}

/** So many pixels of a row are summed up in 32 bits, of which squares of their places take a sixth. */
const BLOCK: i32 = 1024;

/**
 * Sum of squares that an even slope of the gray values explains, over the plain ground of a view: what a plane fitted to
 * it by least squares leaves out of their variance, times their number. 0 where no plane can be fitted.
 * @param map, gray at the view's first pixel, rows `stride` apart
 */
export function slope(
  mask: usize,
  width: i32,
  map: usize,
  gray: usize,
  stride: i32,
  inside: i32,
  height: i32,
  other: i32,
): f64 {
  let n: f64 = 0;
  let sx: f64 = 0;
  let sy: f64 = 0;
  let sg: f64 = 0;
  let xx: f64 = 0;
  let xy: f64 = 0;
  let yy: f64 = 0;
  let xg: f64 = 0;
  let yg: f64 = 0;
  const places = i16x8(0, 1, 2, 3, 4, 5, 6, 7);
  const zero = i8x16.splat(0);
  for (let y: i32 = 0; y < height; y++, mask += width, map += stride, gray += stride) {
    for (let from: i32 = 0; from < inside; from += BLOCK) {
      const end = min(inside, from + BLOCK);
      let count: i32 = 0;
      let acrosses = zero;
      let squares = zero;
      let sums = zero;
      let products = zero;
      for (let x = from; x < end; x += 16) {
        const valid = firstOf(end - x);
        const ground = v128.and(i8x16.eq(v128.load(mask + x), zero), valid);
        const plain = v128.andnot(ground, atLeast(v128.load(map + x), other));
        count += popcnt(i8x16.bitmask(plain));
        // Places in a block fit into 16 bits; those of what does not count are 0.
        const along = i16x8.add(places, i16x8.splat(<i16>(x - from)));
        const left = v128.and(along, i16x8.extend_low_i8x16_s(plain));
        const right = v128.and(i16x8.add(along, i16x8.splat(8)), i16x8.extend_high_i8x16_s(plain));
        const value = v128.and(v128.load(gray + x), plain);
        const near = i16x8.extend_low_i8x16_u(value);
        const far = i16x8.extend_high_i8x16_u(value);
        const pairs = i32x4.add(i32x4.extadd_pairwise_i16x8_s(left), i32x4.extadd_pairwise_i16x8_s(right));
        acrosses = i32x4.add(acrosses, pairs);
        squares = i32x4.add(squares, i32x4.add(i32x4.dot_i16x8_s(left, left), i32x4.dot_i16x8_s(right, right)));
        sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.add(near, far)));
        products = i32x4.add(products, i32x4.add(i32x4.dot_i16x8_s(left, near), i32x4.dot_i16x8_s(right, far)));
      }
      // From places in the block to places in the view.
      const before = f64(from);
      const down = f64(y);
      const held = f64(count);
      const within = f64(totalOf(acrosses));
      const sum = f64(totalOf(sums));
      const across = within + before * held;
      n += held;
      sx += across;
      sy += down * held;
      sg += sum;
      xx += f64(totalOf(squares)) + before * (2 * within + before * held);
      xy += down * across;
      yy += down * down * held;
      xg += f64(totalOf(products)) + before * sum;
      yg += down * sum;
    }
  }
  if (n === 0) return 0;
  xx -= (sx * sx) / n;
  xy -= (sx * sy) / n;
  yy -= (sy * sy) / n;
  xg -= (sx * sg) / n;
  yg -= (sy * sg) / n;
  const determinant = xx * yy - xy * xy;
  if (determinant <= 0) return 0;
  return (xg * xg * yy - 2 * xg * yg * xy + yg * yg * xx) / determinant;
}

// @ts-ignore: decorator
@inline
function atLeast(value: v128, least: i32): v128 {
  return i8x16.eq(i8x16.max_u(value, i8x16.splat(<i8>least)), value);
}

// @ts-ignore: decorator
@inline
function bitsSet(mask: v128): i64 {
  return i64(popcnt(i8x16.bitmask(mask)));
}

// @ts-ignore: decorator
@inline
function total(lanes: v128): i64 {
  const low = i64(i32x4.extract_lane(lanes, 0)) + i64(i32x4.extract_lane(lanes, 1));
  return low + i64(i32x4.extract_lane(lanes, 2)) + i64(i32x4.extract_lane(lanes, 3));
}

/**
 * Writes the ink of a patch, `[height, width]` f32: a pixel's share of the full strength, at most 1. Ink of another
 * component (above the threshold, but only beside) is left out.
 * @param mask, map at the patch's first pixel, rows `maskStride` and `stride` apart
 * @param shares `[LEVELS]` f32, scratch
 */
export function cutPatch(
  mask: usize,
  maskStride: i32,
  map: usize,
  stride: i32,
  width: i32,
  height: i32,
  threshold: i32,
  strength: f64,
  shares: usize,
  out: usize,
): void {
  for (let value: i32 = 0; value < LEVELS; value += 2) {
    const values = f64x2.replace_lane(f64x2.splat(f64(value)), 1, f64(value + 1));
    const share = f64x2.pmin(f64x2.splat(1), f64x2.div(values, f64x2.splat(strength)));
    v128.store64_lane(shares + 4 * value, f32x4.demote_f64x2_zero(share), 0);
  }
  const highest = i8x16.splat(<i8>threshold);
  // What is written behind a row is written again by the next one, and behind the last one nothing is kept.
  for (let y: i32 = 0; y < height; y++, mask += maskStride, map += stride, out += 4 * width) {
    for (let x: i32 = 0; x < width; x += 16) {
      const marks = v128.load(mask + x);
      const values = v128.load(map + x);
      const beside = v128.andnot(i8x16.le_u(values, highest), i8x16.eq(marks, i8x16.splat(0)));
      // Ground has the share of 0.
      const ink = v128.and(values, v128.or(beside, i8x16.eq(marks, i8x16.splat(<i8>MASK_INK))));
      const to = out + 4 * x;
      if (v128.any_true(ink)) shareOut(ink, shares, to);
      else for (let k: usize = 0; k < 64; k += 16) v128.store(to + k, ink);
    }
  }
}

// The shares of 16 values.
// @ts-ignore: decorator
@inline
function shareOut(values: v128, shares: usize, out: usize): void {
  eightOut(i64x2.extract_lane(values, 0), shares, out);
  eightOut(i64x2.extract_lane(values, 1), shares, out + 32);
}

// @ts-ignore: decorator
@inline
function eightOut(values: u64, shares: usize, out: usize): void {
  for (let k: usize = 0; k < 32; k += 4, values >>= 8)
    store<f32>(out + k, load<f32>(shares + 4 * <usize>(values & 255)));
}
