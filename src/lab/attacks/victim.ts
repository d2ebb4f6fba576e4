// Owns a network as an attack sees it: outputs, and gradients with respect to the pixels, on the current TF.js backend.
// It must not know any attack.
import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../../model/network.js';
import type { Victim } from './attack.js';
import { backward, forward, toTensors } from '../training/layers.js';
import { CLASSES, PIXELS } from '../../types.js';

/** Images in one pass: larger batches are cut. */
const BATCH = 256;

/** A network held as tensors until `close`. */
export interface OpenVictim extends Victim {
  /** Frees the tensors. Idempotent; no use afterwards. */
  close(): void;
}

/**
 * Opens a network for attacks. Its tensors belong to the backend that is current now.
 * @param kind Cost it was trained with. Default: lq.
 */
export function openVictim(network: Network, kind: Victim['kind'] = 'lq'): OpenVictim {
  const tensors = toTensors(network);
  const each = (pixels: Float32Array, use: (part: tf.Tensor2D, start: number) => void): void => {
    const count = pixels.length / PIXELS;
    for (let start = 0; start < count; start += BATCH) {
      const end = Math.min(count, start + BATCH);
      tf.tidy(() =>
        use(tf.tensor2d(pixels.subarray(start * PIXELS, end * PIXELS), [end - start, PIXELS], 'float32'), start),
      );
    }
  };
  return {
    kind,
    outputs: (pixels) => {
      const outputs = new Float32Array((pixels.length / PIXELS) * CLASSES);
      each(pixels, (part, start) => outputs.set(forward(network, tensors, part).outputs.dataSync(), start * CLASSES));
      return outputs;
    },
    gradient: (pixels, costGradient, slope = 0) => {
      const outputs = new Float32Array((pixels.length / PIXELS) * CLASSES);
      const gradient = new Float32Array(pixels.length);
      each(pixels, (part, start) => {
        const pass = forward(network, tensors, part);
        const some = Float32Array.from(pass.outputs.dataSync());
        outputs.set(some, start * CLASSES);
        const wanted = tf.tensor2d(costGradient(some, start), [part.shape[0], CLASSES], 'float32');
        const { pixels: result } = backward(network, tensors, pass, wanted, { weights: false, pixels: true, slope });
        gradient.set(result!.dataSync(), start * PIXELS);
      });
      return { outputs, pixels: gradient };
    },
    close: () => {
      tf.dispose(tensors.splice(0) as unknown as tf.TensorContainer);
    },
  };
}
