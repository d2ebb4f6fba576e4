// Owns the choice among overlapping candidates: one region for one thing, over thresholds, levels and polarities.

import type { Candidate, Measured } from './candidate.js';

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
  /** At most this many regions leave a frame; the strongest are kept. */
  readonly maxRegions: number;
}

/** A plain stroke shorter than this share of a thing beside it is a slip of the pen, or a bit of that thing: no 1. */
const SHORT = 0.55;

/** How near "beside" is, as a share of the larger thing's height. */
const BESIDE = 0.5;

/** Candidates without doubles, at most `maxRegions`, from top to bottom. */
export function choose(candidates: readonly Candidate[], limits: ChoiceLimits): Candidate[] {
  const single = dropPieces(dropDoubles(candidates.filter((c) => standsAlone(c, limits)).map(place)));
  const outer = single.filter((c) => !single.some((other) => enclosed(c, other)));
  const strongest = outer.reduce((most, { c }) => Math.max(most, c.contrast), 0);
  const strong = outer.filter(({ c }) => c.contrast >= limits.minRelativeContrast * strongest);
  const whole = strong.filter((a) => !isSlip(a, strong));
  return whole
    .sort((a, b) => b.c.contrast - a.c.contrast)
    .slice(0, limits.maxRegions)
    .sort(readingOrder)
    .map(({ c }) => c);
}

/** A candidate with what is asked of it again and again. Lengths in source pixels. */
interface Placed {
  readonly c: Candidate;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Of the box. */
  readonly area: number;
  readonly quality: number;
  /** Pixels of its patch that are ink, once counted. */
  ink: number | undefined;
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
    quality: -c.offCentre - 2 * c.clutter,
    ink: undefined,
  };
}

/** Whether a candidate's surroundings are plain enough. */
export function standsAlone(c: Measured, limits: ChoiceLimits): boolean {
  const roughest = isPlainStroke(c) ? limits.maxRoughnessOfStroke : limits.maxRoughness;
  return (
    c.clutter <= limits.maxClutter &&
    c.roughness <= roughest &&
    c.clutter + c.roughness <= limits.maxUnrest &&
    c.softness <= limits.maxSoftness
  );
}

// The outline of a stroke that never turns back is twice its box's width and height; any other digit's is longer.
function isPlainStroke(c: Measured): boolean {
  return c.holes === 0 && c.perimeter < 2.3 * (c.right - c.left + c.bottom - c.top);
}

function isSlip(a: Placed, all: readonly Placed[]): boolean {
  if (!isPlainStroke(a.c)) return false;
  return all.some((b) => {
    const height = b.bottom - b.top;
    const reach = BESIDE * height;
    const beside =
      a.left - b.right < reach && b.left - a.right < reach && a.top - b.bottom < reach && b.top - a.bottom < reach;
    return beside && a.c.polarity === b.c.polarity && a.bottom - a.top < SHORT * height;
  });
}

// The same thing seen at several thresholds and levels: keep the cut nearest to the middle of its edge.
function dropDoubles(candidates: Placed[]): Placed[] {
  const ranked = candidates.sort((a, b) => b.quality - a.quality || readingOrder(a, b));
  const kept: Placed[] = [];
  for (const a of ranked)
    if (!kept.some((b) => overlapArea(a, b) > 0.6 * Math.max(a.area, b.area) && sharesInk(a, b))) kept.push(a);
  return kept;
}

// Parts that only a worse cut brings out are no digits: a thin 0 falls into two halves when it is cut too high.
const AS_WELL_CUT = 0.15;

// A part and a whole that holds it: several digit-sized parts are digits that touch, a single one is a piece.
function dropPieces(candidates: readonly Placed[]): Placed[] {
  const dropped = new Set<Placed>();
  for (const whole of [...candidates].sort((a, b) => b.area - a.area || readingOrder(a, b))) {
    if (dropped.has(whole)) continue;
    const parts = candidates.filter(
      (a) => a.area < whole.area && overlapArea(a, whole) > 0.7 * a.area && sharesInk(a, whole),
    );
    const digits = parts.filter(
      (a) => a.bottom - a.top > 0.6 * (whole.bottom - whole.top) && a.c.offCentre < whole.c.offCentre + AS_WELL_CUT,
    );
    if (digits.some((a) => digits.some((b) => a !== b && overlapArea(a, b) < 0.2 * Math.min(a.area, b.area))))
      dropped.add(whole);
    else for (const part of parts) dropped.add(part);
  }
  return candidates.filter((a) => !dropped.has(a));
}

// Ink of a patch: of the one that is looked for, and of the one that it is looked for in.
const INK = 0.5;
const LIKELY_INK = 0.25;

// Where the columns of one patch lie in the other.
let columns = new Int32Array(0);

// Whether most of the smaller one's ink is also ink of the other (a digit inside a drawn frame shares none).
function sharesInk(a: Placed, b: Placed): boolean {
  if (a.c.polarity !== b.c.polarity) return false;
  const [small, large] = a.area <= b.area ? [a, b] : [b, a];
  const enough = 0.5 * (small.ink ??= inkOf(small.c));
  return small.c.scale === large.c.scale
    ? sharedOfLevel(small.c, large.c, enough)
    : sharedAcross(small.c, large.c, enough);
}

// Two patches of one level lie pixel on pixel.
function sharedOfLevel(small: Candidate, large: Candidate, enough: number): boolean {
  const {
    patch: { width, height, ink },
  } = small;
  const {
    patch: { width: across, height: down, ink: theirs },
  } = large;
  const [dx, dy] = [small.patchLeft - large.patchLeft, small.patchTop - large.patchTop];
  const [first, beyond] = [Math.max(0, -dx), Math.min(width, across - dx)];
  const last = Math.min(height, down - dy);
  let shared = 0;
  for (let y = Math.max(0, -dy); y < last && shared <= enough; y++) {
    const end = y * width + beyond;
    for (let p = y * width + first, q = (y + dy) * across + first + dx; p < end; p++, q++)
      if (ink[p]! >= INK && theirs[q]! > LIKELY_INK) shared++;
  }
  return shared > enough;
}

function sharedAcross(small: Candidate, large: Candidate, enough: number): boolean {
  const {
    patch: { width, height, ink },
    patchLeft,
    patchTop,
    scale,
  } = small;
  const { patch: to, patchLeft: left, patchTop: top, scale: other } = large;
  if (columns.length < width) columns = new Int32Array(2 * width);
  for (let x = 0; x < width; x++) columns[x] = Math.floor(((patchLeft + x + 0.5) * scale) / other - left);
  let first = 0;
  let beyond = width;
  while (first < width && columns[first]! < 0) first++;
  while (beyond > first && columns[beyond - 1]! >= to.width) beyond--;
  const { ink: theirs } = to;
  let shared = 0;
  for (let y = 0; y < height && shared <= enough; y++) {
    const v = Math.floor(((patchTop + y + 0.5) * scale) / other - top);
    if (v < 0 || v >= to.height) continue;
    const row = v * to.width;
    for (let x = first, p = y * width + first; x < beyond; x++, p++)
      if (ink[p]! >= INK && theirs[row + columns[x]!]! > LIKELY_INK) shared++;
  }
  return shared > enough;
}

function inkOf({ patch: { ink } }: Candidate): number {
  let count = 0;
  for (let p = 0; p < ink.length; p++) if (ink[p]! >= INK) count++;
  return count;
}

function overlapArea(a: Placed, b: Placed): number {
  if (a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top) return 0;
  return (
    (Math.min(a.right, b.right) - Math.max(a.left, b.left)) * (Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top))
  );
}

// The ground enclosed by a digit (the inside of a 0) is a thing of the other polarity: not a region of its own.
function enclosed(a: Placed, b: Placed): boolean {
  return a.c.polarity !== b.c.polarity && a.area < b.area && overlapArea(a, b) > 0.8 * a.area;
}

function readingOrder(a: Placed, b: Placed): number {
  return a.top - b.top || a.left - b.left;
}
