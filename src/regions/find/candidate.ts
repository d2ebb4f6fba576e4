// Owns the words of the search: what a candidate is, what limits it, and in which map it was found.

import type { InkPatch } from '../../kernels/patch-arena.js';
import type { Polarity } from '../../types.js';
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

/** Measures of a possible digit, in pixels of its level. */
export interface CandidateMeasures {
  readonly polarity: Polarity;
  /** Source pixels per level pixel. */
  readonly scale: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly area: number;
  readonly holes: number;
  /** Length of the outline in pixel edges. */
  readonly perimeter: number;
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
  /** Whether it is a ring with filled corners, as a drawn frame is. */
  readonly frame: boolean;
  /** Where its patch lies in the level. */
  readonly patchLeft: number;
  readonly patchTop: number;
}

/** A possible digit with its ink, cut out of its level. */
export interface Candidate extends CandidateMeasures {
  /** Whether it is one of the pieces that were joined to a whole, which is a candidate too. */
  readonly piece: boolean;
  readonly patch: InkPatch;
}

/** One polarity's ink map of one level, to be labelled at several thresholds. */
export interface InkMap {
  readonly level: Level;
  readonly polarity: Polarity;
  /**
   * Address in the kernels' memory of `[level.height, level.width]`, row-major: contrast against the ground, 0 to 255.
   */
  readonly map: number;
  readonly coarsest: boolean;
  readonly finest: boolean;
}

/** An ink map at one threshold. */
export interface Labelling extends InkMap {
  readonly threshold: number;
}

/** Width of the strokes of a thing, in the unit of its measures: twice its area over the length of its outline. */
export function strokeOf({ area, perimeter }: Pick<CandidateMeasures, 'area' | 'perimeter'>): number {
  return (2 * area) / perimeter;
}

/** The smallest height searched on this level, in its pixels. */
export function smallestHeight(at: InkMap, limits: ShapeLimits): number {
  return at.finest ? limits.minHeight : limits.minHeightAbove;
}
