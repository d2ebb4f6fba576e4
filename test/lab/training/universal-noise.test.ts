// Tests of src/lab/training/universal-noise.ts on a linear network, where one noise vector drives any image to its
// class.
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBackend } from '../../../src/lab/training/backend.js';
import { toTensors } from '../../../src/lab/training/layers.js';
import { addUniversalNoise } from '../../../src/lab/training/universal-noise.js';
import { createRandom } from '../../../src/base/random.js';
import type { NoisePlan } from '../../../src/lab/training/recipe.js';
import type { Network } from '../../../src/model/network.js';

const random = createRandom(5);
const weights = Float32Array.from({ length: 784 * 10 }, () => random.normal());
const linear: Network = {
  layers: [{ kind: 'dense', inputs: 784, units: 10, weights, bias: new Float32Array(10), activation: 'linear' }],
};
// Far enough from 0 and 1 that nothing is cut.
const pixels = Float32Array.from({ length: 10 * 784 }, () => 0.4 + 0.2 * random.next());
const plan: NoisePlan = { epsilon: [0.1, 0.3], share: 0.6, group: 3, steps: 3 };

function run(changes: Partial<NoisePlan> = {}, from = pixels): { pixels: Float32Array; targets: number[][] } {
  const targets = tf.oneHot(tf.range(0, 10, 1, 'int32'), 10, 1, 0, 'float32') as tf.Tensor2D;
  const given = { pixels: tf.tensor2d(from, [10, 784]), targets };
  const { pixels: moved, targets: now } = addUniversalNoise(
    { ...plan, ...changes },
    linear,
    toTensors(linear),
    given,
    createRandom(1).fork('step'),
  );
  return { pixels: Float32Array.from(moved.dataSync()), targets: now.arraySync() };
}

const row = (values: Float32Array, i: number): Float32Array => values.subarray(i * 784, (i + 1) * 784);
const change = (moved: Float32Array, i: number): number[] =>
  Array.from(row(moved, i), (value, p) => value - row(pixels, i)[p]!);

/** The class of an image, and by how much its output is above the next. */
function winner(image: Float32Array): { digit: number; margin: number } {
  const outputs = Array.from({ length: 10 }, (_, j) =>
    image.reduce((sum, value, p) => sum + value * weights[p * 10 + j]!, 0),
  );
  const [first, second] = [...outputs].sort((a, b) => b - a) as [number, number];
  return { digit: outputs.indexOf(first), margin: first - second };
}

describe('addUniversalNoise', () => {
  beforeEach(async () => {
    await openBackend('cpu');
    tf.engine().startScope();
  });
  afterEach(() => tf.engine().endScope());

  it('takes the class from the last share of a batch, and leaves the rest as it is', () => {
    const { pixels: moved, targets } = run();
    for (let i = 0; i < 4; i++) {
      expect(Array.from(row(moved, i))).toEqual(Array.from(row(pixels, i)));
      expect(targets[i]!.indexOf(1)).toBe(i);
    }
    for (let i = 4; i < 10; i++) expect(targets[i]).toEqual(new Array(10).fill(0));
  });

  it('moves the images of a group by one vector, as far as its epsilon', () => {
    const { pixels: moved } = run();
    const sizes = [4, 7].map((first) => {
      const vector = change(moved, first);
      for (const i of [first + 1, first + 2])
        change(moved, i).forEach((value, p) => expect(value).toBeCloseTo(vector[p]!, 5));
      return Math.max(...vector.map(Math.abs));
    });
    for (const size of sizes) {
      expect(size).toBeGreaterThanOrEqual(0.1);
      expect(size).toBeLessThanOrEqual(0.3 + 1e-6);
    }
    expect(sizes[0]).not.toBeCloseTo(sizes[1]!, 3);
  });

  it('drives a group to one class, far beyond where it was', () => {
    const { pixels: moved } = run({ epsilon: [0.2, 0.2] });
    for (const first of [4, 7]) {
      const after = [first, first + 1, first + 2].map((i) => winner(row(moved, i)));
      expect(new Set(after.map(({ digit }) => digit)).size).toBe(1);
      after.forEach(({ margin }, k) => expect(margin).toBeGreaterThan(5 * winner(row(pixels, first + k)).margin));
    }
  });

  it('stays within [0, 1]', () => {
    const { pixels: moved } = run(
      { share: 1, group: 1 },
      Float32Array.from({ length: pixels.length }, (_, i) => i % 2),
    );
    expect(Math.min(...moved)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...moved)).toBeLessThanOrEqual(1);
  });

  it('does nothing where the share is less than a group', () => {
    expect(run({ share: 0.2 }).pixels).toEqual(pixels);
  });

  it('follows from its seed', () => {
    expect(run()).toEqual(run());
  });
});
