// Owns the cutting out of a candidate: its patch of ink and the measures of its surroundings. No judgement.

import type { Components } from './components.js';
import type { Bounds, Groups } from './groups.js';
import type { Candidate, InkPatch, Labelling } from './terms.js';

// The patch keeps this many pixels around the box, for the soft edge of the strokes.
const MARGIN = 2;

// What the mask says of a pixel.
const GROUND = 0;
const BESIDE = 1;
const INK = 2;

/** A window of the level with its mask: GROUND, BESIDE the ink (within MARGIN), INK. */
interface View {
  mask: Uint8Array;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Cuts out the group that begins with a part. */
export type Cutter = (c: Components, groups: Groups, part: number, b: Bounds, at: Labelling) => Candidate;

/** A cutter that keeps its mask; the patches it returns are their own. */
export function createCutter(): Cutter {
  const view: View = { mask: new Uint8Array(0), left: 0, top: 0, width: 0, height: 0 };
  return (c, groups, part, b, at) => {
    look(view, b, at);
    for (let k = part; k >= 0; k = groups.next[k]!) paint(view, c, groups.component[k]!, MARGIN, BESIDE);
    for (let k = part; k >= 0; k = groups.next[k]!) paint(view, c, groups.component[k]!, 0, INK);
    const strength = inkStrength(c, groups, part, at, b.sum / b.area);
    const { clutter, roughness, softness } = surroundings(view, at, strength, b.perimeter);
    const [patchLeft, patchTop] = [Math.max(view.left, b.left - MARGIN), Math.max(view.top, b.top - MARGIN)];
    return {
      polarity: at.polarity, scale: at.level.scale, left: b.left, top: b.top, right: b.right, bottom: b.bottom,
      area: b.area, holes: b.holes, perimeter: b.perimeter, contrast: strength, offCentre: Math.abs(Math.log((2 * at.threshold) / strength)),
      clutter, roughness, softness, patch: patchOf(view, b, at, strength, patchLeft, patchTop), patchLeft, patchTop,
    };
  };
}

// Places the view on a box and its surroundings, all of it ground.
function look(view: View, b: Bounds, { level }: Labelling): void {
  const ring = MARGIN + Math.round(0.25 * (b.bottom - b.top));
  view.left = Math.max(0, b.left - ring);
  view.top = Math.max(0, b.top - ring);
  view.width = Math.min(level.width, b.right + ring) - view.left;
  view.height = Math.min(level.height, b.bottom + ring) - view.top;
  const size = view.width * view.height;
  if (view.mask.length < size) view.mask = new Uint8Array(2 * size);
  else view.mask.fill(GROUND, 0, size);
}

// Marks what lies within `margin` of a component in the city-block distance: its runs, longer and on the rows beside.
function paint({ mask, left, top, width, height }: View, c: Components, component: number, margin: number, mark: number): void {
  const { y, start, end, next } = c.runs;
  for (let run = c.first[component]!; run >= 0; run = next[run]!) {
    for (let dy = -margin; dy <= margin; dy++) {
      const row = y[run]! + dy - top;
      if (row < 0 || row >= height) continue;
      const longer = margin - Math.abs(dy);
      const to = row * width + Math.min(width, end[run]! + longer - left);
      for (let p = row * width + Math.max(0, start[run]! - longer - left); p < to; p++) mask[p] = mark;
    }
  }
}

// The mean over the stronger part of the ink: what a pixel wholly covered by ink has.
function inkStrength(c: Components, groups: Groups, part: number, { map, level }: Labelling, mean: number): number {
  const { y, start, end, next } = c.runs;
  let sum = 0;
  let count = 0;
  for (let k = part; k >= 0; k = groups.next[k]!) {
    for (let run = c.first[groups.component[k]!]!; run >= 0; run = next[run]!) {
      const row = y[run]! * level.width;
      for (let p = row + start[run]!; p < row + end[run]!; p++) {
        if (map[p]! < mean) continue;
        sum += map[p]!;
        count++;
      }
    }
  }
  return sum / Math.max(1, count);
}

function surroundings(view: View, { map, level }: Labelling, strength: number, perimeter: number): Pick<Candidate, 'clutter' | 'roughness' | 'softness'> {
  const { mask, width, height } = view;
  const { gray } = level;
  const [weak, strong, other] = [0.25 * strength, 0.75 * strength, 0.35 * strength];
  let [ring, cluttered, middling, sum, squares] = [0, 0, 0, 0, 0];
  for (let y = 0, m = 0; y < height; y++) {
    for (let x = 0, p = (view.top + y) * level.width + view.left; x < width; x++, p++, m++) {
      const value = map[p]!;
      if (mask[m] !== GROUND) {
        if (value > weak && value < strong) middling++;
        continue;
      }
      ring++;
      if (value > other) {
        cluttered++;
        continue;
      }
      const g = gray[p]!;
      sum += g;
      squares += g * g;
    }
  }
  const plain = Math.max(1, ring - cluttered);
  const variance = Math.max(0, squares / plain - (sum / plain) ** 2);
  return { clutter: cluttered / Math.max(1, ring), roughness: Math.sqrt(variance) / strength, softness: middling / perimeter };
}

function patchOf(view: View, b: Bounds, { map, level, threshold }: Labelling, strength: number, left: number, top: number): InkPatch {
  const width = Math.min(view.left + view.width, b.right + MARGIN) - left;
  const height = Math.min(view.top + view.height, b.bottom + MARGIN) - top;
  const { mask } = view;
  const ink = new Float32Array(width * height);
  for (let y = 0, out = 0; y < height; y++) {
    const row = (top + y) * level.width + left;
    const m = (top + y - view.top) * view.width + left - view.left;
    for (let x = 0; x < width; x++, out++) {
      const mine = mask[m + x]!;
      const value = map[row + x]!;
      // Above the threshold but not its own: another component's ink.
      if (mine === INK || (mine === BESIDE && value <= threshold)) ink[out] = Math.min(1, value / strength);
    }
  }
  return { width, height, ink };
}
