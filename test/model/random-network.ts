// Networks of random weights for tests: any shape, seeded.

import { createRandom, type Random } from '../../src/base/random.js';
import {
  convOutput,
  INPUT_SHAPE,
  outputSize,
  type ConvLayer,
  type DenseLayer,
  type Layer,
  type Network,
} from '../../src/model/network.js';

/** A convolution to make. */
export interface ConvPlan {
  readonly kernel: readonly [number, number];
  readonly filters: number;
  readonly stride: number;
}

/**
 * Convolutions, then hidden dense layers of the given widths, then ten linear outputs; scaled so that outputs are near
 * 1.
 */
export function randomNetwork(
  seed: number,
  { convs = [], hidden = [] }: { convs?: readonly ConvPlan[]; hidden?: readonly number[] } = {},
): Network {
  const random = createRandom(seed);
  const layers: Layer[] = [];
  let image: readonly [number, number, number] = INPUT_SHAPE;
  for (const { kernel, filters, stride } of convs) {
    const fanIn = kernel[0] * kernel[1] * image[2];
    const layer: ConvLayer = {
      kind: 'conv',
      inputs: image,
      kernel,
      filters,
      stride,
      weights: normals(random, fanIn * filters, fanIn),
      bias: normals(random, filters, 25),
      activation: 'relu',
    };
    layers.push(layer);
    image = convOutput(layer);
  }
  for (const [i, units] of [...hidden, 10].entries()) {
    const inputs = layers.length > 0 ? outputSize(layers.at(-1)!) : 784;
    const layer: DenseLayer = {
      kind: 'dense',
      inputs,
      units,
      weights: normals(random, inputs * units, inputs),
      bias: normals(random, units, 25),
      activation: i < hidden.length ? 'relu' : 'linear',
    };
    layers.push(layer);
  }
  return { layers };
}

/** `[n, 784]` uniform in [0, 1], half of them exactly 0 as in real digits. */
export function randomPixels(seed: number, n: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: n * 784 }, () => Math.max(0, random.next() * 2 - 1));
}

function normals(random: Random, length: number, fanIn: number): Float32Array {
  const sd = Math.sqrt(2 / fanIn);
  return Float32Array.from({ length }, () => random.normal() * sd);
}
