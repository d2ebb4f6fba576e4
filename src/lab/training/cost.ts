// Owns the costs that networks are trained with, and their gradients with respect to the outputs. Pure.
import * as tf from '@tensorflow/tfjs-core';

/** A cost over a batch, without the l2 part. */
export interface Cost {
  /** A scalar. */
  readonly value: tf.Tensor;
  /** Its gradient with respect to the outputs, `[n, 10]`. */
  readonly gradient: tf.Tensor2D;
}

/** `lq`: linear-quadratic; `softmax`: softmax with cross entropy. */
export type CostKind = 'lq' | 'softmax';

/**
 * The cost of outputs against targets, both `[n, 10]`. A row of zeros as a target says "not a digit": `lq` then pulls
 * all outputs to 0; `softmax` learns nothing from it.
 */
export function costOf(kind: CostKind, outputs: tf.Tensor2D, targets: tf.Tensor2D): Cost {
  return kind === 'lq' ? quadratic(outputs, targets) : crossEntropy(outputs, targets);
}

/** The linear-quadratic cost of "Output analysis": the mean over batch and outputs of (y - o)^2 / 2. */
function quadratic(outputs: tf.Tensor2D, targets: tf.Tensor2D): Cost {
  const difference = tf.sub(outputs, targets);
  return { value: tf.mul(tf.mean(tf.square(difference)), 0.5), gradient: tf.div(difference, outputs.size) };
}

function crossEntropy(outputs: tf.Tensor2D, targets: tf.Tensor2D): Cost {
  const count = outputs.shape[0];
  const shifted = tf.sub(outputs, tf.max(outputs, 1, true));
  const exponentials = tf.exp(shifted);
  const total = tf.sum(exponentials, 1, true);
  const weight = tf.sum(targets, 1, true);
  const logarithms = tf.sub(shifted, tf.log(total));
  return {
    value: tf.div(tf.neg(tf.sum(tf.mul(targets, logarithms))), count),
    gradient: tf.div(tf.sub(tf.mul(tf.div(exponentials, total), weight), targets), count),
  };
}
