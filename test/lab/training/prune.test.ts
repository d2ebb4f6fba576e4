// Tests of src/lab/training/prune.ts: masks against a slow ranking of every weight, and what pruning leaves alone.
import { describe, expect, it } from 'vitest';
import { applyMasks, pruningMasks } from '../../../src/lab/training/prune.js';
import { createRandom } from '../../../src/base/random.js';
import { compact } from '../../../src/model/compact.js';
import type { Layer, Network } from '../../../src/model/network.js';

const random = createRandom(1);
const some = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
const convolution: Layer = {
  kind: 'conv',
  inputs: [28, 28, 1],
  kernel: [3, 3],
  filters: 4,
  stride: 7,
  weights: some(36),
  bias: some(4),
  activation: 'relu',
};
const hidden: Layer = { kind: 'dense', inputs: 64, units: 9, weights: some(576), bias: some(9), activation: 'relu' };
const last: Layer = { kind: 'dense', inputs: 9, units: 10, weights: some(90), bias: some(10), activation: 'linear' };
const network: Network = { layers: [convolution, hidden, last] };

/** 30 images' inputs to each dense layer, some negative, one input dead; and their means. */
const images = [64, 9].map((inputs) =>
  Array.from({ length: 30 }, () => Array.from({ length: inputs }, (_, i) => (i === 2 ? 0 : random.normal() + 0.2))),
);
const means = [
  new Float64Array(0),
  ...images.map((each) => each[0]!.map((_, i) => each.reduce((sum, inputs) => sum + inputs[i]!, 0) / each.length)),
];

/** The activated value as the article defines it, image by image. */
function activated(layer: Layer & { kind: 'dense' }, inputs: number[][], weight: number): number {
  const i = Math.floor(weight / layer.units);
  return Math.abs(inputs.reduce((sum, values) => sum + layer.weights[weight]! * values[i]!, 0) / inputs.length);
}

/** 1 for every weight that fewer than `removed` weights come before, counting pair by pair. */
function slowMask(scores: number[], removed: number): number[] {
  return scores.map((score, i) =>
    scores.filter((other, j) => other < score || (other === score && j < i)).length < removed ? 0 : 1,
  );
}

const scoresOf = (layer: Layer, score: (w: number, i: number) => number): number[] => Array.from(layer.weights, score);

describe('pruningMasks', () => {
  it('removes the smallest activated values of each dense layer and leaves convolutions alone', () => {
    const masks = pruningMasks(network, { method: 'activated', share: 0.8 }, means);
    expect(Array.from(masks[0]!)).toEqual(new Array(36).fill(1));
    [hidden, last].forEach((layer, k) => {
      const truth = slowMask(
        scoresOf(layer, (_, i) => activated(layer, images[k]!, i)),
        Math.floor(0.8 * layer.weights.length),
      );
      expect(Array.from(masks[k + 1]!)).toEqual(truth);
    });
    // Whatever comes from the dead input goes first.
    expect(Array.from(masks[1]!.subarray(18, 27))).toEqual(new Array(9).fill(0));
  });

  it('removes the smallest weights by |w|, convolutions too when they have a share', () => {
    const masks = pruningMasks(network, { method: 'absolute', share: [0.25, 0.5, 0] }, means);
    expect(Array.from(masks[0]!)).toEqual(slowMask(scoresOf(convolution, Math.abs), 9));
    expect(Array.from(masks[1]!)).toEqual(slowMask(scoresOf(hidden, Math.abs), 288));
    expect(Array.from(masks[2]!)).toEqual(new Array(90).fill(1));
  });

  it('combines both as their geometric mean, and judges convolutions by |w| whatever the method', () => {
    const masks = pruningMasks(network, { method: 'combined', share: [0.5, 0.6, 0.6] }, means);
    const layer = hidden;
    const truth = slowMask(
      scoresOf(layer, (w, i) => Math.sqrt(Math.abs(w) * activated(layer, images[0]!, i))),
      345,
    );
    expect(Array.from(masks[1]!)).toEqual(truth);
    expect(Array.from(masks[0]!)).toEqual(slowMask(scoresOf(convolution, Math.abs), 18));
  });

  it('removes the exact number among ties, the first ones; all at share 1', () => {
    const equal: Layer = { ...last, weights: new Float32Array(90).fill(0.5) };
    const masks = pruningMasks({ layers: [equal] }, { method: 'absolute', share: 0.7 }, [[]]);
    expect(Array.from(masks[0]!)).toEqual([...new Array<number>(63).fill(0), ...new Array<number>(27).fill(1)]);
    expect(Array.from(pruningMasks({ layers: [last] }, { method: 'absolute', share: 1 }, [[]])[0]!)).toEqual(
      new Array(90).fill(0),
    );
  });

  it('removes whole units first, those with the smallest activated values, and counts their weights', () => {
    const masks = pruningMasks(network, { method: 'activated', share: [0, 0.8, 0.5], units: [0.25, 0.5, 0] }, means);
    // Unit by unit, image by image: the convolution's 4 filters lie in turn in the 64 inputs of the hidden layer.
    const sumFor = (layer: Layer & { kind: 'dense' }, k: number, inputs: number[]): number =>
      inputs.reduce(
        (sum, input) =>
          sum +
          Array.from({ length: layer.units }, (_, j) => activated(layer, images[k]!, input * layer.units + j)).reduce(
            (a, b) => a + b,
          ),
        0,
      );
    const filters = [0, 1, 2, 3].map((filter) =>
      sumFor(
        hidden,
        0,
        Array.from({ length: 16 }, (_, pixel) => pixel * 4 + filter),
      ),
    );
    const units = Array.from({ length: 9 }, (_, unit) => sumFor(last, 1, [unit]));
    const goneFilters = slowMask(filters, 1);
    const goneUnits = slowMask(units, 4);

    expect(Array.from(masks[0]!)).toEqual(Array.from(masks[0]!, (_, j) => goneFilters[j % 4]));
    const score = (_: number, i: number): number =>
      goneFilters[Math.floor(i / 9) % 4] === 0 || goneUnits[i % 9] === 0 ? -1 : activated(hidden, images[0]!, i);
    expect(Array.from(masks[1]!)).toEqual(slowMask(scoresOf(hidden, score), 460));
    expect(Array.from(masks[2]!)).toEqual(
      slowMask(
        scoresOf(last, (_, i) => (goneUnits[Math.floor(i / 10)] === 0 ? -1 : activated(last, images[1]!, i))),
        45,
      ),
    );

    const { layers } = compact(applyMasks(network, masks));
    expect(layers[0]).toMatchObject({ filters: 3 });
    expect((layers[1] as typeof hidden).units).toBeLessThanOrEqual(5);
  });

  it('removes no other weights when units are more than the share; one number is for hidden dense layers', () => {
    const masks = pruningMasks(network, { method: 'absolute', share: 0.1, units: 2 / 3 }, means);
    expect(masks[0]!.every((kept) => kept === 1)).toBe(true);
    expect(masks[1]!.filter((kept) => kept === 0)).toHaveLength(6 * 64);
    expect(masks[2]!.filter((kept) => kept === 0)).toHaveLength(6 * 10);
  });

  it('refuses to remove units of the last layer: they are the classes', () => {
    expect(() => pruningMasks(network, { method: 'absolute', share: 0.5, units: [0, 0.5, 0.5] }, means)).toThrow(
      /0\.5 of the last layer's units, but these are the classes/,
    );
    expect(() => pruningMasks(network, { method: 'absolute', share: 0.5, units: [0, 0.5] }, means)).toThrow(
      /2 shares of units, but the network has 3 layers/,
    );
  });

  it('refuses a wrong number of shares', () => {
    expect(() => pruningMasks(network, { method: 'absolute', share: [0.5, 0.5] }, means)).toThrow(
      /2 shares, but the network has 3 layers \(conv, dense, dense\)/,
    );
  });
});

describe('applyMasks', () => {
  it('sets masked weights to 0, keeps the others and all biases, and leaves the network as it was', () => {
    const before = structuredClone(network);
    const pruned = applyMasks(network, pruningMasks(network, { method: 'activated', share: 0.8 }, means));
    expect(network).toEqual(before);
    expect(pruned.layers[1]!.weights.filter((w) => w === 0)).toHaveLength(460);
    expect(pruned.layers.map(({ bias }) => bias)).toEqual(network.layers.map(({ bias }) => bias));
    pruned.layers[1]!.weights.forEach((w, i) => expect(w === 0 || w === hidden.weights[i]).toBe(true));
  });
});
