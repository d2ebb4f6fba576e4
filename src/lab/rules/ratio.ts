// Owns the article's rule: the 1-2 ratio.
import { judgedAboveZero } from './judged.js';
import type { Rule } from './rule.js';

/**
 * Confidence: the 1-2 ratio as the gate has it, in (0, Infinity]; below 1 when a negative output is the largest in
 * magnitude. -Infinity for a top output of at most 0. Source: "Output analysis".
 */
export const ratio: Rule = {
  name: 'ratio',
  summary: '1-2 ratio: the top output over the second in magnitude, o_k / max |o_j|',
  fit: () => judgedAboveZero((found) => found.ratio),
};
