// ONNX files: the same network back, the same bytes each time, and nothing that lq-stream did not write.

import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/base/errors.js';
import type { DenseLayer, Network } from '../../src/model/network.js';
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
