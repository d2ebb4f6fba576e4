// Owns the judgement of one ink map: which groups of components look like one digit, at any of several thresholds.

import { createLabeller, type Contacts, type Labeller } from './components.js';
import { createCutter } from './cut.js';
import { createGrouper, measure, partSize, type Bounds, type Groups } from './groups.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { Shelf } from './patch-arena.js';
import {
  smallestHeight,
  type Candidate,
  type InkMap,
  type Labelling,
  type Measured,
  type ShapeLimits,
} from './candidate.js';

/**
 * Finds the candidates of one ink map and hands each to `found`.
 * @param thresholds ascending
 * @param wanted says of what was measured whether it is worth cutting out
 */
export type CandidateFinder = (
  ink: InkMap,
  thresholds: readonly number[],
  wanted: (measured: Measured) => boolean,
  found: (candidate: Candidate) => void,
) => void;

/** A finder that keeps its buffers; the candidates' patches lie on the shelf. */
export function createCandidateFinder(kernels: Kernels, shelf: Shelf, limits: ShapeLimits): CandidateFinder {
  const labeller = createLabeller(kernels);
  const group = createGrouper(limits);
  const cutter = createCutter(kernels, shelf);
  const bounds: Bounds = { left: 0, top: 0, right: 0, bottom: 0, area: 0, sum: 0, perimeter: 0, holes: 0 };
  return (ink, thresholds, wanted, found) => {
    cutter.open(ink);
    labeller.open({ map: ink.map, width: ink.level.width, height: ink.level.height });
    const size = partSize(ink, limits);
    for (const threshold of thresholds) {
      const at: Labelling = { ...ink, threshold };
      const c = labeller.label(threshold, size);
      if (c.runs === 0) return;
      const groups = group(c, at);
      for (let part = 0; part < groups.count; part++) {
        if (groups.joined[part] === 1) continue;
        measure(c, groups, part, bounds);
        if (!plausible(bounds, at, limits) || cutByBorder(labeller, groups, part, bounds, at)) continue;
        const measured = cutter.measure(c, groups, part, bounds, at);
        if (wanted(measured)) found(cutter.cut(at));
      }
    }
  };
}

function plausible(b: Bounds, at: Labelling, limits: ShapeLimits): boolean {
  const [w, h] = [b.right - b.left, b.bottom - b.top];
  if (h < smallestHeight(at, limits) || (!at.coarsest && h > limits.maxHeight)) return false;
  if (w > limits.maxWidth * h || w < 2) return false;
  if ((2 * b.area) / b.perimeter > limits.maxStroke * h) return false;
  if (b.area > limits.maxFill * w * h && w > 0.45 * h) return false;
  return b.holes <= limits.maxHoles;
}

// Widest contact with one side of the frame, as a share of the candidate's size, that a digit filling the frame may
// have.
const CONTACT = 0.35;
// Frames up to this many source pixels on their shorter side may be crops of one digit.
const CROP = 400;

/**
 * What touches the frame's border may be the end of something longer. Only a digit that fills a small frame may touch,
 * and with the ends of its strokes only.
 */
function cutByBorder(labeller: Labeller, groups: Groups, part: number, b: Bounds, { level }: Labelling): boolean {
  if (b.left > 0 && b.top > 0 && b.right < level.width && b.bottom < level.height) return false;
  const [w, h] = [b.right - b.left, b.bottom - b.top];
  if (h < 0.6 * level.height || Math.min(level.width, level.height) * level.scale > CROP) return true;
  const contacts: Contacts = { left: 0, right: 0, top: 0, bottom: 0 };
  for (let k = part; k >= 0; k = groups.next[k]!) labeller.addContacts(groups.component[k]!, contacts);
  return Math.max(contacts.left, contacts.right, contacts.top, contacts.bottom) > CONTACT * Math.max(w, h);
}
