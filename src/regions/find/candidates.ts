// Owns the judgement of one ink map: which groups of components look like one digit, at any of several thresholds.

import { createLabeller, type Components, type Contacts, type Labeller, type SizeLimits } from './components.js';
import { createCutter } from './cut.js';
import { createGrouper, measure, partSize, type Bounds, type Groups } from './groups.js';
import type { Kernels } from '../../kernels/kernels.js';
import { createRulingEraser } from './ruling.js';
import type { PatchArena } from '../../kernels/patch-arena.js';
import {
  smallestHeight,
  strokeOf,
  type Candidate,
  type CandidateMeasures,
  type InkMap,
  type Labelling,
  type ShapeLimits,
} from './candidate.js';

/** Who takes what is found in an ink map. */
export interface Takers {
  /** Says of what was measured whether it is worth cutting out. */
  wanted(measured: CandidateMeasures): boolean;
  /** Takes a candidate. */
  found(candidate: Candidate): void;
  /** Takes what was passed over: large enough, but not like a digit, or not wanted. Bounds hold until it returns. */
  passed(bounds: Bounds, at: Labelling): void;
  /** Whether there is time for another threshold. */
  goOn(): boolean;
}

/**
 * Finds the candidates of one ink map.
 * @param thresholds ascending
 * @returns whether all of the map was looked at: it was not when there was no time, or too much to label
 */
export type CandidateFinder = (ink: InkMap, thresholds: readonly number[], takers: Takers) => boolean;

/** A finder that keeps its buffers; the candidates' patches lie in the arena. */
export function createCandidateFinder(kernels: Kernels, arena: PatchArena, limits: ShapeLimits): CandidateFinder {
  const labeller = createLabeller(kernels);
  const group = createGrouper(limits);
  const cutter = createCutter(kernels, arena);
  const ruling = createRulingEraser(kernels);
  const bounds: Bounds = { left: 0, top: 0, right: 0, bottom: 0, area: 0, sum: 0, perimeter: 0, holes: 0 };

  // The components of a threshold, without the ruling.
  function label(at: Labelling, size: SizeLimits): Components {
    if (!RULED.has(at.threshold)) return labeller.label(at.threshold, size);
    const all = labeller.outline(at.threshold, OF_ANY_SIZE);
    return all.count > 0 && ruling.erase(all, at) ? labeller.label(at.threshold, size) : labeller.within(size);
  }

  // The pieces of a whole that may be digits of their own.
  function findPieces(c: Components, groups: Groups, whole: number, at: Labelling, takers: Takers): void {
    const most = SMALLER * (bounds.right - bounds.left) * (bounds.bottom - bounds.top);
    for (let part = whole; part >= 0;) {
      const next = groups.next[part]!;
      groups.next[part] = -1;
      measure(c, groups, part, bounds);
      const area = (bounds.right - bounds.left) * (bounds.bottom - bounds.top);
      if (area < most && plausible(bounds, at, limits)) {
        const measured = cutter.measure(c, groups, part, bounds, at);
        if (takers.wanted(measured)) {
          takers.found(cutter.cut(at, true));
          labeller.lookAgain();
        }
      }
      groups.next[part] = next;
      part = next;
    }
  }

  return (ink, thresholds, takers) => {
    let whole = true;
    cutter.open(ink);
    ruling.open(ink);
    const { level, polarity, map, coarsest, finest } = ink;
    labeller.open({ map, width: level.width, height: level.height });
    const size = partSize(ink, limits);
    for (const threshold of thresholds) {
      if (!takers.goOn()) return false;
      // Field by field, as in the cutter: a spread has no shape of its own.
      const at: Labelling = { level, polarity, map, coarsest, finest, threshold };
      const c = label(at, size);
      if (c.runs === 0) return whole;
      whole &&= !c.full;
      const groups = group(c, at, ruling.frames());
      for (let part = 0; part < groups.count; part++) {
        if (groups.joined[part] === 1) continue;
        measure(c, groups, part, bounds);
        const likely =
          plausible(bounds, at, limits) &&
          !ruling.isCut(bounds, at) &&
          !cutByBorder(labeller, groups, part, bounds, at);
        if (likely && takers.wanted(cutter.measure(c, groups, part, bounds, at))) {
          takers.found(cutter.cut(at));
          labeller.lookAgain();
          if (groups.next[part]! >= 0) findPieces(c, groups, part, at, takers);
        } else takers.passed(bounds, at);
      }
    }
    return whole;
  };
}

/** Thresholds at which ruling is looked for: every other one, less what no digit is told apart by. */
const RULED = new Set([12, 20, 50, 125]);
/** What may be ruling, or stand in it. */
const OF_ANY_SIZE: SizeLimits = { minHeight: 0, maxHeight: Infinity, maxWidth: Infinity, minArea: 6 };

/** What is larger than this share of the box of a whole is the whole, and not a piece of it. */
const SMALLER = 0.85;

/** Least width, level pixels: one column alone is a line of the level's own. */
const MIN_WIDTH = 2;
/** Up to this width, as a share of the height, an upright bar may fill its box. */
const BAR = 0.45;

function plausible(b: Bounds, at: Labelling, limits: ShapeLimits): boolean {
  const [w, h] = [b.right - b.left, b.bottom - b.top];
  if (h < smallestHeight(at, limits) || (!at.coarsest && h > limits.maxHeight)) return false;
  if (w > limits.maxWidth * h || w < MIN_WIDTH) return false;
  if (strokeOf(b) > limits.maxStroke * h) return false;
  if (b.area > limits.maxFill * w * h && w > BAR * h) return false;
  return b.holes <= limits.maxHoles;
}

// Widest contact with one side of the frame, as a share of the candidate's size, that a digit filling the frame may
// have.
const CONTACT = 0.35;
// Frames up to this many source pixels on their shorter side may be crops of one digit.
const CROP = 400;
// Least height of a digit that fills a frame, as a share of the frame's.
const FILLING = 0.6;

/**
 * What touches the frame's border may be the end of something longer. Only a digit that fills a small frame may touch,
 * and with the ends of its strokes only.
 */
function cutByBorder(labeller: Labeller, groups: Groups, part: number, b: Bounds, { level }: Labelling): boolean {
  if (b.left > 0 && b.top > 0 && b.right < level.width && b.bottom < level.height) return false;
  const [w, h] = [b.right - b.left, b.bottom - b.top];
  if (h < FILLING * level.height || Math.min(level.width, level.height) * level.scale > CROP) return true;
  const contacts: Contacts = { left: 0, right: 0, top: 0, bottom: 0 };
  for (let k = part; k >= 0; k = groups.next[k]!) labeller.addContacts(groups.component[k]!, contacts);
  return Math.max(contacts.left, contacts.right, contacts.top, contacts.bottom) > CONTACT * Math.max(w, h);
}
