// Owns what is taken off an ink map: the runs of lines, or all ink of a plane, with their soft edges. What is ruling is
// told in src/regions/find/ruling.

import { LINE_ALONG, LINE_FROM, LINE_RUN, LINE_RUN_MASS, LINE_TO, MASK_INK } from '../layout';

/** How far beside a run its soft edge goes, pixels. */
const EDGE: i32 = 2;

// Of the call under way: an ink map at a threshold, and its level's luma.
let map: usize = 0;
let gray: usize = 0;
let width: i32 = 0;
let height: i32 = 0;
let threshold: i32 = 0;
let sign: i32 = 0;

function open(map_: usize, gray_: usize, width_: i32, height_: i32, threshold_: i32, sign_: i32): void {
  map = map_;
  gray = gray_;
  width = width_;
  height = height_;
  threshold = threshold_;
  sign = sign_;
}

/**
 * Erases runs of a line from an ink map, where they become 0, and from its level's luma, where they become ground.
 * @param runs records of LINE_RUN bytes
 * @param down whether the line runs from top to bottom
 * @param most what has a larger mass stays
 * @param inkMap, luma `[rows, columns]` u8
 * @param above ink is more than that
 * @param darker 1 where ink is darker than its ground, -1 where it is lighter
 */
export function eraseRuns(
  runs: usize,
  count: i32,
  down: bool,
  most: f64,
  inkMap: usize,
  luma: usize,
  columns: i32,
  rows: i32,
  above: i32,
  darker: i32,
): void {
  open(inkMap, luma, columns, rows, above, darker);
  for (let run = runs; run < runs + LINE_RUN * count; run += LINE_RUN) {
    if (f64(load<u16>(run, LINE_RUN_MASS)) > most) continue;
    eraseRun(load<u16>(run, LINE_ALONG), load<u16>(run, LINE_FROM), load<u16>(run, LINE_TO), down);
  }
}

/**
 * Erases all ink of a plane: its columns, then its rows, each with the soft edge before and behind it. The map and the
 * luma as for {@link eraseRuns}.
 * @param plane `[high, across]` u8; rows `across` bytes apart
 * @param left, top where it lies in the map
 */
export function eraseInk(
  plane: usize,
  across: i32,
  left: i32,
  top: i32,
  wide: i32,
  high: i32,
  inkMap: usize,
  luma: usize,
  columns: i32,
  rows: i32,
  above: i32,
  darker: i32,
): void {
  open(inkMap, luma, columns, rows, above, darker);
  for (let x: i32 = 0; x < wide; x++) erasePixels(plane + x, across, high, left + x, top, false);
  for (let y: i32 = 0; y < high; y++) erasePixels(plane + y * across, 1, wide, top + y, left, true);
}

// The runs of a row or a column of a plane, whose pixels are `step` bytes apart.
function erasePixels(at: usize, step: i32, length: i32, along: i32, origin: i32, down: bool): void {
  for (let from: i32 = 0; from < length; from++) {
    if (load<u8>(at + from * step) === 0) continue;
    let to = from + 1;
    while (to < length && load<u8>(at + to * step) > 0) to++;
    eraseRun(along, origin + from, origin + to, down);
    from = to;
  }
}

function eraseRun(along: i32, from: i32, to: i32, down: bool): void {
  const step = down ? 1 : width;
  const row = along * (down ? width : 1);
  const stop = min(down ? width : height, to + EDGE);
  for (let k = max(0, from - EDGE); k < stop; k++) {
    const p = row + k * step;
    const value = i32(load<u8>(map + p));
    // Beside the run only what is no ink: another thing may stand there.
    if ((k < from || k >= to) && value > threshold) continue;
    store<u8>(gray + p, max(0, min(255, i32(load<u8>(gray + p)) + sign * value)));
    store<u8>(map + p, 0);
  }
}

/**
 * Takes runs of a line off a plane.
 * @param plane `[height, across]` u8, which lies at `left` and `top` of the map that the runs are told in
 * @param most what has a larger mass stays
 * @returns pixels of the runs, whether they were there or not
 */
export function takeRuns(
  plane: usize,
  across: i32,
  left: i32,
  top: i32,
  runs: usize,
  count: i32,
  down: bool,
  most: f64,
): i32 {
  let pixels: i32 = 0;
  for (let run = runs; run < runs + LINE_RUN * count; run += LINE_RUN) {
    if (f64(load<u16>(run, LINE_RUN_MASS)) > most) continue;
    const along = i32(load<u16>(run, LINE_ALONG));
    const from = i32(load<u16>(run, LINE_FROM));
    const to = i32(load<u16>(run, LINE_TO));
    pixels += to - from;
    for (let k = from; k < to; k++)
      store<u8>(plane + (down ? (along - top) * across + k - left : (k - top) * across + along - left), 0);
  }
  return pixels;
}

/** From the first row of a plane that has ink to the last one: how many rows. 0 where there is none. */
export function inkedRows(plane: usize, across: i32, wide: i32, high: i32): i32 {
  let first = 0;
  while (first < high && !hasInk(plane + first * across, wide)) first++;
  let last = high;
  while (last > first && !hasInk(plane + (last - 1) * across, wide)) last--;
  return last - first;
}

function hasInk(row: usize, wide: i32): bool {
  for (let x: i32 = 0; x < wide; x++) if (load<u8>(row + x) === MASK_INK) return true;
  return false;
}
