// Filters of zeros: the outputs of any network stay what they are, and what was there stays in its place.
import { describe, expect, it } from 'vitest';
import { compact } from '../../src/model/compact.js';
import { validate, type Network } from '../../src/model/network.js';
import { toOnnx } from '../../src/model/onnx.js';
import { withFilters } from '../../src/model/widen.js';
import { bytesInBlocks } from '../../src/scoring/blocks.js';
import { referenceScorer } from '../../src/scoring/reference.js';
import { randomNetwork, randomPixels, type ConvPlan } from './random-network.js';

const conv = (size: number, filters: number, stride: number): ConvPlan => ({ kernel: [size, size], filters, stride });
const filters = ({ layers }: Network) => layers.flatMap((layer) => (layer.kind === 'conv' ? [layer.filters] : []));

describe('withFilters', () => {
  it.each([
    ['one convolution', randomNetwork(1, { convs: [conv(3, 5, 2)] })],
    [
      'three, and a dense layer',
      randomNetwork(2, { convs: [conv(1, 3, 1), conv(4, 5, 2), conv(3, 7, 2)], hidden: [9] }),
    ],
    ['none', randomNetwork(3, { hidden: [12] })],
  ])('keeps every output: %s', async (_, network) => {
    const wider = withFilters(network, (layer) => layer.filters + 3);
    validate(wider);
    expect(filters(wider)).toEqual(filters(network).map((count) => count + 3));
    const pixels = randomPixels(5, 4);
    const truth = await referenceScorer(network).score(pixels, 4);
    // The loops add zeros in the same order: not even the rounding is another.
    expect(await referenceScorer(wider).score(pixels, 4)).toEqual(truth);
  });

  it('adds what compaction takes away again, and nothing else', () => {
    const network = randomNetwork(4, { convs: [conv(4, 5, 2), conv(3, 6, 2)], hidden: [8] });
    expect(compact(withFilters(network, () => 9))).toEqual(network);
  });

  it('returns the network itself where there is nothing to add', () => {
    const network = randomNetwork(5, { convs: [conv(4, 5, 2)] });
    expect(withFilters(network, () => 4)).toBe(network);
  });
});

describe('bytesInBlocks', () => {
  it('fills blocks of 8 where a tenth more does it, and else keeps the bytes of the model', () => {
    const short = randomNetwork(6, { convs: [conv(4, 6, 2), conv(4, 23, 2), conv(3, 81, 1)] });
    const onnx = toOnnx(short);
    const wider = withFilters(short, (layer) => ({ 6: 6, 23: 24, 81: 88 })[layer.filters]!);
    expect(bytesInBlocks({ onnx, network: () => short })).toEqual(toOnnx(wider));
    const whole = randomNetwork(7, { convs: [conv(4, 6, 2), conv(3, 16, 2)] });
    const own = toOnnx(whole);
    expect(bytesInBlocks({ onnx: own, network: () => whole })).toBe(own);
  });
});
