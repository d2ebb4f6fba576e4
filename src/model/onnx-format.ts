// The bytes of an ONNX file: the part of its format that a feed-forward network needs, and no other. It must not know
// what a network is.

import protobuf from 'protobufjs';
import { ModelError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { LIMITS } from './network.js';

/** Of the ONNX specification's enumerations (onnx.proto3), the members used here. */
export const FLOAT = 1,
  INT64 = 7,
  ATTRIBUTE_INT = 2,
  ATTRIBUTE_INTS = 7;
const IR_VERSION = 8,
  OPSET = 13,
  PRODUCER = 'lq-stream';

/** Bytes of a file at most: those of the weights that a network may have, and a MiB for all else. */
export const MAX_ONNX_BYTES = 4 * LIMITS.weights + 2 ** 20;

/** Fields of a file at most, messages counted: a layer has up to 60. Each becomes an object of a hundred bytes. */
const MAX_FIELDS = 10_000;

/** Bytes of a field at most that is neither a message nor the numbers of a tensor: a name, or some sizes. */
const MAX_TEXT = 200;

/** A tensor of numbers: a network's weights, or places that a node takes. */
export interface Tensor {
  dims: number[];
  dataType: number;
  name: string;
  rawData: Uint8Array;
}
/** A setting of a node. */
export interface Attribute {
  name: string;
  type: number;
  i?: number;
  ints?: number[];
}
/** An operator with what it takes, gives and is set to. */
export interface Node {
  input: string[];
  output: string[];
  name: string;
  opType: string;
  attribute: Attribute[];
}
/** What goes into a graph or comes out of it. A file may leave any of it out (null). */
export interface Value {
  name: string;
  type: { tensorType: { elemType: number; shape: { dim: Dimension[] } | null } | null } | null;
}
/** A number, or the name of one that is free. */
export interface Dimension {
  dimValue?: number;
  dimParam?: string;
}
/** Nodes in the order in which they run, and what they take. */
export interface Graph {
  node: Node[];
  name: string;
  initializer: Tensor[];
  input: Value[];
  output: Value[];
}
interface ModelFile {
  irVersion: number;
  producerName: string;
  /** null where a file has none. */
  graph: Graph | null;
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

/** What fields that are not known here are for, where it says why a file is refused. */
const REFUSED: Readonly<Record<string, string>> = {
  'ModelProto 25': ': functions of its own',
  'NodeProto 7': ': the domain of a custom operator',
  'AttributeProto 6': ': a sub-graph, as loops and branches have',
  'AttributeProto 11': ': sub-graphs, as loops and branches have',
  'TensorProto 13': ': data in another file',
};

/** A graph as a file. */
export function encodeGraph(graph: Graph): Buffer {
  const file: ModelFile = {
    irVersion: IR_VERSION,
    producerName: PRODUCER,
    graph,
    opsetImport: [{ domain: '', version: OPSET }],
  };
  const { buffer, byteOffset, byteLength } = MODEL.encode(file).finish();
  return Buffer.from(buffer, byteOffset, byteLength);
}

/**
 * The graph of a file; its numbers are views of `bytes`. Time and memory are bounded by `bytes`, whatever it says.
 * @throws ModelError when it is no such file, or has anything that `encodeGraph` never writes, or too much of it.
 */
export function decodeGraph(bytes: Uint8Array): Graph {
  let file: ModelFile;
  try {
    checkFields(bytes);
    file = MODEL.toObject(MODEL.decode(bytes), { longs: Number, arrays: true, defaults: true }) as ModelFile;
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    throw new ModelError(`The ONNX file can't be read: ${(cause as Error).message}. Is it damaged?`, { cause });
  }
  if (file.producerName !== PRODUCER) throw foreign(`its producer is "${printable(file.producerName)}"`);
  if (file.graph === null) throw foreign('it has no graph');
  return file.graph;
}

/** What is said of a file that holds something else than this program's networks. `found` is a clause. */
export function foreign(found: string): ModelError {
  return new ModelError(
    `The ONNX file was not written by this version of lq-stream: ${found}. Make the model with ` +
      `\`lq-stream train\` or \`prune\`.`,
  );
}

/**
 * Goes through all fields before any is made an object of: two bytes of a hostile file become a hundred, and what an
 * unknown field says (a sub-graph, say) would be passed over.
 */
function checkFields(bytes: Uint8Array): void {
  if (bytes.length > MAX_ONNX_BYTES)
    throw foreign(
      `it has ${bytes.length.toLocaleString('en')} bytes, of at most ${MAX_ONNX_BYTES.toLocaleString('en')}`,
    );
  const reader = protobuf.Reader.create(bytes);
  let fields = 0;
  const walk = (message: protobuf.Type, end: number): void => {
    while (reader.pos < end) {
      const tag = reader.uint32();
      const known = message.fieldsById[tag >>> 3]?.resolve();
      if (!known) throw foreign(unknownField(message.name, tag >>> 3));
      if (++fields > MAX_FIELDS) throw foreign(`it has more than ${MAX_FIELDS.toLocaleString('en')} fields`);
      const stop = lengthOf(reader, tag & 7) + reader.pos;
      if (stop > end) throw new RangeError(`a field of ${message.name} is longer than what holds it`);
      if (known.resolvedType instanceof protobuf.Type) walk(known.resolvedType, stop);
      else if (known.type !== 'bytes' && stop - reader.pos > MAX_TEXT)
        throw foreign(`${known.name} of a ${message.name} has more than ${MAX_TEXT} bytes`);
      reader.pos = stop;
    }
  };
  walk(MODEL, bytes.length);
}

/** Bytes of the field's value that are still to come; a number is passed over. */
function lengthOf(reader: protobuf.Reader, wireType: number): number {
  if (wireType === 2) return reader.uint32();
  if (wireType !== 0) throw foreign(`it has a field of wire type ${wireType}`);
  reader.skipType(wireType);
  return 0;
}

function unknownField(message: string, field: number): string {
  return `it has field ${field} of ${message}${REFUSED[`${message} ${field}`] ?? ''}, which is never written`;
}
