// Owns what the rules beside this file have in common: what they look at, and when outputs can't be judged at all.
import { allFinite, evidence } from '../../gate/gate.js';
import type { Evidence } from '../../types.js';
import type { FittedRule } from './rule.js';

/** A confidence from what the gate sees, for ten outputs that are all finite, which start at `offset`. */
export type Formula = (found: Evidence, outputs: Float32Array, offset: number) => number;

/** A fitted rule from its formula: outputs that are not all finite are never to be accepted. */
export function judgedBy(formula: Formula): FittedRule {
  return {
    confidence: (outputs, offset) =>
      allFinite(outputs, offset) ? formula(evidence(outputs, offset), outputs, offset) : -Infinity,
  };
}

/**
 * The same, for a formula without meaning where the top output is not above 0: these are never to be accepted either.
 */
export function judgedAboveZero(formula: Formula): FittedRule {
  return judgedBy((found, outputs, offset) => (found.top > 0 ? formula(found, outputs, offset) : -Infinity));
}
