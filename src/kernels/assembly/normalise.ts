// Owns the arithmetic of bringing ink to a square image: box, centre of mass, scaling, amplifying. Which of them, and
// how large, is told in src/digits/normalise.
//
// Ink is f32, `[height, width]`, sums are f64; every sum is taken in the order of the pixels.

import { INK_ACROSS, INK_BOTTOM, INK_DOWN, INK_LEFT, INK_MASS, INK_RIGHT, INK_TOP } from '../layout';

/**
 * Writes to `out` (f64) left, top, right and bottom of the pixels that are at least `level`, then the ink's mass and
 * its sums of x and y at pixel centres. Right is 0 when no pixel is.
 */
export function measureInk(ink: usize, width: i32, height: i32, level: f64, out: usize): void {
  let left = width;
  let top = height;
  let right: i32 = 0;
  let bottom: i32 = 0;
  let mass: f64 = 0;
  let across: f64 = 0;
  let down: f64 = 0;
  for (let y: i32 = 0; y < height; y++) {
    const middle = <f64>y + 0.5;
    for (let x: i32 = 0; x < width;) {
      const end = min(x + 4, width);
      // Most of a window is ground: four pixels without ink are passed over together.
      if (end === x + 4 && !v128.any_true(v128.load(ink))) {
        x = end;
        ink += 16;
        continue;
      }
      for (; x < end; x++, ink += 4) {
        const value = <f64>load<f32>(ink);
        mass += value;
        across += value * (<f64>x + 0.5);
        down += value * middle;
        if (value < level) continue;
        left = min(left, x);
        right = max(right, x + 1);
        top = min(top, y);
        bottom = y + 1;
      }
    }
  }
  store<f64>(out, <f64>left, 8 * INK_LEFT);
  store<f64>(out, <f64>top, 8 * INK_TOP);
  store<f64>(out, <f64>right, 8 * INK_RIGHT);
  store<f64>(out, <f64>bottom, 8 * INK_BOTTOM);
  store<f64>(out, mass, 8 * INK_MASS);
  store<f64>(out, across, 8 * INK_ACROSS);
  store<f64>(out, down, 8 * INK_DOWN);
}

// As many source pixels as a window may touch in either direction, and one to spare.
// @ts-ignore: decorator
@inline
function tapsOf(stepX: f64, stepY: f64): i32 {
  return <i32>ceil(max<f64>(1, max<f64>(stepX, stepY))) + 2;
}

// Bytes of one axis: per output pixel the first source pixel (i32), then the weights (f64).
// @ts-ignore: decorator
@inline
function axisOf(taps: i32, side: i32): i32 {
  return 4 * side + 8 * side * taps;
}

// Bytes of source rows that are scaled to the output's width (f64), with some behind them that are empty.
// @ts-ignore: decorator
@inline
function linesOf(height: i32, taps: i32, side: i32): i32 {
  return 8 * side * (height + taps + 1);
}

/** Bytes of scratch that {@link resample} takes. */
export function resampleRoom(width: i32, height: i32, stepX: f64, stepY: f64, side: i32): i32 {
  const taps = tapsOf(stepX, stepY);
  return 2 * axisOf(taps, side) + 8 * side + linesOf(height, taps, side) + 16 * (width + taps + 2);
}

/**
 * Scales ink to a square by area overlap: output pixel k looks at a window around its centre, one step wide but never
 * narrower than a source pixel.
 * @param centreX, centreY where the middle of the output lies, pixels
 * @param stepX, stepY source pixels per output pixel
 * @param side of the output, pixels, even
 * @param out `[side, side]` f32
 * @param work scratch of {@link resampleRoom} bytes
 */
export function resample(
  ink: usize,
  width: i32,
  height: i32,
  centreX: f64,
  stepX: f64,
  centreY: f64,
  stepY: f64,
  side: i32,
  out: usize,
  work: usize,
): void {
  const taps = tapsOf(stepX, stepY);
  const line = 8 * side;
  const x = work;
  const y = x + axisOf(taps, side);
  const sums = y + axisOf(taps, side);
  const lines = sums + line;
  const pair = lines + linesOf(height, taps, side);
  weigh(x, centreX, stepX, width, taps, side);
  weigh(y, centreY, stepY, height, taps, side);
  // Columns and rows that no output pixel looks at stay as they are.
  const from = load<i32>(x);
  const to = min(width, load<i32>(x + 4 * side - 4) + taps);
  const beyond = min(height, load<i32>(y + 4 * side - 4) + taps);
  // Weights are 0 where a window is cut off: what is met there counts nothing, but has to be a number.
  memory.fill(pair + 16 * to, 0, 16 * (taps + 1));
  memory.fill(lines + line * height, 0, line * taps);
  for (let row: i32 = load<i32>(y); row < beyond; row += 2) {
    const upper = ink + 4 * row * width;
    const lower = row + 1 < beyond ? upper + 4 * width : upper;
    interleave(upper, lower, from, to, pair);
    const at = lines + line * row;
    narrow(pair, x, taps, side, at, row + 1 < beyond ? at + line : at);
  }
  for (let i: i32 = 0; i < side; i++) {
    addRows(lines + line * load<i32>(y + 4 * i), y + 4 * side + 8 * taps * i, taps, side, sums);
    for (let j: i32 = 0; j < side; j++) store<f32>(out + 4 * (side * i + j), <f32>load<f64>(sums + 8 * j));
  }
}

// First source pixel and weights, from there, of each output pixel along one axis.
function weigh(axis: usize, centre: f64, step: f64, length: i32, taps: i32, side: i32): void {
  const span = max<f64>(1, step);
  memory.fill(axis, 0, axisOf(taps, side));
  for (let k: i32 = 0; k < side; k++) {
    const middle = centre + (<f64>k + 0.5 - <f64>side / 2) * step;
    const from = middle - span / 2;
    const to = middle + span / 2;
    const first = max<i32>(0, <i32>floor(from));
    const last = min<i32>(length - 1, <i32>ceil(to) - 1);
    store<i32>(axis + 4 * k, min(first, length));
    const weights = axis + 4 * side + 8 * taps * k;
    for (let s = first; s <= last; s++)
      store<f64>(weights + 8 * (s - first), (min<f64>(to, <f64>s + 1) - max<f64>(from, <f64>s)) / span);
  }
}

// Two rows of the source as pairs of f64, one a column; the column `to` stays empty.
function interleave(upper: usize, lower: usize, from: i32, to: i32, pair: usize): void {
  for (let p: i32 = from; p < to; p += 2) {
    const above = v128.load64_zero(upper + 4 * p);
    const below = v128.load64_zero(lower + 4 * p);
    // The four bytes of a number of either row in turn.
    const two = i8x16.shuffle(above, below, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const second = i8x16.shuffle(two, two, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    v128.store(pair + 16 * p, f64x2.promote_low_f32x4(two));
    v128.store(pair + 16 * p, f64x2.promote_low_f32x4(second), 16);
  }
  // The last step may have taken one more than there is, whatever that was.
  v128.store(pair + 16 * to, f64x2.splat(0));
}

// Two rows of the source at once, scaled to the width of the output.
function narrow(pair: usize, axis: usize, taps: i32, side: i32, upper: usize, lower: usize): void {
  let weights = axis + 4 * side;
  for (let j: i32 = 0; j < 8 * side; j += 8) {
    let sum = f64x2.splat(0);
    for (let b: i32 = 0, p = pair + 16 * load<i32>(axis + (j >> 1)); b < taps; b++, p += 16, weights += 8)
      sum = f64x2.add(sum, f64x2.mul(v128.load(p), v128.load64_splat(weights)));
    store<f64>(lower + j, f64x2.extract_lane(sum, 1));
    store<f64>(upper + j, f64x2.extract_lane(sum, 0));
  }
}

// Rows of the source, each with its weight, two columns at a time.
function addRows(lines: usize, weights: usize, taps: i32, side: i32, sums: usize): void {
  for (let j: i32 = 0; j < 8 * side; j += 16) {
    let sum = f64x2.splat(0);
    for (let a: i32 = 0; a < taps; a++)
      sum = f64x2.add(sum, f64x2.mul(v128.load(lines + j + 8 * side * a), v128.load64_splat(weights + 8 * a)));
    v128.store(sums + j, sum);
  }
}

/** How many of the strongest pixels say what full ink is. */
const STRONGEST: i32 = 12;

/** Bytes of scratch that {@link amplify} takes. */
export function amplifyRoom(): i32 {
  return 4 * (STRONGEST + 1);
}

/**
 * Amplifies an image so that its twelve strongest pixels are full ink on average.
 * @param pixels `[count]` f32, 0 to 1
 * @param count a multiple of 4
 * @param most largest factor
 * @param work scratch of {@link amplifyRoom} bytes
 */
export function amplify(pixels: usize, count: i32, most: f64, work: usize): void {
  // The strongest so far, ascending; behind them one that nothing exceeds.
  memory.fill(work, 0, 4 * STRONGEST);
  store<f32>(work + 4 * STRONGEST, Infinity);
  const end = pixels + 4 * count;
  for (let p = pixels; p < end; p += 16) {
    if (!v128.any_true(f32x4.gt(v128.load(p), v128.load32_splat(work)))) continue;
    for (let k: usize = 0; k < 16; k += 4) insert(load<f32>(p + k), work);
  }
  let sum: f64 = 0;
  for (let k: i32 = 0; k < STRONGEST; k++) sum += <f64>load<f32>(work + 4 * k);
  const gain = min<f64>(most, 1 / (sum / <f64>STRONGEST));
  if (gain <= 1) return;
  for (let p = pixels; p < end; p += 4) store<f32>(p, <f32>min<f64>(1, <f64>load<f32>(p) * gain));
}

// Puts a value in its place among the strongest, when it is one.
function insert(value: f32, strongest: usize): void {
  if (value <= load<f32>(strongest)) return;
  let at = strongest;
  for (; load<f32>(at + 4) < value; at += 4) store<f32>(at, load<f32>(at + 4));
  store<f32>(at, value);
}
