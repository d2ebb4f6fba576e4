// Tests of src/lab/training/layers.ts: values and gradients against plain loops and finite differences, on every
// backend.
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openBackend } from '../../../src/lab/training/backend.js';
import { backward, forward, toNetwork, toTensors } from '../../../src/lab/training/layers.js';
import { createRandom } from '../../../src/base/random.js';
import { outputSize, type ConvLayer, type DenseLayer, type Layer, type Network } from '../../../src/model/network.js';
import { onBackends } from './backends.js';

function some(seed: number, count: number, scale = 1): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => scale * random.normal());
}

function convLayer(
  inputs: [number, number, number],
  kernel: [number, number],
  filters: number,
  stride: number,
  activation: 'relu' | 'linear',
): ConvLayer {
  const weights = some(2, kernel[0] * kernel[1] * inputs[2] * filters);
  return { kind: 'conv', inputs, kernel, filters, stride, weights, bias: some(3, filters), activation };
}

function denseLayer(inputs: number, units: number, activation: 'relu' | 'linear'): DenseLayer {
  return { kind: 'dense', inputs, units, weights: some(4, inputs * units, 0.3), bias: some(5, units), activation };
}

type Visit = (output: number, input: number | undefined, weight: number) => void;

/** Visits every (output, input, weight) triple of a convolution over one image; input is undefined in the padding. */
function overConv({ inputs: [h, w, c], kernel: [kh, kw], filters, stride }: ConvLayer, visit: Visit): void {
  const [oh, ow] = [Math.ceil(h / stride), Math.ceil(w / stride)];
  const top = Math.floor(Math.max(0, (oh - 1) * stride + kh - h) / 2);
  const left = Math.floor(Math.max(0, (ow - 1) * stride + kw - w) / 2);
  for (let oy = 0; oy < oh; oy++)
    for (let ox = 0; ox < ow; ox++)
      for (let f = 0; f < filters; f++)
        for (let ky = 0; ky < kh; ky++)
          for (let kx = 0; kx < kw; kx++)
            for (let k = 0; k < c; k++) {
              const [y, x] = [oy * stride + ky - top, ox * stride + kx - left];
              const input = y >= 0 && y < h && x >= 0 && x < w ? (y * w + x) * c + k : undefined;
              visit((oy * ow + ox) * filters + f, input, ((ky * kw + kx) * c + k) * filters + f);
            }
}

/** Output, and the gradients of sum(output * dy), of `count` images by plain loops in double precision. */
function slowConv(
  layer: ConvLayer,
  x: Float32Array,
  dy: Float32Array,
  count: number,
): Record<'y' | 'dx' | 'dw' | 'db', number[]> {
  const [size, outSize] = [layer.inputs[0] * layer.inputs[1] * layer.inputs[2], outputSize(layer)];
  const found = {
    y: new Array<number>(count * outSize).fill(0),
    dx: new Array<number>(count * size).fill(0),
    dw: new Array<number>(layer.weights.length).fill(0),
    db: new Array<number>(layer.filters).fill(0),
  };
  for (let n = 0; n < count; n++) {
    overConv(layer, (o, i, w) => {
      if (i !== undefined) found.y[n * outSize + o]! += x[n * size + i]! * layer.weights[w]!;
    });
    for (let o = 0; o < outSize; o++) found.y[n * outSize + o]! += layer.bias[o % layer.filters]!;
    const d = (o: number): number =>
      layer.activation === 'relu' && found.y[n * outSize + o]! <= 0 ? 0 : dy[n * outSize + o]!;
    overConv(layer, (o, i, w) => {
      if (i === undefined) return;
      found.dx[n * size + i]! += d(o) * layer.weights[w]!;
      found.dw[w]! += d(o) * x[n * size + i]!;
    });
    for (let o = 0; o < outSize; o++) found.db[o % layer.filters]! += d(o);
  }
  if (layer.activation === 'relu') found.y = found.y.map((value) => Math.max(0, value));
  return found;
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 2e-4): void {
  expect(found.length).toBe(expected.length);
  expect(
    Array.from(found, (value, i) => Math.abs(value - expected[i]!)).reduce((a, b) => Math.max(a, b), 0),
  ).toBeLessThan(tolerance);
}

onBackends(['cpu', 'wasm', 'tensorflow'], (backend) => {
  beforeEach(async () => {
    await openBackend(backend);
    tf.engine().startScope();
  });
  afterEach(() => tf.engine().endScope());

  // height, width, channels, kernel height and width, filters, stride: even and odd paddings, kernels below the stride
  it.each([
    [8, 8, 1, 4, 4, 3, 2],
    [7, 5, 2, 4, 4, 3, 2],
    [5, 6, 3, 3, 3, 2, 1],
    [9, 9, 2, 3, 5, 4, 2],
    [10, 7, 2, 5, 5, 2, 3],
    [6, 6, 2, 1, 1, 3, 2],
    [8, 7, 1, 2, 1, 2, 3],
    [4, 4, 2, 7, 7, 2, 1],
  ])(
    'a convolution agrees with plain loops: %ix%ix%i, kernel %ix%i, %i filters, stride %i',
    (h, w, c, kh, kw, f, stride) => {
      for (const activation of ['relu', 'linear'] as const) {
        const layer = convLayer([h, w, c], [kh, kw], f, stride, activation);
        const shape: Network = { layers: [layer] };
        const x = some(6, 2 * h * w * c);
        const dy = some(7, 2 * outputSize(layer));
        const truth = slowConv(layer, x, dy, 2);
        const pass = forward(shape, toTensors(shape), tf.tensor2d(x, [2, h * w * c]));
        const found = backward(shape, toTensors(shape), pass, tf.tensor2d(dy, [2, outputSize(layer)]), {
          pixels: true,
        });
        expectClose(pass.outputs.dataSync(), truth.y);
        expectClose(found.pixels!.dataSync(), truth.dx);
        expectClose(found.layers[0]!.weights.dataSync(), truth.dw, 1e-3);
        expectClose(found.layers[0]!.bias.dataSync(), truth.db);
      }
    },
  );

  it('a convolution takes the gradients of the backend where it has both, and ours on wasm', () => {
    const run = vi.spyOn(tf.engine(), 'runKernel');
    const shape: Network = { layers: [convLayer([6, 6, 2], [3, 3], 2, 1, 'linear')] };
    const pass = forward(shape, toTensors(shape), tf.zeros([1, 72]));
    backward(shape, toTensors(shape), pass, tf.zeros([1, 72]), { pixels: true });
    const own = ['Conv2DBackpropFilter', 'Conv2DBackpropInput'];
    expect(run.mock.calls.map(([kernel]) => kernel).filter((kernel) => own.includes(kernel))).toEqual(
      backend === 'wasm' ? [] : own,
    );
    run.mockRestore();
  });

  it('the gradients of a whole network agree with finite differences', () => {
    const layers: Layer[] = [
      convLayer([28, 28, 1], [4, 4], 2, 4, 'relu'),
      denseLayer(98, 6, 'relu'),
      denseLayer(6, 10, 'linear'),
    ];
    const shape: Network = { layers };
    const mask = Float32Array.of(0, 2, 2, 0, 2, 2, 2, 0, 2, 2, 0, 2);
    const dropout = (layer: number, size: readonly [number, number]): tf.Tensor2D => {
      expect(layer).toBe(1);
      return tf.tensor2d(mask, [...size]);
    };
    const dy = tf.tensor2d(some(8, 20), [2, 10]);
    const pixels = some(9, 2 * 784);
    const cost = (): number =>
      tf
        .sum(tf.mul(forward(shape, toTensors(shape), tf.tensor2d(pixels, [2, 784]), dropout).outputs, dy))
        .dataSync()[0]!;
    const tensors = toTensors(shape);
    const found = backward(shape, tensors, forward(shape, tensors, tf.tensor2d(pixels, [2, 784]), dropout), dy, {
      pixels: true,
    });
    const random = createRandom(10);
    const check = (values: Float32Array, gradient: ArrayLike<number>): void => {
      for (let k = 0; k < 4; k++) {
        const i = random.int(values.length);
        const kept = values[i]!;
        const [above, below] = [1e-2, -1e-2].map((by) => {
          values[i] = kept + by;
          return cost();
        }) as [number, number];
        values[i] = kept;
        expect(Math.abs((above - below) / 2e-2 - gradient[i]!)).toBeLessThan(
          0.03 * Math.max(1, Math.abs(gradient[i]!)),
        );
      }
    };
    layers.forEach((layer, i) => {
      check(layer.weights, found.layers[i]!.weights.dataSync());
      check(layer.bias, found.layers[i]!.bias.dataSync());
    });
    check(pixels, found.pixels!.dataSync());
  });

  it('copies numbers in and out unchanged', () => {
    const shape: Network = { layers: [convLayer([28, 28, 1], [3, 3], 2, 7, 'relu'), denseLayer(32, 10, 'linear')] };
    expect(toNetwork(shape, toTensors(shape))).toEqual(shape);
  });
});
