// Owns the rule that compares the top output with what is usual for its class.
import { regularEvidence } from '../judging/calibrate.js';
import { judgedBy } from './judged.js';
import type { Rule } from './rule.js';
import { CLASSES } from '../../types.js';

/** A spread below this is rounding: it would make distances meaningless. In the outputs' unit. */
const LEAST_SPREAD = 1e-6;

/**
 * Confidence: -|o_k - mean_k| / sd_k, at most 0, with mean and standard deviation of the top output over the regular
 * digits of class k. -Infinity for a class of which none was seen.
 */
export const classDistance: Rule = {
  name: 'class-distance',
  summary: "minus the distance of the top output to its class's mean, in standard deviations, -|o_k - mean_k| / sd_k",
  fit: (outputs, labels) => {
    const regular = regularEvidence(outputs, labels);
    const classes = Array.from({ length: CLASSES }, (_, k) =>
      momentsOf(regular.flatMap(({ digit, top }) => (digit === k ? [top] : []))),
    );
    return judgedBy(({ digit, top }) => {
      const { mean, sd } = classes[digit]!;
      return Number.isNaN(mean) ? -Infinity : -Math.abs(top - mean) / sd;
    });
  },
};

function momentsOf(values: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, sd: Math.max(LEAST_SPREAD, Math.sqrt(variance)) };
}
