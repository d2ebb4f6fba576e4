// Owns the costs that gradient attacks follow: their values and their gradients with respect to the outputs. Pure.
import { largestOther, logSumExpOfOthers, residualOf, rival } from '../rules/distances.js';
import type { CostGradient, Victim } from './attack.js';
import { CLASSES, type Thresholds } from '../../types.js';

/** The class that a cost speaks of, for the image of an index within the batch. */
export type ClassOf = (image: number) => number;

/** Gradient of the quadratic cost `|o - e_k|^2 / 2` (of the article "Output analysis"), k being the image's class. */
export function quadratic(classOf: ClassOf): CostGradient {
  return each((outputs, at, gradient, image) => {
    for (let j = 0; j < CLASSES; j++) gradient[at + j] = outputs[at + j]!;
    gradient[at + classOf(image)]! -= 1;
  });
}

/**
 * Gradient of the cross entropy to the image's class with a softmax on the raw outputs, for LQ models too: at a clear
 * digit their own quadratic cost is at its minimum, and climbing it raises the right output as readily as a wrong one.
 */
export function crossEntropy(classOf: ClassOf): CostGradient {
  return each((outputs, at, gradient, image) => {
    let top = -Infinity;
    for (let j = 0; j < CLASSES; j++) top = Math.max(top, outputs[at + j]!);
    let sum = 0;
    for (let j = 0; j < CLASSES; j++) sum += Math.exp(outputs[at + j]! - top);
    for (let j = 0; j < CLASSES; j++) gradient[at + j] = Math.exp(outputs[at + j]! - top) / sum;
    gradient[at + classOf(image)]! -= 1;
  });
}

/** Gradient of `margin`. */
export function marginGradient(classOf: ClassOf): CostGradient {
  return each((outputs, at, gradient, image) => {
    const own = classOf(image);
    gradient[at + own] = -1;
    gradient[at + rival(outputs, at, own)] = 1;
  });
}

/**
 * The largest of the other outputs less that of the class `own`: above 0 when the ten outputs at `at` say another
 * class.
 */
export function margin(outputs: Float32Array, at: number, own: number): number {
  return outputs[at + rival(outputs, at, own)]! - outputs[at + own]!;
}

/** A distance of ten outputs from what a gate accepts as a class, for an attack to make small. */
export interface GateObjective {
  /** Of the ten outputs at `at` and the class `target`. */
  value(outputs: Float32Array, at: number, target: number): number;
  /** Its gradient, up to a positive factor. */
  gradient(targetOf: ClassOf): CostGradient;
}

/** The residual `|o - e_t|^2`, whose minimum is the one-hot vector that ratio and range both accept. */
export const residual: GateObjective = {
  value: residualOf,
  gradient: quadratic,
};

/**
 * `max over j != t of |o_j| - o_t`, whose decrease is what raises the 1-2 ratio. It asks for no height: (0.4, the
 * others 0.01) passes many a gate and is far from one-hot, and logits are never one-hot.
 */
export const lead: GateObjective = {
  value: (outputs, at, target) => Math.abs(outputs[at + largestOther(outputs, at, target)]!) - outputs[at + target]!,
  gradient: (targetOf) =>
    each((outputs, at, gradient, image) => {
      const target = targetOf(image);
      const other = largestOther(outputs, at, target);
      gradient[at + target] = -1;
      gradient[at + other] = Math.sign(outputs[at + other]!);
    }),
};

/** `log(sum over j != t of exp(o_j)) - o_t`: the softmax confidence in t is the logistic function of its negative. */
export const doubt: GateObjective = {
  value: (outputs, at, target) => logSumExpOfOthers(outputs, at, target) - outputs[at + target]!,
  gradient: (targetOf) =>
    each((outputs, at, gradient, image) => {
      const target = targetOf(image);
      const top = outputs[at + rival(outputs, at, target)]!;
      let sum = 0;
      for (let j = 0; j < CLASSES; j++) if (j !== target) sum += Math.exp(outputs[at + j]! - top);
      for (let j = 0; j < CLASSES; j++) gradient[at + j] = j === target ? -1 : Math.exp(outputs[at + j]! - top) / sum;
    }),
};

/**
 * By how much ten outputs miss being accepted as the target by a gate of these thresholds: the sum of what each other
 * output is too large in magnitude for the ratio, and of what the target's own is too low or too high for the range. 0
 * exactly where the gate accepts them as the target (but for a ratio below 1, which no gate has); unlike the others
 * here it asks for no more than that.
 */
export function shortfall({ ratio, range: [lo, hi] }: Thresholds): GateObjective {
  const limitOf = (outputs: Float32Array, at: number, target: number): number =>
    Math.max(0, outputs[at + target]! / ratio);
  return {
    value: (outputs, at, target) => {
      const [own, limit] = [outputs[at + target]!, limitOf(outputs, at, target)];
      let sum = Math.max(0, lo - own) + Math.max(0, own - hi);
      for (let j = 0; j < CLASSES; j++) if (j !== target) sum += Math.max(0, Math.abs(outputs[at + j]!) - limit);
      return sum;
    },
    gradient: (targetOf) =>
      each((outputs, at, gradient, image) => {
        const target = targetOf(image);
        const [own, limit] = [outputs[at + target]!, limitOf(outputs, at, target)];
        let slope = own < lo ? -1 : own > hi ? 1 : 0;
        for (let j = 0; j < CLASSES; j++) {
          const other = outputs[at + j]!;
          if (j === target || Math.abs(other) <= limit) continue;
          gradient[at + j] = Math.sign(other);
          if (own > 0) slope -= 1 / ratio;
        }
        gradient[at + target] = slope;
      }),
  };
}

/**
 * The cost that a descent follows towards a gate: pairs of restarts (0, 1, ...) take turns between two. LQ outputs: the
 * residual, then the lead. Logits of a softmax network: the lead, then the doubt, since their gate may be on the ratio
 * or on the confidence, to which a very negative logit is nothing. The first one is also what candidates are ranked by.
 */
export function gateObjectiveOf(kind: Victim['kind'], restart = 0): GateObjective {
  const first = isFirstTurn(restart);
  if (kind === 'softmax') return first ? lead : doubt;
  return first ? residual : lead;
}

/** Whether a restart is of a pair that takes the first of two objectives. */
export function isFirstTurn(restart: number): boolean {
  return restart % 4 < 2;
}

function each(write: (outputs: Float32Array, at: number, gradient: Float32Array, image: number) => void): CostGradient {
  return (outputs, first) => {
    const gradient = new Float32Array(outputs.length);
    for (let at = 0; at < outputs.length; at += CLASSES) write(outputs, at, gradient, first + at / CLASSES);
    return gradient;
  };
}
