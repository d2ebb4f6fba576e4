// Owns the evidence for how a picture lies: which of its regions would be digits, and in lines, if it were turned by
// 90, 180 or 270 degrees. Pure: verdicts in, an orientation out. Turning is the pipeline's.
import {
  ROTATIONS,
  type Box,
  type DigitClass,
  type FrameSightings,
  type Sighting,
  type Rotation,
  type Shape,
  type Verdict,
} from '../types.js';
import { judgeCompany } from './company.js';

/** A frame's regions as they would be judged in one orientation, in order: their class, undefined for those refused. */
export type Judged = readonly (DigitClass | undefined)[];

/** By how far the frame would be turned clockwise; 0 is as it lies. */
export type Orientations = Readonly<Record<Rotation, Judged>>;

/** How much speaks for an orientation: it is that one, it may be, or nothing says so. */
export type Strength = 'strong' | 'some' | 'none';

/** A picture with fewer regions says nothing: a digit or two on a page are digits either way up. */
export const LEAST_REGIONS = 4;

/** Classes that tell how a picture lies: a 0, 1 or 8 is one on its head too, and edges are read as 1, rings as 0. */
const TELLING: ReadonlySet<DigitClass> = new Set([2, 3, 4, 5, 6, 7, 9] as const);

/** What is strong evidence: so many telling digits, of so many classes (letters and patterns repeat one shape), ... */
const [STRONG_DIGITS, STRONG_CLASSES] = [4, 3];
/** ... or of one class less where there are so many; ... */
const MANY_DIGITS = 8;
/** ... by so many more than twice what any other orientation has; ... */
const STRONG_MARGIN = 3;
/** ... and by so many accepted digits more than the picture has as it lies. */
const STRONG_GAIN = 3;

/** The same for evidence that is worth saying. */
const [SOME_DIGITS, SOME_CLASSES, SOME_MARGIN, SOME_GAIN] = [3, 2, 1, 2];

/**
 * For either, so large a share of the regions must be accepted, and so large a share of these be telling: letters on
 * their head are read as digits too (l, o, e and s as 1, 0, 2 and 5), as 0 and 1 most of all.
 */
const [ACCEPTED_SHARE, TELLING_SHARE] = [0.5, 0.5];
/** What is accepted of the picture as it lay is at most this share of what is once it is turned. */
const MOST_BEFORE = 0.75;

/** What the gate says of a frame's regions when their ink is turned, by degrees. */
export type TurnedVerdicts = Readonly<Record<Exclude<Rotation, 0>, readonly Verdict[]>>;

/**
 * How a frame's regions would be judged in each orientation, with the company that they would have there: lines run the
 * other way when a page is turned.
 * @param frame As the gate judged it, as it lies, before its company was asked; only found regions have one.
 * @param verdicts Of the gate on the same regions.
 */
export function orientationsOf(
  { frame, sightings, shapes = [] }: Pick<FrameSightings, 'frame' | 'sightings' | 'shapes'>,
  verdicts: TurnedVerdicts,
): Orientations {
  const [width, height] = [frame.width * frame.scale, frame.height * frame.scale];
  const judged = (by: Rotation): Judged => {
    const turned = (box: Box): Box => turnBox(box, by, width, height);
    const company = judgeCompany(
      {
        sightings: sightings.map((sighting, k) =>
          by === 0 ? sighting : turnSighting(sighting, verdicts[by][k]!, turned(sighting.digit.region.box)),
        ),
        shapes: by === 0 ? shapes : shapes.map((shape): Shape => ({ ...shape, box: turned(shape.box) })),
      },
      { text: true, clutter: true },
    );
    return company.sightings.map(({ verdict }) => (verdict.accepted ? verdict.digit : undefined));
  };
  return { 0: judged(0), 90: judged(90), 180: judged(180), 270: judged(270) };
}

/** The turn after which a frame may be worth a look: the one for which most speaks, if anything does. */
export function worthLook(orientations: Orientations): Exclude<Rotation, 0> | undefined {
  let [best, most] = [undefined as Exclude<Rotation, 0> | undefined, 1];
  for (const by of [90, 180, 270] as const) {
    const [own, other] = [lead(orientations[by], orientations[0]), lead(orientations[0], orientations[by])];
    if (own - other > most) [best, most] = [by, own - other];
  }
  return best;
}

/**
 * How much speaks for a frame's lying upright, by itself.
 * @param before What is accepted of the same picture as it lay before it was turned; none where it was not.
 */
export function uprightness(orientations: Orientations, before: Judged = []): Strength {
  const upright = orientations[0];
  const telling = upright.filter((digit) => digit !== undefined && TELLING.has(digit));
  const classes = new Set(telling).size;
  const [all, earlier] = [acceptedIn(upright), acceptedIn(before)];
  if (all < ACCEPTED_SHARE * upright.length || telling.length < TELLING_SHARE * all) return 'none';
  if (earlier > MOST_BEFORE * all) return 'none';
  const gain = all - earlier;
  const margin = Math.min(
    ...ROTATIONS.filter((by) => by !== 0).map(
      (by) => lead(upright, orientations[by]) - 2 * lead(orientations[by], upright),
    ),
  );
  const varied = classes >= STRONG_CLASSES || (classes === STRONG_CLASSES - 1 && telling.length >= MANY_DIGITS);
  if (telling.length >= STRONG_DIGITS && varied && margin >= STRONG_MARGIN && gain >= STRONG_GAIN) return 'strong';
  if (telling.length < SOME_DIGITS || classes < SOME_CLASSES) return 'none';
  return margin >= SOME_MARGIN && gain >= SOME_GAIN ? 'some' : 'none';
}

/** How many regions are accepted. */
export function acceptedIn(judged: Judged): number {
  return judged.filter((digit) => digit !== undefined).length;
}

/** How many regions are telling digits in one orientation and nothing in another. */
function lead(own: Judged, other: Judged): number {
  return own.filter((digit, k) => digit !== undefined && TELLING.has(digit) && other[k] === undefined).length;
}

function turnSighting(sighting: Sighting, verdict: Verdict, box: Box): Sighting {
  const { digit } = sighting;
  return { ...sighting, digit: { ...digit, region: { ...digit.region, box } }, verdict };
}

/** Where a box lies after its picture, of a width and a height, was turned clockwise. */
function turnBox([x, y, w, h]: Box, by: Rotation, width: number, height: number): Box {
  switch (by) {
    case 0:
      return [x, y, w, h];
    case 90:
      return [height - y - h, x, h, w];
    case 180:
      return [width - x - w, height - y - h, w, h];
    case 270:
      return [y, width - x - w, h, w];
  }
}
