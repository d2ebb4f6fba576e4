// Owns ruling: the straight thin lines of a page (printed lines, squared paper, cells of a form, drawn frames), and how
// they are taken off an ink map, so that what stands on them, in them or against them is looked at without them.

import type { Components } from './components.js';
import type { Edges } from '../../base/box-index.js';
import { joins, leastBetween, LONG, SHORTEST_BAR, toBeam, type Beams } from './cells.js';
import { frameCorners, frameOf, leastSides, mayBeFrame, SMALLEST_FRAME, type DrawnFrame } from './drawn-frame.js';
import { createLineTracer, type Line, type Plane } from './trace.js';
import type { Kernels } from '../../kernels/kernels.js';
import { MASK_AROUND, MASK_GAP, WIDEST } from '../../kernels/layout.js';
import { strokeOf, type InkMap, type Labelling } from './candidate.js';

/** Things with more holes a pixel are texture. */
const MOST_HOLES = 0.04;
/** Things that fill more of their box are no ruling. */
const FULLEST = 0.6;

/** A pixel of a level. */
interface Place {
  readonly x: number;
  readonly y: number;
}

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
  const tracer = createLineTracer(kernels);
  // The long lines of this map, also those that a lower threshold brought out: those across, and those down.
  let beams: Beams = { across: [], down: [] };
  // And its frames.
  let frames: Edges[] = [];
  // Where a line that was erased goes on.
  let cuts: Place[] = [];

  // A component alone, as a plane of its own.
  function paint(c: Components, i: number, { map, level }: Labelling): Plane {
    const [left, top] = [c.left[i]!, c.top[i]!];
    const [width, height] = [c.right[i]! - left, c.bottom[i]! - top];
    const stride = width + MASK_GAP;
    const ink = mask.address + stride + MASK_AROUND;
    kernels.run.clear(ink, stride, height);
    kernels.run.paint(ink, left, top, stride, c.last[i]!);
    const strength = map + top * level.width + left;
    return { ink, stride, left, top, width, height, strength, strengthStride: level.width };
  }

  function eraseLine({ runs, count, down }: Line, most: number, { map, level, polarity, threshold }: Labelling): void {
    const darker = polarity === 'dark-on-light' ? 1 : -1;
    kernels.run.eraseRuns(runs, count, down, most, map, level.gray, level.width, level.height, threshold, darker);
  }

  function eraseFrame({ sides, most }: DrawnFrame, plane: Plane, at: Labelling): void {
    for (const side of sides) eraseLine(side, most, at);
    if (sides.length > 0) return;
    const { ink, stride, left, top, width, height } = plane;
    const { map, level, polarity, threshold } = at;
    const darker = polarity === 'dark-on-light' ? 1 : -1;
    kernels.run.eraseInk(
      ink,
      stride,
      left,
      top,
      width,
      height,
      map,
      level.gray,
      level.width,
      level.height,
      threshold,
      darker,
    );
  }

  // The long lines of a component, and the frame that it is.
  function eraseFrom(c: Components, i: number, long: boolean, at: Labelling): boolean {
    const plane = paint(c, i, at);
    const corners = frameCorners(kernels, plane, c.holes[i]!);
    if (!long && !corners) return false;
    const sides = corners ? leastSides(plane) : { across: Infinity, down: Infinity };
    const least = long ? LONG : Infinity;
    const all = tracer.trace(plane, { across: Math.min(least, sides.across), down: Math.min(least, sides.down) });
    const frame = corners && frameOf(kernels, plane, corners, all, c, i);
    const lines = all.filter(({ start, end }) => end - start >= least);
    for (const line of lines) {
      beams[line.down ? 'down' : 'across'].push(toBeam(kernels, line));
      cuts.push(...cutsOf(line));
    }
    if (frame) {
      frames.push(frame.box);
      eraseFrame(frame, plane, at);
    }
    for (const line of lines) eraseLine(line, Infinity, at);
    return frame !== undefined || lines.length > 0;
  }

  // The borders of cells in a component.
  function eraseBorders(c: Components, i: number, at: Labelling): boolean {
    const [left, top, right, bottom] = [c.left[i]!, c.top[i]!, c.right[i]!, c.bottom[i]!];
    if (Math.max(right - left, bottom - top) < SHORTEST_BAR || !maybeLines(c, i)) return false;
    const across = leastBetween(beams.down, (top + bottom) / 2, left, right);
    const down = leastBetween(beams.across, (left + right) / 2, top, bottom);
    if (across > right - left && down > bottom - top) return false;
    const borders = tracer.trace(paint(c, i, at), { across, down }).filter((line) => joins(line, beams));
    for (const border of borders) eraseLine(border, Infinity, at);
    return borders.length > 0;
  }

  return {
    open({ level: { width, height } }) {
      [beams, frames, cuts] = [{ across: [], down: [] }, [], []];
      mask.reserve(kernels.run.maskRoom(width + MASK_GAP, height));
      tracer.open(width, height);
    },
    frames: () => frames,
    isCut: (box, at) => cuts.length > 0 && goesOn(kernels, cuts, box, at),
    erase(c, at) {
      let any = false;
      for (let i = 0; i < c.count; i++) {
        if (!maybeLines(c, i)) continue;
        const size = Math.max(c.right[i]! - c.left[i]!, c.bottom[i]! - c.top[i]!);
        // On the coarsest level digits are of any size, so there only frames are ruling.
        const long = !at.coarsest && size >= LONG && c.holes[i]! <= MOST_HOLES * c.area[i]!;
        if (long || mayBeFrame(c, i)) any = eraseFrom(c, i, long, at) || any;
      }
      if (beams.across.length < 2 && beams.down.length < 2) return any;
      for (let i = 0; i < c.count; i++) any = eraseBorders(c, i, at) || any;
      return any;
    },
  };
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

// Whether ink in a box lies at one of these places.
function goesOn(
  { bytes }: Kernels,
  places: readonly Place[],
  { left, top, right, bottom }: Edges,
  { map, level: { width }, threshold }: Labelling,
): boolean {
  return places.some(
    ({ x, y }) => x >= left && x < right && y >= top && y < bottom && bytes[map + y * width + x]! > threshold,
  );
}

// Where a line goes on.
function cutsOf({ down, further }: Line): Place[] {
  return further.map(({ along, from, to }) => {
    const across = (from + to) >> 1;
    return down ? { x: across, y: along } : { x: along, y: across };
  });
}
