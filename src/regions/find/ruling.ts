// Owns ruling: the straight thin lines of a page (printed lines, squared paper, cells of a form, drawn frames), and how
// they are taken off an ink map, so that what stands on them, in them or against them is looked at without them.

import type { Components } from './components.js';
import type { Edges } from '../../base/box-index.js';
import { cornersOf } from './frame.js';
import {
  allRuns,
  createLineTracer,
  STRONGER,
  WIDEST,
  type Line,
  type LineTracer,
  type Plane,
  type Run,
} from './trace.js';
import type { Kernels } from '../../kernels/kernels.js';
import { MASK_AROUND, MASK_GAP } from '../../kernels/layout.js';
import { strokeOf, type InkMap, type Labelling } from './candidate.js';

/**
 * Shortest line that is ruling wherever it is, in level pixels: longer than a stroke of any digit that is searched on
 * the level. On the coarsest one digits are of any size, so there only frames are.
 */
const LONG = 60;
/** Shortest side of a frame, level pixels. */
const SMALLEST_FRAME = 6;
/** Its longer side is at least so long. */
const LEAST_FRAME = 12;
/** Things with more holes a pixel are texture. */
const MOST_HOLES = 0.04;
/** Things that fill more of their box are no ruling. */
const FULLEST = 0.6;
/** Shortest side of a frame, as a share of the whole, and shortest border, as a share of the way between two lines. */
const SIDE = 0.62;
/** Such a side lies this near to the whole's edge, as a share of its size. */
const OUTSIDE = 0.3;
/** What is left when the frame is gone: at least this share of its height, and of its ink. */
const LEFT_OVER = 0.35;
const LEFT_INK = 0.15;
/** What stands in a frame is taller than this share of it. */
const WITHIN = 0.3;
/** Shortest border of a cell, level pixels. */
const SHORTEST_BAR = 14;
/** The lines that it joins are within this of it, level pixels. */
const NEAR = 8;
/** Its ends lie so near to the edges of the lines that it joins, level pixels. */
const MEETING = 2;
/** It is drawn like them: their mass differs by no larger factor, as its logarithm. */
const UNLIKE = 0.7;
/** How far beside a line its soft edge goes, level pixels. */
const EDGE = 2;

/** Takes the ruling off a map. */
export interface RulingEraser {
  /** Begins with another map, and makes room for its components. */
  open(map: InkMap): void;
  /**
   * Erases the lines among the components of a labelling from its map, and from its level's luma, where they become
   * ground. Says whether there were any: then the map is to be labelled again.
   */
  erase(c: Components, at: Labelling): boolean;
  /** The boxes of the frames that were erased from this map: what is in one does not belong to what is outside. */
  frames(): readonly Edges[];
  /** Whether what is in a box goes on in a line that was erased: what is left of it is no digit. */
  isCut(box: Edges, at: Labelling): boolean;
}

/** An eraser that keeps its mask. */
export function createRulingEraser(kernels: Kernels): RulingEraser {
  const mask = kernels.piece();
  const traceLines = createLineTracer();
  // The long lines of this map, also those that a lower threshold brought out.
  let beams: Line[] = [];
  // And its frames.
  let frames: Edges[] = [];
  // Where a line that was erased goes on.
  let cuts: { readonly x: number; readonly y: number }[] = [];

  // A component alone, as a plane of its own.
  function paint(c: Components, i: number, { map, level }: Labelling): Plane {
    const [left, top] = [c.left[i]!, c.top[i]!];
    const [width, height] = [c.right[i]! - left, c.bottom[i]! - top];
    const stride = width + MASK_GAP;
    const address = mask.address + stride + MASK_AROUND;
    kernels.run.clear(address, stride, height);
    kernels.run.paint(address, left, top, stride, c.last[i]!);
    const from = map + top * level.width + left;
    return {
      ink: kernels.bytes.subarray(address, address + stride * height),
      stride,
      left,
      top,
      width,
      height,
      strength: kernels.bytes.subarray(from, from + level.width * height),
      strengthStride: level.width,
    };
  }

  // One step of a line with its soft edges, from the map and from the level.
  function eraseRun({ map, level, polarity, threshold }: Labelling, { along, from, to }: Run, down: boolean): void {
    const { bytes } = kernels;
    const [size, step, row] = down ? [level.width, 1, level.width] : [level.height, level.width, 1];
    const sign = polarity === 'dark-on-light' ? 1 : -1;
    for (let k = Math.max(0, from - EDGE); k < Math.min(size, to + EDGE); k++) {
      const p = along * row + k * step;
      const value = bytes[map + p]!;
      // Beside the run only what is no ink: another thing may stand there.
      if ((k < from || k >= to) && value > threshold) continue;
      bytes[level.gray + p] = Math.max(0, Math.min(255, bytes[level.gray + p]! + sign * value));
      bytes[map + p] = 0;
    }
  }

  function eraseLines(lines: readonly Drawn[], at: Labelling): void {
    for (const { down, runs } of lines) for (const run of runs) eraseRun(at, run, down);
  }

  return {
    open({ level: { width, height } }) {
      [beams, frames, cuts] = [[], [], []];
      mask.reserve(kernels.run.maskRoom(width + MASK_GAP, height));
    },
    frames: () => frames,
    isCut({ left, top, right, bottom }, { map, level, threshold }) {
      return cuts.some(
        ({ x, y }) =>
          x >= left && x < right && y >= top && y < bottom && kernels.bytes[map + y * level.width + x]! > threshold,
      );
    },
    erase(c, at) {
      let any = false;
      for (let i = 0; i < c.count; i++) {
        if (!maybeLines(c, i)) continue;
        const [width, height] = [c.right[i]! - c.left[i]!, c.bottom[i]! - c.top[i]!];
        const long = !at.coarsest && Math.max(width, height) >= LONG && c.holes[i]! <= MOST_HOLES * c.area[i]!;
        if (!long && !mayBeFrame(c, i)) continue;
        const plane = paint(c, i, at);
        const lines = long ? traceLines(plane, { across: LONG, down: LONG }) : [];
        const frame = frameOf(traceLines, plane, c, i);
        beams.push(...lines);
        cuts.push(...lines.flatMap(cutsOf));
        if (frame) frames.push(frame.box);
        if (frame) eraseLines(frame.lines, at);
        eraseLines(lines, at);
        any ||= frame !== undefined || lines.length > 0;
      }
      const across = beams.filter(({ down }) => !down);
      const down = beams.filter((beam) => beam.down);
      if (across.length < 2 && down.length < 2) return any;
      for (let i = 0; i < c.count; i++) {
        if (!maybeLines(c, i) || Math.max(c.right[i]! - c.left[i]!, c.bottom[i]! - c.top[i]!) < SHORTEST_BAR) continue;
        const [x, y] = [(c.left[i]! + c.right[i]!) / 2, (c.top[i]! + c.bottom[i]!) / 2];
        const spans = {
          across: leastBetween(down, y, c.left[i]!, c.right[i]!),
          down: leastBetween(across, x, c.top[i]!, c.bottom[i]!),
        };
        if (spans.across > c.right[i]! - c.left[i]! && spans.down > c.bottom[i]! - c.top[i]!) continue;
        const borders = traceLines(paint(c, i, at), spans).filter((line) => joins(line, beams));
        eraseLines(borders, at);
        any ||= borders.length > 0;
      }
      return any;
    },
  };
}

function boxOf(c: Components, i: number): Edges {
  return { left: c.left[i]!, top: c.top[i]!, right: c.right[i]!, bottom: c.bottom[i]! };
}

// Whether a component is large enough for ruling, and of thin strokes.
function maybeLines(c: Components, i: number): boolean {
  const [width, height] = [c.right[i]! - c.left[i]!, c.bottom[i]! - c.top[i]!];
  return (
    Math.max(width, height) >= SMALLEST_FRAME &&
    strokeOf({ area: c.area[i]!, perimeter: c.perimeter[i]! }) <= WIDEST &&
    (Math.min(width, height) <= WIDEST || c.area[i]! <= FULLEST * width * height)
  );
}

// Whether a component has the outline of a ring with something in it, or against its inside.
function mayBeFrame(c: Components, i: number): boolean {
  const box = boxOf(c, i);
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  if (c.holes[i]! < 1 || Math.max(width, height) < LEAST_FRAME) return false;
  const stroke = strokeOf({ area: c.area[i]!, perimeter: c.perimeter[i]! });
  const ring = 4 * (width + height) - 8 * stroke;
  return c.perimeter[i]! > ring + WITHIN * 2 * height || holdsSomething(c, i, box);
}

// Whether another component that is tall enough for a digit of it lies in a frame.
function holdsSomething(c: Components, frame: number, { left, top, right, bottom }: Edges): boolean {
  if (Math.min(right - left, bottom - top) < SMALLEST_FRAME) return false;
  // In the order of their tops.
  for (let i = frame + 1; i < c.count && c.top[i]! < bottom; i++)
    if (
      c.left[i]! > left &&
      c.right[i]! < right &&
      c.bottom[i]! < bottom &&
      c.bottom[i]! - c.top[i]! >= WITHIN * (bottom - top)
    )
      return true;
  return false;
}

function cutsOf({ down, further }: Line): { readonly x: number; readonly y: number }[] {
  return further.map(({ along, from, to }) => {
    const across = (from + to) >> 1;
    return down ? { x: across, y: along } : { x: along, y: across };
  });
}

// The least length of what may reach from one of these lines to another, beside a place along them and between two
// places across: no more than they are apart.
function leastBetween(beams: readonly Line[], along: number, from: number, to: number): number {
  if (beams.length < 2) return Infinity;
  const within: number[] = [];
  for (const beam of beams) {
    const place = placeOf(beam, along);
    if (place >= from - NEAR && place <= to + NEAR) within.push(place);
  }
  within.sort((a, b) => a - b);
  let least = Infinity;
  for (let k = 1; k < within.length; k++) {
    const gap = within[k]! - within[k - 1]!;
    if (gap >= SHORTEST_BAR && gap < least) least = gap;
  }
  return Math.max(SHORTEST_BAR, SIDE * least);
}

// Whether both ends of a line lie at long lines of the other direction, of which one is drawn like it: the border of a
// cell.
function joins(line: Line, beams: readonly Line[]): boolean {
  const meeting = [line.start, line.end].map((end) =>
    beams.filter(
      (beam) => beam.down !== line.down && Math.abs(placeOf(beam, line.middle) - end) <= MEETING + beam.width / 2,
    ),
  );
  return meeting.every(({ length }) => length > 0) && meeting.flat().some((beam) => drawnLike(line, beam));
}

function drawnLike(a: Line, b: Line): boolean {
  return Math.abs(Math.log(a.mass / b.mass)) < UNLIKE;
}

// Where a line is, beside a place along it; nowhere far from what is seen of it.
function placeOf({ runs }: Line, along: number): number {
  let [low, high] = [0, runs.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle]!.along < along) low = middle + 1;
    else high = middle;
  }
  const [after, before] = [runs[low]!, runs[Math.max(0, low - 1)]!];
  const nearest = Math.abs(after.along - along) < Math.abs(before.along - along) ? after : before;
  return Math.abs(nearest.along - along) > LONG ? Infinity : (nearest.from + nearest.to) / 2;
}

/** What can be erased. */
type Drawn = Pick<Line, 'down' | 'runs'>;

/** A frame: what of it is to be erased, and the box that it makes. */
interface DrawnFrame {
  readonly lines: readonly Drawn[];
  readonly box: Edges;
}

// The frame that a component is, where something stands in it or touches it.
function frameOf(traceLines: LineTracer, plane: Plane, c: Components, i: number): DrawnFrame | undefined {
  const { left, top, width, height } = plane;
  if (c.holes[i]! < 1 || Math.min(width, height) < SMALLEST_FRAME) return undefined;
  // What is written under a frame and touches it leaves its upper corners free, and so the other way round.
  const { above: upper, below: lower } = cornersOf(plane.ink, plane.stride, width, height);
  if (!upper && !lower) return undefined;
  const lines = frameSides(traceLines, plane);
  if (lines) {
    const [above, below, first, last] = lines;
    const box = { left: first.middle, right: last.middle, top: above.middle, bottom: below.middle };
    const sides = alike(lines);
    return holdsSomething(c, i, box) || muchIsLeft(plane, c.area[i]!, sides) ? { lines: sides, box } : undefined;
  }
  // A ring with something in it: its sides are not straight, its corners may be round.
  const box = { left, top, right: left + width, bottom: top + height };
  return c.holes[i] === 1 && upper && lower && holdsSomething(c, i, box) ? { lines: wholeOf(plane), box } : undefined;
}

// All of a plane's ink, in both directions: each takes the soft edges beside it along.
function wholeOf(plane: Plane): Drawn[] {
  return [false, true].map((down) => ({ down, runs: allRuns(plane, down) }));
}

// All four sides of a frame, near the edges: above, below, left, right.
function frameSides(traceLines: LineTracer, plane: Plane): readonly [Line, Line, Line, Line] | undefined {
  const { width, height } = plane;
  const lines = traceLines(plane, { across: SIDE * width, down: SIDE * height });
  const near = (down: boolean, end: boolean): Line | undefined =>
    lines.find((line) => {
      const [size, place] = down ? [width, line.middle - plane.left] : [height, line.middle - plane.top];
      return line.down === down && (end ? size - place : place) < OUTSIDE * size;
    });
  const [above, below, left, right] = [near(false, false), near(false, true), near(true, false), near(true, true)];
  return above && below && left && right ? [above, below, left, right] : undefined;
}

// Whether more is left without the lines than bits of them.
function muchIsLeft(plane: Plane, area: number, lines: readonly Line[]): boolean {
  const ink = lines.reduce((sum, { runs }) => sum + runs.reduce((pixels, { from, to }) => pixels + to - from, 0), 0);
  return area - ink >= LEFT_INK * area && leftOver(plane, lines) >= LEFT_OVER * plane.height;
}

// The sides of one frame are drawn alike: what is stronger than the plainest of them is another's stroke.
function alike(sides: readonly Line[]): readonly Line[] {
  const most = STRONGER * Math.min(...sides.map(({ mass }) => mass));
  return sides.map((side) => ({ ...side, runs: side.runs.filter(({ mass }) => mass <= most) }));
}

// Height of what is left without the lines.
function leftOver({ ink, stride, left, top, width, height }: Plane, lines: readonly Line[]): number {
  const without = ink.slice();
  for (const { down, runs } of lines)
    for (const { along, from, to } of runs)
      for (let k = from; k < to; k++)
        without[down ? (along - top) * stride + k - left : (k - top) * stride + along - left] = 0;
  let [first, last] = [height, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) if (without[y * stride + x]! > 0) [first, last] = [Math.min(first, y), y + 1];
  return last - first;
}
