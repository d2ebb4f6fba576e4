// Owns the rule that the gate of lq-stream has: the ratio, within a range.
import { rangeOf, regularEvidence } from '../judging/calibrate.js';
import { calibrationSchema } from '../training/recipe.js';
import { judgedAboveZero } from './judged.js';
import type { Rule } from './rule.js';

/**
 * Confidence: the 1-2 ratio, in (0, Infinity]; -Infinity when the top output is outside of the range that `calibrate`
 * sets with the default `outside` of a recipe, or at most 0. Source: "Output analysis".
 */
export const ratioAndRange: Rule = {
  name: 'ratio-and-range',
  summary: '1-2 ratio where the top output is in the range of regular digits, as the gate has it',
  fit: (outputs, labels) => {
    const [lo, hi] = rangeOf(regularEvidence(outputs, labels), calibrationSchema.parse({}).outside);
    return judgedAboveZero(({ ratio, top }) => (top >= lo && top <= hi ? ratio : -Infinity));
  },
};
