// Owns how much ink two candidates have in common, pixel by pixel. What that means is judged elsewhere.
import type { Candidate } from './candidate.js';

/** Ink of a patch: of the one that is looked for, and of the one that it is looked for in. */
const INK = 0.5;
const LIKELY_INK = 0.25;

/** Whether more than `enough` pixels of ink of `small` are also ink of `large`. */
export type InkComparer = (small: Candidate, large: Candidate, enough: number) => boolean;

/** A comparer that keeps its buffer. */
export function createInkComparer(): InkComparer {
  // Where the columns of one patch lie in the other.
  let columns = new Int32Array(0);
  return (small, large, enough) => {
    if (small.scale === large.scale) return sharedOfLevel(small, large, enough);
    if (columns.length < small.patch.width) columns = new Int32Array(2 * small.patch.width);
    return sharedAcross(small, large, enough, columns);
  };
}

/** Pixels of a candidate's patch that are ink. */
export function inkOf({ patch: { ink } }: Candidate): number {
  let count = 0;
  for (let p = 0; p < ink.length; p++) if (ink[p]! >= INK) count++;
  return count;
}

// Two patches of one level lie pixel on pixel.
function sharedOfLevel(small: Candidate, large: Candidate, enough: number): boolean {
  const { width, height, ink } = small.patch;
  const { width: across, height: down, ink: theirs } = large.patch;
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

function sharedAcross(small: Candidate, large: Candidate, enough: number, columns: Int32Array): boolean {
  const { patch, patchLeft, patchTop, scale } = small;
  const { width, height, ink } = patch;
  const { patch: to, patchLeft: left, patchTop: top, scale: other } = large;
  const theirs = to.ink;
  // A pixel's middle, from one level to the other.
  for (let x = 0; x < width; x++) columns[x] = Math.floor(((patchLeft + x + 0.5) * scale) / other - left);
  let first = 0;
  let beyond = width;
  while (first < width && columns[first]! < 0) first++;
  while (beyond > first && columns[beyond - 1]! >= to.width) beyond--;
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
