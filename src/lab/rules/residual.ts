// Owns the rule that measures how far the outputs are from the one-hot vector they stand for.
import { residualOf } from './distances.js';
import { judgedBy } from './judged.js';
import type { Rule } from './rule.js';

/**
 * Confidence: -|o - e_k|^2, at most 0. It is what the linear-quadratic cost would be if k were right, and has a meaning
 * for any top output.
 */
export const residual: Rule = {
  name: 'residual',
  summary: 'minus the squared distance to the one-hot vector, -|o - e_k|^2',
  fit: () => judgedBy(({ digit }, outputs, offset) => -residualOf(outputs, offset, digit)),
};
