// Owns which components belong together: strokes in pieces are joined. How the joined whole looks is judged elsewhere.

import type { Edges } from '../../base/box-index.js';
import type { Components, SizeLimits } from './components.js';
import { smallestHeight, type InkMap, type Labelling, type ShapeLimits } from './candidate.js';

/** Groups of components, one per digit at most, as parallel arrays indexed by part; valid until the next grouping. */
export interface Groups {
  /** Number of parts; those that were joined to another are in its chain. */
  count: number;
  /** The component of each part, in the order of the components. */
  component: Int32Array;
  /** 1 for a part that was joined to another one: it begins no group. */
  joined: Uint8Array;
  /** The next part of the same group; -1 ends. */
  next: Int32Array;
}

/** Measures of a group of components, in pixels of the level. */
export interface Bounds {
  left: number;
  top: number;
  /** Exclusive. */
  right: number;
  /** Exclusive. */
  bottom: number;
  area: number;
  sum: number;
  perimeter: number;
  holes: number;
}

/** Measures the group that begins with a part, into `b`. */
export function measure(c: Components, groups: Groups, part: number, b: Bounds): void {
  b.left = b.top = Infinity;
  b.right = b.bottom = b.area = b.sum = b.perimeter = b.holes = 0;
  for (let k = part; k >= 0; k = groups.next[k]!) {
    const i = groups.component[k]!;
    b.left = Math.min(b.left, c.left[i]!);
    b.top = Math.min(b.top, c.top[i]!);
    b.right = Math.max(b.right, c.right[i]!);
    b.bottom = Math.max(b.bottom, c.bottom[i]!);
    b.area += c.area[i]!;
    b.sum += c.sum[i]!;
    b.perimeter += c.perimeter[i]!;
    b.holes += c.holes[i]!;
  }
}

/**
 * Groups the components of one labelling.
 * @param frames what is in one of them does not belong to what is outside
 */
export type Grouper = (c: Components, at: Labelling, frames?: readonly Edges[]) => Groups;

// The threshold must cut the edge near its middle: between these shares of the component's mean strength.
const LOWEST_CUT = 0.3;
const HIGHEST_CUT = 0.8;
// Widest gap between the pieces of one digit, as a share of the larger piece's size.
const REACH = 0.2;
/** The same for pieces beside each other, which may be two digits. */
const REACH_BESIDE = 0.12;
/** Least height of a part, as a share of a digit's. */
const PART_HEIGHT = 0.5;
/** Least area of a part, level pixels: less is noise. */
const PART_AREA = 4;
/** Strengths of the pieces of one digit: the smaller one's over the larger one's lies between these. */
const FAINTEST_PIECE = 0.6;
const STRONGEST_PIECE = 1.7;
/** Pieces that overlap in x by less than this share of the narrower one are beside each other... */
const ABOVE_EACH_OTHER = 0.3;
/** ... and are two digits when the smaller one is taller than this share of the larger one's height. */
const DIGIT_BESIDE = 0.6;
/** Widest whole of two pieces, as a share of its height, and tallest, as a share of the larger piece's size. */
const WIDEST_WHOLE = 1.2;
const TALLEST_WHOLE = 1.9;

/**
 * A grouper that keeps its buffers. It takes components of {@link partSize}, leaves out those that cannot be part of a
 * digit, and joins strokes in pieces: a part that is small beside its neighbour, close to it, and of like strength. Two
 * parts of like height side by side are two digits and stay apart.
 */
export function createGrouper(limits: ShapeLimits): Grouper {
  const groups: Groups = { count: 0, component: new Int32Array(0), joined: new Uint8Array(0), next: new Int32Array(0) };
  let last = new Int32Array(0);
  let order = new Float64Array(0);

  function reserve(count: number): void {
    if (order.length >= count) return;
    const room = 2 * count;
    [groups.component, groups.next, last] = [new Int32Array(room), new Int32Array(room), new Int32Array(room)];
    groups.joined = new Uint8Array(room);
    order = new Float64Array(room);
  }

  // Smaller parts look for a host first. Area and part share one number, so that a plain sort does.
  function sortByArea(c: Components): Float64Array {
    const { count, component } = groups;
    for (let k = 0; k < count; k++) order[k] = c.area[component[k]!]! * count + k;
    return order.subarray(0, count).sort();
  }

  return (c, at, frames = []) => {
    reserve(c.count);
    const { largest, tallest } = selectParts(c, at, groups);
    for (let k = 0; k < groups.count; k++) last[k] = k;
    if (groups.count < 2) return groups;
    for (const key of sortByArea(c)) {
      const piece = key % groups.count;
      const host = nearestHost(c, groups, piece, REACH * largest, tallest, limits, frames);
      if (host < 0) continue;
      groups.joined[piece] = 1;
      groups.next[last[host]!] = piece;
      last[host] = last[piece]!;
    }
    return groups;
  };
}

/** The size that a component must have to be part of a digit on this level. */
export function partSize(at: InkMap, limits: ShapeLimits): SizeLimits {
  const maxHeight = at.coarsest ? Infinity : limits.maxHeight;
  return {
    minHeight: smallestHeight(at, limits) * PART_HEIGHT,
    maxHeight,
    maxWidth: maxHeight * limits.maxWidth,
    minArea: PART_AREA,
  };
}

// Each part is a group of its own at first. Says how tall and how large (the longer side) parts are at most.
function selectParts(c: Components, at: Labelling, groups: Groups): { largest: number; tallest: number } {
  const { component, joined, next } = groups;
  let [count, largest, tallest] = [0, 0, 0];
  for (let i = 0; i < c.count; i++) {
    const cut = (at.threshold * c.area[i]!) / c.sum[i]!;
    if (cut < LOWEST_CUT || cut > HIGHEST_CUT) continue;
    component[count] = i;
    joined[count] = 0;
    next[count++] = -1;
    const h = c.bottom[i]! - c.top[i]!;
    tallest = Math.max(tallest, h);
    largest = Math.max(largest, h, c.right[i]! - c.left[i]!);
  }
  groups.count = count;
  return { largest, tallest };
}

// `reach`: parts further away belong to nothing, whatever their size; `tallest`: the height of the tallest part.
function nearestHost(
  c: Components,
  groups: Groups,
  piece: number,
  reach: number,
  tallest: number,
  limits: ShapeLimits,
  frames: readonly Edges[],
): number {
  const { count, component, joined } = groups;
  const { left, top, right, area: areas } = c;
  const i = component[piece]!;
  const area = areas[i]!;
  const lowest = c.bottom[i]! + REACH * limits.maxHeight * limits.maxWidth;
  const [leftmost, rightmost] = [left[i]! - reach, right[i]! + reach];
  let best = -1;
  let nearest = Infinity;
  for (let k = firstBelow(c, groups, top[i]! - (reach + tallest)); k < count; k++) {
    const host = component[k]!;
    if (top[host]! > lowest) break;
    if (right[host]! < leftmost || left[host]! > rightmost || areas[host]! < area || joined[k] === 1 || k === piece)
      continue;
    const distance = gap(c, i, host);
    if (distance >= nearest || !belongs(c, i, host, distance, limits)) continue;
    if (frames.length > 0 && areParted(c, i, host, frames)) continue;
    best = k;
    nearest = distance;
  }
  return best;
}

// The first part whose top is at `y` or below: components come in the order of their tops.
function firstBelow(c: Components, { count, component }: Groups, y: number): number {
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (c.top[component[middle]!]! < y) from = middle + 1;
    else to = middle;
  }
  return from;
}

function gap(c: Components, a: number, b: number): number {
  const dx = Math.max(c.left[a]! - c.right[b]!, c.left[b]! - c.right[a]!, 0);
  const dy = Math.max(c.top[a]! - c.bottom[b]!, c.top[b]! - c.bottom[a]!, 0);
  return Math.max(dx, dy);
}

// Whether one of two is in a frame that the other is outside of.
function areParted(c: Components, a: number, b: number, frames: readonly Edges[]): boolean {
  return frames.some((frame) => isWithin(c, a, frame) !== isWithin(c, b, frame));
}

// By its middle.
function isWithin(c: Components, i: number, { left, top, right, bottom }: Edges): boolean {
  const [x, y] = [(c.left[i]! + c.right[i]!) / 2, (c.top[i]! + c.bottom[i]!) / 2];
  return x > left && x < right && y > top && y < bottom;
}

function belongs(c: Components, piece: number, host: number, distance: number, limits: ShapeLimits): boolean {
  if (c.area[piece] === c.area[host] && piece < host) return false;
  const [height, width] = [c.bottom[host]! - c.top[host]!, c.right[host]! - c.left[host]!];
  if (distance > REACH * Math.max(height, width)) return false;
  const strength = c.sum[piece]! / c.area[piece]! / (c.sum[host]! / c.area[host]!);
  if (strength < FAINTEST_PIECE || strength > STRONGEST_PIECE) return false;
  const overlap = Math.min(c.right[piece]!, c.right[host]!) - Math.max(c.left[piece]!, c.left[host]!);
  const apart = overlap < ABOVE_EACH_OTHER * Math.min(c.right[piece]! - c.left[piece]!, width);
  const tall = c.bottom[piece]! - c.top[piece]! > DIGIT_BESIDE * height;
  if (apart && (tall || distance > REACH_BESIDE * Math.max(height, width))) return false;
  const w = Math.max(c.right[piece]!, c.right[host]!) - Math.min(c.left[piece]!, c.left[host]!);
  const h = Math.max(c.bottom[piece]!, c.bottom[host]!) - Math.min(c.top[piece]!, c.top[host]!);
  return w <= Math.min(limits.maxWidth, WIDEST_WHOLE) * h && h < TALLEST_WHOLE * Math.max(height, width);
}
