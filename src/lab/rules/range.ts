// Owns the rule that looks at the top output alone: how central it is among the top outputs of regular digits.
import { regularEvidence } from '../judging/calibrate.js';
import { judgedBy } from './judged.js';
import type { Rule } from './rule.js';

/**
 * Confidence, with F the share of regular digits whose top output is below this one (linear between two of them):
 * min(F, 1 - F), so that each threshold accepts an interval, each within the one of a lower threshold. Beyond all that
 * was seen it is minus the distance to it, in the outputs' unit. Between -Infinity and 0.5. Source: "Output analysis",
 * where the interval is 0.5 to 1.1.
 */
export const range: Rule = {
  name: 'range',
  summary: 'range of the top output: how central o_k is among those of regular digits, min(F(o_k), 1 - F(o_k))',
  fit: (outputs, labels) => {
    const tops = Float64Array.from(regularEvidence(outputs, labels), ({ top }) => top).sort();
    return judgedBy(({ top }) => centrality(tops, top));
  },
};

/** `tops` ascending, at least one. */
function centrality(tops: Float64Array, top: number): number {
  const [lowest, highest] = [tops[0]!, tops.at(-1)!];
  if (top < lowest || top > highest) return Math.min(top - lowest, highest - top);
  const [first, after] = [firstAt(tops, (value) => value >= top), firstAt(tops, (value) => value > top)];
  const position =
    first < after ? (first + after - 1) / 2 : first - 1 + (top - tops[first - 1]!) / (tops[first]! - tops[first - 1]!);
  const below = position / Math.max(1, tops.length - 1);
  return Math.min(below, 1 - below);
}

/** The first index from which on a condition holds, by halving; the length when it never does. */
function firstAt(values: Float64Array, holds: (value: number) => boolean): number {
  let [lo, hi] = [0, values.length];
  while (lo < hi) {
    const middle = (lo + hi) >> 1;
    if (holds(values[middle]!)) hi = middle;
    else lo = middle + 1;
  }
  return lo;
}
