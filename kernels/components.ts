// Owns connected components: a map and a threshold in, components with their measures and runs out. No judgement.
//
// Everything lies in one block of arrays of `room` numbers each, in this order: of the components left, top, right,
// bottom, area, perimeter, holes, first run, sum of the map (i32); of the runs next, parent, component, touching (i32),
// then row, start, end (u16).

const TOP: usize = 1;
const RIGHT: usize = 2;
const BOTTOM: usize = 3;
const AREA: usize = 4;
const PERIMETER: usize = 5;
const HOLES: usize = 6;
const FIRST: usize = 7;
const SUM: usize = 8;
const NEXT: usize = 9;
const PARENT: usize = 10;
const COMPONENT: usize = 11;
/** Number of runs of the row above that a run touches, times 2^16, plus the number of pixels that it lies below them. */
const TOUCHING: usize = 12;
const ROWS: usize = 13;

/** Pixels of a row that are looked at together. */
const BLOCK: i32 = 64;

/** Of each 64 pixels of each row the largest values, 16 bytes: `maxima` is `[height, ceil(width / 64), 16]`. */
export function summarise(map: usize, width: i32, height: i32, maxima: usize): void {
  for (let y: i32 = 0; y < height; y++) {
    const row = map + y * width;
    for (let x: i32 = 0; x < width; x += BLOCK, maxima += 16) {
      const at = row + x;
      const left = i8x16.max_u(v128.load(at), v128.load(at, 16));
      v128.store(maxima, i8x16.max_u(left, i8x16.max_u(v128.load(at, 32), v128.load(at, 48))));
    }
  }
}

/**
 * Labels the 8-connected components of the pixels above a threshold and keeps those that are large enough and not too
 * large, in the order of their first rows.
 * @param maxima of {@link summarise} for this map
 * @param block the arrays; runs that do not fit are left out
 * @param widest largest width, pixels
 * @param total where the number of runs goes, u32
 * @returns number of components kept
 */
export function labelComponents(map: usize, width: i32, height: i32, threshold: i32, maxima: usize, block: usize, room: i32, least: f64, highest: f64, widest: f64, leastArea: i32, total: usize): i32 {
  const runs = threshold < 255 ? findRuns(map, width, height, threshold, maxima, block, room) : 0;
  store<u32>(total, runs);
  const found = gather(block, room, runs);
  return select(map, width, block, room, found, least, highest, widest, leastArea);
}

function findRuns(map: usize, width: i32, height: i32, threshold: i32, maxima: usize, block: usize, room: i32): i32 {
  const array: usize = 4 * room;
  const rows = block + ROWS * array;
  const starts = rows + 2 * room;
  const ends = starts + 2 * room;
  const above = i8x16.splat(<i8>(threshold + 1));
  let count: i32 = 0;
  let before: i32 = 0;
  for (let y: i32 = 0; y < height; y++) {
    const here = count;
    // Where the last run of this row ended.
    let last: i32 = -1;
    for (let x: i32 = 0; x < width; x += BLOCK, maxima += 16) {
      if (!anyOf(v128.load(maxima), above)) continue;
      for (let bits = bitsOf(map + y * width + x, above, width - x); bits !== 0;) {
        const start = x + i32(ctz(bits));
        // Adding a run's first bit moves it to where the run ends.
        const beyond = bits + (bits & -bits);
        const end = x + i32(ctz(beyond));
        bits &= beyond;
        // A run that goes on from the block before is one with it.
        if (start === last) count--;
        else if (count === room) break;
        else {
          store<u16>(starts + 2 * count, start);
          store<u16>(rows + 2 * count, y);
        }
        store<u16>(ends + 2 * count++, end);
        last = end;
      }
    }
    join(block, room, before, here, count, y);
    before = here;
    if (count === room) break;
  }
  return count;
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
  const bits = quarterOf(at, least) | (quarterOf(at + 16, least) << 16) | (quarterOf(at + 32, least) << 32) | (quarterOf(at + 48, least) << 48);
  return inside < BLOCK ? bits & ((u64(1) << inside) - 1) : bits;
}

// @ts-ignore: decorator
@inline
function quarterOf(at: usize, least: v128): u64 {
  const values = v128.load(at);
  return u64(u32(i8x16.bitmask(i8x16.eq(i8x16.max_u(values, least), values))) & 0xffff);
}

// Joins the runs of row `y` (from `here`) with those of the row above (from `before`, if it has any): both are sorted by x.
function join(block: usize, room: i32, before: i32, here: i32, count: i32, y: i32): void {
  const array: usize = 4 * room;
  const parents = block + PARENT * array;
  const touching = block + TOUCHING * array;
  const rows = block + ROWS * array;
  const starts = rows + 2 * room;
  const ends = starts + 2 * room;
  for (let b = here; b < count; b++) {
    store<i32>(parents + 4 * b, b);
    store<i32>(touching + 4 * b, 0);
  }
  for (let a = before, b = here; a < here && b < count;) {
    const from = max<i32>(load<u16>(starts + 2 * a), load<u16>(starts + 2 * b));
    const endA = i32(load<u16>(ends + 2 * a));
    const endB = i32(load<u16>(ends + 2 * b));
    const to = min(endA, endB);
    if (from <= to) {
      const parent = load<i32>(parents + 4 * b);
      if (parent === b) store<i32>(parents + 4 * b, load<i32>(parents + 4 * a));
      else if (parent !== load<i32>(parents + 4 * a)) unite(parents, a, b);
      const touch = touching + 4 * b;
      store<i32>(touch, load<i32>(touch) + 0x10000 + to - from);
    }
    // Which one is random: a branch would be guessed wrong half the time.
    const further = i32(endA <= endB);
    a += further;
    b += 1 - further;
  }
}

// The earlier root becomes that of both, so that a parent is always an earlier run.
function unite(parents: usize, a: i32, b: i32): void {
  const first = rootOf(parents, a);
  const second = rootOf(parents, b);
  store<i32>(parents + 4 * max(first, second), min(first, second));
}

// Halves the path to the root on the way.
function rootOf(parents: usize, run: i32): i32 {
  for (let up = load<i32>(parents + 4 * run); up !== run; up = load<i32>(parents + 4 * run)) {
    const further = load<i32>(parents + 4 * up);
    store<i32>(parents + 4 * run, further);
    run = further;
  }
  return run;
}

// Measures the components of all runs; returns their number.
function gather(block: usize, room: i32, runs: i32): i32 {
  const array: usize = 4 * room;
  const rows = block + ROWS * array;
  const starts = rows + 2 * room;
  const ends = starts + 2 * room;
  let count: i32 = 0;
  for (let run: i32 = 0; run < runs; run++) {
    const own = block + 4 * run;
    const start = i32(load<u16>(starts + 2 * run));
    const end = i32(load<u16>(ends + 2 * run));
    // A parent is an earlier run, which has its component already.
    const parent = load<i32>(own + PARENT * array);
    let index: i32;
    if (parent === run) {
      index = count++;
      begin(block + 4 * index, array, start, load<u16>(rows + 2 * run));
    } else index = load<i32>(block + COMPONENT * array + 4 * parent);
    store<i32>(own + COMPONENT * array, index);
    const c = block + 4 * index;
    store<i32>(c, min(load<i32>(c), start));
    store<i32>(c + RIGHT * array, max(load<i32>(c + RIGHT * array), end));
    store<i32>(c + BOTTOM * array, load<u16>(rows + 2 * run) + 1);
    store<i32>(c + AREA * array, load<i32>(c + AREA * array) + end - start);
    const touching = load<i32>(own + TOUCHING * array);
    store<i32>(c + PERIMETER * array, load<i32>(c + PERIMETER * array) + 2 + 2 * (end - start - (touching & 0xffff)));
    // Runs are nodes and touching pairs are edges of a planar graph: its independent cycles are the holes.
    store<i32>(c + HOLES * array, load<i32>(c + HOLES * array) + (touching >> 16) - 1);
    store<i32>(own + NEXT * array, load<i32>(c + FIRST * array));
    store<i32>(c + FIRST * array, run);
  }
  return count;
}

function begin(c: usize, array: usize, left: i32, top: i32): void {
  store<i32>(c, left);
  store<i32>(c + TOP * array, top);
  store<i32>(c + RIGHT * array, 0);
  store<i32>(c + AREA * array, 0);
  store<i32>(c + PERIMETER * array, 0);
  store<i32>(c + HOLES * array, 1);
  store<i32>(c + FIRST * array, -1);
}

// Moves the components to keep to the front and adds up the map over them; returns their number.
function select(map: usize, width: i32, block: usize, room: i32, found: i32, least: f64, highest: f64, widest: f64, leastArea: i32): i32 {
  const array: usize = 4 * room;
  let kept: i32 = 0;
  for (let k: i32 = 0; k < found; k++) {
    const c = block + 4 * k;
    const high = f64(load<i32>(c + BOTTOM * array) - load<i32>(c + TOP * array));
    if (high < least || high > highest || load<i32>(c + AREA * array) < leastArea) continue;
    if (f64(load<i32>(c + RIGHT * array) - load<i32>(c)) > widest) continue;
    const to = block + 4 * kept++;
    for (let field: usize = 0; field < SUM; field++) store<i32>(to + field * array, load<i32>(c + field * array));
    store<i32>(to + SUM * array, sumOf(map, width, block, room, load<i32>(c + FIRST * array)));
  }
  return kept;
}

function sumOf(map: usize, width: i32, block: usize, room: i32, first: i32): i32 {
  const array: usize = 4 * room;
  const rows = block + ROWS * array;
  const starts = rows + 2 * room;
  const ends = starts + 2 * room;
  let sum: i32 = 0;
  for (let run = first; run >= 0; run = load<i32>(block + NEXT * array + 4 * run)) {
    const row = map + i32(load<u16>(rows + 2 * run)) * width;
    const end = row + load<u16>(ends + 2 * run);
    for (let p = row + load<u16>(starts + 2 * run); p < end; p++) sum += load<u8>(p);
  }
  return sum;
}
