// Owns the choice among overlapping candidates: one region for one thing, over thresholds, levels and polarities.

import { BoxBands } from '../../base/box-bands.js';
import { BoxIndex, sharedArea, type Edges } from '../../base/box-index.js';
import type { Candidate, CandidateMeasures } from './candidate.js';
import { bringsFaintStrokes } from './faint.js';
import { createInkComparer, inkOf, type InkComparer } from './shared-ink.js';

/** Limits on a candidate's surroundings. */
export interface ChoiceLimits {
  /** Largest share of the ring around a candidate that may hold other things. */
  readonly maxClutter: number;
  /** Roughest ground around a candidate, as a share of its contrast. */
  readonly maxRoughness: number;
  /** Most clutter and roughness together: digits stand on plain ground, whatever the ground is. */
  readonly maxUnrest: number;
  /**
   * Roughest ground around a single plain stroke: every edge and seam looks like a 1, so its ground must be plain
   * beyond doubt.
   */
  readonly maxRoughnessOfStroke: number;
  /** Widest edge, in level pixels. */
  readonly maxSoftness: number;
  /** Faintest ink, as a share of the strongest candidate's contrast. */
  readonly minRelativeContrast: number;
}

/** A plain stroke shorter than this share of a thing beside it is a slip of the pen, or a bit of that thing: no 1. */
const SHORT = 0.55;

/** How near "beside" is, as a share of the larger thing's height. */
const BESIDE = 0.5;

/** A plain stroke's outline is shorter than this many times its box's width and height. */
const STRAIGHT = 2.3;

/** Clutter counts this many times as much against a candidate's quality as a cut off the middle of the edge. */
const CLUTTER_WEIGHT = 2;

/** Two candidates are the same thing when they share more than this of the larger box. */
const SAME = 0.6;

/** A piece and a whole are the same where they share more than this. */
const SAME_AS_PIECE = 0.85;

/** A part lies in a whole with more than this of its box; the ground within a digit lies in it with more than that. */
const WITHIN = 0.7;
const ENCLOSED = 0.8;

/** Parts that are digits: higher than this share of the whole, and with that share of its ink between them... */
const LEAST_PART = 0.25;
const MOST_INK = 0.75;
/** ... beside each other in a whole of at least this width by its height, each of at least that height by it... */
const BESIDE_WIDTH = 0.8;
const BESIDE_HEIGHT = 0.55;
/** ... or one below the other, where the smaller one is at most so high, by the larger one. */
const BELOW_HEIGHT = 0.67;

/** Ground within a digit has no more contrast than its ink; what has so many times as much is the digit itself. */
const STRONGER_WITHIN = 1.2;

/** What stands in a frame is taller than this share of it; of the other polarity, where it could be a letter's hole: */
const FRAMED = 0.35;
const FRAMED_AS_HOLE = 0.6;

/**
 * Parts of a whole are digits that touch when they are taller than this share of it and overlap by less than that; not
 * its pieces, which are looked at beside it.
 */
const DIGIT_HEIGHT = 0.6;
const APART = 0.2;

/** Parts that only a worse cut brings out are no digits: a thin 0 falls into two halves when it is cut too high. */
const AS_WELL_CUT = 0.15;

/** Least share of the smaller one's ink that is ink of the other too, when both are the same thing. */
const SHARED = 0.5;

/** Candidates without doubles, from top to bottom. */
export type Chooser = (candidates: readonly Candidate[]) => Chosen[];

/** What was chosen: with its parts, where these may be digits of their own. */
export interface Chosen extends Candidate {
  readonly parts?: readonly Candidate[];
}

/** A chooser that keeps its buffers. */
export function createChooser(limits: ChoiceLimits): Chooser {
  const compare = createInkComparer();
  return (candidates) => {
    const alone = candidates.filter((c) => standsAlone(c, limits)).map(place);
    // A piece is looked at as a part of its whole only.
    const wholes = dropPieces(dropDoubles(alone, compare), compare).filter(({ c }) => !c.piece);
    const framed = wholes.some(({ c }) => c.frame);
    const unframed = framed ? without(crowdOf(wholes), standsAround) : crowdOf(wholes);
    // Without halos, and then without what is ground within a digit.
    const outer = without(without(unframed, isHalo), isEnclosed).placed;
    const strongest = outer.reduce((most, { c }) => Math.max(most, c.contrast), 0);
    const strong = outer.filter(({ c }) => c.contrast >= limits.minRelativeContrast * strongest);
    const settled = withoutSlips(strong).sort(readingOrder);
    dropFoundParts(settled);
    return settled.map(({ c, parts }) => (parts.length === 0 ? c : { ...c, parts: parts.map((part) => part.c) }));
  };
}

/** A candidate with what is asked of it again and again. Lengths in source pixels. */
interface Placed extends Edges {
  readonly c: Candidate;
  /** Of the box. */
  readonly area: number;
  readonly quality: number;
  /** Pixels of its patch that are ink, once counted. */
  ink: number | undefined;
  /** Those of its parts that may be digits. */
  parts: readonly Placed[];
}

/** Candidates and where they lie. */
interface Crowd {
  readonly placed: readonly Placed[];
  readonly bands: BoxBands<Placed>;
}

function crowdOf(placed: readonly Placed[]): Crowd {
  return { placed, bands: new BoxBands(placed) };
}

// Those that are nothing like this to any other beside them.
function without(crowd: Crowd, isOut: (a: Placed, other: Placed) => boolean): Crowd {
  const { placed, bands } = crowd;
  const kept = placed.filter((a) => !bands.someNear(a, (other) => isOut(a, other)));
  return kept.length === placed.length ? crowd : crowdOf(kept);
}

function place(c: Candidate): Placed {
  const { scale } = c;
  return {
    c,
    left: c.left * scale,
    top: c.top * scale,
    right: c.right * scale,
    bottom: c.bottom * scale,
    area: (c.right - c.left) * (c.bottom - c.top) * scale * scale,
    quality: -c.offCentre - CLUTTER_WEIGHT * c.clutter,
    ink: undefined,
    parts: [],
  };
}

/** Whether a candidate's surroundings are plain enough. */
export function standsAlone(c: CandidateMeasures, limits: ChoiceLimits): boolean {
  const roughest = isPlainStroke(c) ? limits.maxRoughnessOfStroke : limits.maxRoughness;
  return (
    c.clutter <= limits.maxClutter &&
    c.roughness <= roughest &&
    c.clutter + c.roughness <= limits.maxUnrest &&
    c.softness <= limits.maxSoftness
  );
}

// The outline of a stroke that never turns back is twice its box's width and height; any other digit's is longer.
function isPlainStroke(c: CandidateMeasures): boolean {
  return c.holes === 0 && c.perimeter < STRAIGHT * (c.right - c.left + c.bottom - c.top);
}

function withoutSlips(placed: readonly Placed[]): Placed[] {
  const { bands } = crowdOf(placed);
  const tallest = placed.reduce((most, { top, bottom }) => Math.max(most, bottom - top), 0);
  return placed.filter((a) => !isPlainStroke(a.c) || !bands.someNear(a, (b) => isSlip(a, b), BESIDE * tallest));
}

function isSlip(a: Placed, b: Placed): boolean {
  const height = b.bottom - b.top;
  const reach = BESIDE * height;
  const beside =
    a.left - b.right < reach && b.left - a.right < reach && a.top - b.bottom < reach && b.top - a.bottom < reach;
  return beside && a.c.polarity === b.c.polarity && a.bottom - a.top < SHORT * height;
}

// The same thing seen at several thresholds and levels: keep the cut nearest to the middle of its edge, with the faint
// strokes that a lower one shows.
function dropDoubles(candidates: Placed[], compare: InkComparer): Placed[] {
  const ranked = candidates.sort(bestFirst);
  const kept = new BoxBands<Placed>();
  const same = (a: Placed, b: Placed): boolean =>
    sharedArea(a, b) > (a.c.piece === b.c.piece ? SAME : SAME_AS_PIECE) * Math.max(a.area, b.area) &&
    sharesInk(a, b, compare);
  const lower = new Map<Placed, Candidate>();
  const found = ranked.filter((a) => {
    let best: Placed | undefined;
    kept.someNear(a, (b) => {
      if (same(a, b) && (!best || bestFirst(b, best) < 0)) best = b;
      return false;
    });
    if (!best) kept.insert(a);
    else if (bringsFaintStrokes(a.c, lower.get(best) ?? best.c, (best.ink ??= inkOf(best.c)))) lower.set(best, a.c);
    return !best;
  });
  return found.map((a) => withFaintStrokes(a, lower.get(a)));
}

// How well a thing was cut, and what stands around it, its best cut tells.
function withFaintStrokes(best: Placed, lower: Candidate | undefined): Placed {
  const { offCentre, clutter } = best.c;
  return lower ? place({ ...lower, offCentre, clutter }) : best;
}

// A part and a whole that holds it: several digit-sized parts are digits that touch, a single one is a piece.
function dropPieces(candidates: readonly Placed[], compare: InkComparer): Placed[] {
  const [dropped, all] = [new Set<Placed>(), new BoxIndex<Placed>()];
  all.load(candidates);
  for (const whole of [...candidates].sort((a, b) => b.area - a.area || readingOrder(a, b))) {
    if (dropped.has(whole)) continue;
    const parts = all
      .near(whole)
      .filter((a) => a.area < whole.area && sharedArea(a, whole) > WITHIN * a.area && sharesInk(a, whole, compare));
    const digits = parts.filter(
      (a) =>
        !a.c.piece &&
        a.bottom - a.top > DIGIT_HEIGHT * (whole.bottom - whole.top) &&
        a.c.offCentre < whole.c.offCentre + AS_WELL_CUT,
    );
    if (digits.some((a) => digits.some((b) => a !== b && sharedArea(a, b) < APART * Math.min(a.area, b.area))))
      dropped.add(whole);
    else {
      for (const part of parts) dropped.add(part);
      whole.parts = digitsWithin(whole, parts);
    }
  }
  return candidates.filter((a) => !dropped.has(a));
}

// Those parts of a whole that are its digits if it is none: apart from each other, and all of its ink.
function digitsWithin(whole: Placed, parts: readonly Placed[]): readonly Placed[] {
  const chosen: Placed[] = [];
  for (const part of [...parts].sort(bestFirst)) {
    if (part.bottom - part.top < LEAST_PART * (whole.bottom - whole.top)) continue;
    if (chosen.every((other) => mayStandBy(part, other, whole))) chosen.push(part);
  }
  const ink = chosen.reduce((sum, { c }) => sum + c.area * c.scale ** 2, 0);
  return chosen.length > 1 && ink > MOST_INK * whole.c.area * whole.c.scale ** 2 ? chosen.sort(readingOrder) : [];
}

// Two digits beside each other are as high as their whole; of two that stand one below the other, one is small: the two
// halves of an 8 are not.
function mayStandBy(a: Placed, b: Placed, whole: Placed): boolean {
  if (sharedArea(a, b) > 0) return false;
  const [high, low] = [a.bottom - a.top, b.bottom - b.top].sort((p, q) => q - p) as [number, number];
  const beside = a.left >= b.right || b.left >= a.right;
  return beside
    ? low > BESIDE_HEIGHT * (whole.bottom - whole.top) &&
        whole.right - whole.left > BESIDE_WIDTH * (whole.bottom - whole.top)
    : low < BELOW_HEIGHT * high;
}

// Whether most of the smaller one's ink is also ink of the other (a digit inside a drawn frame shares none).
function sharesInk(a: Placed, b: Placed, compare: InkComparer): boolean {
  if (a.c.polarity !== b.c.polarity) return false;
  const [small, large] = a.area <= b.area ? [a, b] : [b, a];
  return compare(small.c, large.c, SHARED * (small.ink ??= inkOf(small.c)));
}

// A frame that something stands in is none of the digits, whatever it looks like.
function standsAround(frame: Placed, a: Placed): boolean {
  return (
    frame.c.frame &&
    a !== frame &&
    !(a.c.frame && a.area >= frame.area) &&
    sharedArea(a, frame) > ENCLOSED * a.area &&
    a.area < frame.area &&
    a.bottom - a.top > (a.c.polarity === frame.c.polarity ? FRAMED : FRAMED_AS_HOLE) * (frame.bottom - frame.top)
  );
}

// The ground beside strong ink looks like fainter ink of the other polarity, where something bounds it.
function isHalo(a: Placed, within: Placed): boolean {
  return isEnclosed(within, a) && within.c.contrast > STRONGER_WITHIN * a.c.contrast;
}

// The ground enclosed by a digit (the inside of a 0) is a thing of the other polarity: not a region of its own.
function isEnclosed(a: Placed, b: Placed): boolean {
  return a.c.polarity !== b.c.polarity && a.area < b.area && sharedArea(a, b) > ENCLOSED * a.area;
}

// What is a region by itself is no part of another.
function dropFoundParts(settled: readonly Placed[]): void {
  if (settled.every(({ parts }) => parts.length === 0)) return;
  const { bands } = crowdOf(settled);
  for (const whole of settled) {
    const found = (part: Placed): boolean =>
      bands.someNear(
        part,
        (b) => b !== whole && b.c.polarity === part.c.polarity && sharedArea(part, b) > APART * part.area,
      );
    if (whole.parts.some(found)) whole.parts = [];
  }
}

function bestFirst(a: Placed, b: Placed): number {
  return b.quality - a.quality || readingOrder(a, b);
}

function readingOrder(a: Placed, b: Placed): number {
  return a.top - b.top || a.left - b.left;
}
