// Owns training examples that universal noise drowns: of no class any more, so that a network learns to refuse them. It
// must not update weights or judge a gate.
import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../../model/network.js';
import { marginGradient, within } from './harden.js';
import { backward, forward, type LayerTensors } from './layers.js';
import type { Random } from '../../base/random.js';
import type { NoisePlan } from './recipe.js';
import { CLASSES, PIXELS } from '../../types.js';

/** A batch to learn from, as tensors. */
export interface BatchTensors {
  /** `[n, 784]`, [0, 1]. */
  readonly pixels: tf.Tensor2D;
  /** `[n, 10]`. */
  readonly targets: tf.Tensor2D;
}

/**
 * A batch of which the last `plan.share` carries universal noise, made against the network as it is now, and has no
 * class: its targets are zero. Those examples are split into groups; a group shares one vector, of an L-infinity norm
 * drawn from
 * `plan.epsilon`, that drives it to a class drawn at random. It is fitted in a few steps along the group's summed
 * gradient (a short form of the universal noise of "Output analysis"; training against it: Shafahi et al.,
 * 2020, arXiv 1811.11304): from noise all over the image, or from none, and each pixel as far as its gradient is large:
 * what the article's attack finds at a large epsilon is the ghost of a digit, with no noise where none is needed.
 */
export function addUniversalNoise(
  plan: NoisePlan,
  network: Network,
  tensors: readonly LayerTensors[],
  { pixels, targets }: BatchTensors,
  random: Random,
): BatchTensors {
  const count = pixels.shape[0];
  const groups = Math.floor((plan.share * count) / plan.group);
  const kept = count - groups * plan.group;
  if (groups === 0) return { pixels, targets };
  return tf.tidy(() => {
    const drowned = drown(plan, network, tensors, tf.slice(pixels, [kept, 0]), groups, random);
    return {
      pixels: tf.concat([tf.slice(pixels, [0, 0], [kept, -1]), drowned]),
      targets: tf.pad(tf.slice(targets, [0, 0], [kept, -1]), [
        [0, count - kept],
        [0, 0],
      ]),
    } as unknown as tf.TensorContainerObject;
  }) as unknown as BatchTensors;
}

function drown(
  plan: NoisePlan,
  network: Network,
  tensors: readonly LayerTensors[],
  pixels: tf.Tensor2D,
  groups: number,
  random: Random,
): tf.Tensor2D {
  const [low, high] = plan.epsilon;
  const limits = tf.tensor2d(Array.from({ length: groups }, () => [low + (high - low) * random.next()]));
  const wanted = wantedClasses(groups, plan.group, random);
  let vectors: tf.Tensor = tf.mul(tf.tensor2d(startNoise(groups, random), [groups, PIXELS]), limits);
  const stride = tf.mul(limits, REACH / plan.steps);
  for (let k = 0; k < plan.steps; k++) {
    const before = vectors;
    vectors = tf.tidy(() => {
      const pass = forward(network, tensors, withVectors(pixels, before, plan.group));
      const { pixels: gradient } = backward(network, tensors, pass, marginGradient(pass.outputs, wanted), {
        weights: false,
        pixels: true,
      });
      const summed = tf.sum(tf.reshape(gradient!, [groups, plan.group, PIXELS]), 1);
      const size = tf.mul(tf.mean(tf.abs(summed), 1, true), LARGE);
      const direction = tf.clipByValue(tf.div(summed, tf.maximum(size, TINY)), -1, 1);
      return within(tf.sub(before, tf.mul(direction, stride)), tf.neg(limits), limits);
    });
  }
  return withVectors(pixels, vectors, plan.group);
}

/** Keeps a gradient that is 0 everywhere from being divided by 0. */
const TINY = 1e-30;

/** A pixel whose gradient is this many times the mean of all is moved by a whole step. */
const LARGE = 2;

/** Where vectors start: half of them at random, each pixel within [-1, 1], the others at 0. */
function startNoise(groups: number, random: Random): Float32Array {
  const noise = new Float32Array(groups * PIXELS);
  for (let g = 0; g < groups; g++) {
    if (random.next() < 0.5) continue;
    for (let p = g * PIXELS; p < (g + 1) * PIXELS; p++) noise[p] = 2 * random.next() - 1;
  }
  return noise;
}

/** How far the steps reach together, in epsilons: from one end of the ball to the other. */
const REACH = 2;

/** One-hot `[groups * group, 10]`: a class a group. */
function wantedClasses(groups: number, group: number, random: Random): tf.Tensor2D {
  const classes = Array.from({ length: groups }, () => random.int(CLASSES));
  return tf.oneHot(
    tf.tensor1d(
      classes.flatMap((k) => new Array<number>(group).fill(k)),
      'int32',
    ),
    CLASSES,
    1,
    0,
    'float32',
  ) as tf.Tensor2D;
}

/** Each example with its group's vector added, cut to [0, 1]. */
function withVectors(pixels: tf.Tensor2D, vectors: tf.Tensor, group: number): tf.Tensor2D {
  const grouped = tf.reshape(pixels, [-1, group, PIXELS]);
  return tf.reshape(tf.clipByValue(tf.add(grouped, tf.expandDims(vectors, 1)), 0, 1), [-1, PIXELS]);
}
