// Owns connected components: a map and a threshold in, components with their measures and runs out. No judgement.
//
// Runs and components are records (see ../layout) at fixed distances.

import { firstOf, totalOf } from './lanes';
import {
  AREA,
  BOTTOM,
  COMPONENT,
  END,
  FIELDS,
  HOLES,
  LAST,
  LEFT,
  NEXT,
  OWNER,
  PARENT,
  PERIMETER,
  RIGHT,
  ROW,
  RUN,
  START,
  SUM,
  TOP,
  TOUCHING,
} from '../layout';

/** Pixels of a row that are looked at together. */
const BLOCK: i32 = 64;

// Bytes of a row's largest values.
// @ts-ignore: decorator
@inline
function maximaOf(width: i32): i32 {
  return ((width + BLOCK - 1) / BLOCK + 15) & ~15;
}

/** Bytes of the largest values of a map. */
export function maximaRoom(width: i32, height: i32): i32 {
  return maximaOf(width) * height;
}

/**
 * Of each 64 pixels of each row an upper bound of their values: `maxima` is `[height, ceil(width / 64)]` u8, its rows
 * filled up with 0 to a multiple of 16 bytes.
 */
export function summarise(map: usize, width: i32, height: i32, maxima: usize): void {
  const beyond = maximaOf(width);
  for (let y: i32 = 0; y < height; y++, map += width, maxima += beyond) {
    for (let k: i32 = 0; k < beyond; k += 16) v128.store(maxima + k, i8x16.splat(0));
    let block = maxima;
    for (let x: i32 = 0; x < width; x += BLOCK, block++) {
      const at = map + x;
      const left = i8x16.max_u(v128.load(at), v128.load(at, 16));
      store<u8>(block, largest(i8x16.max_u(left, i8x16.max_u(v128.load(at, 32), v128.load(at, 48)))));
    }
  }
}

// @ts-ignore: decorator
@inline
function largest(values: v128): u8 {
  const half = i8x16.shuffle(values, values, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  const eight = i8x16.max_u(values, half);
  const four = i8x16.max_u(eight, i64x2.shr_u(eight, 32));
  const two = i8x16.max_u(four, i64x2.shr_u(four, 16));
  return i8x16.extract_lane_u(i8x16.max_u(two, i64x2.shr_u(two, 8)), 0);
}

/**
 * Finds the runs of pixels above a threshold and labels their 8-connected components.
 * @param maxima of {@link summarise} for this map
 * @param runs `room` records of {@link RUN} bytes; runs that do not fit are left out
 * @returns number of runs
 */
export function findRuns(
  map: usize,
  width: i32,
  height: i32,
  threshold: i32,
  maxima: usize,
  runs: usize,
  room: i32,
): i32 {
  if (threshold >= 255) return 0;
  const above = i8x16.splat(<i8>(threshold + 1));
  const full = runs + RUN * room;
  const beyond = maximaOf(width);
  let run = runs;
  let before = runs;
  for (let y: i32 = 0; y < height; y++, map += width, maxima += beyond) {
    const here = run;
    // Where the last run of this row ended.
    let last: i32 = -1;
    for (let k: i32 = 0; k < beyond; k += 16) {
      for (let blocks = bitsOf(maxima + k, above); blocks !== 0; blocks &= blocks - 1) {
        const x = BLOCK * (k + ctz(blocks));
        for (let bits = blockOf(map + x, above, width - x); bits !== 0;) {
          const start = x + i32(ctz(bits));
          // Adding a run's first bit moves it to where the run ends.
          const further = bits + (bits & -bits);
          const end = x + i32(ctz(further));
          bits &= further;
          // A run that goes on from the block before is one with it.
          if (start === last) run -= RUN;
          else if (run === full) break;
          else {
            store<u16>(run, y, ROW);
            store<u16>(run, start, START);
            store<u32>(run, <u32>run, PARENT);
            store<i32>(run, 0, TOUCHING);
          }
          store<u16>(run, end, END);
          run += RUN;
          last = end;
        }
      }
    }
    join(before, here, run);
    before = here;
    if (run === full) break;
  }
  return i32((run - runs) / RUN);
}

// One bit for each of 16 pixels: whether its value is at least `least`.
// @ts-ignore: decorator
@inline
function bitsOf(at: usize, least: v128): i32 {
  const values = v128.load(at);
  return i8x16.bitmask(i8x16.eq(i8x16.max_u(values, least), values));
}

// The same for 64 pixels (for `inside`, if fewer).
// @ts-ignore: decorator
@inline
function blockOf(at: usize, least: v128, inside: i32): u64 {
  const near = u64(u32(bitsOf(at, least))) | (u64(u32(bitsOf(at + 16, least))) << 16);
  const far = u64(u32(bitsOf(at + 32, least))) | (u64(u32(bitsOf(at + 48, least))) << 16);
  const bits = near | (far << 32);
  return inside < BLOCK ? bits & ((u64(1) << inside) - 1) : bits;
}

// Joins the runs of a row (`here` to `stop`) with those of the row above (`before` to `here`): both are sorted by x.
// Which of two ends first, and whether they touch, is anybody's guess: nothing branches on it.
function join(before: usize, here: usize, stop: usize): void {
  for (let a = before, b = here; a < here && b < stop;) {
    const endA = i32(load<u16>(a, END));
    const endB = i32(load<u16>(b, END));
    const below = min(endA, endB) - max<i32>(load<u16>(a, START), load<u16>(b, START));
    const touching = load<i32>(b, TOUCHING);
    const above = load<u32>(a, PARENT);
    const parent = load<u32>(b, PARENT);
    // All bits where they touch.
    const touch = ~(below >> 31);
    store<i32>(b, touching + ((0x10000 + below) & touch), TOUCHING);
    const first = touch & -i32(touching === 0);
    store<u32>(b, parent ^ ((parent ^ above) & first), PARENT);
    if (touch & ~first & (parent ^ above)) unite(a, b);
    // The one that ends first touches nothing else.
    const next = -i32(endA <= endB);
    a += RUN & next;
    b += RUN & ~next;
  }
}

// The earlier root becomes that of both, so that a parent is always an earlier run.
function unite(a: usize, b: usize): void {
  const first = rootOf(a);
  const second = rootOf(b);
  store<u32>(max(first, second), <u32>min(first, second), PARENT);
}

// Halves the path to the root on the way.
function rootOf(run: usize): usize {
  for (let up: usize = load<u32>(run, PARENT); up !== run; up = load<u32>(run, PARENT)) {
    const further: usize = load<u32>(up, PARENT);
    store<u32>(run, <u32>further, PARENT);
    run = further;
  }
  return run;
}

/**
 * Measures the components of `count` runs into records of {@link COMPONENT} bytes, in the order of their first runs;
 * returns their number.
 */
export function measure(runs: usize, count: i32, components: usize): i32 {
  let next = components;
  for (let run = runs, end = runs + RUN * count; run < end; run += RUN) {
    const start = i32(load<u16>(run, START));
    const stop = i32(load<u16>(run, END));
    // A parent is an earlier run, which has its component already.
    const parent: usize = load<u32>(run, PARENT);
    let c: usize = load<u32>(parent, OWNER);
    if (parent === run) {
      c = next;
      next += COMPONENT;
      begin(c, start, load<u16>(run, ROW));
    }
    store<u32>(run, <u32>c, OWNER);
    store<i32>(c, min(load<i32>(c, LEFT), start), LEFT);
    store<i32>(c, max(load<i32>(c, RIGHT), stop), RIGHT);
    store<i32>(c, load<u16>(run, ROW) + 1, BOTTOM);
    store<i32>(c, load<i32>(c, AREA) + stop - start, AREA);
    const touching = load<i32>(run, TOUCHING);
    store<i32>(c, load<i32>(c, PERIMETER) + 2 + 2 * (stop - start - (touching & 0xffff)), PERIMETER);
    // Runs are nodes and touching pairs are edges of a planar graph: its independent cycles are the holes.
    store<i32>(c, load<i32>(c, HOLES) + (touching >> 16) - 1, HOLES);
    store<u32>(run, load<u32>(c, LAST), NEXT);
    store<u32>(c, <u32>run, LAST);
  }
  return i32((next - components) / COMPONENT);
}

function begin(c: usize, left: i32, top: i32): void {
  store<i32>(c, left, LEFT);
  store<i32>(c, top, TOP);
  store<i32>(c, 0, RIGHT);
  store<i32>(c, 0, AREA);
  store<i32>(c, 0, PERIMETER);
  store<i32>(c, 1, HOLES);
  store<u32>(c, 0, LAST);
}

/**
 * Keeps the components that are large enough and not too large, in their order, and adds up the map over them where
 * they are to be weighed.
 * @param out {@link FIELDS} arrays of `room` i32, one after the other: the fields of a component in their order
 * @param widest largest width, pixels
 * @returns number of components kept
 */
export function select(
  map: usize,
  width: i32,
  components: usize,
  count: i32,
  least: f64,
  highest: f64,
  widest: f64,
  leastArea: i32,
  weighed: bool,
  out: usize,
  room: i32,
): i32 {
  const array: usize = 4 * room;
  let kept: i32 = 0;
  for (let c = components, end = components + COMPONENT * count; c < end; c += COMPONENT) {
    const high = f64(load<i32>(c, BOTTOM) - load<i32>(c, TOP));
    if (high < least || high > highest || load<i32>(c, AREA) < leastArea) continue;
    if (f64(load<i32>(c, RIGHT) - load<i32>(c, LEFT)) > widest) continue;
    if (weighed) store<i32>(c, sumOf(map, width, load<u32>(c, LAST)), SUM);
    for (let field: i32 = 0; field < FIELDS; field++)
      store<i32>(out + field * array + 4 * kept, load<i32>(c + 4 * field));
    kept++;
  }
  return kept;
}

// Runs are short: 16 pixels from the first one on, less what is behind the end.
function sumOf(map: usize, width: i32, last: usize): i32 {
  let sums = i8x16.splat(0);
  for (let run = last; run !== 0; run = load<u32>(run, NEXT)) {
    const row = map + i32(load<u16>(run, ROW)) * width;
    const end = row + load<u16>(run, END);
    for (let p = row + load<u16>(run, START); p < end; p += 16) {
      const values = v128.and(v128.load(p), firstOf(i32(end - p)));
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(values)));
    }
  }
  return totalOf(sums);
}

/** Adds to `out` (four i32: left, top, right, bottom) how many pixels of a component lie on each side of the map. */
export function contacts(last: usize, width: i32, height: i32, out: usize): void {
  for (let run = last; run !== 0; run = load<u32>(run, NEXT)) {
    const y = i32(load<u16>(run, ROW));
    const start = i32(load<u16>(run, START));
    const end = i32(load<u16>(run, END));
    store<i32>(out, load<i32>(out, LEFT) + i32(start === 0), LEFT);
    store<i32>(out, load<i32>(out, RIGHT) + i32(end === width), RIGHT);
    if (y === 0) store<i32>(out, load<i32>(out, TOP) + end - start, TOP);
    if (y === height - 1) store<i32>(out, load<i32>(out, BOTTOM) + end - start, BOTTOM);
  }
}
