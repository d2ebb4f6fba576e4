// Owns the cutting out of a candidate: its patch of ink and the measures of its surroundings. No judgement.

import type { Components } from './components.js';
import { fillsCorners } from './frame.js';
import type { Bounds, Groups } from './groups.js';
import type { Kernels } from '../../kernels/kernels.js';
import {
  CLUTTERED,
  GRAY_SQUARES,
  GRAY_SUM,
  LEVELS,
  MASK_AROUND,
  MASK_GAP,
  MIDDLING,
  RING,
  STRENGTH_COUNT,
  STRENGTH_SUM,
  STRENGTHS,
  SURROUNDINGS,
} from '../../kernels/layout.js';
import type { InkPatch, PatchArena } from '../../kernels/patch-arena.js';
import type { Candidate, CandidateMeasures, InkMap, Labelling } from './candidate.js';

// The patch keeps this many pixels around the box, for the soft edge of the strokes.
const MARGIN = 2;

/** A window of the level. */
interface View {
  left: number;
  top: number;
  width: number;
  height: number;
  /** Address of its mask in the kernels' memory: what is ground, ink, or beside ink (within MARGIN). */
  mask: number;
  /** Bytes of a row of the mask. */
  stride: number;
}

// What counts as surroundings: this share of the candidate's height around it.
const RING_WIDTH = 0.25;
// Roughness between these may come from uneven light; a step in the ground, as an edge has, is more.
const PLAIN = 0.08;
const SLOPING = 0.35;
// Shares of the ink's strength: between the first two a pixel is of the edge, above the last one the ground holds other
// things.
const WEAK = 0.25;
const STRONG = 0.75;
const OTHER = 0.35;

/** Measures a group and cuts it out. */
export interface Cutter {
  /** Makes room for candidates of a map. */
  open(map: InkMap): void;
  /** Measures the group that begins with a part. What it returns is reused: it holds until the next call. */
  measure(c: Components, groups: Groups, part: number, b: Bounds, at: Labelling): CandidateMeasures;
  /** The candidate that was measured last; `piece` says whether it is one (default: it is none). */
  cut(at: Labelling, piece?: boolean): Candidate;
}

/** A cutter that keeps its mask. The patches it returns lie in the arena. */
export function createCutter(kernels: Kernels, arena: PatchArena): Cutter {
  const [mask, near, numbers] = [kernels.piece(), kernels.piece(), kernels.piece()];
  numbers.reserve(4 * LEVELS);
  const view: View = { left: 0, top: 0, width: 0, height: 0, mask: 0, stride: 0 };
  // Most groups are measured and not wanted: what that takes is kept from one to the next.
  const measured: { -readonly [K in keyof CandidateMeasures]: CandidateMeasures[K] } = {
    polarity: 'dark-on-light',
    scale: 1,
    left: 0,
    top: 0,
    right: 0,
    bottom: 0,
    area: 0,
    holes: 0,
    perimeter: 0,
    contrast: 0.5,
    offCentre: 0.5,
    clutter: 0.5,
    roughness: 0.5,
    softness: 0.5,
    frame: false,
    patchLeft: 0,
    patchTop: 0,
  };
  const look = kernels.viewed((buffer) => ({
    totals: new Int32Array(buffer, numbers.address, STRENGTHS),
    sums: new Float64Array(buffer, numbers.address, SURROUNDINGS),
  }));

  // Places the view on a box and its surroundings.
  function place(b: Bounds, { level }: Labelling): void {
    const ring = MARGIN + Math.round(RING_WIDTH * (b.bottom - b.top));
    view.left = Math.max(0, b.left - ring);
    view.top = Math.max(0, b.top - ring);
    view.width = Math.min(level.width, b.right + ring) - view.left;
    view.height = Math.min(level.height, b.bottom + ring) - view.top;
    view.stride = view.width + MASK_GAP;
    view.mask = mask.address + view.stride + MASK_AROUND;
  }

  function paint(c: Components, groups: Groups, part: number): void {
    const { left, top, height, stride, mask: at } = view;
    kernels.run.clear(at, stride, height);
    for (let k = part; k >= 0; k = groups.next[k]!)
      kernels.run.paint(at, left, top, stride, c.last[groups.component[k]!]!);
    kernels.run.spread(at, stride, height, near.address + stride + MASK_AROUND);
  }

  function framed({ left, top, right, bottom }: Bounds): boolean {
    const from = view.mask + (top - view.top) * view.stride + left - view.left;
    const mask = kernels.bytes.subarray(from, from + view.stride * (bottom - top));
    return fillsCorners(mask, view.stride, right - left, bottom - top);
  }

  // The mean over the stronger part of the ink: what a pixel wholly covered by ink has.
  function inkStrength(c: Components, groups: Groups, part: number, { map, level }: Labelling, mean: number): number {
    const totals = look().totals.fill(0);
    for (let k = part; k >= 0; k = groups.next[k]!)
      kernels.run.inkStrength(map, level.width, c.last[groups.component[k]!]!, Math.ceil(mean), numbers.address);
    return totals[STRENGTH_SUM]! / Math.max(1, totals[STRENGTH_COUNT]!);
  }

  function surroundings({ map, level }: Labelling, strength: number, perimeter: number): void {
    const { left, top, width, height } = view;
    const corner = top * level.width + left;
    // Values are whole numbers: above a bound is at least the next one.
    const [weak, strong, other] = [
      Math.floor(WEAK * strength) + 1,
      Math.ceil(STRONG * strength) - 1,
      Math.floor(OTHER * strength) + 1,
    ];
    kernels.run.surroundings(
      view.mask,
      view.stride,
      map + corner,
      level.gray + corner,
      level.width,
      width,
      height,
      weak,
      strong,
      other,
      numbers.address,
    );
    const { sums } = look();
    const [ring, cluttered] = [sums[RING]!, sums[CLUTTERED]!];
    const plain = Math.max(1, ring - cluttered);
    const variance = Math.max(0, sums[GRAY_SQUARES]! / plain - (sums[GRAY_SUM]! / plain) ** 2);
    measured.clutter = cluttered / Math.max(1, ring);
    measured.roughness = Math.sqrt(variance) / strength;
    // Light that falls off evenly is no roughness. Fitted where it may matter only: most ground is plain, or far from it.
    if (measured.roughness > PLAIN && measured.roughness < SLOPING) {
      const explained = kernels.run.slope(
        view.mask,
        view.stride,
        map + corner,
        level.gray + corner,
        level.width,
        width,
        height,
        other,
      );
      measured.roughness = Math.sqrt(Math.max(0, variance - explained / plain)) / strength;
    }
    measured.softness = sums[MIDDLING]! / perimeter;
  }

  function patchOf(
    { right, bottom, contrast, patchLeft: left, patchTop: top }: CandidateMeasures,
    { map, level, threshold }: Labelling,
  ): InkPatch {
    const width = Math.min(view.left + view.width, right + MARGIN) - left;
    const height = Math.min(view.top + view.height, bottom + MARGIN) - top;
    const patch = arena.take(width, height);
    const within = (top - view.top) * view.stride + left - view.left;
    kernels.run.cutPatch(
      view.mask + within,
      view.stride,
      map + top * level.width + left,
      level.width,
      width,
      height,
      threshold,
      contrast,
      numbers.address,
      patch.address,
    );
    return patch;
  }

  return {
    open({ level: { width, height } }) {
      for (const piece of [mask, near]) piece.reserve(kernels.run.maskRoom(width + MASK_GAP, height));
    },
    measure(c, groups, part, b, at) {
      place(b, at);
      paint(c, groups, part);
      const strength = inkStrength(c, groups, part, at, b.sum / b.area);
      measured.polarity = at.polarity;
      measured.scale = at.level.scale;
      measured.left = b.left;
      measured.top = b.top;
      measured.right = b.right;
      measured.bottom = b.bottom;
      measured.area = b.area;
      measured.holes = b.holes;
      measured.perimeter = b.perimeter;
      measured.contrast = strength;
      measured.offCentre = Math.abs(Math.log((2 * at.threshold) / strength));
      measured.patchLeft = Math.max(view.left, b.left - MARGIN);
      measured.patchTop = Math.max(view.top, b.top - MARGIN);
      measured.frame = b.holes > 0 && framed(b);
      surroundings(at, strength, b.perimeter);
      return measured;
    },
    // Field by field: a copy by spread has no shape of its own until its last field, which costs more than the patch
    // does.
    cut: (at, piece = false) => ({
      polarity: measured.polarity,
      scale: measured.scale,
      left: measured.left,
      top: measured.top,
      right: measured.right,
      bottom: measured.bottom,
      area: measured.area,
      holes: measured.holes,
      perimeter: measured.perimeter,
      contrast: measured.contrast,
      offCentre: measured.offCentre,
      clutter: measured.clutter,
      roughness: measured.roughness,
      softness: measured.softness,
      frame: measured.frame,
      piece,
      patchLeft: measured.patchLeft,
      patchTop: measured.patchTop,
      patch: patchOf(measured, at),
    }),
  };
}
