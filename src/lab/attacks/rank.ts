// Owns how good a candidate is for an attacker who faces a gate. Pure; no search.
import { evidence } from '../../gate/gate.js';
import type { Accepts, Victim } from './attack.js';
import { gateObjectiveOf } from './objectives.js';
import { CLASSES } from '../../types.js';

/** Lifts what is wrong above what is right, and what is accepted and wrong above both, whatever the cost. */
export const TIER = 1e9;

/**
 * Rank of the ten outputs at `at`, larger is better for the attacker: twice {@link TIER} when they are accepted and
 * wrong, half of it when they are only wrong; in each case less the distance (`gateObjectiveOf`) to the nearest class
 * other than `label`.
 */
export function rankOf(
  kind: Victim['kind'],
  accepts: Accepts,
  outputs: Float32Array,
  at: number,
  label: number,
): number {
  const { digit } = evidence(outputs, at);
  const distance = gateObjectiveOf(kind);
  let nearest = Infinity;
  for (let target = 0; target < CLASSES; target++)
    if (target !== label) nearest = Math.min(nearest, distance.value(outputs, at, target));
  if (digit === label) return -nearest;
  return (accepts(outputs, at) ? 2 : 0.5) * TIER - nearest;
}
