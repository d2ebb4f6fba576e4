// Owns adversarial training examples: a batch is perturbed against the network as it is now, before it learns from it.
// It must not update weights or judge a gate.
import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../../model/network.js';
import { backward, forward, type LayerTensors } from './layers.js';
import type { Random } from '../../base/random.js';
import type { HardeningPlan } from './recipe.js';
import { CLASSES, PIXELS } from '../../types.js';

/**
 * Examples `[n, 784]` moved within L-infinity distance epsilon, and [0, 1], to where the network errs most: projected
 * gradient descent from a random start (Madry et al., 2018, arXiv 1706.06083). What is maximised is the margin of the
 * best wrong output over the right one, the outputs' own difference: it is what a gate on the 1-2 ratio lives on, and,
 * other than the quadratic cost, its gradient is not small where an example is well learned. Of an example without a
 * class it is the largest output itself, with `plan.nonDigits`: who wants to be read as a digit may start from a blank or
 * a texture; without, these stay as they are, as do the first `plan.clean` of a batch.
 * @param targets `[n, 10]`.
 * @param step Steps of training done: epsilon rises with them.
 */
export function perturb(
  plan: HardeningPlan,
  network: Network,
  tensors: readonly LayerTensors[],
  pixels: tf.Tensor2D,
  targets: tf.Tensor2D,
  random: Random,
  step: number,
): tf.Tensor2D {
  const count = pixels.shape[0];
  const untouched = Math.round(plan.clean * count);
  if (untouched === count) return pixels;
  const epsilon = plan.epsilon * Math.min(1, (step + 1) / plan.ramp);
  return tf.tidy(() => {
    const chosen = tf.slice(pixels, [untouched, 0]);
    const moved = climb(network, tensors, chosen, tf.slice(targets, [untouched, 0]), {
      epsilon,
      rate: (plan.reach * epsilon) / plan.steps,
      steps: plan.steps,
      still: plan.nonDigits ? 'none' : 'non-digits',
      random,
    });
    return tf.concat([tf.slice(pixels, [0, 0], [untouched, -1]), moved]);
  });
}

/** How a batch is moved. */
interface Climb {
  readonly epsilon: number;
  /** Length of a step. */
  readonly rate: number;
  readonly steps: number;
  /** What may not be moved at all. */
  readonly still: 'none' | 'non-digits';
  readonly random: Random;
}

function climb(
  network: Network,
  tensors: readonly LayerTensors[],
  pixels: tf.Tensor2D,
  targets: tf.Tensor2D,
  { epsilon, rate, steps, still, random }: Climb,
): tf.Tensor2D {
  const reach = still === 'none' ? tf.scalar(epsilon) : tf.mul(tf.sum(targets, 1, true), epsilon);
  const lo = tf.maximum(tf.sub(pixels, reach), 0);
  const hi = tf.minimum(tf.add(pixels, reach), 1);
  let moved = within(tf.add(pixels, startNoise(pixels.shape[0], epsilon, random)), lo, hi);
  for (let k = 0; k < steps; k++) {
    const before = moved;
    moved = tf.tidy(() => {
      const pass = forward(network, tensors, before);
      const { pixels: gradient } = backward(network, tensors, pass, marginGradient(pass.outputs, targets), {
        weights: false,
        pixels: true,
      });
      return within(tf.add(before, tf.mul(tf.sign(gradient!), rate)), lo, hi);
    });
  }
  return moved;
}

function startNoise(count: number, epsilon: number, random: Random): tf.Tensor2D {
  const noise = new Float32Array(count * PIXELS);
  for (let i = 0; i < noise.length; i++) noise[i] = (2 * random.next() - 1) * epsilon;
  return tf.tensor2d(noise, [count, PIXELS], 'float32');
}

/**
 * Gradient of (largest other output - output of the class) with respect to the outputs; `classes` are one-hot, or zero
 * for none: then of the largest output of all.
 */
export function marginGradient(outputs: tf.Tensor2D, classes: tf.Tensor2D): tf.Tensor2D {
  const others = tf.oneHot(tf.argMax(tf.sub(outputs, tf.mul(classes, FAR)), 1), CLASSES, 1, 0, 'float32');
  return tf.sub(others, classes);
}

/** More than outputs ever differ by. */
const FAR = 1e6;

/** `values` cut to [lo, hi]. */
export function within(values: tf.Tensor, lo: tf.Tensor, hi: tf.Tensor): tf.Tensor2D {
  return tf.minimum(tf.maximum(values, lo), hi);
}
