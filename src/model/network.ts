// The one in-memory form of a network: layers of typed arrays. No file format, no engine.

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

/** A layer. A dense layer after a convolution takes the image flattened in row-major `[height, width, channels]` order. */
export type Layer = DenseLayer | ConvLayer;

/** A feed-forward network from `[28, 28]` pixels in [0, 1] to ten outputs. */
export interface Network {
  readonly layers: readonly Layer[];
}
