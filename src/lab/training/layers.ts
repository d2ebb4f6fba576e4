// Owns the forward and the backward pass of a network as TF.js operations, fast on every backend. It must not know
// recipes, data, costs or optimisers.
//
// Why no autodiff: on the wasm backend its dense gradients take matMul with a transposed operand (12 times slower than
// transpose + matMul), its convolution gradients need conv2dTranspose (10 times slower than the same map written as a
// convolution) and Conv2DBackpropFilter (not there). Where a backend has that kernel, its own gradients are taken:
// natively they make a step on the convolutional network of "Output analysis" a quarter shorter.
import * as tf from '@tensorflow/tfjs-core';
import { samePadding, type ConvLayer, type DenseLayer, type Network } from '../../model/network.js';

/** Numbers of one layer as tensors (weights, gradients, ...), in the shapes that `DenseLayer` and `ConvLayer` state. */
export interface LayerTensors {
  readonly weights: tf.Tensor;
  readonly bias: tf.Tensor;
}

/** What the backward pass needs of one layer's forward pass. */
interface Trace {
  readonly input: tf.Tensor;
  readonly output: tf.Tensor;
  /** Factor on the output (dropout), same shape. */
  readonly mask: tf.Tensor | undefined;
}

/** A forward pass. Its tensors belong to the caller (`tf.tidy`). */
export interface Pass {
  /** `[n, 10]`. */
  readonly outputs: tf.Tensor2D;
  /** One entry a layer. */
  readonly traces: readonly Trace[];
}

/** Gives the factors `shape` on the output of a hidden dense layer (0 or 1 / keep), or nothing for none. */
export type Dropout = (layer: number, shape: readonly [count: number, units: number]) => tf.Tensor2D | undefined;

/** Copies a network's numbers into tensors, one entry a layer. They belong to the caller. */
export function toTensors(network: Network): LayerTensors[] {
  return network.layers.map((layer) => ({
    weights: tf.tensor(layer.weights, weightShape(layer), 'float32'),
    bias: tf.tensor1d(layer.bias, 'float32'),
  }));
}

/** The network of the same shape with the tensors' numbers. */
export function toNetwork(shape: Network, tensors: readonly LayerTensors[]): Network {
  const layers = shape.layers.map((layer, i) => ({
    ...layer,
    weights: Float32Array.from(tensors[i]!.weights.dataSync()),
    bias: Float32Array.from(tensors[i]!.bias.dataSync()),
  }));
  return { layers };
}

/**
 * Runs pixels `[n, 784]` through a network. `shape` gives the architecture only; the numbers come from `tensors`.
 * @param dropout Asked after every hidden dense layer; default none.
 */
export function forward(
  shape: Network,
  tensors: readonly LayerTensors[],
  pixels: tf.Tensor2D,
  dropout?: Dropout,
): Pass {
  const count = pixels.shape[0];
  const traces: Trace[] = [];
  let values: tf.Tensor = pixels;
  shape.layers.forEach((layer, i) => {
    const input = tf.reshape(values, layer.kind === 'conv' ? [count, ...layer.inputs] : [count, layer.inputs]);
    const output = tf.tidy(() => applyLayer(layer, tensors[i]!, input));
    const hidden = layer.kind === 'dense' && i < shape.layers.length - 1;
    const mask = hidden ? dropout?.(i, [count, layer.units]) : undefined;
    traces.push({ input, output, mask });
    values = mask ? tf.mul(output, mask) : output;
  });
  return { outputs: values as tf.Tensor2D, traces };
}

/** What `backward` gives. */
export interface Gradients {
  /** One entry a layer; empty when not asked for. */
  readonly layers: LayerTensors[];
  /** `[n, 784]` when asked for. */
  readonly pixels?: tf.Tensor2D;
}

/**
 * Gradients of a cost, from its gradient `[n, 10]` with respect to the outputs of a forward pass.
 * @param wanted Which gradients to compute (default: those of the weights and not those of the pixels), and the slope
 *   that a silent ReLU is taken to have, [0, 1]. Default 0, the true one.
 */
export function backward(
  shape: Network,
  tensors: readonly LayerTensors[],
  pass: Pass,
  outputGradient: tf.Tensor2D,
  {
    weights = true,
    pixels = false,
    slope = 0,
  }: { readonly weights?: boolean; readonly pixels?: boolean; readonly slope?: number } = {},
): Gradients {
  const layers: LayerTensors[] = [];
  let gradient: tf.Tensor = outputGradient;
  for (let i = shape.layers.length - 1; i >= 0; i--) {
    const layer = shape.layers[i]!;
    const { input, output, mask } = pass.traces[i]!;
    gradient = tf.tidy(() => {
      const behind = tf.reshape(gradient, output.shape);
      const undropped = mask ? tf.mul(behind, mask) : behind;
      return layer.activation === 'relu' ? throughRelu(output, undropped, slope) : undropped;
    });
    if (weights) layers.unshift(tidied(() => weightGradients(layer, input, gradient)));
    if (i > 0 || pixels) gradient = tf.tidy(() => inputGradient(layer, tensors[i]!.weights, input, gradient));
  }
  return pixels ? { layers, pixels: tf.reshape(gradient, [outputGradient.shape[0], -1]) } : { layers };
}

/** The shape of a layer's weights as a tensor. */
export function weightShape(layer: DenseLayer | ConvLayer): number[] {
  return layer.kind === 'dense' ? [layer.inputs, layer.units] : [...layer.kernel, layer.inputs[2], layer.filters];
}

function applyLayer(layer: DenseLayer | ConvLayer, { weights, bias }: LayerTensors, input: tf.Tensor): tf.Tensor {
  const affine =
    layer.kind === 'dense'
      ? tf.matMul(input as tf.Tensor2D, weights as tf.Tensor2D)
      : tf.conv2d(input as tf.Tensor4D, weights as tf.Tensor4D, layer.stride, 'same');
  const sum = tf.add(affine, bias);
  return layer.activation === 'relu' ? tf.relu(sum) : sum;
}

/** `tf.tidy` for what has two tensors, which its types do not know. */
function tidied(make: () => LayerTensors): LayerTensors {
  return tf.tidy(() => make() as unknown as tf.TensorContainerObject) as unknown as LayerTensors;
}

/**
 * A gradient behind a ReLU, given what the ReLU put out. Native `step` takes four operations, wasm's `where` is the
 * slow one.
 */
function throughRelu(output: tf.Tensor, gradient: tf.Tensor, slope: number): tf.Tensor {
  if (slope !== 0 || !hasOwnGradients()) return tf.mul(gradient, tf.step(output, slope));
  return tf.where(tf.greater(output, 0), gradient, tf.scalar(0));
}

/** `gradient` is that of the affine map's result, before the activation. */
function weightGradients(layer: DenseLayer | ConvLayer, input: tf.Tensor, gradient: tf.Tensor): LayerTensors {
  if (layer.kind === 'dense') {
    const d = gradient as tf.Tensor2D;
    return { weights: product(input as tf.Tensor2D, d, 'first'), bias: columnSums(d) };
  }
  const columns = tf.reshape(gradient, [-1, layer.filters]) as tf.Tensor2D;
  const kernels = hasOwnGradients()
    ? tf
        .engine()
        .runKernel<tf.Tensor4D>(
          'Conv2DBackpropFilter',
          { x: input, dy: gradient },
          { ...convAttributes(layer), filterShape: weightShape(layer) },
        )
    : convWeightGradient(columns, input as tf.Tensor4D, blockPlan(layer));
  return { weights: kernels, bias: columnSums(columns) };
}

function inputGradient(
  layer: DenseLayer | ConvLayer,
  weights: tf.Tensor,
  input: tf.Tensor,
  gradient: tf.Tensor,
): tf.Tensor {
  if (layer.kind === 'dense') return product(gradient as tf.Tensor2D, weights as tf.Tensor2D, 'second');
  if (hasOwnGradients())
    return tf
      .engine()
      .runKernel<tf.Tensor4D>(
        'Conv2DBackpropInput',
        { dy: gradient, filter: weights },
        { ...convAttributes(layer), inputShape: input.shape },
      );
  return tf.reshape(convInputGradient(gradient as tf.Tensor4D, weights as tf.Tensor4D, blockPlan(layer)), input.shape);
}

/** A product with one factor transposed: within it, or on wasm before it. */
function product(a: tf.Tensor2D, b: tf.Tensor2D, transposed: 'first' | 'second'): tf.Tensor2D {
  const first = transposed === 'first';
  if (hasOwnGradients()) return tf.matMul(a, b, first, !first);
  return first ? tf.matMul(tf.transpose(a), b) : tf.matMul(a, tf.transpose(b));
}

/**
 * Whether the backend has both of a convolution's gradients (that of the input alone is the slow one of wasm). Those
 * that do are fast with what autodiff takes.
 */
function hasOwnGradients(): boolean {
  return (tf.getKernel('Conv2DBackpropFilter', tf.getBackend()) as tf.KernelConfig | undefined) !== undefined;
}

function convAttributes({ stride }: ConvLayer): { strides: number; pad: 'same'; dataFormat: 'NHWC' } {
  return { strides: stride, pad: 'same', dataFormat: 'NHWC' };
}

/** Sums over the rows. As a product with ones because wasm's sum over an outer axis is 8 times slower. */
function columnSums(x: tf.Tensor2D): tf.Tensor1D {
  return tf.reshape(tf.matMul(tf.ones([1, x.shape[0]]), x), [-1]);
}

/**
 * A convolution with stride s as one of stride 1 over blocks: the padded image is cut into cells of s x s pixels, and a
 * kernel of up to m s x m s pixels covers m x m cells. Per side: pixels before and after, cells, outputs.
 */
interface BlockPlan {
  readonly stride: number;
  /** Kernel `[height, width]` in pixels and in cells. */
  readonly kernel: readonly [number, number];
  readonly blocks: readonly [number, number];
  readonly channels: number;
  readonly filters: number;
  readonly rows: Side;
  readonly columns: Side;
}

interface Side {
  readonly size: number;
  readonly before: number;
  readonly after: number;
  readonly cells: number;
  readonly out: number;
}

function blockPlan({ inputs: [height, width, channels], kernel, stride, filters }: ConvLayer): BlockPlan {
  const blocks = [Math.ceil(kernel[0] / stride), Math.ceil(kernel[1] / stride)] as const;
  return {
    stride,
    kernel,
    blocks,
    channels,
    filters,
    rows: side(height, kernel[0], stride, blocks[0]),
    columns: side(width, kernel[1], stride, blocks[1]),
  };
}

function side(size: number, kernel: number, stride: number, blocks: number): Side {
  const out = Math.ceil(size / stride);
  const cells = out - 1 + blocks;
  const [before] = samePadding(size, kernel, stride);
  // With a kernel smaller than the stride the last pixels of the image are never looked at: a negative `after` cuts
  // them.
  return { size, before, after: cells * stride - size - before, cells, out };
}

/**
 * dW: for each of the m x m cell offsets, (dy as `[positions, filters]`) transposed times the cells under it.
 * (One product over gathered patches is slower on wasm, where concat copies in small pieces.)
 */
function convWeightGradient(dy: tf.Tensor2D, x: tf.Tensor4D, plan: BlockPlan): tf.Tensor4D {
  const {
    stride: s,
    blocks: [mh, mw],
    kernel: [kh, kw],
    channels: c,
    filters: f,
    rows,
    columns,
  } = plan;
  const cells = toCells(x, plan);
  const across = tf.transpose(dy);
  const products: tf.Tensor2D[] = [];
  for (let i = 0; i < mh; i++) {
    for (let j = 0; j < mw; j++) {
      const under = (): tf.Tensor2D => tf.reshape(window(cells, [i, j], [rows.out, columns.out]), [-1, s * s * c]);
      products.push(tf.tidy(() => tf.matMul(across, under())));
    }
  }
  // [mh, mw, f, s, s, c] -> [mh, s, mw, s, c, f], in two steps of at most five axes.
  const last = tf.transpose(tf.reshape(tf.stack(products), [mh * mw, f, s * s * c]), [0, 2, 1]);
  const blocks = tf.transpose(tf.reshape(last, [mh, mw, s, s * c * f]), [0, 2, 1, 3]);
  return tf.slice(tf.reshape(blocks, [mh * s, mw * s, c, f]) as tf.Tensor4D, [0, 0, 0, 0], [kh, kw, c, f]);
}

/** dx: the flipped kernel, regrouped by cells, run over dy as a convolution of stride 1 that gives whole cells. */
function convInputGradient(dy: tf.Tensor4D, weights: tf.Tensor4D, plan: BlockPlan): tf.Tensor4D {
  const {
    stride: s,
    blocks: [mh, mw],
    kernel: [kh, kw],
    channels: c,
    filters: f,
  } = plan;
  const padded = tf.pad(weights, [
    [0, mh * s - kh],
    [0, mw * s - kw],
    [0, 0],
    [0, 0],
  ]);
  const grouped = tf.transpose(tf.reshape(padded, [mh, s, mw, s * c * f]), [0, 2, 1, 3]);
  const turned = tf.transpose(tf.reshape(grouped, [mh, mw, s * s * c, f]), [0, 1, 3, 2]);
  const kernel = tf.reverse(turned, [0, 1]) as tf.Tensor4D;
  const around = tf.pad(dy, [
    [0, 0],
    [mh - 1, mh - 1],
    [mw - 1, mw - 1],
    [0, 0],
  ]) as tf.Tensor4D;
  return fromCells(tf.conv2d(around, kernel, 1, 'valid') as tf.Tensor4D, plan);
}

/** `[n, height, width, c]` padded and cut into cells: `[n, cells, cells, s * s * c]`. */
function toCells(x: tf.Tensor4D, { stride: s, channels: c, rows, columns }: BlockPlan): tf.Tensor4D {
  const kept = window(x, [0, 0], [rows.size + Math.min(0, rows.after), columns.size + Math.min(0, columns.after)]);
  const padded = tf.pad(kept, [
    [0, 0],
    [rows.before, Math.max(0, rows.after)],
    [columns.before, Math.max(0, columns.after)],
    [0, 0],
  ]);
  const split = tf.transpose(tf.reshape(padded, [x.shape[0], rows.cells, s, columns.cells, s * c]), [0, 1, 3, 2, 4]);
  return tf.reshape(split, [x.shape[0], rows.cells, columns.cells, s * s * c]);
}

/** The inverse of `toCells`: padding is dropped, pixels that were cut are zero. */
function fromCells(cells: tf.Tensor4D, { stride: s, channels: c, rows, columns }: BlockPlan): tf.Tensor4D {
  const n = cells.shape[0];
  const joined = tf.transpose(tf.reshape(cells, [n, rows.cells, columns.cells, s, s * c]), [0, 1, 3, 2, 4]);
  const image = tf.reshape(joined, [n, rows.cells * s, columns.cells * s, c]) as tf.Tensor4D;
  const height = rows.size + Math.min(0, rows.after);
  const width = columns.size + Math.min(0, columns.after);
  const kept = window(image, [rows.before, columns.before], [height, width]);
  return tf.pad(kept, [
    [0, 0],
    [0, rows.size - height],
    [0, columns.size - width],
    [0, 0],
  ]) as tf.Tensor4D;
}

/** A window of every image: `size` pixels from `from` on. Over joined rows, because wasm copies a slice run by run. */
function window(x: tf.Tensor4D, from: readonly [number, number], size: readonly [number, number]): tf.Tensor4D {
  const [n, height, width, c] = x.shape;
  if (from[0] === 0 && from[1] === 0 && size[0] === height && size[1] === width) return x;
  const cut = tf.slice(
    tf.reshape(x, [n, height, width * c]) as tf.Tensor3D,
    [0, from[0], from[1] * c],
    [n, size[0], size[1] * c],
  );
  return tf.reshape(cut, [n, size[0], size[1], c]);
}
