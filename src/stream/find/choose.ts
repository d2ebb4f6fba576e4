// Owns the choice among overlapping candidates: one region for one thing, over thresholds, levels and polarities.

import type { Candidate, Measured } from './terms.js';

/** Limits on a candidate's surroundings. */
export interface ChoiceLimits {
  /** Largest share of the ring around a candidate that may hold other things. */
  readonly maxClutter: number;
  /** Roughest ground around a candidate, as a share of its contrast. */
  readonly maxRoughness: number;
  /** Most clutter and roughness together: digits stand on plain ground, whatever the ground is. */
  readonly maxUnrest: number;
  /** Roughest ground around a single plain stroke: every edge and seam looks like a 1, so its ground must be plain beyond doubt. */
  readonly maxRoughnessOfStroke: number;
  /** Widest edge, in level pixels. */
  readonly maxSoftness: number;
  /** Faintest ink, as a share of the strongest candidate's contrast. */
  readonly minRelativeContrast: number;
  /** At most this many regions leave a frame; the strongest are kept. */
  readonly maxRegions: number;
}

/** Candidates without doubles, at most `maxRegions`, from top to bottom. */
export function choose(candidates: readonly Candidate[], limits: ChoiceLimits): Candidate[] {
  const clean = candidates.filter((c) => standsAlone(c, limits));
  const single = dropPieces(dropDoubles(clean));
  const outer = single.filter((c) => !single.some((other) => enclosed(c, other)));
  const strongest = outer.reduce((most, c) => Math.max(most, c.contrast), 0);
  const strong = outer.filter((c) => c.contrast >= limits.minRelativeContrast * strongest);
  return strong.sort((a, b) => b.contrast - a.contrast).slice(0, limits.maxRegions).sort(readingOrder);
}

/** Whether a candidate's surroundings are plain enough. */
export function standsAlone(c: Measured, limits: ChoiceLimits): boolean {
  const roughest = isPlainStroke(c) ? limits.maxRoughnessOfStroke : limits.maxRoughness;
  return c.clutter <= limits.maxClutter && c.roughness <= roughest && c.clutter + c.roughness <= limits.maxUnrest && c.softness <= limits.maxSoftness;
}

// The outline of a stroke that never turns back is twice its box's width and height; any other digit's is longer.
function isPlainStroke(c: Measured): boolean {
  return c.holes === 0 && c.perimeter < 2.3 * (c.right - c.left + c.bottom - c.top);
}

// The same thing seen at several thresholds and levels: keep the cut nearest to the middle of its edge.
function dropDoubles(candidates: Candidate[]): Candidate[] {
  const ranked = candidates.sort((a, b) => quality(b) - quality(a) || readingOrder(a, b));
  const kept: Candidate[] = [];
  for (const c of ranked) if (!kept.some((other) => overlapArea(c, other) > 0.6 * Math.max(boxArea(c), boxArea(other)) && sharesInk(c, other))) kept.push(c);
  return kept;
}

// Parts that only a worse cut brings out are no digits: a thin 0 falls into two halves when it is cut too high.
const AS_WELL_CUT = 0.15;

// A part and a whole that holds it: several digit-sized parts are digits that touch, a single one is a piece.
function dropPieces(candidates: readonly Candidate[]): Candidate[] {
  const partsOf = (whole: Candidate) => candidates.filter((c) => c !== whole && boxArea(c) < boxArea(whole)
    && overlapArea(c, whole) > 0.7 * boxArea(c) && sharesInk(c, whole));
  const dropped = new Set<Candidate>();
  for (const whole of [...candidates].sort((a, b) => boxArea(b) - boxArea(a) || readingOrder(a, b))) {
    if (dropped.has(whole)) continue;
    const parts = partsOf(whole);
    const digits = parts.filter((c) => sourceHeight(c) > 0.6 * sourceHeight(whole) && c.offCentre < whole.offCentre + AS_WELL_CUT);
    if (digits.some((a) => digits.some((b) => a !== b && overlapArea(a, b) < 0.2 * Math.min(boxArea(a), boxArea(b))))) dropped.add(whole);
    else for (const part of parts) dropped.add(part);
  }
  return candidates.filter((c) => !dropped.has(c));
}

function quality(c: Candidate): number {
  return -c.offCentre - 2 * c.clutter;
}

function sourceHeight(c: Candidate): number {
  return (c.bottom - c.top) * c.scale;
}

// Whether most of the smaller one's ink is also ink of the other (a digit inside a drawn frame shares none).
function sharesInk(a: Candidate, b: Candidate): boolean {
  if (a.polarity !== b.polarity) return false;
  const [small, large] = boxArea(a) <= boxArea(b) ? [a, b] : [b, a];
  let [mine, shared] = [0, 0];
  for (let y = 0, p = 0; y < small.patch.height; y++) {
    for (let x = 0; x < small.patch.width; x++, p++) {
      if (small.patch.ink[p]! < 0.5) continue;
      mine++;
      const u = Math.floor((((small.patchLeft + x + 0.5) * small.scale) / large.scale) - large.patchLeft);
      const v = Math.floor((((small.patchTop + y + 0.5) * small.scale) / large.scale) - large.patchTop);
      if (u >= 0 && v >= 0 && u < large.patch.width && v < large.patch.height && large.patch.ink[v * large.patch.width + u]! > 0.25) shared++;
    }
  }
  return shared > 0.5 * mine;
}

/** A candidate's box in source pixels. */
export function source(c: Candidate): { left: number; top: number; right: number; bottom: number } {
  return { left: c.left * c.scale, top: c.top * c.scale, right: c.right * c.scale, bottom: c.bottom * c.scale };
}

function overlapArea(a: Candidate, b: Candidate): number {
  const [p, q] = [source(a), source(b)];
  const w = Math.min(p.right, q.right) - Math.max(p.left, q.left);
  const h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
  return w > 0 && h > 0 ? w * h : 0;
}

function boxArea(c: Candidate): number {
  return (c.right - c.left) * (c.bottom - c.top) * c.scale * c.scale;
}

// The ground enclosed by a digit (the inside of a 0) is a thing of the other polarity: not a region of its own.
function enclosed(a: Candidate, b: Candidate): boolean {
  return a.polarity !== b.polarity && boxArea(a) < boxArea(b) && overlapArea(a, b) > 0.8 * boxArea(a);
}

function readingOrder(a: Candidate, b: Candidate): number {
  const [p, q] = [source(a), source(b)];
  return p.top - q.top || p.left - q.left;
}
