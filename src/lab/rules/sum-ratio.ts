// Owns the rule that weighs the top output against all the others, not the second alone.
import { judgedAboveZero } from './judged.js';
import type { Rule } from './rule.js';
import { CLASSES } from '../../types.js';

/** Confidence: o_k over the sum of the other magnitudes, in (0, Infinity]; -Infinity for a top output of at most 0. */
export const sumRatio: Rule = {
  name: 'sum-ratio',
  summary: '1-sum ratio: the top output over the sum of the others in magnitude, o_k / sum |o_j|',
  fit: () =>
    judgedAboveZero(({ digit, top }, outputs, offset) => {
      let others = 0;
      for (let j = 0; j < CLASSES; j++) if (j !== digit) others += Math.abs(outputs[offset + j]!);
      return top / others;
    }),
};
