// Owns the costs that gradient attacks follow: their values and their gradients with respect to the outputs. Pure.
import { OUTPUT_SIZE } from '../../model/network.js';
import type { CostGradient, Victim } from './attack.js';

/** The class that a cost speaks of, for the image of an index within the batch. */
export type ClassOf = (image: number) => number;

/** Gradient of the quadratic cost `|o - e_k|^2 / 2` (REFERENCE, LQ cost), k being the image's class. */
export function quadratic(classOf: ClassOf): CostGradient {
  return each((outputs, at, gradient, image) => {
    for (let j = 0; j < OUTPUT_SIZE; j++) gradient[at + j] = outputs[at + j]!;
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
    for (let j = 0; j < OUTPUT_SIZE; j++) top = Math.max(top, outputs[at + j]!);
    let sum = 0;
    for (let j = 0; j < OUTPUT_SIZE; j++) sum += Math.exp(outputs[at + j]! - top);
    for (let j = 0; j < OUTPUT_SIZE; j++) gradient[at + j] = Math.exp(outputs[at + j]! - top) / sum;
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

/** The largest of the other outputs less that of the class `own`: above 0 when the ten outputs at `at` say another class. */
export function margin(outputs: Float32Array, at: number, own: number): number {
  return outputs[at + rival(outputs, at, own)]! - outputs[at + own]!;
}

/**
 * How far the ten outputs at `at` are from what a gate accepts as the class `target`, for an attack to make small.
 * LQ outputs: the residual `|o - e_t|^2`, whose minimum is the one-hot vector that ratio and range both accept. Logits of
 * a softmax network are never one-hot: there `max over j != t of |o_j| - o_t`, whose decrease is what raises the ratio.
 */
export function gateCost(kind: Victim['kind'], outputs: Float32Array, at: number, target: number): number {
  if (kind === 'softmax') return Math.abs(outputs[at + largestOther(outputs, at, target)]!) - outputs[at + target]!;
  let sum = 0;
  for (let j = 0; j < OUTPUT_SIZE; j++) sum += (outputs[at + j]! - (j === target ? 1 : 0)) ** 2;
  return sum;
}

/** Gradient of `gateCost`, up to a positive factor. */
export function gateGradient(kind: Victim['kind'], targetOf: ClassOf): CostGradient {
  if (kind !== 'softmax') return quadratic(targetOf);
  return each((outputs, at, gradient, image) => {
    const target = targetOf(image);
    const other = largestOther(outputs, at, target);
    gradient[at + target] = -1;
    gradient[at + other] = Math.sign(outputs[at + other]!);
  });
}

/** The class other than `own` with the largest output. */
function rival(outputs: Float32Array, at: number, own: number): number {
  let best = own === 0 ? 1 : 0;
  for (let j = 0; j < OUTPUT_SIZE; j++) if (j !== own && outputs[at + j]! > outputs[at + best]!) best = j;
  return best;
}

/** The class other than `own` with the output that is largest in magnitude. */
function largestOther(outputs: Float32Array, at: number, own: number): number {
  let best = own === 0 ? 1 : 0;
  for (let j = 0; j < OUTPUT_SIZE; j++) if (j !== own && Math.abs(outputs[at + j]!) > Math.abs(outputs[at + best]!)) best = j;
  return best;
}

function each(write: (outputs: Float32Array, at: number, gradient: Float32Array, image: number) => void): CostGradient {
  return (outputs, first) => {
    const gradient = new Float32Array(outputs.length);
    for (let at = 0; at < outputs.length; at += OUTPUT_SIZE) write(outputs, at, gradient, first + at / OUTPUT_SIZE);
    return gradient;
  };
}
