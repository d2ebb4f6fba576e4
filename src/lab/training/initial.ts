// Owns what a network is before its training: layers from a recipe, numbers from a seed. It must not use TF.js.
import { ModelError } from '../../base/errors.js';
import {
  INPUT_SHAPE,
  checkShapes,
  convOutput,
  outputSize,
  widthOf,
  type DenseShape,
  type Layer,
  type LayerShape,
  type Network,
} from '../../model/network.js';
import { createRandom, truncatedNormal, type Random } from '../../base/random.js';
import type { HiddenLayer } from './recipe.js';
import { CLASSES, PIXELS } from '../../types.js';

/**
 * A new network: truncated normal weights with standard deviation sqrt(3 / (in + out)) and hidden biases of 0.1
 * (of the article "Output analysis"); for a convolution in and out are those of one kernel: height x width x channels
 * or filters.
 * @throws ModelError when the layers don't fit one another, or are larger than a network may be; nothing of their size
 *   is allocated then.
 */
export function createNetwork(hidden: readonly HiddenLayer[], seed: number): Network {
  const shapes: LayerShape[] = [];
  for (const plan of hidden) shapes.push(hiddenShape(shapes.at(-1), plan));
  shapes.push(denseShape(shapes.at(-1), CLASSES, 'linear'));
  checkShapes(shapes);
  const random = createRandom(seed).fork('weights');
  return { layers: shapes.map((shape) => withNumbers(shape, random)) };
}

function hiddenShape(previous: LayerShape | undefined, plan: HiddenLayer): LayerShape {
  if ('dense' in plan) return denseShape(previous, plan.dense, 'relu');
  if (previous?.kind === 'dense')
    throw new ModelError('A recipe has a convolution after a dense layer; convolutions come first.');
  const { conv, stride } = plan;
  const [height, width, filters] = conv;
  const inputs = previous ? convOutput(previous) : INPUT_SHAPE;
  return { kind: 'conv', inputs, kernel: [height, width], filters, stride, activation: 'relu' };
}

function denseShape(previous: LayerShape | undefined, units: number, activation: DenseShape['activation']): DenseShape {
  return { kind: 'dense', inputs: previous ? outputSize(previous) : PIXELS, units, activation };
}

function withNumbers(shape: LayerShape, random: Random): Layer {
  const bias = new Float32Array(widthOf(shape)).fill(shape.activation === 'relu' ? 0.1 : 0);
  if (shape.kind === 'dense') {
    const { inputs, units } = shape;
    return { ...shape, weights: newWeights(inputs * units, inputs + units, random), bias };
  }
  const { inputs, kernel, filters } = shape;
  const area = kernel[0] * kernel[1];
  const weights = newWeights(area * inputs[2] * filters, area * (inputs[2] + filters), random);
  return { ...shape, weights, bias };
}

function newWeights(count: number, inAndOut: number, random: Random): Float32Array {
  const sd = Math.sqrt(3 / inAndOut);
  return Float32Array.from({ length: count }, () => truncatedNormal(random, sd));
}
