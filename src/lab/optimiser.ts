// Owns the update of weights from gradients: Adam, the learning-rate schedule, the moving average. Pure: state in, new
// state out; the caller disposes the old one.
import * as tf from '@tensorflow/tfjs-core';
import type { LayerTensors } from './layers.js';
import type { TrainingPlan } from './recipe.js';

/** Everything that changes while a network is trained. */
export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  readonly weights: readonly LayerTensors[];
  /** Adam's mean of the gradients, and of their squares. */
  readonly mean: readonly LayerTensors[];
  readonly square: readonly LayerTensors[];
  /** Moving average of the weights; empty when the plan has none. */
  readonly average: readonly LayerTensors[];
}

/** Adam's decay rates and its guard against division by zero (Kingma and Ba, 2015). */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** The state before the first step. Takes ownership of `weights`. */
export function startTraining(weights: readonly LayerTensors[], plan: TrainingPlan): TrainingState {
  const zeros = (): LayerTensors[] => each(weights, (w) => tf.zerosLike(w));
  return { step: 0, weights, mean: zeros(), square: zeros(), average: plan.average > 0 ? each(weights, (w) => tf.clone(w)) : [] };
}

/**
 * One step of Adam. The gradient of the l2 part of the cost, l2 * w, is added here.
 * @param masks `[0, 1]` factors on the weights of each layer; what is 0 stays 0.
 */
export function updateWeights(
  state: TrainingState,
  gradients: readonly LayerTensors[],
  plan: TrainingPlan,
  steps: number,
  masks?: readonly tf.Tensor[],
): TrainingState {
  const step = state.step + 1;
  const rate = (learningRate(plan, state.step, steps) * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step);
  const full = pairs(gradients, state.weights, (g, w) => tf.add(g, tf.mul(w, plan.l2)));
  const mean = pairs(state.mean, full, (m, g) => tf.add(tf.mul(m, BETA1), tf.mul(g, 1 - BETA1)));
  const square = pairs(state.square, full, (v, g) => tf.add(tf.mul(v, BETA2), tf.mul(tf.square(g), 1 - BETA2)));
  const moves = pairs(mean, square, (m, v) => tf.mul(tf.div(m, tf.add(tf.sqrt(v), EPSILON)), rate));
  const moved = pairs(state.weights, moves, (w, d) => tf.sub(w, d));
  const weights = masks ? moved.map((layer, i) => ({ ...layer, weights: tf.mul(layer.weights, masks[i]!) })) : moved;
  // Early on the average forgets faster, or it would keep the random start.
  const decay = Math.min(plan.average, step / (step + 10));
  const average = state.average.length > 0 ? pairs(state.average, weights, (a, w) => tf.add(a, tf.mul(tf.sub(w, a), 1 - decay))) : [];
  return { step, weights, mean, square, average };
}

/** The learning rate of a step (from 0) out of `steps`. */
export function learningRate({ rate, schedule, warmUp }: TrainingPlan, step: number, steps: number): number {
  if (step < warmUp) return (rate * (step + 1)) / warmUp;
  if (schedule === 'constant') return rate;
  return (rate * (1 + Math.cos((Math.PI * (step - warmUp)) / Math.max(1, steps - warmUp)))) / 2;
}

function each(layers: readonly LayerTensors[], f: (tensor: tf.Tensor) => tf.Tensor): LayerTensors[] {
  return layers.map(({ weights, bias }) => ({ weights: f(weights), bias: f(bias) }));
}

function pairs(a: readonly LayerTensors[], b: readonly LayerTensors[], f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): LayerTensors[] {
  return a.map((layer, i) => ({ weights: f(layer.weights, b[i]!.weights), bias: f(layer.bias, b[i]!.bias) }));
}
