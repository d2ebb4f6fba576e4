// Owns the tracing of straight thin lines, nearly upright or nearly level, through a plane of ink: a thing by itself,
// as a mask has it. It knows no pages.
//
// A line is followed through what crosses it, step by step, from its beginning (after the tracking of staff lines:
// Randriamahefa et al., 1993). Steps are rows of a mask: what runs across is followed in the mask turned over.

import { BEHIND, MASK_GAP, MASK_INK, WIDEST } from '../layout';
import {
  ALONG,
  BEFORE,
  beginLines,
  FROM,
  HISTOGRAM,
  ink,
  least,
  lines,
  LOGGED,
  placeMask,
  size,
  STEEPEST,
  steps,
  stride,
  takeMask,
  TO,
  writeLine,
} from './line';

/** A line's next run is at most so many times as wide as its runs are on average, and a pixel more. */
const WIDER: f64 = 1.7;
/** How far a run may lie from where the line is expected, pixels. */
const ASTRAY: f64 = 1.5;
/** Between two runs of a line: pixels at most that what crosses or touches it hides, and that are empty. */
const HIDDEN: i32 = 40;
const GAP: i32 = 5;
/**
 * So many runs apart are the places that the slope of a line is taken from: it has been so for one to two times that.
 */
const RECENT: i32 = 24;
/** Its slope counts when it was taken over so many steps. */
const SLOPED: f64 = f64(RECENT) / 3;

/** Lines that are followed at a time; what begins beside more is not followed. */
const MOST_TRACKS: i32 = 512;
/** Runs that are remembered of them; where there are more in one plane, the rest of it is not looked at. */
const MOST_LOGGED: i32 = 1 << 18;

// What is remembered of a line that is followed, bytes of the record: places are in pixels of the mask that is
// followed.
const CENTRE: usize = 0;
const THERE: usize = 8;
const EARLY_CENTRE: usize = 16;
const LATE_CENTRE: usize = 24;
const FIRST: usize = 32;
const LAST: usize = 36;
const RUNS: usize = 40;
const WIDTHS: usize = 44;
const UNSEEN: usize = 48;
const EMPTY: usize = 52;
const EARLY: usize = 56;
const LATE: usize = 60;
const ENTRY: usize = 64;
const TAKEN: usize = 68;
const TRACK: usize = 80;

// Of the call under way: where tracks, the log, and the track that is expected at a place are.
let tracks: usize = 0;
let tracksEnd: usize = 0;
let tracksFull: usize = 0;
let log: usize = 0;
let logged: usize = 0;
let logFull: usize = 0;
let owners: usize = 0;

// Bytes that a mask of its own takes, to a multiple of 16.
// @ts-ignore: decorator
@inline
function turnedRoom(width: i32, height: i32): i32 {
  return ((height + MASK_GAP) * width + BEHIND + 15) & ~15;
}

/** Bytes of scratch that the tracing of a plane takes. */
export function traceRoom(width: i32, height: i32): i32 {
  const places = 8 * max(width, height);
  return turnedRoom(width, height) + i32(TRACK) * MOST_TRACKS + HISTOGRAM + places + i32(LOGGED) * (MOST_LOGGED + 1);
}

/**
 * Finds the lines of a plane, those across first.
 * @param plane `[height, across]` u8, MASK_INK or 0, which is ground; rows `across` bytes apart
 * @param left, top where it lies in its map: lines are told in the same pixels
 * @param map at the plane's first pixel, rows `mapStride` apart: how strong the ink is
 * @param leastAcross, leastDown shortest line, pixels
 * @param work scratch of {@link traceRoom} bytes
 * @param out records of LINE bytes, each with its runs behind it, in `room` bytes; lines that do not fit are left out
 * @returns number of lines
 */
export function traceLines(
  plane: usize,
  across: i32,
  left: i32,
  top: i32,
  width: i32,
  height: i32,
  map: usize,
  mapStride: i32,
  leastAcross: f64,
  leastDown: f64,
  work: usize,
  out: usize,
  room: i32,
): i32 {
  tracks = work + turnedRoom(width, height);
  tracksFull = tracks + TRACK * MOST_TRACKS;
  owners = tracksFull + HISTOGRAM;
  // 0 is no entry: the first one stays empty.
  log = owners + 8 * max(width, height) + LOGGED;
  logFull = log + LOGGED * MOST_LOGGED;
  beginLines(out, room, tracksFull);
  if (f64(width) >= leastAcross) {
    turnOver(plane, across, width, height, work);
    takeMask(work, height + MASK_GAP, width, height, leastAcross);
    placeMask(false, left, top, map, mapStride);
    followAll();
  }
  if (f64(height) >= leastDown) {
    takeMask(plane, across, height, width, leastDown);
    placeMask(true, left, top, map, mapStride);
    followAll();
  }
  return lines;
}

// A mask's columns become rows.
function turnOver(mask: usize, across: i32, width: i32, height: i32, turned: usize): void {
  const down = height + MASK_GAP;
  memory.fill(turned, 0, down * width);
  for (let y: i32 = 0; y < height; y++, mask += across) {
    for (let x: i32 = 0; x < width; x += 64) {
      for (let bits = inkBits(mask + x, width - x); bits !== 0; bits &= bits - 1)
        store<u8>(turned + (x + i32(ctz(bits))) * down + y, MASK_INK);
    }
  }
}

// One bit for each of 64 pixels (of `inside`, if fewer): whether it is ink.
// @ts-ignore: decorator
@inline
function inkBits(at: usize, inside: i32): u64 {
  const a = v128.load(at);
  const b = v128.load(at, 16);
  const c = v128.load(at, 32);
  const d = v128.load(at, 48);
  if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) return 0;
  const bits = sixteen(a) | (sixteen(b) << 16) | (sixteen(c) << 32) | (sixteen(d) << 48);
  return inside < 64 ? bits & ((u64(1) << inside) - 1) : bits;
}

// @ts-ignore: decorator
@inline
function sixteen(pixels: v128): u64 {
  return u64(u32(i8x16.bitmask(i8x16.ne(pixels, i8x16.splat(0)))));
}

function followAll(): void {
  tracksEnd = tracks;
  logged = log;
  memory.fill(owners, 0, 8 * size);
  // What begins later is too short in any case.
  const latest = f64(steps) - least;
  for (let step: i32 = 0; step < steps; step++) {
    expectAll(step);
    const before = tracksEnd;
    followRuns(step);
    let hope = f64(step + 1) <= latest;
    let kept = tracks;
    for (let t = tracks; t < tracksEnd; t += TRACK) {
      if (t < before && load<i32>(t, TAKEN) === 0) {
        const place = rounded(load<f64>(t, THERE));
        const hidden = place >= 0 && place < size && load<u8>(ink + step * stride + place) > 0;
        if (hidden) store<i32>(t, load<i32>(t, UNSEEN) + 1, UNSEEN);
        else store<i32>(t, load<i32>(t, EMPTY) + 1, EMPTY);
      }
      if (load<i32>(t, EMPTY) > GAP || load<i32>(t, UNSEEN) > HIDDEN) {
        end(t);
        continue;
      }
      if (f64(load<i32>(t, FIRST)) <= latest) hope = true;
      if (kept !== t) move(t, kept);
      kept += TRACK;
    }
    tracksEnd = kept;
    if (!hope || logged === logFull) break;
  }
  for (let t = tracks; t < tracksEnd; t += TRACK) end(t);
}

// @ts-ignore: decorator
@inline
function move(track: usize, to: usize): void {
  v128.store(to, v128.load(track));
  v128.store(to, v128.load(track, 16), 16);
  v128.store(to, v128.load(track, 32), 32);
  v128.store(to, v128.load(track, 48), 48);
  v128.store(to, v128.load(track, 64), 64);
}

// To the nearest whole number, halves upwards.
// @ts-ignore: decorator
@inline
function rounded(value: f64): i32 {
  const above = ceil(value);
  return i32(above - 0.5 > value ? above - 1 : above);
}

// Where each track is expected at a step: places have its address, the later one's where two are, and the step, from 1
// on, for which that holds.
function expectAll(step: i32): void {
  const stamp = u64(step + 1) << 32;
  for (let t = tracks; t < tracksEnd; t += TRACK) {
    const last = load<i32>(t, LAST);
    const length = f64(last - load<i32>(t, EARLY));
    const centre = load<f64>(t, CENTRE);
    const slope = length < SLOPED ? 0 : (centre - load<f64>(t, EARLY_CENTRE)) / length;
    const place = centre + max(-STEEPEST, min(STEEPEST, slope)) * f64(step - last);
    store<f64>(t, place, THERE);
    store<i32>(t, 0, TAKEN);
    const stop = min(size - 1, i32(ceil(place + ASTRAY)));
    for (let p = max<i32>(0, i32(floor(place - ASTRAY))); p <= stop; p++) store<u64>(owners + 8 * p, stamp | u64(t));
  }
}

// Gives the runs of a step to the tracks that they go on with; the others begin one.
function followRuns(step: i32): void {
  const row = ink + step * stride;
  let from: i32 = 0;
  let to: i32 = -1;
  for (let x: i32 = 0; x < size; x += 64) {
    for (let bits = inkBits(row + x, size - x); bits !== 0;) {
      const start = x + i32(ctz(bits));
      const beyond = bits + (bits & -bits);
      const stop = x + i32(ctz(beyond));
      bits &= beyond;
      if (start !== to) {
        followRun(step, from, to);
        from = start;
      }
      to = stop;
    }
  }
  followRun(step, from, to);
}

function followRun(step: i32, from: i32, to: i32): void {
  if (to < 0 || to - from > WIDEST || logged === logFull) return;
  const centre = f64(from + to) / 2;
  let best: usize = 0;
  let nearest = ASTRAY;
  // Whether it is too wide for a track that is expected there.
  let wide = false;
  const stop = min(to, size - 1);
  for (let p = max(0, from - 1); p <= stop; p++) {
    if (load<u32>(owners + 8 * p, 4) !== <u32>(step + 1)) continue;
    const t: usize = load<u32>(owners + 8 * p);
    const place = load<f64>(t, THERE);
    const away = abs(centre - place);
    if (load<i32>(t, TAKEN) === 1) continue;
    // It covers the line, and more than that.
    if (away > ASTRAY && place >= f64(from - 1) && place <= f64(to)) wide = true;
    if (away > nearest) continue;
    if (f64(to - from) > (WIDER * f64(load<i32>(t, WIDTHS))) / f64(load<i32>(t, RUNS)) + 1) wide = true;
    else {
      best = t;
      nearest = away;
    }
  }
  if (best !== 0) goOn(best, step, from, to, centre);
  else if (!wide) begin(step, from, to, centre);
}

function begin(step: i32, from: i32, to: i32, centre: f64): void {
  if (tracksEnd === tracksFull) return;
  const t = tracksEnd;
  tracksEnd += TRACK;
  store<f64>(t, centre, CENTRE);
  store<f64>(t, centre, EARLY_CENTRE);
  store<f64>(t, centre, LATE_CENTRE);
  store<i32>(t, step, FIRST);
  store<i32>(t, step, LAST);
  store<i32>(t, step, EARLY);
  store<i32>(t, step, LATE);
  store<i32>(t, 1, RUNS);
  store<i32>(t, to - from, WIDTHS);
  store<i32>(t, 0, UNSEEN);
  store<i32>(t, 0, EMPTY);
  store<u32>(t, <u32>remember(step, from, to, 0), ENTRY);
}

function goOn(t: usize, step: i32, from: i32, to: i32, centre: f64): void {
  const runs = load<i32>(t, RUNS) + 1;
  store<i32>(t, 1, TAKEN);
  store<i32>(t, runs, RUNS);
  if (runs % RECENT === 0) {
    store<i32>(t, load<i32>(t, LATE), EARLY);
    store<f64>(t, load<f64>(t, LATE_CENTRE), EARLY_CENTRE);
    store<i32>(t, step, LATE);
    store<f64>(t, centre, LATE_CENTRE);
  }
  store<i32>(t, step, LAST);
  store<f64>(t, centre, CENTRE);
  store<i32>(t, load<i32>(t, WIDTHS) + to - from, WIDTHS);
  store<i32>(t, 0, UNSEEN);
  store<i32>(t, 0, EMPTY);
  store<u32>(t, <u32>remember(step, from, to, load<u32>(t, ENTRY)), ENTRY);
}

function remember(step: i32, from: i32, to: i32, before: usize): usize {
  const entry = logged;
  logged += LOGGED;
  store<u16>(entry, step, ALONG);
  store<u16>(entry, from, FROM);
  store<u16>(entry, to, TO);
  store<u32>(entry, <u32>before, BEFORE);
  return entry;
}

// A track's end: where it was a line it is written.
function end(t: usize): void {
  const start = load<i32>(t, FIRST);
  writeLine(start, load<i32>(t, LAST) - start + 1, load<i32>(t, RUNS), load<u32>(t, ENTRY));
}
