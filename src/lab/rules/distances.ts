// Owns how far ten outputs are from a class, as attacks make it small and gate rules ask it to be. Pure; no gradients,
// no thresholds.

import { CLASSES } from '../../types.js';

/** The residual `|o - e_k|^2` of the ten outputs at `at`: the squared distance to the one-hot vector of `own`. */
export function residualOf(outputs: Float32Array, at: number, own: number): number {
  let sum = 0;
  for (let j = 0; j < CLASSES; j++) sum += (outputs[at + j]! - (j === own ? 1 : 0)) ** 2;
  return sum;
}

/** `ln(sum over j != k of exp(o_j))`; the largest is taken out first, so that nothing overflows. */
export function logSumExpOfOthers(outputs: Float32Array, at: number, own: number): number {
  const largest = outputs[at + rival(outputs, at, own)]!;
  let sum = 0;
  for (let j = 0; j < CLASSES; j++) if (j !== own) sum += Math.exp(outputs[at + j]! - largest);
  return largest + Math.log(sum);
}

/** The class other than `own` with the largest output; of equal ones the first. */
export function rival(outputs: Float32Array, at: number, own: number): number {
  return largestBy(outputs, at, own, (output) => output);
}

/** The class other than `own` with the output that is largest in magnitude; of equal ones the first. */
export function largestOther(outputs: Float32Array, at: number, own: number): number {
  return largestBy(outputs, at, own, Math.abs);
}

function largestBy(outputs: Float32Array, at: number, own: number, size: (output: number) => number): number {
  let best = own === 0 ? 1 : 0;
  for (let j = 0; j < CLASSES; j++) if (j !== own && size(outputs[at + j]!) > size(outputs[at + best]!)) best = j;
  return best;
}
