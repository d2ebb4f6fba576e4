// Owns the tracing of straight thin lines, nearly upright or nearly level, through a plane of ink. It knows no pages.

import { MASK_INK } from '../../kernels/layout.js';

/** Ink of a thing by itself. */
export interface Plane {
  /** `[height, stride]`, row-major: {@link MASK_INK} or 0, which is ground; 0 beyond the width. */
  readonly ink: Uint8Array;
  /** Bytes of a row. */
  readonly stride: number;
  /** Where the plane's first column and row lie: lines are told in the same pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** How strong the ink is, `[height, strengthStride]`, row-major. */
  readonly strength: Uint8Array;
  readonly strengthStride: number;
}

/** One step of a line: at `along` it covers `from` to `to` (exclusive) across its direction. */
export interface Run {
  readonly along: number;
  readonly from: number;
  readonly to: number;
  /** Sum of the ink's strength over it: the same for a line wherever it lies between pixels. */
  readonly mass: number;
}

/** A line that was traced. */
export interface Line {
  /** Whether it runs from top to bottom. */
  readonly down: boolean;
  /** Its mean place across its direction: a row, or of a line that runs down a column. */
  readonly middle: number;
  /** Its ends along its direction, the second one exclusive. */
  readonly start: number;
  readonly end: number;
  /** Medians of its runs: their width in pixels and their mass. */
  readonly width: number;
  readonly mass: number;
  /** Where it can be seen alone. */
  readonly runs: readonly Run[];
  /** The thin runs right behind its ends: it is a part of a stroke that goes on elsewhere. */
  readonly further: readonly Run[];
}

/** Widest line, pixels. */
export const WIDEST = 7;
/** A line's next run is at most so many times as wide as its runs are on average, and a pixel more. */
const WIDER = 1.7;
/** How far a run may lie from where the line is expected, pixels. */
const ASTRAY = 1.5;
/** Steepest line, pixels across a pixel along: 11 degrees. */
const STEEPEST = 0.2;
/** Between two runs of a line: pixels at most that what crosses or touches it hides, and that are empty. */
const HIDDEN = 40;
const GAP = 5;
/** A run is the line alone up to so many times its median width... */
const BROADER = 1.5;
/** ... and so many times its median mass. */
export const STRONGER = 1.5;
/** How far aside of a line's end what goes on may lie, pixels. */
const ASIDE = 2;
/** Least share of a line that is seen alone. */
const SEEN = 0.5;
/** So many runs apart are the places that the slope of a line is taken from: it has been so for one to two times that. */
const RECENT = 24;

/** The lines of a plane that are at least so long, pixels, across and down. */
export type LineTracer = (plane: Plane, least: { readonly across: number; readonly down: number }) => Line[];

/**
 * A tracer that keeps its buffers. A line is followed through what crosses it, step by step, from its beginning (after
 * the tracking of staff lines: Randriamahefa et al., 1993).
 */
export function createLineTracer(): LineTracer {
  const trace = createTrace();
  return (plane, { across, down }) => {
    const lines: Line[] = [];
    if (plane.width >= across) trace(plane, false, across, lines);
    if (plane.height >= down) trace(plane, true, down, lines);
    return lines;
  };
}

/** What the tracer remembers of a line that it follows: places in the table of tracks. */
const [FIRST, LAST, CENTRE, RUNS, WIDTHS, UNSEEN, EMPTY, THERE, EARLY, EARLY_CENTRE, LATE, LATE_CENTRE, ENTRY, TRACK] =
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13] as const;
/** And of a run: where it is, and the entry of the one before it. */
const [ALONG, FROM, TO, BEFORE, LOGGED] = [0, 1, 2, 3, 4] as const;
/** Lines that are followed at a time; what begins beside more is not followed. */
const MOST_TRACKS = 512;

function createTrace(): (plane: Plane, down: boolean, least: number, lines: Line[]) => void {
  const tracks = new Float64Array(TRACK * MOST_TRACKS);
  const taken = new Uint8Array(MOST_TRACKS);
  let log = new Int32Array(4096);
  // The track that is expected at a place, and the step for which that holds.
  let owner = new Int32Array(0);
  let valid = new Int32Array(0);
  let stamp = 0;
  const ribbons = createRibbons();

  return (plane, down, least, lines) => {
    const { ink } = plane;
    const { steps, size, along, across } = axesOf(plane, down);
    if (owner.length < size + 2) [owner, valid] = [new Int32Array(2 * size + 2), new Int32Array(2 * size + 2)];
    ribbons.fill(plane, down);
    let [count, logged] = [0, 0];

    function put(step: number, from: number, to: number, before: number): number {
      if (logged + LOGGED > log.length) log = grown(log, 2 * log.length);
      const entry = logged;
      log[entry + ALONG] = step;
      log[entry + FROM] = from;
      log[entry + TO] = to;
      log[entry + BEFORE] = before;
      logged += LOGGED;
      return entry;
    }

    function begin(step: number, from: number, to: number): void {
      if (count === MOST_TRACKS) return;
      const t = TRACK * count++;
      const centre = (from + to) / 2;
      tracks[t + FIRST] = tracks[t + LAST] = tracks[t + EARLY] = tracks[t + LATE] = step;
      tracks[t + CENTRE] = tracks[t + EARLY_CENTRE] = tracks[t + LATE_CENTRE] = centre;
      tracks[t + RUNS] = 1;
      tracks[t + WIDTHS] = to - from;
      tracks[t + UNSEEN] = tracks[t + EMPTY] = 0;
      tracks[t + ENTRY] = put(step, from, to, -1);
    }

    function goOn(k: number, step: number, from: number, to: number): void {
      const t = TRACK * k;
      const centre = (from + to) / 2;
      tracks[t + RUNS]!++;
      if (tracks[t + RUNS]! % RECENT === 0) {
        tracks[t + EARLY] = tracks[t + LATE]!;
        tracks[t + EARLY_CENTRE] = tracks[t + LATE_CENTRE]!;
        tracks[t + LATE] = step;
        tracks[t + LATE_CENTRE] = centre;
      }
      tracks[t + LAST] = step;
      tracks[t + CENTRE] = centre;
      tracks[t + WIDTHS]! += to - from;
      tracks[t + UNSEEN] = tracks[t + EMPTY] = 0;
      tracks[t + ENTRY] = put(step, from, to, tracks[t + ENTRY]!);
    }

    // Where each track is expected at a step.
    function expect(step: number): void {
      stamp++;
      for (let k = 0; k < count; k++) {
        const t = TRACK * k;
        const length = tracks[t + LAST]! - tracks[t + EARLY]!;
        const slope = length < RECENT / 3 ? 0 : (tracks[t + CENTRE]! - tracks[t + EARLY_CENTRE]!) / length;
        const place = tracks[t + CENTRE]! + Math.max(-STEEPEST, Math.min(STEEPEST, slope)) * (step - tracks[t + LAST]!);
        tracks[t + THERE] = place;
        taken[k] = 0;
        const end = Math.min(size - 1, Math.ceil(place + ASTRAY));
        for (let p = Math.max(0, Math.floor(place - ASTRAY)); p <= end; p++) {
          owner[p] = k;
          valid[p] = stamp;
        }
      }
    }

    // The track that a run goes on with; -1 for none, -2 where it is too wide for the one that is expected there.
    function follow(before: number, from: number, to: number): number {
      const centre = (from + to) / 2;
      let [best, nearest, wide] = [-1, ASTRAY, false];
      for (let p = Math.max(0, from - 1); p <= to && p < size; p++) {
        if (valid[p] !== stamp) continue;
        const k = owner[p]!;
        const place = tracks[TRACK * k + THERE]!;
        const away = Math.abs(centre - place);
        if (k >= before || taken[k] === 1) continue;
        // It covers the line, and more than that.
        if (away > ASTRAY && place >= from - 1 && place <= to) wide = true;
        if (away > nearest) continue;
        if (to - from > (WIDER * tracks[TRACK * k + WIDTHS]!) / tracks[TRACK * k + RUNS]! + 1) wide = true;
        else [best, nearest] = [k, away];
      }
      return best < 0 && wide ? -2 : best;
    }

    function runsOf(t: number): Run[] {
      const runs: Run[] = [];
      for (let entry = tracks[t + ENTRY]!; entry >= 0; entry = log[entry + BEFORE]!)
        runs.push(runAt(plane, down, log[entry + ALONG]!, log[entry + FROM]!, log[entry + TO]!));
      return runs.reverse();
    }

    function end(k: number): void {
      const t = TRACK * k;
      const length = tracks[t + LAST]! - tracks[t + FIRST]! + 1;
      if (length < least || tracks[t + RUNS]! < SEEN * length) return;
      const line = lineOf(runsOf(t), down, length);
      if (line) lines.push({ ...line, further: beyond(plane, line) });
    }

    for (let step = 0; step < steps; step++) {
      expect(step);
      const before = count;
      const row = step * along;
      for (let run = ribbons.first[step]!; run >= 0; run = ribbons.next[run]!) {
        const [from, to] = [ribbons.from[run]!, ribbons.to[run]!];
        if (to - from <= WIDEST) {
          const k = follow(before, from, to);
          if (k >= 0) {
            taken[k] = 1;
            goOn(k, step, from, to);
          } else if (k === -1) begin(step, from, to);
        }
      }
      let kept = 0;
      for (let k = 0; k < count; k++) {
        const t = TRACK * k;
        if (k < before && taken[k] === 0) {
          const place = Math.round(tracks[t + THERE]!);
          const hidden = place >= 0 && place < size && ink[row + place * across]! > 0;
          tracks[t + (hidden ? UNSEEN : EMPTY)]!++;
        }
        if (tracks[t + EMPTY]! > GAP || tracks[t + UNSEEN]! > HIDDEN) end(k);
        else if (kept++ < k) tracks.copyWithin(TRACK * (kept - 1), t, t + TRACK);
      }
      count = kept;
    }
    for (let k = 0; k < count; k++) end(k);
  };
}

/** The runs of a plane, by the step along a line that they lie at: lists in the order of their places. */
interface Ribbons {
  /** By step: its first run, or -1. */
  first: Int32Array;
  /** By run: the next one of its step, or -1. */
  next: Int32Array;
  from: Int32Array;
  /** Exclusive. */
  to: Int32Array;
  /** Takes the runs of a plane: of its rows for lines that run down, else of its columns. */
  fill(plane: Plane, down: boolean): void;
}

// Only ink costs time: planes are large and hold little.
function createRibbons(): Ribbons {
  let last = new Int32Array(0);
  let count = 0;
  const empty = (): Int32Array<ArrayBuffer> => new Int32Array(0);

  function add(step: number, from: number, to: number): void {
    if (count === ribbons.next.length) {
      const room = 2 * count + 1024;
      for (const key of ['next', 'from', 'to'] as const) ribbons[key] = grown(ribbons[key], room);
    }
    const run = count++;
    ribbons.from[run] = from;
    ribbons.to[run] = to;
    ribbons.next[run] = -1;
    if (ribbons.first[step]! < 0) ribbons.first[step] = run;
    else ribbons.next[last[step]!] = run;
    last[step] = run;
  }

  // A pixel of a column: its last run goes on, or another one begins.
  function addPixel(column: number, row: number): void {
    const run = last[column]!;
    if (ribbons.first[column]! >= 0 && ribbons.to[run] === row) ribbons.to[run] = row + 1;
    else add(column, row, row + 1);
  }

  const ribbons: Ribbons = {
    first: empty(),
    next: empty(),
    from: empty(),
    to: empty(),
    fill({ ink, stride, width, height }, down) {
      const steps = down ? height : width;
      if (ribbons.first.length < steps) [ribbons.first, last] = [new Int32Array(2 * steps), new Int32Array(2 * steps)];
      ribbons.first.fill(-1, 0, steps);
      count = 0;
      for (let p = ink.indexOf(MASK_INK); p >= 0;) {
        const row = Math.floor(p / stride);
        const end = row * stride + width;
        const start = p;
        while (p < end && ink[p] === MASK_INK) p++;
        const from = start - row * stride;
        if (down) add(row, from, from + p - start);
        else for (let x = from; x < from + p - start; x++) addPixel(x, row);
        p = ink.indexOf(MASK_INK, p);
      }
    },
  };
  return ribbons;
}

function grown(array: Int32Array, room: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(room);
  larger.set(array);
  return larger;
}

/** How lines of a direction lie in a plane. */
interface Axes {
  /** Pixels along the direction and across it. */
  readonly steps: number;
  readonly size: number;
  /** What a pixel further along or across is in the plane's bytes. */
  readonly along: number;
  readonly across: number;
  /** Where the plane begins in its map, along and across. */
  readonly first: number;
  readonly origin: number;
}

function axesOf({ stride, left, top, width, height }: Plane, down: boolean): Axes {
  return down
    ? { steps: height, size: width, along: stride, across: 1, first: top, origin: left }
    : { steps: width, size: height, along: 1, across: stride, first: left, origin: top };
}

/** All ink of a plane: its rows as steps of what runs down, or its columns as steps of what runs across. */
export function allRuns(plane: Plane, down: boolean): Run[] {
  const ribbons = createRibbons();
  ribbons.fill(plane, down);
  const runs: Run[] = [];
  for (let step = 0; step < axesOf(plane, down).steps; step++)
    for (let run = ribbons.first[step]!; run >= 0; run = ribbons.next[run]!)
      runs.push(runAt(plane, down, step, ribbons.from[run]!, ribbons.to[run]!));
  return runs;
}

// A run, in the pixels of its map.
function runAt(plane: Plane, down: boolean, step: number, from: number, to: number): Run {
  const { strength, strengthStride } = plane;
  const { first, origin } = axesOf(plane, down);
  const [stepOf, crossOf] = down ? [strengthStride, 1] : [1, strengthStride];
  let mass = 0;
  for (let k = from; k < to; k++) mass += strength[step * stepOf + k * crossOf]!;
  return { along: first + step, from: origin + from, to: origin + to, mass };
}

const centre = ({ from, to }: { from: number; to: number }): number => (from + to) / 2;

function lineOf(runs: readonly Run[], down: boolean, length: number): Omit<Line, 'further'> | undefined {
  const [first, last] = [runs[0]!, runs[runs.length - 1]!];
  // Straight: nowhere far from the line between its ends.
  const slope = (centre(last) - centre(first)) / Math.max(1, length - 1);
  const bend = Math.min(0.6 + 0.025 * length, 1.5 + 0.015 * length);
  if (Math.abs(slope) > STEEPEST) return undefined;
  if (runs.some((run) => Math.abs(centre(run) - centre(first) - slope * (run.along - first.along)) > bend))
    return undefined;
  // What is wider or stronger than the line is what crosses it, or runs along it.
  const width = medianOf(runs, ({ from, to }) => to - from);
  const mass = medianOf(runs, (run) => run.mass);
  const alone = runs.filter((run) => run.to - run.from <= BROADER * width + 0.5 && run.mass <= STRONGER * mass);
  if (alone.length < SEEN * length) return undefined;
  const middle = runs.reduce((sum, run) => sum + centre(run), 0) / runs.length;
  return { down, middle, start: first.along, end: last.along + 1, width, mass, runs: alone };
}

// The thin runs right behind both ends of a line.
function beyond(plane: Plane, { down, start, end, runs, width: wide }: Omit<Line, 'further'>): Run[] {
  const { ink } = plane;
  const { steps, size, along, across, first, origin } = axesOf(plane, down);
  const ends = [
    { step: start - 1 - first, near: runs[0]! },
    { step: end - first, near: runs[runs.length - 1]! },
  ];
  return ends.flatMap(({ step, near }) => {
    if (step < 0 || step >= steps) return [];
    const isInk = (k: number): boolean => k >= 0 && k < size && ink[step * along + k * across]! > 0;
    let from = near.from - origin - ASIDE;
    const last = near.to - origin + ASIDE;
    while (from < last && !isInk(from)) from++;
    if (from === last) return [];
    while (isInk(from - 1)) from--;
    let to = from + 1;
    while (isInk(to)) to++;
    return to - from <= BROADER * wide + ASIDE ? [runAt(plane, down, step, from, to)] : [];
  });
}

function medianOf(runs: readonly Run[], of: (run: Run) => number): number {
  return Int32Array.from(runs, of).sort()[runs.length >> 1]!;
}
