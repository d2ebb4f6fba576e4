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
  return {
    step: 0,
    weights,
    mean: zeros(),
    square: zeros(),
    average: plan.average > 0 ? each(weights, (w) => tf.clone(w)) : [],
  };
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
  // Early on the average forgets faster, or it would keep the random start.
  const forgets = 1 - Math.min(plan.average, step / (step + 10));
  const updated = gradients.map((gradient, i) => {
    const one = (name: keyof LayerTensors): Numbers =>
      updateOne(
        {
          weights: state.weights[i]![name],
          mean: state.mean[i]![name],
          square: state.square[i]![name],
          average: state.average[i]?.[name],
        },
        gradient[name],
        { l2: plan.l2, rate, forgets, mask: name === 'weights' ? masks?.[i] : undefined },
      );
    return { weights: one('weights'), bias: one('bias') };
  });
  const part = (name: 'weights' | 'mean' | 'square' | 'average'): LayerTensors[] =>
    updated.map(({ weights, bias }) => ({ weights: weights[name]!, bias: bias[name]! }));
  return {
    step,
    weights: part('weights'),
    mean: part('mean'),
    square: part('square'),
    average: state.average.length > 0 ? part('average') : [],
  };
}

/** One tensor of the state. (A type and no interface: `tf.tidy` wants an index signature.) */
type Numbers = {
  readonly weights: tf.Tensor;
  readonly mean: tf.Tensor;
  readonly square: tf.Tensor;
  readonly average: tf.Tensor | undefined;
};

interface Update {
  readonly l2: number;
  /** Learning rate with Adam's correction for the zeros that the moments start from. */
  readonly rate: number;
  /** Share of the average that the weights take the place of. */
  readonly forgets: number;
  readonly mask: tf.Tensor | undefined;
}

/** Tidies up after itself: of all layers together the temporary tensors would not fit into the 4 GB that wasm has. */
function updateOne(
  { weights, mean, square, average }: Numbers,
  gradient: tf.Tensor,
  { l2, rate, forgets, mask }: Update,
): Numbers {
  return tf.tidy(() => {
    const g = tf.add(gradient, tf.mul(weights, l2));
    const m = tf.add(tf.mul(mean, BETA1), tf.mul(g, 1 - BETA1));
    const v = tf.add(tf.mul(square, BETA2), tf.mul(tf.square(g), 1 - BETA2));
    const moved = tf.sub(weights, tf.mul(tf.div(m, tf.add(tf.sqrt(v), EPSILON)), rate));
    const kept = mask ? tf.mul(moved, mask) : moved;
    return {
      weights: kept,
      mean: m,
      square: v,
      average: average && tf.add(average, tf.mul(tf.sub(kept, average), forgets)),
    };
  });
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
