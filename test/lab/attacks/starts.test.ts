// Tests of src/lab/attacks/starts.ts: where descents begin, and that the second way finds what silent units hide.
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { openBackend } from '../../../src/lab/training/backend.js';
import { pgd } from '../../../src/lab/attacks/pgd.js';
import { startOf } from '../../../src/lab/attacks/starts.js';
import { createRandom } from '../../../src/base/random.js';
import { openVictim } from '../../../src/lab/attacks/victim.js';
import type { Network } from '../../../src/model/network.js';

const random = createRandom(3);
const origin = Float32Array.from({ length: 2 * 784 }, () => random.next());
const forked = (image: number) => createRandom(1).fork(`image ${image}`);

/**
 * Cuts every pixel off below 0.28, then adds all up: class 1 grows with the sum, class 0 is a constant. Near dark
 * pixels its gradient is 0, although noise of 0.3 changes its mind.
 */
const silent: Network = {
  layers: [
    {
      kind: 'conv',
      inputs: [28, 28, 1],
      kernel: [1, 1],
      filters: 1,
      stride: 1,
      weights: Float32Array.of(1),
      bias: Float32Array.of(-0.28),
      activation: 'relu',
    },
    {
      kind: 'dense',
      inputs: 784,
      units: 10,
      activation: 'linear',
      weights: Float32Array.from({ length: 7840 }, (_, i) => (i % 10 === 1 ? 1 : 0)),
      bias: Float32Array.from({ length: 10 }, (_, j) => (j === 0 ? 12 : 0)),
    },
  ],
};

describe('startOf', () => {
  it('begins inside the ball and inside [0, 1], elsewhere for every image', () => {
    for (const restart of [0, 1]) {
      const start = startOf(restart).from(origin, 0.1, forked);
      start.forEach((value, i) => {
        expect(Math.abs(value - origin[i]!)).toBeLessThanOrEqual(0.1 + 1e-6);
        expect(value >= 0 && value <= 1).toBe(true);
      });
      expect(start.slice(0, 784).map((value, p) => value - origin[p]!)).not.toEqual(
        start.slice(784).map((value, p) => value - origin[784 + p]!),
      );
      expect(startOf(restart).from(origin, 0.1, forked)).toEqual(start);
    }
  });

  it('goes towards the middle on the second way', () => {
    const start = startOf(1).from(origin, 0.1, forked);
    start.forEach((value, i) => expect((value - origin[i]!) * (0.5 - origin[i]!)).toBeGreaterThanOrEqual(0));
  });
});

describe('a network that hides its gradient', () => {
  beforeEach(async () => {
    await openBackend('cpu');
  });

  it('has none in the dark, and one where silent units let some through', () => {
    const victim = openVictim(silent);
    const wanted = (outputs: Float32Array): Float32Array =>
      Float32Array.from(outputs, (_, j) => (j % 10 === 1 ? 1 : 0));
    const dark = new Float32Array(784).fill(0.1);
    expect(Math.max(...victim.gradient(dark, wanted).pixels)).toBe(0);
    for (const value of victim.gradient(dark, wanted, 0.05).pixels) expect(value).toBeCloseTo(0.05, 6);
    victim.close();
    expect(tf.memory().numTensors).toBe(0);
  });

  it('is flipped once PGD takes the second way', async () => {
    const victim = openVictim(silent);
    const flips = async (restarts: number): Promise<boolean> => {
      const prepared = await pgd.prepare({
        victim,
        epsilon: 0.3,
        random: createRandom(1),
        settings: { steps: 20, restarts },
        accepts: () => true,
        training: { count: 0, images: new Uint8Array(), labels: new Uint8Array() },
      });
      const [a, b] = victim.outputs(await prepared.perturb(new Float32Array(784), Uint8Array.of(0), 0));
      return b! > a!;
    };
    expect(await flips(1)).toBe(false);
    expect(await flips(2)).toBe(true);
    victim.close();
  });
});
