// Owns the long lines of a page, and the borders of cells between them: short lines that reach from one to another.

import type { Kernels } from '../../kernels/kernels.js';
import { LINE_ALONG, LINE_FROM, LINE_RUN, LINE_TO } from '../../kernels/layout.js';
import type { Line } from './trace.js';

/** Shortest long line, level pixels: longer than a stroke of any digit that is searched on a level but the coarsest. */
export const LONG = 60;
/** Shortest border of a cell, level pixels. */
export const SHORTEST_BAR = 14;
/** It is at least so long as a share of the way between two lines. */
const SHARE = 0.62;
/** The lines that it joins are within this of it, level pixels. */
const NEAR = 8;
/** Its ends lie so near to the edges of the lines that it joins, level pixels. */
const MEETING = 2;
/** It is drawn like them: their mass differs by no larger factor, as its logarithm. */
const UNLIKE = 0.7;

/** A long line of a page. It stays as it was traced. */
export interface Beam extends Pick<Line, 'width' | 'mass'> {
  /** Its runs, in their order: where each is along it, and the middle of that across. */
  readonly along: Uint16Array;
  readonly across: Float32Array;
}

/** The long lines of a page, by the direction that they run in. */
export interface Beams {
  readonly across: Beam[];
  readonly down: Beam[];
}

/** A line as a beam. */
export function toBeam(kernels: Kernels, { width, mass, runs, count }: Line): Beam {
  const numbers = new Uint16Array(kernels.bytes.buffer, runs, (LINE_RUN / 2) * count);
  const [along, across] = [new Uint16Array(count), new Float32Array(count)];
  for (let k = 0, at = 0; k < count; k++, at += LINE_RUN / 2) {
    along[k] = numbers[at + LINE_ALONG / 2]!;
    across[k] = (numbers[at + LINE_FROM / 2]! + numbers[at + LINE_TO / 2]!) / 2;
  }
  return { width, mass, along, across };
}

/**
 * The least length of what may reach from one of these lines to another, beside a place along them and between two
 * places across: no more than they are apart.
 */
export function leastBetween(beams: readonly Beam[], along: number, from: number, to: number): number {
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
  return Math.max(SHORTEST_BAR, SHARE * least);
}

/**
 * Whether both ends of a line lie at long lines of the other direction, of which one is drawn like it: the border of a
 * cell.
 */
export function joins(line: Line, beams: Beams): boolean {
  const others = line.down ? beams.across : beams.down;
  const meeting = [line.start, line.end].map((end) =>
    others.filter((beam) => Math.abs(placeOf(beam, line.middle) - end) <= MEETING + beam.width / 2),
  );
  return meeting.every(({ length }) => length > 0) && meeting.flat().some((beam) => drawnLike(line, beam));
}

function drawnLike(a: Pick<Line, 'mass'>, b: Pick<Line, 'mass'>): boolean {
  return Math.abs(Math.log(a.mass / b.mass)) < UNLIKE;
}

// Where a line is, beside a place along it; nowhere far from what is seen of it.
function placeOf({ along: places, across }: Beam, along: number): number {
  let [low, high] = [0, places.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]! < along) low = middle + 1;
    else high = middle;
  }
  const before = Math.max(0, low - 1);
  const nearest = Math.abs(places[low]! - along) < Math.abs(places[before]! - along) ? low : before;
  return Math.abs(places[nearest]! - along) > LONG ? Infinity : across[nearest]!;
}
