// Owns which sighting of a frame belongs to which digit of its truth. Pure; it must not count or judge.
import { centreOf } from '../base/boxes.js';
import type { Box } from '../types.js';
import type { TruthDigit } from './truth.js';

/** What was read in one frame, told apart by what is there. */
export interface Matched<R> {
  /** Every digit of the truth with its sightings, in the truth's order; none where no region was found. */
  readonly digits: readonly { readonly digit: TruthDigit; readonly sightings: readonly R[] }[];
  /** Sightings where the truth has nothing. */
  readonly stray: readonly R[];
}

/**
 * Gives each sighting to the digit whose box holds the middle of the sighting's region; of several to the one whose
 * middle is nearest, of equals to the first. One look at each digit a sighting: both are at most 1,024 a frame.
 */
export function match<R extends { readonly box: Box }>(
  digits: readonly TruthDigit[],
  sightings: readonly R[],
): Matched<R> {
  const own = digits.map((digit) => ({ digit, sightings: [] as R[] }));
  const stray: R[] = [];
  for (const sighting of sightings) {
    const [x, y] = centreOf(sighting.box);
    let home: (typeof own)[number] | undefined;
    let nearest = Infinity;
    for (const each of own) {
      const { box } = each.digit;
      if (!holds(box, x, y)) continue;
      const away = distance(centreOf(box), x, y);
      if (away < nearest) [home, nearest] = [each, away];
    }
    (home?.sightings ?? stray).push(sighting);
  }
  return { digits: own, stray };
}

function holds([left, top, width, height]: Box, x: number, y: number): boolean {
  return x >= left && x <= left + width && y >= top && y <= top + height;
}

function distance([x, y]: readonly [number, number], toX: number, toY: number): number {
  return Math.hypot(x - toX, y - toY);
}
