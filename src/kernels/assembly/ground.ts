// Owns the difference between a pixel and the ground around it, row by row with running sums.
//
// Column sums over the window's rows are kept while the window moves down. A row of them becomes running sums along x,
// and a window's sum is the difference of two of those. Sums and counts of pixels share one 32-bit number: a window
// holds fewer than 2^11 pixels, their sum is below 2^20, and what overflows in the running sums drops out again.

const SUM: i32 = (1 << 20) - 1;

// Of the call under way: width of the image and radius of the window, pixels.
let stride: i32 = 0;
let reach: i32 = 0;

// Pixels that a row of scratch has room for.
// @ts-ignore: decorator
@inline
function rowOf(width: i32, radius: i32): i32 {
  return (width + 2 * radius + 96) & ~15;
}

/** Bytes of scratch that the ground of an image takes. */
export function groundRoom(width: i32, radius: i32): i32 {
  return 16 * rowOf(width, radius);
}

/**
 * Fills `dark` and `light` (`[height, width]` u8): how much each pixel is darker or lighter than its ground.
 * @param radius half the window's side, 1 to MAX_RADIUS
 * @param high  `[height, width]` u8, scratch: 255 where a pixel is not below the plain mean of its window
 * @param low   `[height, width]` u8, scratch: 255 where it is not above
 * @param work  scratch of {@link groundRoom} bytes
 */
export function subtractGround(
  gray: usize,
  width: i32,
  height: i32,
  radius: i32,
  high: usize,
  low: usize,
  dark: usize,
  light: usize,
  work: usize,
): void {
  const room = rowOf(width, radius);
  memory.fill(work, 0, 16 * room);
  stride = width;
  reach = radius;
  const nothing = work;
  const plain = work + room;
  const counts = plain + 2 * room;
  const highs = counts + 2 * room;
  const lows = highs + 3 * room;
  // Running sums: `radius` zeros lead, so that the first windows may hang over.
  const first = lows + 3 * room;
  for (let y: i32 = 0; y < min(radius, height); y++) runPlain(gray + y * width, nothing, plain, first);
  let rows: i32 = 0;
  for (let t: i32 = 0; t < height + radius; t++) {
    const y = t - radius;
    if (t < height) {
      const enter = t + radius < height ? gray + (t + radius) * width : nothing;
      const leave = t > radius ? gray + (t - radius - 1) * width : nothing;
      runPlain(enter, leave, plain, first);
      const inside = min(height, t + radius + 1) - max(0, t - radius);
      if (inside !== rows) countPixels(counts, inside);
      rows = inside;
      sortSides(gray + t * width, counts, first, high + t * width, low + t * width);
    }
    const enters = t < height;
    const leaves = t > 2 * radius;
    const enter = t * width;
    const leave = (t - 2 * radius - 1) * width;
    const into = enters ? gray + enter : nothing;
    const from = leaves ? gray + leave : nothing;
    const entering = enters ? high + enter : nothing;
    const leaving = leaves ? high + leave : nothing;
    runSide(into, entering, from, leaving, highs, highs + 2 * room, first);
    if (y >= 0) subtractDark(gray + y * width, first, dark + y * width);
    runSide(into, enters ? low + enter : nothing, from, leaves ? low + leave : nothing, lows, lows + 2 * room, first);
    if (y >= 0) subtractLight(gray + y * width, first, light + y * width);
  }
}

// How many pixels the window around each pixel of a row holds, u16.
function countPixels(counts: usize, rows: i32): void {
  for (let x: i32 = 0; x < stride; x++)
    store<u16>(counts + 2 * x, rows * (min(stride, x + reach + 1) - max(0, x - reach)));
}

// One row enters the column sums (u16) and one leaves; then their running sums.
function runPlain(enter: usize, leave: usize, plain: usize, first: usize): void {
  let sum = first + 4 * (reach + 1);
  let carry = i32x4.splat(0);
  for (let x: i32 = 0; x < stride; x += 16, sum += 64) {
    const into = v128.load(enter + x);
    const from = v128.load(leave + x);
    const column = plain + 2 * x;
    const left = i16x8.add(v128.load(column), gainLow(into, from));
    const right = i16x8.add(v128.load(column, 16), gainHigh(into, from));
    v128.store(column, left);
    v128.store(column, right, 16);
    const a = runFour(left);
    const b = runFour(right);
    carry = keep(sum, i32x4.extend_low_i16x8_u(a), carry);
    carry = keep(sum + 16, i32x4.extend_high_i16x8_u(a), carry);
    carry = keep(sum + 32, i32x4.extend_low_i16x8_u(b), carry);
    carry = keep(sum + 48, i32x4.extend_high_i16x8_u(b), carry);
  }
  closeRow(first);
}

// The same for the pixels of one side: sums (u16) and counts (u8) of the columns, and the running sums of both.
function runSide(
  enter: usize,
  entering: usize,
  leave: usize,
  leaving: usize,
  sums: usize,
  counts: usize,
  first: usize,
): void {
  let out = first + 4 * (reach + 1);
  let carry = i32x4.splat(0);
  for (let x: i32 = 0; x < stride; x += 16, out += 64) {
    const to = v128.load(entering + x);
    const off = v128.load(leaving + x);
    const into = v128.and(v128.load(enter + x), to);
    const from = v128.and(v128.load(leave + x), off);
    const column = sums + 2 * x;
    const left = i16x8.add(v128.load(column), gainLow(into, from));
    const right = i16x8.add(v128.load(column, 16), gainHigh(into, from));
    v128.store(column, left);
    v128.store(column, right, 16);
    // A mask is -1.
    const count = i8x16.add(v128.load(counts + x), i8x16.sub(off, to));
    v128.store(counts + x, count);
    // Counts of four columns fit into a byte each.
    let four = i8x16.add(count, i32x4.shl(count, 8));
    four = i8x16.add(four, i32x4.shl(four, 16));
    const few = i16x8.extend_low_i8x16_u(four);
    const more = i16x8.extend_high_i8x16_u(four);
    const a = runFour(left);
    const b = runFour(right);
    carry = keep(out, pack(i32x4.extend_low_i16x8_u(a), i32x4.extend_low_i16x8_u(few)), carry);
    carry = keep(out + 16, pack(i32x4.extend_high_i16x8_u(a), i32x4.extend_high_i16x8_u(few)), carry);
    carry = keep(out + 32, pack(i32x4.extend_low_i16x8_u(b), i32x4.extend_low_i16x8_u(more)), carry);
    carry = keep(out + 48, pack(i32x4.extend_high_i16x8_u(b), i32x4.extend_high_i16x8_u(more)), carry);
  }
  closeRow(first);
}

// What the first eight columns gain when a row of them enters and another one leaves.
// @ts-ignore: decorator
@inline
function gainLow(into: v128, from: v128): v128 {
  return i16x8.sub(i16x8.extend_low_i8x16_u(into), i16x8.extend_low_i8x16_u(from));
}

// The same of the last eight.
// @ts-ignore: decorator
@inline
function gainHigh(into: v128, from: v128): v128 {
  return i16x8.sub(i16x8.extend_high_i8x16_u(into), i16x8.extend_high_i8x16_u(from));
}

// Running sums within each four of u16 lanes; four column sums stay below 2^16.
// @ts-ignore: decorator
@inline
function runFour(columns: v128): v128 {
  const two = i16x8.add(columns, i64x2.shl(columns, 16));
  return i16x8.add(two, i64x2.shl(two, 32));
}

// @ts-ignore: decorator
@inline
function pack(sum: v128, count: v128): v128 {
  return i32x4.add(sum, i32x4.shl(count, 20));
}

// Writes four running sums on from `carry`; returns the last of them in all lanes.
// @ts-ignore: decorator
@inline
function keep(out: usize, four: v128, carry: v128): v128 {
  const sums = i32x4.add(four, carry);
  v128.store(out, sums);
  return i8x16.shuffle(sums, sums, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
}

// Beyond the row's end the running sum stays what it was there.
function closeRow(first: usize): void {
  const end = first + 4 * (reach + stride);
  const total = i32x4.splat(load<i32>(end));
  for (let k: i32 = 4; k <= 4 * (reach + 1); k += 16) v128.store(end + k, total);
}

// The sum over the window of four pixels from `at`, which is where the running sums before the window are.
// @ts-ignore: decorator
@inline
function windows(at: usize, side: usize): v128 {
  return i32x4.sub(v128.load(at + side), v128.load(at));
}

// g >= round(sum / count) is 2 (sum - g count) < count, and g <= round(sum / count) is 2 (sum - g count) >= -count: no
// division.
function sortSides(gray: usize, counts: usize, first: usize, high: usize, low: usize): void {
  const side: usize = 4 * (2 * reach + 1);
  for (let x: i32 = 0; x < stride; x += 16) {
    const g = v128.load(gray + x);
    const near = i16x8.extend_low_i8x16_u(g);
    const far = i16x8.extend_high_i8x16_u(g);
    const c = v128.load(counts + 2 * x);
    const d = v128.load(counts + 2 * x, 16);
    const at = first + 4 * x;
    const c0 = i32x4.extend_low_i16x8_u(c);
    const c1 = i32x4.extend_high_i16x8_u(c);
    const c2 = i32x4.extend_low_i16x8_u(d);
    const c3 = i32x4.extend_high_i16x8_u(d);
    const e0 = excess(windows(at, side), i32x4.extend_low_i16x8_u(near), c0);
    const e1 = excess(windows(at + 16, side), i32x4.extend_high_i16x8_u(near), c1);
    const e2 = excess(windows(at + 32, side), i32x4.extend_low_i16x8_u(far), c2);
    const e3 = excess(windows(at + 48, side), i32x4.extend_high_i16x8_u(far), c3);
    v128.store(high + x, narrow(i32x4.gt_s(c0, e0), i32x4.gt_s(c1, e1), i32x4.gt_s(c2, e2), i32x4.gt_s(c3, e3)));
    v128.store(low + x, v128.not(narrow(below(c0, e0), below(c1, e1), below(c2, e2), below(c3, e3))));
  }
}

// @ts-ignore: decorator
@inline
function below(count: v128, e: v128): v128 {
  return i32x4.gt_s(i32x4.neg(count), e);
}

// Both factors are below 2^15 and stand alone in their pairs: one multiplication of pairs does.
// @ts-ignore: decorator
@inline
function excess(sum: v128, g: v128, count: v128): v128 {
  return i32x4.shl(i32x4.sub(sum, i32x4.dot_i16x8_s(g, count)), 1);
}

// @ts-ignore: decorator
@inline
function narrow(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

// A sum below 2^20 over a count below 2^11 is at least 2^-19 of itself away from the next whole number, or is one: the
// rounding of a 32-bit quotient (2^-24) never reaches it, and its whole part is exact.
// @ts-ignore: decorator
@inline
function quotient(packed: v128): v128 {
  const sum = f32x4.convert_i32x4_s(v128.and(packed, i32x4.splat(SUM)));
  return f32x4.div(sum, f32x4.convert_i32x4_s(i32x4.shr_u(packed, 20)));
}

// A whole number from 0 to 255 as the low byte of 2^23 + number. No pixels in a window (0 / 0): 0.
// @ts-ignore: decorator
@inline
function byteOf(whole: v128): v128 {
  return v128.and(f32x4.add(whole, f32x4.splat(8388608)), i32x4.splat(255));
}

function subtractDark(gray: usize, first: usize, dark: usize): void {
  const side: usize = 4 * (2 * reach + 1);
  for (let x: i32 = 0; x < stride; x += 16) {
    const at = first + 4 * x;
    const a = byteOf(f32x4.floor(quotient(windows(at, side))));
    const b = byteOf(f32x4.floor(quotient(windows(at + 16, side))));
    const c = byteOf(f32x4.floor(quotient(windows(at + 32, side))));
    const d = byteOf(f32x4.floor(quotient(windows(at + 48, side))));
    const ground = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    v128.store(dark + x, i8x16.sub_sat_u(ground, v128.load(gray + x)));
  }
}

function subtractLight(gray: usize, first: usize, light: usize): void {
  const side: usize = 4 * (2 * reach + 1);
  for (let x: i32 = 0; x < stride; x += 16) {
    const at = first + 4 * x;
    const a = byteOf(f32x4.ceil(orWhite(quotient(windows(at, side)))));
    const b = byteOf(f32x4.ceil(orWhite(quotient(windows(at + 16, side)))));
    const c = byteOf(f32x4.ceil(orWhite(quotient(windows(at + 32, side)))));
    const d = byteOf(f32x4.ceil(orWhite(quotient(windows(at + 48, side)))));
    const ground = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    v128.store(light + x, i8x16.sub_sat_u(v128.load(gray + x), ground));
  }
}

// A window may hold no low pixel at all (a peak of light): it has no ground for light ink, and nothing is lighter than
// 255.
// @ts-ignore: decorator
@inline
function orWhite(ground: v128): v128 {
  return f32x4.pmin(f32x4.splat(255), ground);
}
