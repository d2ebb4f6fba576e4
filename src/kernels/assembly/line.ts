// Owns what of the runs that were followed is a line: straight, and seen alone for the most part; and its record. How
// runs are followed is told in trace.

import {
  LINE,
  LINE_ALONG,
  LINE_BEHIND,
  LINE_COUNT,
  LINE_DOWN,
  LINE_END,
  LINE_FROM,
  LINE_FURTHER,
  LINE_MASS,
  LINE_MIDDLE,
  LINE_RUN,
  LINE_RUN_MASS,
  LINE_START,
  LINE_TO,
  LINE_WIDTH,
  STRONGER,
  WIDEST,
} from '../layout';

/** Steepest line, pixels across a pixel along: 11 degrees. */
export const STEEPEST: f64 = 0.2;
/** A run is the line alone up to so many times its median width, and STRONGER times its median mass. */
const BROADER: f64 = 1.5;
/** How far aside of a line's end what goes on may lie, pixels. */
const ASIDE: i32 = 2;
/** Least share of a line that is seen alone. */
const SEEN: f64 = 0.5;

// A run that is remembered, bytes of the record: where it is, and the record of the one before it of its line; 0 is
// none.
export const ALONG: usize = 0;
export const FROM: usize = 2;
export const TO: usize = 4;
export const BEFORE: usize = 8;
export const LOGGED: usize = 12;

/** Numbers of a histogram of masses. */
const MASSES: i32 = WIDEST * 255 + 1;
/** Bytes of it. */
export const HISTOGRAM: i32 = 8 * MASSES;

// Of the call under way. The mask that is followed, a row for each step along its lines:
export let ink: usize = 0;
export let stride: i32 = 0;
export let steps: i32 = 0;
export let size: i32 = 0;
/** The shortest line, pixels. */
export let least: f64 = 0;
/** Lines that were written. */
export let lines: i32 = 0;
// Where it begins in its map, along and across, and how strong the ink is, with what a pixel further is there.
let first: i32 = 0;
let origin: i32 = 0;
let strength: usize = 0;
let strengthAlong: i32 = 0;
let strengthAcross: i32 = 0;
let runsDown: bool = false;
// Where masses are counted.
let masses: usize = 0;
// Where the next line goes, and where there is no more room.
let line: usize = 0;
let linesFull: usize = 0;

/** Begins the lines of a plane, which go to `room` bytes at `out`; `histogram` is scratch of HISTOGRAM bytes. */
export function beginLines(out: usize, room: i32, histogram: usize): void {
  masses = histogram;
  line = out;
  linesFull = out + room;
  lines = 0;
}

/** Takes the mask that is followed: `[along, across]` u8. */
export function takeMask(mask: usize, row: i32, along: i32, across: i32, shortest: f64): void {
  ink = mask;
  stride = row;
  steps = along;
  size = across;
  least = shortest;
}

/** Says where the mask lies in its map, and how strong its ink is there. */
export function placeMask(down: bool, left: i32, top: i32, map: usize, mapStride: i32): void {
  runsDown = down;
  first = down ? top : left;
  origin = down ? left : top;
  strength = map;
  strengthAlong = down ? mapStride : 1;
  strengthAcross = down ? 1 : mapStride;
}

/**
 * Writes the line that runs make, if it is one.
 * @param start, length where it begins, and how far it goes, steps
 * @param entry the last of its `count` runs
 */
export function writeLine(start: i32, length: i32, count: i32, entry: usize): void {
  if (f64(length) < least || f64(count) < SEEN * f64(length)) return;
  const runs = line + LINE;
  if (runs + LINE_RUN * count > linesFull) return;
  for (let run = runs + LINE_RUN * (count - 1); entry !== 0; run -= LINE_RUN) {
    store<u16>(run, load<u16>(entry, ALONG), LINE_ALONG);
    store<u16>(run, load<u16>(entry, FROM), LINE_FROM);
    store<u16>(run, load<u16>(entry, TO), LINE_TO);
    entry = load<u32>(entry, BEFORE);
  }
  if (!isStraight(runs, count, length)) return;
  const width = weigh(runs, count);
  const mass = medianMass(count);
  store<i32>(line, i32(runsDown), LINE_DOWN);
  store<i32>(line, first + start, LINE_START);
  store<i32>(line, first + start + length, LINE_END);
  store<i32>(line, width, LINE_WIDTH);
  store<i32>(line, mass, LINE_MASS);
  store<f64>(line, middleOf(runs, count), LINE_MIDDLE);
  const alone = keepAlone(runs, count, width, mass);
  if (f64(alone) < SEEN * f64(length)) return;
  store<i32>(line, alone, LINE_COUNT);
  store<i32>(line, 0, LINE_FURTHER);
  // The thin runs right behind both ends.
  goesOn(start - 1, runs, width);
  goesOn(start + length, runs + LINE_RUN * (alone - 1), width);
  for (let run = runs; run < runs + LINE_RUN * alone; run += LINE_RUN) shift(run);
  line = runs + LINE_RUN * alone;
  lines++;
}

// @ts-ignore: decorator
@inline
function centreOf(run: usize): f64 {
  return f64(i32(load<u16>(run, LINE_FROM)) + i32(load<u16>(run, LINE_TO))) / 2;
}

// Nowhere far from the line between its ends, and that not too steep.
function isStraight(runs: usize, count: i32, length: i32): bool {
  const stop = runs + LINE_RUN * count;
  const from = centreOf(runs);
  const start = i32(load<u16>(runs, LINE_ALONG));
  const slope = (centreOf(stop - LINE_RUN) - from) / f64(max(1, length - 1));
  if (abs(slope) > STEEPEST) return false;
  const bend = min(0.6 + 0.025 * f64(length), 1.5 + 0.015 * f64(length));
  for (let run = runs; run < stop; run += LINE_RUN)
    if (abs(centreOf(run) - from - slope * f64(i32(load<u16>(run, LINE_ALONG)) - start)) > bend) return false;
  return true;
}

// Adds up the strength of each run, counts how often each sum is there, and gives the median width.
function weigh(runs: usize, count: i32): i32 {
  memory.fill(masses, 0, 4 * MASSES);
  for (let run = runs; run < runs + LINE_RUN * count; run += LINE_RUN) {
    const mass = massOf(load<u16>(run, LINE_ALONG), load<u16>(run, LINE_FROM), load<u16>(run, LINE_TO));
    store<u16>(run, mass, LINE_RUN_MASS);
    store<i32>(masses + 4 * mass, load<i32>(masses + 4 * mass) + 1);
  }
  // The width that as many are below as above.
  let below: i32 = 0;
  for (let width: i32 = 1; width < WIDEST; width++) {
    for (let run = runs; run < runs + LINE_RUN * count; run += LINE_RUN)
      below += i32(i32(load<u16>(run, LINE_TO)) - i32(load<u16>(run, LINE_FROM)) === width);
    if (below > count >> 1) return width;
  }
  return WIDEST;
}

function massOf(along: i32, from: i32, to: i32): i32 {
  let mass: i32 = 0;
  const at = strength + along * strengthAlong;
  for (let k = from; k < to; k++) mass += load<u8>(at + k * strengthAcross);
  return mass;
}

// Of the masses that were counted.
function medianMass(count: i32): i32 {
  let mass: i32 = 0;
  for (let below = load<i32>(masses); below <= count >> 1; below += load<i32>(masses + 4 * mass)) mass++;
  return mass;
}

function middleOf(runs: usize, count: i32): f64 {
  let twice: i32 = 0;
  for (let run = runs; run < runs + LINE_RUN * count; run += LINE_RUN)
    twice += i32(load<u16>(run, LINE_FROM)) + i32(load<u16>(run, LINE_TO)) + 2 * origin;
  return f64(twice) / 2 / f64(count);
}

// What is wider or stronger than the line is what crosses it, or runs along it. Says how many runs are left.
function keepAlone(runs: usize, count: i32, width: i32, mass: i32): i32 {
  let kept = runs;
  for (let run = runs; run < runs + LINE_RUN * count; run += LINE_RUN) {
    const wide = i32(load<u16>(run, LINE_TO)) - i32(load<u16>(run, LINE_FROM));
    if (f64(wide) > BROADER * f64(width) + 0.5) continue;
    if (f64(load<u16>(run, LINE_RUN_MASS)) > STRONGER * f64(mass)) continue;
    store<u64>(kept, load<u64>(run));
    kept += LINE_RUN;
  }
  return i32((kept - runs) / LINE_RUN);
}

// @ts-ignore: decorator
@inline
function isInk(row: usize, k: i32): bool {
  return k >= 0 && k < size && load<u8>(row + k) > 0;
}

// Writes the run behind the end of a line that is `wide`, which has a run `near` there, if it is thin.
function goesOn(step: i32, near: usize, wide: i32): void {
  if (step < 0 || step >= steps) return;
  const row = ink + step * stride;
  let from = i32(load<u16>(near, LINE_FROM)) - ASIDE;
  const last = i32(load<u16>(near, LINE_TO)) + ASIDE;
  while (from < last && !isInk(row, from)) from++;
  if (from === last) return;
  while (isInk(row, from - 1)) from--;
  let to = from + 1;
  while (isInk(row, to)) to++;
  if (f64(to - from) > BROADER * f64(wide) + f64(ASIDE)) return;
  const before = load<i32>(line, LINE_FURTHER);
  const run = line + LINE_BEHIND + LINE_RUN * before;
  store<i32>(line, before + 1, LINE_FURTHER);
  store<u16>(run, step, LINE_ALONG);
  store<u16>(run, from, LINE_FROM);
  store<u16>(run, to, LINE_TO);
  store<u16>(run, massOf(step, from, to), LINE_RUN_MASS);
  shift(run);
}

// From pixels of the plane to those of its map.
// @ts-ignore: decorator
@inline
function shift(run: usize): void {
  store<u16>(run, i32(load<u16>(run, LINE_ALONG)) + first, LINE_ALONG);
  store<u16>(run, i32(load<u16>(run, LINE_FROM)) + origin, LINE_FROM);
  store<u16>(run, i32(load<u16>(run, LINE_TO)) + origin, LINE_TO);
}
