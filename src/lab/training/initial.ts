// Owns what a network is before its training: layers from a recipe, numbers from a seed. It must not use TF.js.
import { ModelError } from '../../base/errors.js';
import {
  INPUT_SHAPE,
  convOutput,
  outputSize,
  type ConvLayer,
  type DenseLayer,
  type Layer,
  type Network,
} from '../../model/network.js';
import { createRandom, truncatedNormal, type Random } from '../../base/random.js';
import type { HiddenLayer } from './recipe.js';
import { CLASSES, PIXELS } from '../../types.js';

/**
 * A new network: truncated normal weights with standard deviation sqrt(3 / (in + out)) and hidden biases of 0.1
 * (of the article "Output analysis"); for a convolution in and out are those of one kernel: height x width x channels
 * or filters.
 * @throws ModelError when the layers don't fit one another.
 */
export function createNetwork(hidden: readonly HiddenLayer[], seed: number): Network {
  const random = createRandom(seed).fork('weights');
  const layers: Layer[] = [];
  for (const plan of hidden)
    layers.push(
      'dense' in plan ? newDense(layers.at(-1), plan.dense, 'relu', random) : newConv(layers.at(-1), plan, random),
    );
  layers.push(newDense(layers.at(-1), CLASSES, 'linear', random));
  return { layers };
}

function newDense(
  previous: Layer | undefined,
  units: number,
  activation: DenseLayer['activation'],
  random: Random,
): DenseLayer {
  const inputs = previous ? outputSize(previous) : PIXELS;
  return {
    kind: 'dense',
    inputs,
    units,
    activation,
    weights: newWeights(inputs * units, inputs + units, random),
    bias: new Float32Array(units).fill(activation === 'relu' ? 0.1 : 0),
  };
}

function newConv(
  previous: Layer | undefined,
  { conv: [height, width, filters], stride }: Extract<HiddenLayer, { conv: unknown }>,
  random: Random,
): ConvLayer {
  if (previous?.kind === 'dense')
    throw new ModelError('A recipe has a convolution after a dense layer; convolutions come first.');
  const inputs = previous ? convOutput(previous) : INPUT_SHAPE;
  const area = height * width;
  return {
    kind: 'conv',
    inputs,
    kernel: [height, width],
    filters,
    stride,
    activation: 'relu',
    weights: newWeights(area * inputs[2] * filters, area * (inputs[2] + filters), random),
    bias: new Float32Array(filters).fill(0.1),
  };
}

function newWeights(count: number, inAndOut: number, random: Random): Float32Array {
  const sd = Math.sqrt(3 / inAndOut);
  return Float32Array.from({ length: count }, () => truncatedNormal(random, sd));
}
