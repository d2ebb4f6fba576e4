// The one in-memory form of a network: layers of typed arrays, and what holds of every one of them. No file format,
// no engine.

import { ModelError } from '../base/errors.js';
import { CLASSES, PIXELS, SIDE } from '../types.js';

/** Pixels of the input image, `[28, 28, 1]`. */
export const INPUT_SHAPE = [SIDE, SIDE, 1] as const;

/** What follows a layer's affine map. The last layer of an LQ network is `linear`: its outputs are the raw scores. */
export type Activation = 'relu' | 'linear';

/** A fully connected layer: `activation(x W + b)`. */
export interface DenseLayer {
  readonly kind: 'dense';
  readonly inputs: number;
  readonly units: number;
  /** `[inputs, units]`, row-major. */
  readonly weights: Float32Array;
  /** `[units]`. */
  readonly bias: Float32Array;
  readonly activation: Activation;
}

/**
 * A 2-d convolution with `same` padding as TensorFlow defines it (output = ceil(input / stride); when the padding is
 * odd the extra row and column go to the bottom and right). Images are `[height, width, channels]`, row-major.
 */
export interface ConvLayer {
  readonly kind: 'conv';
  /** `[height, width, channels]` of the input image. */
  readonly inputs: readonly [height: number, width: number, channels: number];
  readonly kernel: readonly [height: number, width: number];
  readonly filters: number;
  /** The same in both directions, >= 1. */
  readonly stride: number;
  /** `[kernel height, kernel width, channels, filters]`, row-major. */
  readonly weights: Float32Array;
  /** `[filters]`. */
  readonly bias: Float32Array;
  readonly activation: Activation;
}

/**
 * A layer. A dense layer after a convolution takes the image flattened in row-major `[height, width, channels]` order.
 */
export type Layer = DenseLayer | ConvLayer;

/** A dense layer without its numbers. */
export type DenseShape = Omit<DenseLayer, 'weights' | 'bias'>;

/** A convolution without its numbers. */
export type ConvShape = Omit<ConvLayer, 'weights' | 'bias'>;

/** A layer without its numbers: what can be checked before they are read, or made. */
export type LayerShape = DenseShape | ConvShape;

/**
 * What a network may be at most. The largest whose recipe is in `models/`, the article's convolutional one, has 7
 * layers, 24.3 million weights, 19,600 outputs of a layer and 34 million products.
 */
export const LIMITS = {
  /** Layers. */
  layers: 64,
  /** Weights and biases of all layers, zeros too. */
  weights: 2 ** 25,
  /** Numbers that one layer gives for one digit: a batch of digits holds that of each. */
  outputs: 2 ** 18,
  /** Multiplications for one digit: an engine can't be stopped within a batch. */
  products: 2 ** 28,
} as const;

/** A feed-forward network from `[28, 28]` pixels in [0, 1] to ten outputs. */
export interface Network {
  readonly layers: readonly Layer[];
}

/** `[height, width, channels]` of the image that a convolution gives. */
export function convOutput(layer: ConvShape): readonly [height: number, width: number, channels: number] {
  const [height, width] = layer.inputs;
  return [Math.ceil(height / layer.stride), Math.ceil(width / layer.stride), layer.filters];
}

/** Numbers that a layer gives for one image: the units, or height x width x filters. */
export function outputSize(layer: LayerShape): number {
  if (layer.kind === 'dense') return layer.units;
  const [height, width, channels] = convOutput(layer);
  return height * width * channels;
}

/** How many units a dense layer has, or filters a convolution. */
export function widthOf(layer: LayerShape): number {
  return layer.kind === 'dense' ? layer.units : layer.filters;
}

/**
 * Where what belongs to the weights of `layer` that read a unit, or filter, of the layer before lies in `values` (one a
 * weight of `layer`). `width`: how many units that layer has. The array is `[outer, width, inner]` in every case: one
 * row a unit after a dense layer, one a pixel after a convolution, one a kernel position in a convolution. The rows are
 * views.
 */
export function* rowsReading(
  layer: Layer,
  unit: number,
  width: number,
  values: Float32Array = layer.weights,
): Generator<Float32Array> {
  const inner = widthOf(layer);
  for (let at = unit * inner; at < values.length; at += width * inner) yield values.subarray(at, at + inner);
}

/**
 * Padding in pixels along one side of an image, as TensorFlow's `same` defines it: when odd, one more goes to the end.
 * `size` is the image's, `kernel` the filter's, both in pixels.
 */
export function samePadding(size: number, kernel: number, stride: number): readonly [before: number, after: number] {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** How many weights a layer has, without biases, and how many of them are exactly zero. */
export interface Sparsity {
  readonly weights: number;
  readonly zeros: number;
}

/** Counts the weights of each layer, in order. */
export function sparsity(network: Network): Sparsity[] {
  return network.layers.map(({ weights }) => {
    let zeros = 0;
    for (const w of weights) if (w === 0) zeros++;
    return { weights: weights.length, zeros };
  });
}

/** The layers in words, one string each: `dense 784-1500 relu`, `conv 28x28x1, 5x5x32 stride 2, relu`. */
export function describe({ layers }: { readonly layers: readonly LayerShape[] }): string[] {
  return layers.map((layer) =>
    layer.kind === 'dense'
      ? `dense ${layer.inputs}-${layer.units} ${layer.activation}`
      : `conv ${layer.inputs.join('x')}, ${layer.kernel.join('x')}x${layer.filters} ` +
        `stride ${layer.stride}, ${layer.activation}`,
  );
}

/**
 * Checks that a network runs from 784 pixels to ten linear outputs: layers fit one on the next and within `LIMITS`,
 * arrays have the length that their shape says, every number is finite.
 * @throws ModelError with the layer, what was found and what should be there.
 */
export function validate({ layers }: Network): void {
  checkShapes(layers);
  layers.forEach((layer, i) => {
    const where = placeOf(layer, i);
    const [weights, bias] = [weightsOf(layer), widthOf(layer)];
    if (layer.weights.length !== weights || layer.bias.length !== bias)
      throw new ModelError(
        `${where}: ${layer.weights.length} weights and ${layer.bias.length} biases; its shape ` +
          `needs ${weights} and ${bias}.`,
      );
    checkNumbers(layer.weights, `${where}, weights`);
    checkNumbers(layer.bias, `${where}, bias`);
  });
}

/**
 * Checks that layers run from 784 pixels to ten linear outputs, one fitting on the next, within `LIMITS`; before
 * anything as large as they say is allocated.
 * @throws ModelError with the layer, what was found and what should be there.
 */
export function checkShapes(layers: readonly LayerShape[]): void {
  if (layers.length === 0) throw new ModelError('The network has no layers; it needs at least one dense layer.');
  if (layers.length > LIMITS.layers)
    throw new ModelError(`The network has ${layers.length} layers; it may have at most ${LIMITS.layers}.`);
  layers.forEach((layer, i) => checkSizes(layer, placeOf(layer, i)));
  checkLimits(layers);
  layers.forEach((layer, i) => checkJoint(layers[i - 1], layer, placeOf(layer, i)));
  const last = layers.at(-1);
  if (last?.kind !== 'dense' || last.units !== CLASSES || last.activation !== 'linear') {
    const found = describe({ layers: layers.slice(-1) })[0];
    throw new ModelError(`The last layer is ${found}; it must be dense with ${CLASSES} linear units.`);
  }
}

const placeOf = ({ kind }: LayerShape, index: number): string => `Layer ${index} (${kind})`;

function checkSizes(layer: LayerShape, where: string): void {
  const sizes =
    layer.kind === 'dense'
      ? [layer.inputs, layer.units]
      : [...layer.inputs, ...layer.kernel, layer.filters, layer.stride];
  if (!sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new ModelError(`${where}: sizes are ${sizes.join(', ')}; they must be whole numbers above 0.`);
  }
}

/** How many weights a layer has, without biases. */
function weightsOf(layer: LayerShape): number {
  if (layer.kind === 'dense') return layer.inputs * layer.units;
  return layer.kernel[0] * layer.kernel[1] * layer.inputs[2] * layer.filters;
}

/** Sizes are whole numbers here; those too large to be exact are far above every limit. */
function checkLimits(layers: readonly LayerShape[]): void {
  let [weights, products] = [0, 0];
  layers.forEach((layer, i) => {
    const outputs = outputSize(layer);
    within(outputs, 'outputs', `${placeOf(layer, i)} gives`, 'numbers for one digit');
    weights += weightsOf(layer) + widthOf(layer);
    products += weightsOf(layer) * (outputs / widthOf(layer));
  });
  within(weights, 'weights', 'The network has', 'weights and biases');
  within(products, 'products', 'The network takes', 'multiplications for one digit');
}

function within(found: number, limit: keyof typeof LIMITS, what: string, unit: string): void {
  if (found > LIMITS[limit])
    throw new ModelError(
      `${what} ${found.toLocaleString('en')} ${unit}; it may be at most ${LIMITS[limit].toLocaleString('en')}.`,
    );
}

/** A layer takes what the one before gives; only convolutions keep an image, so none can follow a dense layer. */
function checkJoint(previous: LayerShape | undefined, layer: LayerShape, where: string): void {
  if (layer.kind === 'dense') {
    const given = previous ? outputSize(previous) : PIXELS;
    if (layer.inputs !== given) throw new ModelError(`${where} takes ${layer.inputs} inputs; it is given ${given}.`);
    return;
  }
  if (previous?.kind === 'dense') throw new ModelError(`${where} follows a dense layer; convolutions come first.`);
  const given = previous ? convOutput(previous) : INPUT_SHAPE;
  if (layer.inputs.join() !== given.join()) {
    throw new ModelError(`${where} takes an image of ${layer.inputs.join('x')}; it is given ${given.join('x')}.`);
  }
}

function checkNumbers(values: Float32Array, where: string): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0)
    throw new ModelError(`${where}[${at}] is ${values[at]}; every weight must be finite. Did training diverge?`);
}
