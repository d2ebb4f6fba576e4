// Owns the cutting out of a candidate: its patch of ink and the measures of its surroundings. No judgement.

import type { Components } from './components.js';
import type { Bounds, Groups } from './groups.js';
import type { Kernels } from './kernels.js';
import type { Candidate, InkMap, InkPatch, Labelling, Measured } from './terms.js';

// The patch keeps this many pixels around the box, for the soft edge of the strokes.
const MARGIN = 2;

// What the mask says of a pixel; ground is 0.
const BESIDE = 1;
const INK = 2;

/** A window of the level; its mask tells ground, BESIDE the ink (within MARGIN), INK. */
interface View {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Measures a group and cuts it out. */
export interface Cutter {
  /** Makes room for candidates of a map. */
  open(map: InkMap): void;
  /** Measures the group that begins with a part. */
  measure(c: Components, groups: Groups, part: number, b: Bounds, at: Labelling): Measured;
  /** The candidate that was measured last. */
  cut(measured: Measured, at: Labelling): Candidate;
}

/** A cutter that keeps its mask; the patches it returns are their own. */
export function createCutter(kernels: Kernels): Cutter {
  const [mask, ink, numbers] = [kernels.piece(), kernels.piece(), kernels.piece()];
  numbers.reserve(4 * 256);
  const view: View = { left: 0, top: 0, width: 0, height: 0 };

  function paint(c: Components, groups: Groups, part: number, margin: number, mark: number): void {
    const { next, y, start, end } = c.runs;
    for (let k = part; k >= 0; k = groups.next[k]!) {
      const first = c.first[groups.component[k]!]!;
      kernels.run.paint(mask.address, view.left, view.top, view.width, view.height, first, next.byteOffset, y.byteOffset, start.byteOffset, end.byteOffset, margin, mark);
    }
  }

  // The mean over the stronger part of the ink: what a pixel wholly covered by ink has.
  function inkStrength(c: Components, groups: Groups, part: number, { map, level }: Labelling, mean: number): number {
    const { next, y, start, end } = c.runs;
    const totals = new Int32Array(kernels.bytes.buffer, numbers.address, 2).fill(0);
    for (let k = part; k >= 0; k = groups.next[k]!) {
      kernels.run.inkStrength(map, level.width, c.first[groups.component[k]!]!, next.byteOffset, y.byteOffset, start.byteOffset, end.byteOffset, Math.ceil(mean), numbers.address);
    }
    return totals[0]! / Math.max(1, totals[1]!);
  }

  function surroundings({ map, level }: Labelling, strength: number, perimeter: number): Pick<Candidate, 'clutter' | 'roughness' | 'softness'> {
    const { left, top, width, height } = view;
    const corner = top * level.width + left;
    // Values are whole numbers: above a bound is at least the next one.
    const [weak, strong, other] = [Math.floor(0.25 * strength) + 1, Math.ceil(0.75 * strength) - 1, Math.floor(0.35 * strength) + 1];
    kernels.run.surroundings(mask.address, map + corner, level.gray + corner, level.width, width, height, weak, strong, other, numbers.address);
    const [ring, cluttered, middling, sum, squares] = new Float64Array(kernels.bytes.buffer, numbers.address, 5) as unknown as [number, number, number, number, number];
    const plain = Math.max(1, ring - cluttered);
    const variance = Math.max(0, squares / plain - (sum / plain) ** 2);
    return { clutter: cluttered / Math.max(1, ring), roughness: Math.sqrt(variance) / strength, softness: middling / perimeter };
  }

  function patchOf({ right, bottom, contrast, patchLeft: left, patchTop: top }: Measured, { map, level, threshold }: Labelling): InkPatch {
    const width = Math.min(view.left + view.width, right + MARGIN) - left;
    const height = Math.min(view.top + view.height, bottom + MARGIN) - top;
    const within = (top - view.top) * view.width + left - view.left;
    kernels.run.cutPatch(mask.address + within, view.width, map + top * level.width + left, level.width, width, height, threshold, contrast, numbers.address, ink.address);
    return { width, height, ink: new Float32Array(kernels.bytes.buffer, ink.address, width * height).slice() };
  }

  return {
    open({ level: { width, height } }) {
      mask.reserve(width * height);
      ink.reserve(4 * width * height);
    },
    measure(c, groups, part, b, at) {
      look(view, b, at);
      kernels.bytes.fill(0, mask.address, mask.address + view.width * view.height);
      paint(c, groups, part, MARGIN, BESIDE);
      paint(c, groups, part, 0, INK);
      const strength = inkStrength(c, groups, part, at, b.sum / b.area);
      return {
        polarity: at.polarity, scale: at.level.scale, left: b.left, top: b.top, right: b.right, bottom: b.bottom,
        area: b.area, holes: b.holes, perimeter: b.perimeter, contrast: strength, offCentre: Math.abs(Math.log((2 * at.threshold) / strength)),
        ...surroundings(at, strength, b.perimeter), patchLeft: Math.max(view.left, b.left - MARGIN), patchTop: Math.max(view.top, b.top - MARGIN),
      };
    },
    cut: (measured, at) => ({ ...measured, patch: patchOf(measured, at) }),
  };
}

// Places the view on a box and its surroundings.
function look(view: View, b: Bounds, { level }: Labelling): void {
  const ring = MARGIN + Math.round(0.25 * (b.bottom - b.top));
  view.left = Math.max(0, b.left - ring);
  view.top = Math.max(0, b.top - ring);
  view.width = Math.min(level.width, b.right + ring) - view.left;
  view.height = Math.min(level.height, b.bottom + ring) - view.top;
}
