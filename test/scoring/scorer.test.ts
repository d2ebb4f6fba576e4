// The engines agree with each other over shapes that the padding rules make hard, and keep the Scorer contract.

import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/base/errors.js';
import { decodeGraph, encodeGraph } from '../../src/model/onnx-format.js';
import { toOnnx } from '../../src/model/onnx.js';
import type { Network } from '../../src/model/network.js';
import { bytesInBlocks } from '../../src/scoring/blocks.js';
import { onnxScorer } from '../../src/scoring/onnx.js';
import { referenceScorer } from '../../src/scoring/reference.js';
import { tfjsScorer } from '../../src/scoring/tfjs.js';
import type { Scorer } from '../../src/scoring/scorer.js';
import { randomNetwork, randomPixels } from '../model/random-network.js';

const ENGINES: Record<string, (network: Network) => Promise<Scorer>> = {
  'onnx, one thread': (network) => onnxScorer(toOnnx(network), { threads: 1 }),
  'onnx, two threads': (network) => onnxScorer(toOnnx(network), { threads: 2 }),
  'onnx, threads by the size of the batch': (network) => onnxScorer(toOnnx(network)),
  'onnx, in blocks': (network) => onnxScorer(bytesInBlocks({ onnx: toOnnx(network), network: () => network })),
  'tfjs wasm': (network) => tfjsScorer(network, { backends: ['wasm'] }),
  'tfjs cpu': (network) => tfjsScorer(network, { backends: ['cpu'] }),
  reference: async (network) => referenceScorer(network),
};

const square = (size: number, filters: number, stride: number) => ({ kernel: [size, size] as const, filters, stride });
const NETWORKS: Record<string, Network> = {
  'linear only': randomNetwork(1),
  'dense stack': randomNetwork(2, { hidden: [40, 31, 20] }),
  'pixels without weights': withoutPixels(randomNetwork(15, { hidden: [40] })),
  'conv 3 stride 1': randomNetwork(3, { convs: [square(3, 4, 1)], hidden: [12] }),
  'conv 4 stride 2, then 4 stride 2': randomNetwork(4, { convs: [square(4, 5, 2), square(4, 6, 2)], hidden: [16] }),
  'conv 5, 3, 3 stride 2: 28, 14, 7, 4': randomNetwork(5, {
    convs: [square(5, 3, 2), square(3, 4, 2), square(3, 5, 2)],
  }),
  'conv 7 stride 1, 6 stride 2': randomNetwork(6, { convs: [square(7, 2, 1), square(6, 3, 2)] }),
  'conv of 15, 23, then 24 filters': randomNetwork(16, {
    convs: [square(4, 15, 2), square(3, 23, 2), square(3, 24, 1)],
    hidden: [16],
  }),
  'oblong kernels': randomNetwork(7, {
    convs: [
      { kernel: [3, 6], filters: 3, stride: 2 },
      { kernel: [5, 2], filters: 3, stride: 1 },
    ],
  }),
  'stride above kernel': randomNetwork(8, { convs: [square(2, 3, 3)] }),
};

async function scoreOnce(open: Promise<Scorer>, pixels: Float32Array, n: number): Promise<Float32Array> {
  const scorer = await open;
  const outputs = await scorer.score(pixels, n);
  await scorer.close();
  return outputs;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe('engines agree with the reference within 1e-4', () => {
  for (const [shape, network] of Object.entries(NETWORKS)) {
    it(shape, async () => {
      const pixels = randomPixels(9, 3);
      const truth = await scoreOnce(ENGINES['reference']!(network), pixels, 3);
      expect(Math.max(...truth.map(Math.abs))).toBeGreaterThan(0.1);
      for (const [name, open] of Object.entries(ENGINES)) {
        expect(largestDifference(await scoreOnce(open(network), pixels, 3), truth), name).toBeLessThan(1e-4);
      }
    });
  }
});

/** Every third pixel has no weight, as pruning leaves a first layer. */
function withoutPixels(network: Network): Network {
  const { weights } = network.layers[0]!;
  for (let pixel = 0; pixel < 784; pixel += 3) weights.fill(0, pixel * 40, (pixel + 1) * 40);
  return network;
}

describe.each(Object.entries(ENGINES))('%s', (_, open) => {
  const network = randomNetwork(10, { hidden: [16] });

  it('scores nothing for an empty batch', async () => {
    expect(await scoreOnce(open(network), new Float32Array(0), 0)).toEqual(new Float32Array(0));
  });

  it('reads only the first n digits of a longer buffer, and keeps no hold of it', async () => {
    const scorer = await open(network);
    const pixels = randomPixels(11, 5);
    const first = await scorer.score(pixels, 2);
    const before = first.slice();
    pixels.fill(0.5);
    const flat = await scorer.score(pixels, 5);
    expect(first).toEqual(before);
    expect(first).toHaveLength(20);
    expect(largestDifference(flat.slice(0, 10), flat.slice(40))).toBeLessThan(1e-6);
    await scorer.close();
  });

  it('gives a digit the same outputs alone and in a batch of 256', async () => {
    const scorer = await open(network);
    const pixels = randomPixels(12, 256);
    const all = await scorer.score(pixels, 256);
    for (const i of [0, 100, 255]) {
      const alone = await scorer.score(pixels.slice(i * 784, (i + 1) * 784), 1);
      expect(largestDifference(alone, all.slice(i * 10, (i + 1) * 10))).toBeLessThan(1e-5);
    }
    await scorer.close();
  });

  it('refuses a short buffer, a broken n, and calls after close; closes twice', async () => {
    const scorer = await open(network);
    await expect(scorer.score(new Float32Array(784), 2)).rejects.toThrow(/784.*1568/);
    await expect(scorer.score(new Float32Array(784), -1)).rejects.toThrow(RangeError);
    await expect(scorer.score(new Float32Array(784), 0.5)).rejects.toThrow(RangeError);
    await scorer.close();
    await scorer.close();
    await expect(scorer.score(new Float32Array(784), 1)).rejects.toThrow(/closed/);
  });
});

describe('what an engine refuses', () => {
  it('onnx: bytes that are no model', async () => {
    await expect(onnxScorer(Buffer.from('not a model'))).rejects.toThrow(ModelError);
    await expect(onnxScorer(Buffer.alloc(0))).rejects.toThrow(ModelError);
  });

  it('onnx: a model cut short', async () => {
    const bytes = toOnnx(randomNetwork(13));
    await expect(onnxScorer(bytes.subarray(0, bytes.length / 2))).rejects.toThrow(/ONNX Runtime refuses/);
  });

  it('onnx: outputs of another name or shape than every model has', async () => {
    const graph = decodeGraph(toOnnx(randomNetwork(13)));
    const nine = { ...graph.output[0]!, type: null };
    const [node] = graph.node;
    const other = encodeGraph({ ...graph, node: [{ ...node!, output: ['o'] }], output: [{ ...nine, name: 'o' }] });
    await expect(scoreOnce(onnxScorer(other), randomPixels(1, 2), 2)).rejects.toThrow(
      /gave no outputs.*float32 \[2, 10\]/,
    );
    const [weights, bias] = graph.initializer;
    weights!.dims = [784, 9];
    weights!.rawData = weights!.rawData.subarray(0, 4 * 784 * 9);
    bias!.dims = [9];
    bias!.rawData = bias!.rawData.subarray(0, 36);
    const short = scoreOnce(onnxScorer(encodeGraph({ ...graph, output: [nine] })), randomPixels(1, 2), 2);
    await expect(short).rejects.toThrow(/gave float32 \[2, 9\] .* must be float32 \[2, 10\]/);
  });

  it('tfjs and reference: a network that is not whole', async () => {
    await expect(tfjsScorer({ layers: [] })).rejects.toThrow(ModelError);
    expect(() => referenceScorer({ layers: [] })).toThrow(ModelError);
  });

  it('tfjs: says why no backend loads', async () => {
    await expect(tfjsScorer(randomNetwork(14), { backends: [] })).rejects.toThrow(/No TensorFlow.js backend/);
  });
});
