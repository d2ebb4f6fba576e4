// Tests of src/lab/attacks/gaussian.ts: the noise has the stated moments.
import { describe, expect, it } from 'vitest';
import { gaussian } from '../../../src/lab/attacks/gaussian.js';
import { blobs, contextOf, patterns } from './victims.js';
import { createRandom } from '../../../src/base/random.js';

const { victim } = patterns(1);
const perturb = (pixels: Float32Array, epsilon: number, start = 0): Float32Array | Promise<Float32Array> => {
  const prepared = gaussian.prepare(contextOf(victim, epsilon));
  if (prepared instanceof Promise) throw new Error('nothing to wait for');
  return prepared.perturb(pixels, new Uint8Array(pixels.length / 784), start);
};

describe('gaussian', () => {
  it('has mean 0 and the stated standard deviation where nothing is cut off', async () => {
    const out = await perturb(new Float32Array(20 * 784).fill(0.5), 0.1);
    const mean = out.reduce((sum, value) => sum + value, 0) / out.length;
    const sd = Math.sqrt(out.reduce((sum, value) => sum + (value - mean) ** 2, 0) / out.length);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(Math.abs(sd - 0.1)).toBeLessThan(0.003);
    // Normal, not uniform: 4.6 % lie beyond two standard deviations.
    expect(out.filter((value) => Math.abs(value - 0.5) > 0.2).length / out.length).toBeCloseTo(0.0455, 2);
  });

  it('clips to [0, 1], is the same in every cut, and leaves what it is given alone', async () => {
    const pixels = blobs(3, createRandom(1));
    const kept = pixels.slice();
    const out = await perturb(pixels, 0.5, 4);
    expect(pixels).toEqual(kept);
    expect(out.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(await perturb(pixels.subarray(784), 0.5, 5)).toEqual(out.subarray(784));
    expect(await perturb(pixels, 0, 4)).toEqual(pixels);
  });
});
