// Owns the judgement of one level at a time: which components look like one digit, cut out as patches of ink.

import type { Polarity } from '../../types.js';
import type { Components, Labeller } from './components.js';
import type { Level } from './pyramid.js';

/** What a digit may look like. Lengths are relative to the candidate's own height unless a unit is given. */
export interface ShapeLimits {
  /** Smallest height searched on the finest level, in that level's pixels. */
  readonly minHeight: number;
  /** Smallest height searched on the coarser levels: below it the level under them sees more. */
  readonly minHeightAbove: number;
  /** Largest height in pixels of a level; the coarsest level has no such limit. */
  readonly maxHeight: number;
  /** Largest width. */
  readonly maxWidth: number;
  /** Widest stroke (twice the area over the outline). */
  readonly maxStroke: number;
  /** Largest share of the box that is ink; upright bars are exempt. */
  readonly maxFill: number;
  /** Most holes: an 8 has two, a ragged edge may add one. */
  readonly maxHoles: number;
}

/** Ink cut out of a level: what is normalised. */
export interface InkPatch {
  readonly width: number;
  readonly height: number;
  /** `[height, width]`, row-major, 0 ground to 1 ink. */
  readonly ink: Float32Array;
}

/** A possible digit, in pixels of its level. */
export interface Candidate {
  readonly polarity: Polarity;
  /** Source pixels per level pixel. */
  readonly scale: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly area: number;
  readonly holes: number;
  /** Contrast of the ink against its ground, 0 to 255. */
  readonly contrast: number;
  /** Threshold at which it was found over half its contrast, as |log|: 0 is the edge's midpoint. */
  readonly offCentre: number;
  /** Share of the surroundings (a ring of a quarter of its height) that is other ink of its polarity. */
  readonly clutter: number;
  /** Standard deviation of the plain ground around it, as a share of the contrast. */
  readonly roughness: number;
  /** Width of the edge in level pixels: pixels of middling strength over the outline. */
  readonly softness: number;
  readonly patch: InkPatch;
  /** Where the patch lies in the level. */
  readonly patchLeft: number;
  readonly patchTop: number;
}

/** The ink maps of one level and the outcome of labelling them at one threshold. */
export interface Labelling {
  readonly level: Level;
  readonly polarity: Polarity;
  /** The map that was labelled: its polarity's. */
  readonly map: Uint8Array;
  /** The map's `blockMaxima`. */
  readonly strongest: Uint8Array;
  readonly threshold: number;
  readonly coarsest: boolean;
  readonly finest: boolean;
}

/** Finds the candidates of one labelling and hands each to `found`. */
export function findCandidates(labeller: Labeller, at: Labelling, limits: ShapeLimits, found: (candidate: Candidate) => void): void {
  const c = labeller.label(at.map, at.level.width, at.level.height, at.threshold, at.strongest);
  const parts = usableParts(c, at, limits);
  const groups = joinParts(c, parts, at, limits);
  for (const group of groups) {
    const bounds = boundsOf(c, group);
    if (!plausible(bounds, at, limits) || cutByBorder(c, group, bounds, at)) continue;
    found(cut(c, group, bounds, at));
  }
}

/** Measures of a group of components. */
interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
  area: number;
  sum: number;
  perimeter: number;
  holes: number;
}

function boundsOf(c: Components, group: readonly number[]): Bounds {
  const b: Bounds = { left: Infinity, top: Infinity, right: 0, bottom: 0, area: 0, sum: 0, perimeter: 0, holes: 0 };
  for (const i of group) {
    b.left = Math.min(b.left, c.left[i]!);
    b.top = Math.min(b.top, c.top[i]!);
    b.right = Math.max(b.right, c.right[i]!);
    b.bottom = Math.max(b.bottom, c.bottom[i]!);
    b.area += c.area[i]!;
    b.sum += c.sum[i]!;
    b.perimeter += c.perimeter[i]!;
    b.holes += c.holes[i]!;
  }
  return b;
}

// The threshold must cut the edge near its middle: between these shares of the component's mean strength.
const LOWEST_CUT = 0.3;
const HIGHEST_CUT = 0.8;

function usableParts(c: Components, at: Labelling, limits: ShapeLimits): number[] {
  const parts: number[] = [];
  const highest = at.coarsest ? Infinity : limits.maxHeight;
  for (let i = 0; i < c.count; i++) {
    const height = c.bottom[i]! - c.top[i]!;
    const width = c.right[i]! - c.left[i]!;
    if (c.area[i]! < 4 || height > highest || width > highest * limits.maxWidth) continue;
    const cut = (at.threshold * c.area[i]!) / c.sum[i]!;
    if (cut < LOWEST_CUT || cut > HIGHEST_CUT) continue;
    parts.push(i);
  }
  return parts;
}

function smallestHeight(at: Labelling, limits: ShapeLimits): number {
  return at.finest ? limits.minHeight : limits.minHeightAbove;
}

function plausible(b: Bounds, at: Labelling, limits: ShapeLimits): boolean {
  const [w, h] = [b.right - b.left, b.bottom - b.top];
  if (h < smallestHeight(at, limits) || (!at.coarsest && h > limits.maxHeight)) return false;
  if (w > limits.maxWidth * h || w < 2) return false;
  if ((2 * b.area) / b.perimeter > limits.maxStroke * h) return false;
  if (b.area > limits.maxFill * w * h && w > 0.45 * h) return false;
  return b.holes <= limits.maxHoles;
}

// Widest contact with one side of the frame, as a share of the candidate's size, that a digit filling the frame may have.
const CONTACT = 0.35;
// Frames up to this many source pixels on their shorter side may be crops of one digit.
const CROP = 400;

/**
 * What touches the frame's border may be the end of something longer. Only a digit that fills a small frame may touch,
 * and with the ends of its strokes only.
 */
function cutByBorder(c: Components, group: readonly number[], b: Bounds, { level }: Labelling): boolean {
  if (b.left > 0 && b.top > 0 && b.right < level.width && b.bottom < level.height) return false;
  const [w, h] = [b.right - b.left, b.bottom - b.top];
  if (h < 0.6 * level.height || Math.min(level.width, level.height) * level.scale > CROP) return true;
  const contact = { left: 0, right: 0, top: 0, bottom: 0 };
  for (const i of group) {
    for (let run = c.first[i]!; run >= 0; run = c.runs.next[run]!) {
      const [y, start, end] = [c.runs.y[run]!, c.runs.start[run]!, c.runs.end[run]!];
      if (start === 0) contact.left++;
      if (end === level.width) contact.right++;
      if (y === 0) contact.top += end - start;
      if (y === level.height - 1) contact.bottom += end - start;
    }
  }
  return Math.max(contact.left, contact.right, contact.top, contact.bottom) > CONTACT * Math.max(w, h);
}

/**
 * Joins strokes in pieces: a part that is small beside its neighbour, close to it, and of like strength.
 * Two parts of like height side by side are two digits and stay apart.
 */
function joinParts(c: Components, parts: readonly number[], at: Labelling, limits: ShapeLimits): number[][] {
  const big = smallestHeight(at, limits) * 0.5;
  const hosts = parts.filter((i) => c.bottom[i]! - c.top[i]! >= big);
  const groups = new Map<number, number[]>(hosts.map((i) => [i, [i]]));
  const byTop = [...hosts].sort((a, b) => c.top[a]! - c.top[b]! || a - b);
  for (const piece of [...hosts].sort((a, b) => c.area[a]! - c.area[b]! || a - b)) {
    const host = nearestHost(c, piece, byTop, groups, limits);
    if (host === undefined) continue;
    groups.get(host)!.push(...groups.get(piece)!);
    groups.delete(piece);
  }
  return [...groups.values()];
}

function nearestHost(c: Components, piece: number, hosts: readonly number[], groups: ReadonlyMap<number, number[]>, limits: ShapeLimits): number | undefined {
  let best: number | undefined;
  let nearest = Infinity;
  const reach = REACH * limits.maxHeight * limits.maxWidth;
  for (const host of hosts) {
    if (c.top[host]! > c.bottom[piece]! + reach) break;
    if (host === piece || !groups.has(host)) continue;
    const distance = gap(c, piece, host);
    if (distance < nearest && belongs(c, piece, host, distance, limits)) [best, nearest] = [host, distance];
  }
  return best;
}

// Widest gap between the pieces of one digit, as a share of the larger piece's size.
const REACH = 0.12;

const height = (c: Components, i: number) => c.bottom[i]! - c.top[i]!;
const width = (c: Components, i: number) => c.right[i]! - c.left[i]!;

function gap(c: Components, a: number, b: number): number {
  const dx = Math.max(c.left[a]! - c.right[b]!, c.left[b]! - c.right[a]!, 0);
  const dy = Math.max(c.top[a]! - c.bottom[b]!, c.top[b]! - c.bottom[a]!, 0);
  return Math.max(dx, dy);
}

function belongs(c: Components, piece: number, host: number, distance: number, limits: ShapeLimits): boolean {
  if (c.area[piece]! > c.area[host]! || (c.area[piece] === c.area[host] && piece < host)) return false;
  const size = Math.max(height(c, host), width(c, host));
  if (distance > REACH * size) return false;
  const strength = c.sum[piece]! / c.area[piece]! / (c.sum[host]! / c.area[host]!);
  if (strength < 0.6 || strength > 1.7) return false;
  const overlapX = Math.min(c.right[piece]!, c.right[host]!) - Math.max(c.left[piece]!, c.left[host]!);
  const apart = overlapX < 0.3 * Math.min(width(c, piece), width(c, host));
  if (apart && height(c, piece) > 0.6 * height(c, host)) return false;
  const joined = boundsOf(c, [piece, host]);
  const h = joined.bottom - joined.top;
  return joined.right - joined.left <= Math.min(limits.maxWidth, 1.2) * h && h < 1.9 * Math.max(height(c, host), width(c, host));
}

// The patch keeps this many pixels around the box, for the soft edge of the strokes.
const MARGIN = 2;

function cut(c: Components, group: readonly number[], b: Bounds, at: Labelling): Candidate {
  const { level, map, threshold } = at;
  const ring = MARGIN + Math.round(0.25 * (b.bottom - b.top));
  const [x0, y0] = [Math.max(0, b.left - ring), Math.max(0, b.top - ring)];
  const [x1, y1] = [Math.min(level.width, b.right + ring), Math.min(level.height, b.bottom + ring)];
  const mask = dilate(maskOf(c, group, x0, y0, x1 - x0, y1 - y0), x1 - x0, y1 - y0);
  const strength = inkStrength(c, group, map, level.width, b.sum / b.area);
  const view = { mask, x0, y0, x1, y1 };
  return {
    polarity: at.polarity, scale: level.scale, left: b.left, top: b.top, right: b.right, bottom: b.bottom,
    area: b.area, holes: b.holes, contrast: strength, offCentre: Math.abs(Math.log((2 * threshold) / strength)),
    ...surroundings(view, at, strength, b.perimeter),
    ...patchOf(view, b, at, strength),
  };
}

/** A window of the level with its mask: 0 ground, 1 beside the ink (within MARGIN), 2 ink. */
interface View {
  readonly mask: Uint8Array;
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

function maskOf(c: Components, group: readonly number[], x0: number, y0: number, w: number, h: number): Uint8Array {
  const mask = new Uint8Array(w * h);
  for (const i of group) {
    for (let run = c.first[i]!; run >= 0; run = c.runs.next[run]!) {
      const row = (c.runs.y[run]! - y0) * w - x0;
      mask.fill(2, row + c.runs.start[run]!, row + c.runs.end[run]!);
    }
  }
  return mask;
}

// Marks what lies within MARGIN of the ink (in the chessboard distance), one direction after the other.
function dilate(mask: Uint8Array, w: number, h: number): Uint8Array {
  for (let pass = 0; pass < MARGIN; pass++) {
    const before = mask.slice();
    for (let y = 0, p = 0; y < h; y++) {
      for (let x = 0; x < w; x++, p++) {
        if (before[p] === 0 && ((x > 0 && before[p - 1]! > 0) || (x + 1 < w && before[p + 1]! > 0)
          || (y > 0 && before[p - w]! > 0) || (y + 1 < h && before[p + w]! > 0))) mask[p] = 1;
      }
    }
  }
  return mask;
}

// The mean over the stronger part of the ink: what a pixel wholly covered by ink has.
function inkStrength(c: Components, group: readonly number[], map: Uint8Array, stride: number, mean: number): number {
  let [sum, count] = [0, 0];
  for (const i of group) {
    for (let run = c.first[i]!; run >= 0; run = c.runs.next[run]!) {
      const row = c.runs.y[run]! * stride;
      for (let p = row + c.runs.start[run]!; p < row + c.runs.end[run]!; p++) {
        if (map[p]! < mean) continue;
        sum += map[p]!;
        count++;
      }
    }
  }
  return sum / Math.max(1, count);
}

function surroundings(view: View, at: Labelling, strength: number, perimeter: number): Pick<Candidate, 'clutter' | 'roughness' | 'softness'> {
  const { map, level } = at;
  const w = view.x1 - view.x0;
  let [ring, cluttered, middling, sum, squares] = [0, 0, 0, 0, 0];
  for (let y = view.y0; y < view.y1; y++) {
    for (let x = view.x0, p = y * level.width + x, m = (y - view.y0) * w; x < view.x1; x++, p++, m++) {
      const value = map[p]!;
      if (view.mask[m] !== 0) {
        if (value > 0.25 * strength && value < 0.75 * strength) middling++;
        continue;
      }
      ring++;
      if (value > 0.35 * strength) {
        cluttered++;
        continue;
      }
      const g = level.gray[p]!;
      sum += g;
      squares += g * g;
    }
  }
  const plain = Math.max(1, ring - cluttered);
  const variance = Math.max(0, squares / plain - (sum / plain) ** 2);
  return { clutter: cluttered / Math.max(1, ring), roughness: Math.sqrt(variance) / strength, softness: middling / perimeter };
}

function patchOf(view: View, b: Bounds, at: Labelling, strength: number): Pick<Candidate, 'patch' | 'patchLeft' | 'patchTop'> {
  const { map, level, threshold } = at;
  const [left, top] = [Math.max(view.x0, b.left - MARGIN), Math.max(view.y0, b.top - MARGIN)];
  const [width, height] = [Math.min(view.x1, b.right + MARGIN) - left, Math.min(view.y1, b.bottom + MARGIN) - top];
  const ink = new Float32Array(width * height);
  for (let y = 0, out = 0; y < height; y++) {
    const row = (top + y) * level.width + left;
    const mask = (top + y - view.y0) * (view.x1 - view.x0) + left - view.x0;
    for (let x = 0; x < width; x++, out++) {
      const mine = view.mask[mask + x]!;
      const value = map[row + x]!;
      // Above the threshold but not its own: another component's ink.
      if (mine === 2 || (mine === 1 && value <= threshold)) ink[out] = Math.min(1, value / strength);
    }
  }
  return { patch: { width, height, ink }, patchLeft: left, patchTop: top };
}
