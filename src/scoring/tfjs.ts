// Scores with TensorFlow.js: a second opinion on ONNX Runtime. Loaded only when asked for; the main job never needs it.

import { createRequire } from 'node:module';
import path from 'node:path';
import type * as TfCore from '@tensorflow/tfjs-core';
import { ModelError } from '../base/errors.js';
import { validate, type ConvLayer, type DenseLayer, type Layer, type Network } from '../model/network.js';
import { PIXELS } from '../types.js';
import { batchOf, closedScorer } from './batch.js';
import type { Scorer } from './scorer.js';

type Tf = typeof TfCore;

/** The backends, fastest first: libtensorflow where its optional package is built, WebAssembly, plain JavaScript. */
export const TFJS_BACKENDS = ['node', 'wasm', 'cpu'] as const;

/** Name of a backend. */
export type TfjsBackend = (typeof TFJS_BACKENDS)[number];

/** Options of `tfjsScorer`. */
export interface TfjsScorerOptions {
  /** The backends to try, in order; the first that loads is used. Default: all, fastest first. */
  readonly backends?: readonly TfjsBackend[];
}

/** A layer whose weights are tensors of the backend. */
interface LoadedLayer {
  readonly layer: Layer;
  readonly weights: TfCore.Tensor;
  readonly bias: TfCore.Tensor1D;
}

/**
 * A scorer on TensorFlow.js.
 * @throws ModelError when the network is not whole or no backend can be loaded.
 */
export async function tfjsScorer(
  network: Network,
  { backends = TFJS_BACKENDS }: TfjsScorerOptions = {},
): Promise<Scorer> {
  validate(network);
  const { tf, backend } = await firstBackend(backends);
  const engine = `tfjs-${backend}`;
  let layers: LoadedLayer[] | undefined = network.layers.map((layer) => load(tf, layer));
  return {
    engine,
    async score(pixels, n) {
      const batch = batchOf(pixels, n);
      if (layers === undefined) throw closedScorer(engine);
      if (n === 0) return new Float32Array(0);
      const open = layers;
      const outputs = tf.tidy(() =>
        open.reduce((x, layer) => run(tf, layer, x), tf.tensor2d(batch, [n, PIXELS]) as TfCore.Tensor),
      );
      try {
        return Float32Array.from(await outputs.data<'float32'>());
      } finally {
        outputs.dispose();
      }
    },
    async close() {
      for (const { weights, bias } of layers ?? []) tf.dispose([weights, bias]);
      layers = undefined;
    },
  };
}

function load(tf: Tf, layer: Layer): LoadedLayer {
  const shape =
    layer.kind === 'dense' ? [layer.inputs, layer.units] : [...layer.kernel, layer.inputs[2], layer.filters];
  return { layer, weights: tf.tensor(layer.weights, shape, 'float32'), bias: tf.tensor1d(layer.bias, 'float32') };
}

function run(tf: Tf, loaded: LoadedLayer, x: TfCore.Tensor): TfCore.Tensor {
  const y = loaded.layer.kind === 'dense' ? dense(tf, loaded, loaded.layer, x) : conv(tf, loaded, loaded.layer, x);
  return loaded.layer.activation === 'relu' ? tf.relu(y) : y;
}

function dense(tf: Tf, { weights, bias }: LoadedLayer, layer: DenseLayer, x: TfCore.Tensor): TfCore.Tensor {
  return tf.add(tf.matMul(tf.reshape(x, [-1, layer.inputs]), weights as TfCore.Tensor2D), bias);
}

function conv(tf: Tf, { weights, bias }: LoadedLayer, { inputs, stride }: ConvLayer, x: TfCore.Tensor): TfCore.Tensor {
  const images = tf.reshape(x, [-1, ...inputs]) as TfCore.Tensor4D;
  return tf.add(tf.conv2d(images, weights as TfCore.Tensor4D, stride, 'same'), bias);
}

async function firstBackend(names: readonly TfjsBackend[]): Promise<{ tf: Tf; backend: TfjsBackend }> {
  const failures: string[] = [];
  for (const backend of names) {
    try {
      return { tf: await LOADERS[backend](), backend };
    } catch (cause) {
      failures.push(`${backend}: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`);
    }
  }
  throw new ModelError(
    `No TensorFlow.js backend can be loaded (${failures.join('; ')}). Install the package's dependencies again.`,
  );
}

const LOADERS: Record<TfjsBackend, () => Promise<Tf>> = {
  async node() {
    // The name in a variable: the package is optional, and the compiler must not look for its types.
    const name: string = '@tensorflow/tfjs-node';
    await import(name);
    return activate('tensorflow');
  },
  async wasm() {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(`${path.dirname(main)}${path.sep}`);
    return activate('wasm');
  },
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu');
    return activate('cpu');
  },
};

async function activate(backend: string): Promise<Tf> {
  const tf = await import('@tensorflow/tfjs-core');
  // Silences the advice that the cpu backend prints to install another package.
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Error('the backend did not start');
  return tf;
}
