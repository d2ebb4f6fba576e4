// Owns what is measured of a network on labelled digits: outputs, mean inputs, accuracy, what the gate does. It must
// not choose thresholds or change networks.
import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../../model/network.js';
import { judge } from '../../gate/gate.js';
import { CLASSES, isDigit, PIXELS, type Thresholds } from '../../types.js';
import { pixelsOf, type Digits } from '../data/dataset.js';
import { forward, toTensors } from '../training/layers.js';

/** Images run at a time: enough to be fast, little memory. */
const BATCH = 500;

/** Outputs `[count, 10]` of a network on digits, on the current TF.js backend. */
export function outputsOf(network: Network, digits: Digits): Float32Array {
  const outputs = new Float32Array(digits.count * CLASSES);
  eachPass(network, digits, (pass, start) => outputs.set(pass.outputs.dataSync(), start * CLASSES));
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

/** What a network and its gate do on labelled digits. What is no digit has the label `NO_DIGIT`. */
export interface GateFigures {
  /** Share of the digits whose top output is on the right class, before any gate. */
  readonly accuracy: number;
  /** Share of the digits that the gate accepts, right or wrong. */
  readonly accepted: number;
  /** Share of the digits that the gate accepts and that are wrong. */
  readonly acceptedWrong: number;
  /** Share of the non-digits that the gate accepts; 0 when there are none. */
  readonly nonDigitsAccepted: number;
}

/** Share of digits whose top output is on the right class. `outputs` is `[n, 10]`, `labels` `[n]`. */
export function accuracyOf(outputs: Float32Array, labels: Uint8Array): number {
  return measure(outputs, labels, { ratio: 1, range: [-Infinity, Infinity] }).accuracy;
}

/** Accuracy, and what a gate with these thresholds accepts. `outputs` is `[n, 10]`, `labels` `[n]`. */
export function measure(outputs: Float32Array, labels: Uint8Array, thresholds: Thresholds): GateFigures {
  let [digits, right, accepted, wrong, others] = [0, 0, 0, 0, 0];
  labels.forEach((label, i) => {
    const verdict = judge(outputs.subarray(i * CLASSES, (i + 1) * CLASSES), thresholds);
    if (!isDigit(label)) {
      others += verdict.accepted ? 1 : 0;
      return;
    }
    digits++;
    if (verdict.digit === label) right++;
    if (!verdict.accepted) return;
    accepted++;
    if (verdict.digit !== label) wrong++;
  });
  const nonDigits = labels.length - digits;
  return {
    accuracy: right / digits,
    accepted: accepted / digits,
    acceptedWrong: wrong / digits,
    nonDigitsAccepted: nonDigits === 0 ? 0 : others / nonDigits,
  };
}

function eachPass(
  network: Network,
  digits: Digits,
  use: (pass: ReturnType<typeof forward>, start: number) => void,
): void {
  tf.tidy(() => {
    const tensors = toTensors(network);
    for (let start = 0; start < digits.count; start += BATCH) {
      const end = Math.min(digits.count, start + BATCH);
      tf.tidy(() =>
        use(
          forward(network, tensors, tf.tensor2d(pixelsOf(digits, start, end), [end - start, PIXELS], 'float32')),
          start,
        ),
      );
    }
  });
}
