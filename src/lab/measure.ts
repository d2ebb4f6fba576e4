// Owns what is measured of a network on labelled digits: outputs, mean inputs, accuracy, what the gate does. It must not
// choose thresholds or change networks.
import * as tf from '@tensorflow/tfjs-core';
import { OUTPUT_SIZE, INPUT_SIZE, type Network } from '../model/network.js';
import { evidence, judge } from '../stream/gate.js';
import type { Thresholds } from '../types.js';
import { pixelsOf, type Digits } from './dataset.js';
import { forward, toTensors } from './layers.js';

/** Images run at a time: enough to be fast, little memory. */
const BATCH = 500;

/** Outputs `[count, 10]` of a network on digits, on the current TF.js backend. */
export function outputsOf(network: Network, digits: Digits): Float32Array {
  const outputs = new Float32Array(digits.count * OUTPUT_SIZE);
  eachPass(network, digits, (pass, start) => outputs.set(pass.outputs.dataSync(), start * OUTPUT_SIZE));
  return outputs;
}

/** The mean input of each dense layer over digits, `[inputs]`; empty for convolutions. */
export function meanInputs(network: Network, digits: Digits): Float64Array[] {
  const sums = network.layers.map((layer) => new Float64Array(layer.kind === 'dense' ? layer.inputs : 0));
  eachPass(network, digits, (pass) => {
    sums.forEach((sum, i) => {
      if (sum.length === 0) return;
      const values = tf.sum(pass.traces[i]!.input, 0).dataSync();
      for (let j = 0; j < sum.length; j++) sum[j]! += values[j]!;
    });
  });
  return sums.map((sum) => sum.map((value) => value / digits.count));
}

/** What a network and its gate do on labelled digits. All are shares of all digits. */
export interface Measured {
  /** Top output on the right class, before any gate. */
  readonly accuracy: number;
  /** Accepted by the gate, right or wrong. */
  readonly accepted: number;
  /** Accepted by the gate and wrong. */
  readonly acceptedWrong: number;
}

/** Share of digits whose top output is on the right class. `outputs` is `[n, 10]`, `labels` `[n]`. */
export function accuracyOf(outputs: Float32Array, labels: Uint8Array): number {
  let right = 0;
  labels.forEach((label, i) => (right += evidence(outputs, i * OUTPUT_SIZE).digit === label ? 1 : 0));
  return right / labels.length;
}

/** Accuracy, and what a gate with these thresholds accepts. `outputs` is `[n, 10]`, `labels` `[n]`. */
export function measure(outputs: Float32Array, labels: Uint8Array, thresholds: Thresholds): Measured {
  let accepted = 0;
  let acceptedWrong = 0;
  labels.forEach((label, i) => {
    const verdict = judge(outputs.subarray(i * OUTPUT_SIZE, (i + 1) * OUTPUT_SIZE), thresholds);
    if (!verdict.accepted) return;
    accepted++;
    if (verdict.digit !== label) acceptedWrong++;
  });
  return { accuracy: accuracyOf(outputs, labels), accepted: accepted / labels.length, acceptedWrong: acceptedWrong / labels.length };
}

function eachPass(network: Network, digits: Digits, use: (pass: ReturnType<typeof forward>, start: number) => void): void {
  tf.tidy(() => {
    const tensors = toTensors(network);
    for (let start = 0; start < digits.count; start += BATCH) {
      const end = Math.min(digits.count, start + BATCH);
      tf.tidy(() => use(forward(network, tensors, tf.tensor2d(pixelsOf(digits, start, end), [end - start, INPUT_SIZE], 'float32')), start));
    }
  });
}
