// ONNX files: the same network back, the same bytes each time, and nothing that lq-stream did not write.

import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/base/errors.js';
import { createRandom, type Random } from '../../src/base/random.js';
import type { DenseLayer, Network } from '../../src/model/network.js';
import { decodeGraph, encodeGraph, type Graph } from '../../src/model/onnx-format.js';
import { fromOnnx, toOnnx } from '../../src/model/onnx.js';
import { randomNetwork } from './random-network.js';

const NETWORKS: Record<string, Network> = {
  dense: randomNetwork(1, { hidden: [33, 20] }),
  'one layer': randomNetwork(2),
  convolutions: randomNetwork(3, {
    convs: [
      { kernel: [4, 4], filters: 5, stride: 2 },
      { kernel: [3, 5], filters: 7, stride: 1 },
    ],
    hidden: [11],
  }),
  'convolutions into the outputs': randomNetwork(4, { convs: [{ kernel: [7, 7], filters: 3, stride: 3 }] }),
};

/** Pixels that the first layer of a network does not look at, as pruning leaves them. */
const DEAD = [0, 1, 2, 27, 300, 301, 783];
NETWORKS['dense without some pixels'] = withoutPixels(randomNetwork(7, { hidden: [9] }), DEAD);
NETWORKS['dense without any pixel'] = withoutPixels(
  randomNetwork(8),
  Array.from({ length: 784 }, (_, pixel) => pixel),
);

function withoutPixels(network: Network, dead: readonly number[], zero = 0): Network {
  const { weights, units } = network.layers[0] as DenseLayer;
  for (const pixel of dead) weights.fill(zero, pixel * units, (pixel + 1) * units);
  return network;
}

const hex = (values: Float32Array) => Buffer.from(values.slice().buffer).toString('hex');

/** The bytes behind every array: equal only when each float is the same bit by bit, -0 included. */
function bits(network: Network): unknown {
  return network.layers.map(({ weights, bias, ...rest }) => ({ ...rest, weights: hex(weights), bias: hex(bias) }));
}

function withLayer(network: Network, index: number, change: Partial<DenseLayer>): Network {
  return { layers: network.layers.map((layer, i) => (i === index ? ({ ...layer, ...change } as DenseLayer) : layer)) };
}

describe.each(Object.entries(NETWORKS))('%s', (_, network) => {
  it('comes back bit by bit', () => {
    expect(bits(fromOnnx(toOnnx(network)))).toEqual(bits(network));
  });

  it('gives the same bytes twice, and after a round trip', () => {
    const bytes = toOnnx(network);
    expect(toOnnx(network).equals(bytes)).toBe(true);
    expect(toOnnx(fromOnnx(bytes)).equals(bytes)).toBe(true);
  });

  it('is read from a view at any offset', () => {
    const bytes = toOnnx(network);
    for (const offset of [1, 2, 3]) {
      const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).subarray(offset);
      expect(bits(fromOnnx(shifted))).toEqual(bits(network));
    }
  });
});

it('keeps negative zeros, denormals and the largest numbers', () => {
  const odd = randomNetwork(5);
  odd.layers[0]!.weights.set([-0, 1e-45, -3.4028234663852886e38, 0]);
  expect(bits(fromOnnx(toOnnx(odd)))).toEqual(bits(odd));
});

it('leaves out the pixels that a first dense layer has no weight for, whatever the sign of its zeros', () => {
  const all = randomNetwork(7, { hidden: [9] });
  const network = withoutPixels(randomNetwork(7, { hidden: [9] }), DEAD, -0);
  expect([toOnnx(network).includes('Gather'), toOnnx(all).includes('Gather')]).toEqual([true, false]);
  expect(bits(fromOnnx(toOnnx(network)))).toEqual(bits(NETWORKS['dense without some pixels']!));
});

it('writes arrays that are views of a larger buffer', () => {
  const network = randomNetwork(6);
  const large = new Float32Array(8000);
  large.set(network.layers[0]!.weights, 100);
  const view = withLayer(network, 0, { weights: large.subarray(100, 7940) });
  expect(toOnnx(view).equals(toOnnx(network))).toBe(true);
});

describe('refuses to write', () => {
  const network = NETWORKS['dense']!;
  it.each([NaN, Infinity, -Infinity])('a weight that is %s, and says where', (value) => {
    const weights = network.layers[1]!.weights.slice();
    weights[7] = value;
    expect(() => toOnnx(withLayer(network, 1, { weights }))).toThrow(`Layer 1 (dense), weights[7] is ${value}`);
  });

  it.each<[string, Network, RegExp]>([
    ['no layers', { layers: [] }, /no layers/],
    ['layers that do not fit', { layers: [network.layers[0]!, network.layers[2]!] }, /takes 20 inputs; it is given 33/],
    [
      'arrays of another length',
      withLayer(network, 2, { bias: new Float32Array(9) }),
      /200 weights and 9 biases; its shape needs 200 and 10/,
    ],
    [
      'a last layer that is not linear',
      withLayer(network, 2, { activation: 'relu' }),
      /must be dense with 10 linear units/,
    ],
    [
      'no units',
      withLayer(network, 0, { units: 0, weights: new Float32Array(0), bias: new Float32Array(0) }),
      /whole numbers above 0/,
    ],
    [
      'a convolution after a dense layer',
      { layers: [network.layers[0]!, NETWORKS['convolutions']!.layers[0]!] },
      /convolutions come first/,
    ],
    [
      'an image of another size',
      { layers: NETWORKS['convolutions']!.layers.slice(1) },
      /takes an image of 14x14x5; it is given 28x28x1/,
    ],
  ])('%s', (_, broken, message) => {
    expect(() => toOnnx(broken)).toThrow(ModelError);
    expect(() => toOnnx(broken)).toThrow(message);
  });
});

describe('refuses to read', () => {
  const bytes = toOnnx(NETWORKS['convolutions']!);

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['text', Buffer.from('this is no model at all')],
    ['another producer', Buffer.from(bytes.toString('latin1').replace('lq-stream', 'tq-stream'), 'latin1')],
    ['another operator', Buffer.from(bytes.toString('latin1').replace('Conv', 'Cinv'), 'latin1')],
    ['another attribute', Buffer.from(bytes.toString('latin1').replace('strides', 'strider'), 'latin1')],
    ['another name of a tensor', Buffer.from(bytes.toString('latin1').replace('layer0.bias', 'layer9.bias'), 'latin1')],
    ['an operator too many', Buffer.concat([bytes, Buffer.from([0x42, 0x04, 0x0a, 0x00, 0x10, 0x0d])])],
  ])('%s', (_, broken) => {
    expect(() => fromOnnx(broken)).toThrow(ModelError);
  });

  it('a file cut anywhere', () => {
    for (let length = 0; length < bytes.length; length += 97)
      expect(() => fromOnnx(bytes.subarray(0, length))).toThrow(ModelError);
  });

  it('a file with any byte of its structure changed, unless it is a weight', () => {
    // The structure is at the start (nodes) and the end (input, output, opset); the weights lie between.
    for (const at of [...Array(120).keys(), ...Array.from({ length: 60 }, (_, i) => bytes.length - 1 - i)]) {
      const broken = Buffer.from(bytes);
      broken[at]! ^= 0x41;
      expect(() => fromOnnx(broken), `byte ${at}`).toThrow(ModelError);
    }
  });
});

describe('is not made to work by what a file says', () => {
  /** What is written of `network`, with its graph changed. */
  function changed(network: Network, change: (graph: Graph) => void): Buffer {
    const graph = decodeGraph(toOnnx(network));
    change(graph);
    return encodeGraph(graph);
  }

  it.each<[string, Network, (graph: Graph) => void, RegExp]>([
    [
      'a first layer of 50,000 units of which one pixel is read',
      NETWORKS['dense without some pixels']!,
      ({ initializer }) => {
        const [pixels, weights] = initializer;
        Object.assign(pixels!, { dims: [1], rawData: new Uint8Array(8) });
        Object.assign(weights!, { dims: [1, 50_000], rawData: new Uint8Array(200_000) });
      },
      /The network has 39,.* weights and biases; it may be at most 33,554,432/,
    ],
    [
      'a convolution that takes fewer channels than it is given',
      NETWORKS['convolutions']!,
      ({ initializer }) => {
        const weights = initializer.find(({ name }) => name === 'layer1.weights')!;
        Object.assign(weights, { dims: [3_000, 1, 1, 1], rawData: new Uint8Array(12_000) });
      },
      /the weights of layer1 have the shape 3000x1x1x1, for 5 channels/,
    ],
    [
      'an image of 400 filters at full size',
      NETWORKS['convolutions into the outputs']!,
      ({ node, initializer }) => {
        node[1]!.attribute.find(({ name }) => name === 'strides')!.ints = [1, 1];
        Object.assign(initializer[1]!, { dims: [400, 1, 1, 1], rawData: new Uint8Array(1600) });
      },
      /Layer 0 \(conv\) gives 313,600 numbers for one digit; it may be at most 262,144/,
    ],
    [
      'convolutions that take minutes for a digit',
      NETWORKS['convolutions']!,
      ({ node, initializer }) => {
        for (const { attribute } of node) for (const one of attribute) if (one.name === 'strides') one.ints = [1, 1];
        Object.assign(initializer[1]!, { dims: [300, 1, 1, 1], rawData: new Uint8Array(1200) });
        Object.assign(initializer[3]!, { dims: [200, 300, 3, 3], rawData: new Uint8Array(4 * 540_000) });
      },
      /The network takes 42\d,.* multiplications for one digit; it may be at most 268,435,456/,
    ],
    [
      'a tensor whose size overflows',
      NETWORKS['one layer']!,
      ({ initializer }) => (initializer[0]!.dims = [2 ** 53, 2 ** 53, 2 ** 53]),
      /is not float32 of shape/,
    ],
    [
      'more layers than a network may have',
      NETWORKS['one layer']!,
      ({ node }) => node.push(...Array.from({ length: 64 }, () => node[0]!)),
      /The network has 65 layers; it may have at most 64/,
    ],
    [
      'thousands of nodes',
      NETWORKS['one layer']!,
      ({ node }) => node.push(...Array.from({ length: 5000 }, () => ({ ...node[0]!, attribute: [] }))),
      /it has more than 10,000 fields/,
    ],
    [
      'a long name',
      NETWORKS['one layer']!,
      ({ node }) => (node[0]!.name = 'x'.repeat(1e6)),
      /name of a NodeProto has more than 200 bytes/,
    ],
    [
      'names that would steer a terminal',
      NETWORKS['one layer']!,
      ({ node }) => (node[0]!.opType = '\u001b[2J\nGemm'),
      /it has a node of type \\x1b\[2J\\nGemm/,
    ],
  ])('%s', (_, network, change, message) => {
    const bytes = changed(network, change);
    expect(() => fromOnnx(bytes)).toThrow(ModelError);
    expect(() => fromOnnx(bytes)).toThrow(message);
  });

  it('field for field: what is never written is refused by its number', () => {
    // Field 13 of a tensor (data in another file) of a graph; field 3, a group that holds itself; field 9, unknown.
    const external = Buffer.from([0x3a, 0x06, 0x2a, 0x04, 0x6a, 0x02, 0x0a, 0x00]);
    expect(() => fromOnnx(external)).toThrow(/field 13 of TensorProto: data in another file/);
    expect(() => fromOnnx(Buffer.alloc(100_000, 0x1b))).toThrow(/field 3 of ModelProto/);
    expect(() => fromOnnx(Buffer.from([0x48, 0x01]))).toThrow(/field 9 of ModelProto/);
    expect(() => fromOnnx(Buffer.from([0x3b, 0x3b]))).toThrow(/wire type 3/);
  });

  it('a mutated file is refused with a ModelError, or is the same network but for its weights', () => {
    const random = createRandom(14);
    const files = ['convolutions', 'dense without some pixels', 'one layer'].map((name) => toOnnx(NETWORKS[name]!));
    for (let i = 0; i < 300; i++) {
      const bytes = mutated(pick(files, random), random);
      try {
        expect(toOnnx(fromOnnx(bytes)).equals(bytes)).toBe(true);
      } catch (error) {
        expect(error, `mutation ${i}`).toBeInstanceOf(ModelError);
      }
    }
  });
});

const pick = <T>(list: readonly T[], random: Random): T => list[random.int(list.length)]!;

/** Some bytes changed, left out, doubled or added; near the ends more often than among the weights. */
function mutated(bytes: Buffer, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let changes = 1 + random.int(3); changes > 0; changes--) {
    const at = random.int(2) === 0 ? random.int(result.length) : random.int(Math.min(300, result.length));
    const until = Math.min(result.length, at + 1 + random.int(pick([4, 40, 400], random)));
    const how = random.int(5);
    if (how === 0) result[at]! ^= 1 << random.int(8);
    else if (how === 1) result[at] = pick([0, 1, 0x7f, 0x80, 0xff], random);
    else if (how === 2) result = Buffer.concat([result.subarray(0, at), result.subarray(until)]);
    else if (how === 3) result = Buffer.concat([result.subarray(0, until), result.subarray(at)]);
    else result = result.subarray(0, until);
  }
  return result;
}
