// Owns connected components: a map and a threshold in, components with their measures and runs out. No judgement.
//
// Runs and components are records (see ../layout) at fixed distances.

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

// Bytes of a row's largest values: the row's own first.
// @ts-ignore: decorator
@inline
function maximaOf(width: i32): i32 {
  return 16 * (1 + (width + BLOCK - 1) / BLOCK);
}

/** Bytes of the largest values of a map. */
export function maximaRoom(width: i32, height: i32): i32 {
  return maximaOf(width) * height;
}

/**
 * Of each row, and of each 64 pixels of it, the largest values, 16 bytes: `maxima` is `[height, 1 + ceil(width / 64),
 * 16]`, the row's own first.
 */
export function summarise(map: usize, width: i32, height: i32, maxima: usize): void {
  for (let y: i32 = 0; y < height; y++) {
    const row = map + y * width;
    const whole = maxima;
    let largest = i8x16.splat(0);
    maxima += 16;
    for (let x: i32 = 0; x < width; x += BLOCK, maxima += 16) {
      const at = row + x;
      const left = i8x16.max_u(v128.load(at), v128.load(at, 16));
      const block = i8x16.max_u(left, i8x16.max_u(v128.load(at, 32), v128.load(at, 48)));
      largest = i8x16.max_u(largest, block);
      v128.store(maxima, block);
    }
    v128.store(whole, largest);
  }
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
  for (let y: i32 = 0; y < height; y++, maxima += beyond) {
    const here = run;
    if (!anyOf(v128.load(maxima), above)) {
      before = here;
      continue;
    }
    let block = maxima;
    // Where the last run of this row ended.
    let last: i32 = -1;
    for (let x: i32 = 0; x < width; x += BLOCK) {
      block += 16;
      if (!anyOf(v128.load(block), above)) continue;
      for (let bits = bitsOf(map + y * width + x, above, width - x); bits !== 0;) {
        const start = x + i32(ctz(bits));
        // Adding a run's first bit moves it to where the run ends.
        const beyond = bits + (bits & -bits);
        const end = x + i32(ctz(beyond));
        bits &= beyond;
        // A run that goes on from the block before is one with it.
        if (start === last) run -= RUN;
        else if (run === full) break;
        else {
          store<u16>(run, y, ROW);
          store<u16>(run, start, START);
          store<u32>(run, <u32>run, PARENT);
        }
        store<u16>(run, end, END);
        run += RUN;
        last = end;
      }
    }
    join(before, here, run);
    before = here;
    if (run === full) break;
  }
  return i32((run - runs) / RUN);
}

// Whether any value is at least what it is compared with.
// @ts-ignore: decorator
@inline
function anyOf(values: v128, least: v128): bool {
  return v128.any_true(i8x16.eq(i8x16.max_u(values, least), values));
}

// One bit for each of 64 pixels (of `inside`, if fewer): whether its value is at least `least`.
// @ts-ignore: decorator
@inline
function bitsOf(at: usize, least: v128, inside: i32): u64 {
  const near = quarterOf(at, least) | (quarterOf(at + 16, least) << 16);
  const bits = near | (quarterOf(at + 32, least) << 32) | (quarterOf(at + 48, least) << 48);
  return inside < BLOCK ? bits & ((u64(1) << inside) - 1) : bits;
}

// @ts-ignore: decorator
@inline
function quarterOf(at: usize, least: v128): u64 {
  const values = v128.load(at);
  return u64(u32(i8x16.bitmask(i8x16.eq(i8x16.max_u(values, least), values))) & 0xffff);
}

// Joins the runs of a row (`here` to `stop`) with those of the row above (`before` to `here`): both are sorted by x.
function join(before: usize, here: usize, stop: usize): void {
  if (here === stop) return;
  const adjacent = before !== here && u32(load<u16>(before, ROW)) + 1 === u32(load<u16>(here, ROW));
  let a = adjacent ? before : here;
  for (let b = here; b < stop; b += RUN) {
    const start = i32(load<u16>(b, START));
    const end = i32(load<u16>(b, END));
    while (a < here && i32(load<u16>(a, END)) < start) a += RUN;
    let touching: i32 = 0;
    // The last one that touches may touch the next run as well.
    for (; a < here; a += RUN) {
      const from = max<i32>(load<u16>(a, START), start);
      if (from > end) break;
      const endA = i32(load<u16>(a, END));
      touching += 0x10000 + min(endA, end) - from;
      if (touching < 0x20000) store<u32>(b, load<u32>(a, PARENT), PARENT);
      else if (load<u32>(b, PARENT) !== load<u32>(a, PARENT)) unite(a, b);
      if (endA > end) break;
    }
    store<i32>(b, touching, TOUCHING);
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
 * Keeps the components that are large enough and not too large, in their order, and adds up the map over them where they
 * are to be weighed.
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

function sumOf(map: usize, width: i32, last: usize): i32 {
  let sum: i32 = 0;
  for (let run = last; run !== 0; run = load<u32>(run, NEXT)) {
    const row = map + i32(load<u16>(run, ROW)) * width;
    const end = row + load<u16>(run, END);
    for (let p = row + load<u16>(run, START); p < end; p++) sum += load<u8>(p);
  }
  return sum;
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
