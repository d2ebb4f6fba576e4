// Owns adversarial training examples: a batch is perturbed against the network as it is now, before it learns from it.
// It must not update weights or judge a gate.
import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../../model/network.js';
import { backward, forward, type LayerTensors } from './layers.js';
import type { Random } from '../../base/random.js';
import type { HardeningPlan } from './recipe.js';
import { CLASSES, PIXELS, SIDE } from '../../types.js';

/**
 * Examples `[n, 784]` moved to where the network errs most, within L-infinity distance epsilon and [0, 1]: projected
 * gradient descent from a random start (Madry et al., 2018, arXiv 1706.06083). What is maximised is the margin of the
 * best wrong output over the right one, the outputs' own difference: it is what a gate on the 1-2 ratio lives on, and,
 * other than the quadratic cost, its gradient is not small where an example is well learned. Of an example without a
 * class it is the largest output itself, with `plan.nonDigits`: who wants to be read as a digit may start from a blank or
 * a texture; without, these stay as they are, as do the first `plan.clean` of a batch. The share `plan.patches` after
 * them gets a square each that is free in [0, 1] and nothing else: every other one where freeing the pixels promises
 * most to first order, the others anywhere (as Rao et al., 2020, arXiv 2005.02313, train against patches whose place the
 * attacker chooses).
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
  const patched = Math.min(count - untouched, Math.round((plan.patches?.share ?? 0) * count));
  if (untouched === count) return pixels;
  const epsilon = plan.epsilon * Math.min(1, (step + 1) / plan.ramp);
  return tf.tidy(() => {
    const rows = <T extends tf.Tensor>(of: T, from: number, size: number): T => tf.slice(of, [from, 0], [size, -1]);
    const climbing = (from: number, size: number, reachOf: (batch: Batch) => Reach): tf.Tensor2D => {
      const batch = { network, tensors, pixels: rows(pixels, from, size), targets: rows(targets, from, size) };
      return climb(batch, reachOf(batch), { reach: plan.reach, steps: plan.steps, random });
    };
    const still = plan.nonDigits !== true;
    const parts = [rows(pixels, 0, untouched)];
    if (patched > 0)
      parts.push(climbing(untouched, patched, (batch) => freeSquare(batch, plan.patches!.side, still, random)));
    const rest = count - untouched - patched;
    if (rest > 0) parts.push(climbing(untouched + patched, rest, (batch) => ball(batch, epsilon, still)));
    return tf.concat(parts);
  });
}

/** Examples and what they are moved against. */
interface Batch {
  readonly network: Network;
  readonly tensors: readonly LayerTensors[];
  readonly pixels: tf.Tensor2D;
  readonly targets: tf.Tensor2D;
}

/** How far each pixel may go. */
interface Reach {
  readonly lo: tf.Tensor;
  readonly hi: tf.Tensor;
  /** Half of what a pixel may move in all: the length that steps are measured in. */
  readonly epsilon: number;
}

function ball({ pixels, targets }: Batch, epsilon: number, still: boolean): Reach {
  const reach = still ? tf.mul(tf.sum(targets, 1, true), epsilon) : tf.scalar(epsilon);
  return { lo: tf.maximum(tf.sub(pixels, reach), 0), hi: tf.minimum(tf.add(pixels, reach), 1), epsilon };
}

function freeSquare(batch: Batch, side: number, still: boolean, random: Random): Reach {
  const { pixels, targets } = batch;
  const squares = squaresIn(Math.min(SIDE, Math.max(1, Math.round(side * SIDE))));
  const slope = slopeOf(batch, pixels);
  // What freeing a pixel gains to first order: all the way to 0 or to 1.
  const gain = tf.maximum(tf.mul(slope, tf.neg(pixels)), tf.mul(slope, tf.sub(1, pixels)));
  const promise = tf.matMul(gain, squares, false, true);
  const [count, places] = promise.shape as [number, number];
  const anywhere = Float32Array.from({ length: count * places }, () => random.next());
  const guided = tf.tensor2d(
    Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 1 : 0)),
    [count, 1],
  );
  const score = tf.where(tf.cast(guided, 'bool'), promise, tf.tensor2d(anywhere, [count, places]));
  let free: tf.Tensor = tf.matMul(tf.oneHot(tf.argMax(score, 1), places, 1, 0, 'float32'), squares);
  if (still) free = tf.mul(free, tf.sum(targets, 1, true));
  const kept = tf.mul(pixels, tf.sub(1, free));
  return { lo: kept, hi: tf.add(kept, free), epsilon: 0.5 };
}

/** Every square of a side in pixels: `[places, 784]`, 1 inside. */
function squaresIn(side: number): tf.Tensor2D {
  const along = SIDE - side + 1;
  const squares = new Float32Array(along * along * PIXELS);
  for (let place = 0; place < along * along; place++) {
    const [left, top] = [place % along, Math.floor(place / along)];
    for (let y = top; y < top + side; y++)
      squares.fill(1, place * PIXELS + y * SIDE + left, place * PIXELS + y * SIDE + left + side);
  }
  return tf.tensor2d(squares, [along * along, PIXELS]);
}

function climb(
  batch: Batch,
  { lo, hi, epsilon }: Reach,
  { reach, steps, random }: { reach: number; steps: number; random: Random },
): tf.Tensor2D {
  const { pixels } = batch;
  const rate = (reach * epsilon) / steps;
  let moved = within(tf.add(pixels, startNoise(pixels.shape[0], epsilon, random)), lo, hi);
  for (let k = 0; k < steps; k++) {
    const before = moved;
    moved = tf.tidy(() => within(tf.add(before, tf.mul(tf.sign(slopeOf(batch, before)), rate)), lo, hi));
  }
  return moved;
}

/** How the margin rises with each pixel, where the examples stand at `pixels`. */
function slopeOf({ network, tensors, targets }: Batch, pixels: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const pass = forward(network, tensors, pixels);
    const wanted = { weights: false, pixels: true };
    return backward(network, tensors, pass, marginGradient(pass.outputs, targets), wanted).pixels!;
  });
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
