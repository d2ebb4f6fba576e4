// Owns which marks of one frame make a number: lines of marks in, runs of digits out. Pure; it must not remember.
import { centreOf, unionBox } from '../base/boxes.js';
import { quantile } from '../base/statistics.js';
import { linesIn } from '../gate/company.js';
import type { Box, FrameSightings, Line, Sighting } from '../types.js';

/** Marks that stand like the digits of one number. */
export interface Run {
  /** From left to right. */
  readonly sightings: readonly Sighting[];
  readonly box: Box;
  /** A shape stands among them that can't be read: a sign, or a digit that is cut or smeared. */
  readonly blocked: boolean;
}

/** A number has so many places at least: a digit on its own is told by itself. */
export const LEAST_PLACES = 2;
/** And so many at most: more are no number. */
export const MOST_PLACES = 32;

/** A gap ends a number that is wider than this share of the line's height, ... */
const GAP = 0.6;
/** ... and where digits begin this much farther from each other than those of the line do. */
const PITCH = 1.7;
/** In a line of two the gap alone counts, up to this share of the height. */
const GAP_OF_TWO = 1.2;

/** A shape with a side of this share of the line's height is no dot. */
const LARGE_SHAPE = 0.4;

interface Mark {
  readonly box: Box;
  readonly sighting?: Sighting;
}

/** The runs of marks of a frame that may be numbers, line after line: each has a digit that was accepted. */
export function runsOf({ sightings, shapes = [], lines }: FrameSightings): Run[] {
  const marks: Mark[] = [
    ...sightings.map((sighting) => ({ box: sighting.digit.region.box, sighting })),
    ...shapes.map(({ box }) => ({ box })),
  ];
  return (lines ?? linesIn({ sightings, shapes })).flatMap((line) => runsIn(line, marks));
}

function runsIn({ words }: Line, marks: readonly Mark[]): Run[] {
  const all = words.flatMap((word) => word.marks.map((k) => marks[k]!));
  const heights = all.flatMap(({ box, sighting }) => (sighting ? [box[3]] : []));
  if (heights.length < LEAST_PLACES) return [];
  const height = quantile(heights, 0.5);
  const sorted = all
    .filter(({ box, sighting }) => sighting || Math.max(box[2], box[3]) >= LARGE_SHAPE * height)
    .sort((a, b) => a.box[0] - b.box[0]);
  return split(sorted, height).map(runOf).filter(isNumber);
}

/** Apart where there is more room than between the digits of one number. */
function split(marks: readonly Mark[], height: number): Mark[][] {
  const pitches = marks.slice(1).map(({ box }, k) => centreOf(box)[0] - centreOf(marks[k]!.box)[0]);
  const usual = pitches.length > 1 ? quantile(pitches, 0.5) : undefined;
  const runs: Mark[][] = [];
  for (const [k, mark] of marks.entries()) {
    const before = marks[k - 1];
    const gap = before ? mark.box[0] - before.box[0] - before.box[2] : Infinity;
    const apart =
      usual === undefined ? gap > GAP_OF_TWO * height : gap > GAP * height && pitches[k - 1]! > PITCH * usual;
    if (!before || apart) runs.push([mark]);
    else runs.at(-1)!.push(mark);
  }
  return runs;
}

function runOf(marks: readonly Mark[]): Run {
  const sightings = marks.flatMap(({ sighting }) => (sighting ? [sighting] : []));
  return {
    sightings,
    box: unionBox(marks.map(({ box }) => box)),
    blocked: sightings.length < marks.length,
  };
}

function isNumber({ sightings }: Run): boolean {
  return (
    sightings.length >= LEAST_PLACES &&
    sightings.length <= MOST_PLACES &&
    sightings.some(({ verdict }) => verdict.accepted)
  );
}
