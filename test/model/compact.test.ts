// Compaction: fewer units, the same outputs, on networks pruned at random and on each rule by itself.

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { compact } from '../../src/model/compact.js';
import {
  sparsity,
  validate,
  type ConvLayer,
  type DenseLayer,
  type Layer,
  type Network,
} from '../../src/model/network.js';
import { referenceScorer } from '../../src/scoring/reference.js';
import { randomNetwork, randomPixels, type ConvPlan } from './random-network.js';

const conv = (size: number, filters: number, stride: number): ConvPlan => ({ kernel: [size, size], filters, stride });
const widths = (network: Network) =>
  network.layers.map((layer) => (layer.kind === 'dense' ? layer.units : layer.filters));
const widthOf = (layer: Layer) => (layer.kind === 'dense' ? layer.units : layer.filters);

async function expectSameOutputs(a: Network, b: Network): Promise<void> {
  const pixels = randomPixels(50, 4);
  const [x, y] = [await referenceScorer(a).score(pixels, 4), await referenceScorer(b).score(pixels, 4)];
  for (const [i, value] of x.entries()) expect(Math.abs(value - y[i]!)).toBeLessThan(1e-5);
}

/** Zeroes the weights that `dead` names: columns by the unit they make, groups of rows by the unit that they read. */
function prune(
  network: Network,
  at: number,
  { silent = [], unread = [] }: { silent?: number[]; unread?: number[] },
): Network {
  const layers = network.layers.map((layer) => ({ ...layer, weights: layer.weights.slice() }));
  const [layer, next] = [layers[at]!, layers[at + 1]!];
  const [width, inner] = [widthOf(layer), widthOf(next)];
  layer.weights.forEach((_, i) => {
    if (silent.includes(i % width)) layer.weights[i] = 0;
  });
  next.weights.forEach((_, i) => {
    if (unread.includes(Math.floor(i / inner) % width)) next.weights[i] = -0;
  });
  return { layers };
}

/** Zeroes whole columns and whole groups of rows at random, and single weights besides. */
function pruneAtRandom(network: Network, seed: number, share: number): Network {
  const random = createRandom(seed);
  let pruned = network;
  for (let i = 0; i + 1 < network.layers.length; i++) {
    const pick = () => [...Array(widthOf(network.layers[i]!)).keys()].filter(() => random.next() < share);
    pruned = prune(pruned, i, { silent: pick(), unread: pick() });
  }
  for (const { weights } of pruned.layers)
    weights.forEach((_, i) => {
      if (random.next() < share) weights[i] = 0;
    });
  return pruned;
}

describe('networks pruned at random', () => {
  const shapes: Record<string, Network> = {
    'dense stack': randomNetwork(1, { hidden: [40, 30, 20] }),
    'deep and narrow': randomNetwork(2, { hidden: [8, 7, 6, 5, 4] }),
    'convolutions and dense': randomNetwork(3, { convs: [conv(4, 8, 2), conv(3, 9, 2)], hidden: [20] }),
    'kernels of one pixel': randomNetwork(4, { convs: [conv(3, 6, 3), conv(1, 7, 1), conv(1, 6, 2)], hidden: [10] }),
  };
  it.each(Object.entries(shapes))('%s: smaller, whole, the same outputs', async (_, network) => {
    for (const seed of [1, 2, 3]) {
      const pruned = pruneAtRandom(network, seed, 0.3);
      const small = compact(pruned);
      validate(small);
      await expectSameOutputs(small, pruned);
      const [before, after] = [widths(pruned), widths(small)];
      after.slice(0, -1).forEach((width, i) => {
        expect(width).toBeLessThanOrEqual(before[i]!);
      });
      expect(after.reduce((a, b) => a + b)).toBeLessThan(before.reduce((a, b) => a + b));
      expect(compact(small)).toEqual(small);
    }
  });
});

describe('dense layers', () => {
  const network = randomNetwork(5, { hidden: [12, 11] });

  it('loses units that are not read, and units that are constant', async () => {
    const pruned = prune(network, 0, { silent: [0, 5], unread: [5, 11] });
    expect(widths(compact(pruned))).toEqual([9, 11, 10]);
    await expectSameOutputs(compact(pruned), pruned);
  });

  it('carries death through the stack: a layer that nothing reads empties the one before', async () => {
    const pruned = prune(network, 1, { unread: [...Array(11).keys()].slice(1) });
    const before = pruned.layers[1] as DenseLayer;
    before.weights.forEach((_, i) => {
      if (i % 11 === 0 && i >= 3 * 11) before.weights[i] = 0;
    });
    expect(widths(compact(pruned))).toEqual([3, 1, 10]);
    await expectSameOutputs(compact(pruned), pruned);
  });

  it('carries constants forward: a layer of constants makes the next constant too', async () => {
    const pruned = prune(network, 0, { silent: [...Array(12).keys()] });
    expect(widths(compact(pruned))).toEqual([1, 1, 10]);
    await expectSameOutputs(compact(pruned), pruned);
  });

  it('folds the only unit of a layer when it is constant', async () => {
    const narrow = prune(randomNetwork(8, { hidden: [1, 1] }), 0, { silent: [0] });
    narrow.layers[0]!.bias[0] = 0.8;
    narrow.layers[1]!.weights[0] = 1;
    const small = compact(narrow);
    expect(widths(small)).toEqual([1, 1, 10]);
    expect(sparsity(small).map(({ zeros }) => zeros)).toEqual([784, 1, 10]);
    await expectSameOutputs(small, narrow);
  });

  it('keeps a network without dead units, and the one it was given', () => {
    const copy = structuredClone(network);
    expect(compact(network)).toEqual(network);
    const pruned = prune(network, 0, { silent: [1] });
    const before = structuredClone(pruned);
    compact(pruned);
    expect(pruned).toEqual(before);
    expect(network).toEqual(copy);
  });
});

describe('convolutions', () => {
  const network = randomNetwork(6, { convs: [conv(3, 5, 1), conv(3, 4, 2)], hidden: [6] });
  const bias = (layer: Network, at: number) => (layer.layers[at] as ConvLayer).bias;

  it('keeps a constant filter that padding makes uneven, unless the constant is 0', async () => {
    const pruned = prune(network, 0, { silent: [1, 3] });
    const biased = { layers: pruned.layers.map((layer) => ({ ...layer, bias: layer.bias.slice() })) };
    bias(biased, 0).set([0.5], 1);
    bias(biased, 0).set([-0.5], 3);
    expect(widths(compact(biased))).toEqual([4, 4, 6, 10]);
    await expectSameOutputs(compact(biased), biased);
  });

  it('folds a constant filter into a dense layer', async () => {
    const pruned = prune(network, 1, { silent: [0] });
    bias(pruned, 1).set([0.7], 0);
    expect(widths(compact(pruned))).toEqual([5, 3, 6, 10]);
    await expectSameOutputs(compact(pruned), pruned);
  });

  it('loses filters that nothing reads, in a convolution and in a dense layer', async () => {
    const pruned = prune(prune(network, 0, { unread: [2, 4] }), 1, { unread: [3] });
    expect(widths(compact(pruned))).toEqual([3, 3, 6, 10]);
    await expectSameOutputs(compact(pruned), pruned);
  });
});

it('counts weights and zeros by layer', () => {
  const pruned = prune(randomNetwork(7, { hidden: [4] }), 0, { silent: [1] });
  expect(sparsity(pruned)).toEqual([
    { weights: 3136, zeros: 784 },
    { weights: 40, zeros: 0 },
  ]);
  expect(sparsity(compact(pruned))).toEqual([
    { weights: 2352, zeros: 0 },
    { weights: 30, zeros: 0 },
  ]);
});
