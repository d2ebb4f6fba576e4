// Owns the baseline: the confidence that a softmax network states.
import { logSumExpOfOthers } from './distances.js';
import { judgedBy } from './judged.js';
import type { Rule } from './rule.js';

/**
 * Confidence: the log-odds ln(p / (1 - p)) of the largest softmax probability p of the outputs, which rises with p and
 * still tells apart what would round to p = 1. Outputs of any sign. Source of the baseline: Hendrycks and Gimpel, "A
 * baseline for detecting misclassified and out-of-distribution examples in neural networks", 2017.
 */
export const softmax: Rule = {
  name: 'softmax',
  summary: 'softmax confidence (the baseline): log-odds of the largest probability, o_k - ln sum exp(o_j)',
  fit: () => judgedBy(({ digit, top }, outputs, offset) => top - logSumExpOfOthers(outputs, offset, digit)),
};
