// Network <-> ONNX bytes (IR 8, opset 13), in the one form that this program writes. Knows nothing of folders, cards or
// engines.

import { printable } from '../base/printable.js';
import { CLASSES, PIXELS } from '../types.js';
import {
  checkShapes,
  convOutput,
  INPUT_SHAPE,
  samePadding,
  validate,
  type Activation,
  type ConvLayer,
  type ConvShape,
  type DenseLayer,
  type DenseShape,
  type Layer,
  type LayerShape,
  type Network,
} from './network.js';
import {
  ATTRIBUTE_INT,
  ATTRIBUTE_INTS,
  decodeGraph,
  encodeGraph,
  FLOAT,
  foreign,
  INT64,
  type Attribute,
  type Graph,
  type Node,
  type Tensor,
  type Value,
} from './onnx-format.js';

/** Name of the graph's input: float32 `[N, 784]`, N free. */
export const INPUT_NAME = 'pixels';

/** Name of the graph's output: float32 `[N, 10]`. */
export const OUTPUT_NAME = 'outputs';

/**
 * The network as an ONNX file: `pixels` `[N, 784]` to `outputs` `[N, 10]`. The same network gives the same bytes.
 * Images are `[channels, height, width]` inside, so the rows of a dense layer after a convolution are reordered. Pixels
 * that a first dense layer has no weight for (pruning leaves many) are not fed to it: `Gather` takes the others.
 * @throws ModelError when the network is not whole (see `validate`).
 */
export function toOnnx(network: Network): Buffer {
  return encodeGraph(graphOf(network));
}

/**
 * Reads what `toOnnx` wrote: the very same network, bit by bit. What an engine makes of such a file is what the network
 * says, for there is nothing else in it: no other operator, name, shape or setting.
 * @throws ModelError, and nothing else, for any other bytes, other programs' ONNX files included: writing what was read
 *   must give the same bytes. Time and memory are bounded by the length of `bytes` and by `LIMITS`.
 */
export function fromOnnx(bytes: Uint8Array): Network {
  const graph = decodeGraph(bytes);
  checkEnds('input', graph.input, value(INPUT_NAME, PIXELS));
  checkEnds('output', graph.output, value(OUTPUT_NAME, CLASSES));
  const tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const shapes: LayerShape[] = [];
  const readers: (() => Layer)[] = [];
  for (const [i, node] of graph.node.entries()) {
    if (['Reshape', 'Flatten', 'Gather', 'Relu'].includes(node.opType)) continue;
    const activation: Activation = graph.node[i + 1]?.opType === 'Relu' ? 'relu' : 'linear';
    const previous = shapes.at(-1);
    if (node.opType === 'Conv') {
      const shape = convShape(node, tensors, previous, activation);
      shapes.push(shape);
      readers.push(() => readConv(shape, node, tensors));
    } else if (node.opType === 'Gemm') {
      const shape = denseShape(node, tensors, previous, activation);
      shapes.push(shape);
      readers.push(() => readDense(shape, node, tensors, previous));
    } else throw foreign(`it has a node of type ${printable(node.opType)}`);
  }
  // Before anything of the size that they say is made.
  checkShapes(shapes);
  const network: Network = { layers: readers.map((read) => read()) };
  const written = graphOf(network);
  if (!encodeGraph(written).equals(bytes)) throw foreign(firstDifference(graph, written));
  return network;
}

function graphOf(network: Network): Graph {
  validate(network);
  const graph: Graph = {
    node: [],
    name: 'network',
    initializer: [],
    input: [value(INPUT_NAME, PIXELS)],
    output: [value(OUTPUT_NAME, CLASSES)],
  };
  let previous: Layer | undefined;
  let wire = INPUT_NAME;
  network.layers.forEach((layer, i) => {
    wire = layer.kind === 'conv' ? addConv(graph, layer, i, wire) : addDense(graph, layer, previous, i, wire);
    previous = layer;
  });
  graph.node.at(-1)!.output = [OUTPUT_NAME];
  return graph;
}

function addDense(graph: Graph, layer: DenseLayer, previous: Layer | undefined, i: number, wire: string): string {
  const name = `layer${i}`;
  let { weights } = layer;
  const read = previous ? undefined : readRows(layer);
  if (read) {
    graph.initializer.push(integers(`${name}.pixels`, read));
    graph.node.push(node('Gather', `${name}.read`, [wire, `${name}.pixels`], [intAttribute('axis', 1)]));
    wire = `${name}.read`;
    weights = gatherRows(weights, layer.units, read);
  }
  if (previous?.kind === 'conv') {
    graph.node.push(node('Flatten', `${name}.flatten`, [wire], [intAttribute('axis', 1)]));
    wire = `${name}.flatten`;
    weights = gatherRows(weights, layer.units, channelsFirst(convOutput(previous)));
  }
  graph.initializer.push(
    floats(`${name}.weights`, [weights.length / layer.units, layer.units], weights),
    floats(`${name}.bias`, [layer.units], layer.bias),
  );
  graph.node.push(node('Gemm', name, [wire, `${name}.weights`, `${name}.bias`]));
  return activate(graph, layer, name);
}

function addConv(graph: Graph, layer: ConvLayer, i: number, wire: string): string {
  const name = `layer${i}`;
  const [height, width, channels] = layer.inputs;
  const { kernel, stride } = layer;
  if (i === 0) {
    graph.initializer.push(integers('image', [-1, channels, height, width]));
    graph.node.push(node('Reshape', `${name}.image`, [wire, 'image']));
    wire = `${name}.image`;
  }
  const [top, bottom] = samePadding(height, kernel[0], stride);
  const [left, right] = samePadding(width, kernel[1], stride);
  graph.initializer.push(
    floats(`${name}.weights`, [layer.filters, channels, ...kernel], kernelsFirst(layer)),
    floats(`${name}.bias`, [layer.filters], layer.bias),
  );
  graph.node.push(
    node(
      'Conv',
      name,
      [wire, `${name}.weights`, `${name}.bias`],
      [
        intsAttribute('kernel_shape', [...kernel]),
        intsAttribute('pads', [top, left, bottom, right]),
        intsAttribute('strides', [stride, stride]),
      ],
    ),
  );
  return activate(graph, layer, name);
}

function activate(graph: Graph, layer: Layer, name: string): string {
  if (layer.activation === 'linear') return name;
  graph.node.push(node('Relu', `${name}.relu`, [name]));
  return `${name}.relu`;
}

function denseShape(
  from: Node,
  tensors: Tensors,
  previous: LayerShape | undefined,
  activation: Activation,
): DenseShape {
  const { dims } = tensorOf(from.input[1], tensors);
  const [rows = 0, units = 0] = dims;
  if (dims.length !== 2) throw foreign(`the weights of ${printable(from.name)} have ${dims.length} dimensions of 2`);
  return { kind: 'dense', inputs: pixelsRead(from, tensors, previous) ? PIXELS : rows, units, activation };
}

/** The tensor of the pixels that a first dense layer takes; undefined where it takes all. */
function pixelsRead(from: Node, tensors: Tensors, previous: LayerShape | undefined): Tensor | undefined {
  return previous ? undefined : tensors.get(`${from.name}.pixels`);
}

function readDense(shape: DenseShape, from: Node, tensors: Tensors, previous: LayerShape | undefined): DenseLayer {
  const { inputs, units } = shape;
  const [data, bias] = [readFloats(from.input[1], tensors), readFloats(from.input[2], tensors)];
  const read = pixelsRead(from, tensors, previous);
  let weights = data;
  if (read) weights = scatterRows(data, units, readIntegers(read, data.length / units), inputs);
  if (previous?.kind === 'conv') weights = scatterRows(data, units, channelsFirst(convOutput(previous)), inputs);
  return { ...shape, weights, bias };
}

function convShape(from: Node, tensors: Tensors, previous: LayerShape | undefined, activation: Activation): ConvShape {
  const name = printable(from.name);
  if (previous?.kind === 'dense') throw foreign(`${name} is a convolution after a dense layer`);
  const { dims } = tensorOf(from.input[1], tensors);
  const inputs = previous ? convOutput(previous) : INPUT_SHAPE;
  const [filters = 0, channels = 0, height = 0, width = 0] = dims;
  if (dims.length !== 4 || channels !== inputs[2])
    throw foreign(`the weights of ${name} have the shape ${sizes(dims)}, for ${inputs[2]} channels`);
  const stride = from.attribute.find((attribute) => attribute.name === 'strides')?.ints?.[0] ?? 0;
  if (!(stride > 0)) throw foreign(`${name} has the stride ${stride}`);
  return { kind: 'conv', inputs, kernel: [height, width], filters, stride, activation };
}

function readConv(shape: ConvShape, from: Node, tensors: Tensors): ConvLayer {
  const data = readFloats(from.input[1], tensors);
  const weights = new Float32Array(data.length);
  eachKernelWeight(shape, (ours, theirs) => {
    weights[ours] = data[theirs]!;
  });
  return { ...shape, weights, bias: readFloats(from.input[2], tensors) };
}

/** Rows of a first layer's weights that are not all zero; undefined when that is all of them, or none. */
function readRows({ weights, inputs, units }: DenseLayer): number[] | undefined {
  const read = Array.from({ length: inputs }, (_, row) => row).filter((row) =>
    weights.subarray(row * units, (row + 1) * units).some((weight) => weight !== 0),
  );
  return read.length === inputs || read.length === 0 ? undefined : read;
}

/** `[kh, kw, channels, filters]` to ONNX's `[filters, channels, kh, kw]`. */
function kernelsFirst(layer: ConvLayer): Float32Array {
  const data = new Float32Array(layer.weights.length);
  eachKernelWeight(layer, (ours, theirs) => {
    data[theirs] = layer.weights[ours]!;
  });
  return data;
}

function eachKernelWeight(
  { kernel: [height, width], inputs: [, , channels], filters }: ConvShape,
  visit: (ours: number, theirs: number) => void,
): void {
  let ours = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++)
        for (let f = 0; f < filters; f++) visit(ours++, ((f * channels + c) * height + y) * width + x);
}

/**
 * For each position of an image in `[channels, height, width]` order, the same position in `[height, width, channels]`
 * order.
 */
function channelsFirst([height, width, channels]: readonly [number, number, number]): Uint32Array {
  const order = new Uint32Array(height * width * channels);
  let at = 0;
  for (let c = 0; c < channels; c++) for (let p = 0; p < height * width; p++) order[at++] = p * channels + c;
  return order;
}

/** Row k comes from row `order[k]` of `weights` (`[inputs, units]`). */
function gatherRows(weights: Float32Array, units: number, order: ArrayLike<number>): Float32Array {
  const out = new Float32Array(order.length * units);
  for (let k = 0; k < order.length; k++)
    out.set(weights.subarray(order[k]! * units, (order[k]! + 1) * units), k * units);
  return out;
}

/** The inverse: row k goes to row `order[k]` of `[inputs, units]`; rows that none goes to are zero. */
function scatterRows(weights: Float32Array, units: number, order: ArrayLike<number>, inputs: number): Float32Array {
  const out = new Float32Array(inputs * units);
  for (let k = 0; k < order.length; k++) out.set(weights.subarray(k * units, (k + 1) * units), order[k]! * units);
  return out;
}

function value(name: string, size: number): Value {
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim: [{ dimParam: 'N' }, { dimValue: size }] } } } };
}

function node(opType: string, name: string, input: string[], attribute: Attribute[] = []): Node {
  return { opType, name, input, output: [name], attribute };
}

const intAttribute = (name: string, i: number): Attribute => ({ name, type: ATTRIBUTE_INT, i });
const intsAttribute = (name: string, ints: number[]): Attribute => ({ name, type: ATTRIBUTE_INTS, ints });

// raw_data is little-endian by the specification, and so is every machine that onnxruntime-node runs on.
function floats(name: string, dims: number[], data: Float32Array): Tensor {
  return { name, dims, dataType: FLOAT, rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function integers(name: string, values: readonly number[]): Tensor {
  return {
    name,
    dims: [values.length],
    dataType: INT64,
    rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  };
}

/** By their names. */
type Tensors = ReadonlyMap<string, Tensor>;

function tensorOf(name: string | undefined, tensors: Tensors): Tensor {
  const tensor = tensors.get(name ?? '');
  if (tensor === undefined) throw foreign(`the tensor ${printable(name ?? '')} is missing`);
  const { dims, dataType, rawData } = tensor;
  if (
    dataType !== FLOAT ||
    !dims.every((size) => size > 0) ||
    rawData.length !== 4 * dims.reduce((product, size) => product * size, 1)
  ) {
    throw foreign(`the tensor ${printable(tensor.name)} is not float32 of shape ${sizes(dims)} in raw form`);
  }
  return tensor;
}

function readFloats(name: string | undefined, tensors: Tensors): Float32Array {
  const { rawData } = tensorOf(name, tensors);
  // The slice starts anywhere in the file; a Float32Array needs a multiple of four, so the bytes are copied.
  const values = new Float32Array(rawData.length / 4);
  new Uint8Array(values.buffer).set(rawData);
  return values;
}

const sizes = (dims: readonly number[]): string => printable(dims.join('x'));

/** `count` pixel numbers. */
function readIntegers({ name, dataType, rawData }: Tensor, count: number): number[] {
  const values =
    dataType === INT64 && rawData.length === 8 * count
      ? Array.from(new BigInt64Array(Uint8Array.from(rawData).buffer), Number)
      : [];
  if (values.length !== count || !values.every((pixel) => pixel >= 0 && pixel < PIXELS))
    throw foreign(`the tensor ${printable(name)} is not ${count} numbers of pixels`);
  return values;
}

function checkEnds(end: 'input' | 'output', found: readonly Value[], wanted: Value): void {
  const [is, must] = [found.map(valueInWords).join(', '), valueInWords(wanted)];
  if (is !== must) throw foreign(`its ${end} is ${is === '' ? 'missing' : printable(is)}; it must be ${must}`);
}

/** `outputs float32 [N, 10]`. */
function valueInWords({ name, type }: Value): string {
  const { elemType = 0, shape = null } = type?.tensorType ?? {};
  const dims = shape?.dim.map(({ dimValue, dimParam }) => (dimParam ? dimParam : String(dimValue))) ?? [];
  return `${name} ${elemType === FLOAT ? 'float32' : `of type ${elemType}`} [${dims.join(', ')}]`;
}

/** A clause: where what was found is not what the same layers are written as. */
function firstDifference(found: Graph, written: Graph): string {
  for (let i = 0; i < Math.max(found.node.length, written.node.length); i++) {
    const [is, must] = [found.node[i], written.node[i]].map((one) => (one ? printable(nodeInWords(one)) : 'missing'));
    if (is !== must) return `its node ${i} is ${is}; it must be ${must}`;
  }
  return 'its nodes are, but the rest of its bytes is not, what the same layers are written as';
}

/** `Flatten layer1.flatten (layer0) -> layer1.flatten, axis 1`. */
function nodeInWords({ opType, name, input, output, attribute }: Node): string {
  const settings = attribute.map(
    ({ name: what, i = 0, ints = [] }) => `, ${what} ${ints.length > 0 ? ints.join('x') : i}`,
  );
  return `${opType} ${name} (${input.join(', ')}) -> ${output.join(', ')}${settings.join('')}`;
}
