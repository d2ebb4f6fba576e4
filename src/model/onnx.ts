// Network <-> ONNX bytes (IR 8, opset 13). Owns the file format; knows nothing of folders, cards or engines.

import protobuf from 'protobufjs';
import { ModelError } from '../base/errors.js';
import { CLASSES, PIXELS } from '../types.js';
import {
  convOutput,
  describe,
  INPUT_SHAPE,
  outputSize,
  samePadding,
  validate,
  type Activation,
  type ConvLayer,
  type DenseLayer,
  type Layer,
  type Network,
} from './network.js';

/** Name of the graph's input: float32 `[N, 784]`, N free. */
export const INPUT_NAME = 'pixels';

/** Name of the graph's output: float32 `[N, 10]`. */
export const OUTPUT_NAME = 'outputs';

/** Of the ONNX specification's enumerations (onnx.proto3), the members used here. */
const FLOAT = 1,
  INT64 = 7,
  ATTRIBUTE_INT = 2,
  ATTRIBUTE_INTS = 7;
const IR_VERSION = 8,
  OPSET = 13,
  PRODUCER = 'lq-stream';

interface Tensor {
  dims: number[];
  dataType: number;
  name: string;
  rawData: Uint8Array;
}
interface Attribute {
  name: string;
  type: number;
  i?: number;
  ints?: number[];
}
interface Node {
  input: string[];
  output: string[];
  name: string;
  opType: string;
  attribute: Attribute[];
}
interface Value {
  name: string;
  type: { tensorType: { elemType: number; shape: { dim: { dimValue?: number; dimParam?: string }[] } } };
}
interface Graph {
  node: Node[];
  name: string;
  initializer: Tensor[];
  input: Value[];
  output: Value[];
}
interface ModelFile {
  irVersion: number;
  producerName: string;
  graph: Graph;
  opsetImport: { domain: string; version: number }[];
}

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });

/** The part of onnx.proto3 that a feed-forward network needs; the numbers are the specification's. */
const MODEL = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field(1, 'int64'),
        producerName: field(2, 'string'),
        graph: field(7, 'GraphProto'),
        opsetImport: list(8, 'OperatorSetIdProto'),
      },
    },
    OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    GraphProto: {
      fields: {
        node: list(1, 'NodeProto'),
        name: field(2, 'string'),
        initializer: list(5, 'TensorProto'),
        input: list(11, 'ValueInfoProto'),
        output: list(12, 'ValueInfoProto'),
      },
    },
    NodeProto: {
      fields: {
        input: list(1, 'string'),
        output: list(2, 'string'),
        name: field(3, 'string'),
        opType: field(4, 'string'),
        attribute: list(5, 'AttributeProto'),
      },
    },
    AttributeProto: {
      fields: { name: field(1, 'string'), i: field(3, 'int64'), ints: list(8, 'int64'), type: field(20, 'int32') },
    },
    TensorProto: {
      fields: {
        dims: list(1, 'int64'),
        dataType: field(2, 'int32'),
        name: field(8, 'string'),
        rawData: field(9, 'bytes'),
      },
    },
    ValueInfoProto: { fields: { name: field(1, 'string'), type: field(2, 'TypeProto') } },
    TypeProto: { fields: { tensorType: field(1, 'TensorType') } },
    TensorType: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShapeProto') } },
    TensorShapeProto: { fields: { dim: list(1, 'Dimension') } },
    Dimension: { fields: { dimValue: field(1, 'int64'), dimParam: field(2, 'string') } },
  },
}).lookupType('ModelProto');

/**
 * The network as an ONNX file: `pixels` `[N, 784]` to `outputs` `[N, 10]`. The same network gives the same bytes.
 * Images are `[channels, height, width]` inside, so the rows of a dense layer after a convolution are reordered. Pixels
 * that a first dense layer has no weight for (pruning leaves many) are not fed to it: `Gather` takes the others.
 * @throws ModelError when the network is not whole (see `validate`).
 */
export function toOnnx(network: Network): Buffer {
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
  const file: ModelFile = {
    irVersion: IR_VERSION,
    producerName: PRODUCER,
    graph,
    opsetImport: [{ domain: '', version: OPSET }],
  };
  return Buffer.from(MODEL.encode(file).finish());
}

/**
 * Reads what `toOnnx` wrote: the very same network, bit by bit.
 * @throws ModelError for anything else, other programs' ONNX files included: writing what was read must give the same
 *   bytes.
 */
export function fromOnnx(bytes: Uint8Array): Network {
  const graph = decode(bytes);
  const tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const layers: Layer[] = [];
  for (const [i, node] of graph.node.entries()) {
    const activation: Activation = graph.node[i + 1]?.opType === 'Relu' ? 'relu' : 'linear';
    if (node.opType === 'Conv') layers.push(readConv(node, tensors, layers.at(-1), activation));
    else if (node.opType === 'Gemm') layers.push(readDense(node, tensors, layers.at(-1), activation));
    else if (!['Reshape', 'Flatten', 'Gather', 'Relu'].includes(node.opType))
      throw foreign(`it has a node of type ${node.opType}`);
  }
  const network: Network = { layers };
  if (!toOnnx(network).equals(bytes)) throw foreign(`it is close to ${describe(network).join('; ')}, but not the same`);
  return network;
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

function readDense(
  from: Node,
  tensors: Map<string, Tensor>,
  previous: Layer | undefined,
  activation: Activation,
): DenseLayer {
  const { dims, data } = readFloats(from.input[1], tensors);
  const [rows = 0, units = 0] = dims;
  const read = previous ? undefined : tensors.get(`${from.name}.pixels`);
  const inputs = read ? PIXELS : rows;
  let weights = read ? scatterRows(data, units, readIntegers(read, rows), inputs) : data;
  if (previous?.kind === 'conv') {
    if (outputSize(previous) !== inputs)
      throw foreign(`${from.name} takes ${inputs} inputs after an image of ${convOutput(previous).join('x')}`);
    weights = scatterRows(data, units, channelsFirst(convOutput(previous)), inputs);
  }
  return { kind: 'dense', inputs, units, weights, bias: readFloats(from.input[2], tensors).data, activation };
}

function readConv(
  from: Node,
  tensors: Map<string, Tensor>,
  previous: Layer | undefined,
  activation: Activation,
): ConvLayer {
  if (previous?.kind === 'dense') throw foreign(`${from.name} is a convolution after a dense layer`);
  const { dims, data } = readFloats(from.input[1], tensors);
  const [filters = 0, , kernelHeight = 0, kernelWidth = 0] = dims;
  const stride = from.attribute.find(({ name }) => name === 'strides')?.ints?.[0] ?? 0;
  if (!(stride > 0)) throw foreign(`${from.name} has the stride ${stride}`);
  const inputs = previous ? convOutput(previous) : INPUT_SHAPE;
  const weights = new Float32Array(data.length);
  const layer: ConvLayer = {
    kind: 'conv',
    inputs,
    kernel: [kernelHeight, kernelWidth],
    filters,
    stride,
    weights,
    bias: readFloats(from.input[2], tensors).data,
    activation,
  };
  eachKernelWeight(layer, (ours, theirs) => {
    weights[ours] = data[theirs]!;
  });
  return layer;
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
  { kernel: [height, width], inputs: [, , channels], filters }: ConvLayer,
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

function readFloats(name: string | undefined, tensors: Map<string, Tensor>): { dims: number[]; data: Float32Array } {
  const tensor = tensors.get(name ?? '');
  if (tensor === undefined) throw foreign(`the tensor ${name} is missing`);
  const { dims, dataType, rawData } = tensor;
  if (
    dataType !== FLOAT ||
    !dims.every((size) => size > 0) ||
    rawData.length !== 4 * dims.reduce((product, size) => product * size, 1)
  ) {
    throw foreign(`the tensor ${name} is not float32 of shape ${dims.join('x')} in raw form`);
  }
  // The slice starts anywhere in the file; a Float32Array needs a multiple of four, so the bytes are copied.
  return { dims, data: new Float32Array(Uint8Array.from(rawData).buffer) };
}

/** `count` pixel numbers. */
function readIntegers({ name, dataType, rawData }: Tensor, count: number): number[] {
  const values =
    dataType === INT64 && rawData.length === 8 * count
      ? Array.from(new BigInt64Array(Uint8Array.from(rawData).buffer), Number)
      : [];
  if (values.length !== count || !values.every((pixel) => pixel >= 0 && pixel < PIXELS))
    throw foreign(`the tensor ${name} is not ${count} numbers of pixels`);
  return values;
}

function decode(bytes: Uint8Array): Graph {
  let file: ModelFile;
  try {
    file = MODEL.toObject(MODEL.decode(bytes), { longs: Number, arrays: true, defaults: true }) as ModelFile;
  } catch (cause) {
    throw new ModelError(`The ONNX file can't be read: ${(cause as Error).message}. Is it damaged?`, { cause });
  }
  if (file.producerName !== PRODUCER) throw foreign(`its producer is "${file.producerName}"`);
  if ((file.graph as Graph | null) === null) throw foreign('it has no graph');
  return file.graph;
}

function foreign(found: string): ModelError {
  return new ModelError(
    `The ONNX file was not written by this version of lq-stream: ${found}. Make the model with ` +
      `\`lq-stream train\` or \`prune\`.`,
  );
}
