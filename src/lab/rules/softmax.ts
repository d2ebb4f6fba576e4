// Owns the baseline: the confidence that a softmax network states.
import { OUTPUT_SIZE } from '../../model/network.js';
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
  fit: () => judgedBy(({ digit, top }, outputs, offset) => top - logSumExp(outputs, offset, digit)),
};

/** ln of the sum of exp(o_j) over all but one; the largest is taken out first, so that nothing overflows. */
function logSumExp(outputs: Float32Array, offset: number, but: number): number {
  let largest = -Infinity;
  for (let j = 0; j < OUTPUT_SIZE; j++) if (j !== but) largest = Math.max(largest, outputs[offset + j]!);
  let sum = 0;
  for (let j = 0; j < OUTPUT_SIZE; j++) if (j !== but) sum += Math.exp(outputs[offset + j]! - largest);
  return largest + Math.log(sum);
}
