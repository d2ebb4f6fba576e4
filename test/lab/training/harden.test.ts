// Tests of src/lab/training/harden.ts on a linear network, where the worst example inside the ball is known exactly.
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBackend } from '../../../src/lab/training/backend.js';
import { perturb } from '../../../src/lab/training/harden.js';
import { toTensors } from '../../../src/lab/training/layers.js';
import { createRandom } from '../../../src/base/random.js';
import type { HardeningPlan } from '../../../src/lab/training/recipe.js';
import type { Network } from '../../../src/model/network.js';

const random = createRandom(5);
const weights = Float32Array.from({ length: 784 * 10 }, () => random.normal());
const linear: Network = {
  layers: [{ kind: 'dense', inputs: 784, units: 10, weights, bias: new Float32Array(10), activation: 'linear' }],
};
const pixels = Float32Array.from({ length: 6 * 784 }, () => random.next());
const labels = [0, 3, 9, 3, undefined, 7];
const plan: HardeningPlan = { epsilon: 0.2, steps: 10, reach: 3, ramp: 1, clean: 0 };

function run(changes: Partial<HardeningPlan> = {}, step = 0): Float32Array {
  const targets = tf.tensor2d(labels.map((label) => Array.from({ length: 10 }, (_, j) => (j === label ? 1 : 0))));
  const moved = perturb(
    { ...plan, ...changes },
    linear,
    toTensors(linear),
    tf.tensor2d(pixels, [6, 784]),
    targets,
    createRandom(1).fork('step'),
    step,
  );
  return Float32Array.from(moved.dataSync());
}

/** Largest change of a pixel, of each example. */
function changes(moved: Float32Array): number[] {
  return labels.map((_, i) =>
    Math.max(...moved.subarray(i * 784, (i + 1) * 784).map((value, p) => Math.abs(value - pixels[i * 784 + p]!))),
  );
}

function outputsOf(image: Float32Array): number[] {
  return Array.from({ length: 10 }, (_, j) => image.reduce((sum, value, p) => sum + value * weights[p * 10 + j]!, 0));
}

function margin(image: Float32Array, label: number): number {
  const outputs = outputsOf(image);
  return Math.max(...outputs.filter((_, j) => j !== label)) - outputs[label]!;
}

describe('perturb', () => {
  beforeEach(async () => {
    await openBackend('cpu');
    tf.engine().startScope();
  });
  afterEach(() => tf.engine().endScope());

  it('finds the worst example that the ball and [0, 1] hold', () => {
    const moved = run({ steps: 40, reach: 8 });
    labels.forEach((label, i) => {
      if (label === undefined) return;
      // Of a linear network: each pixel as far as it may go, for the wrong class for which that gains most.
      const worst = Math.max(
        ...Array.from({ length: 10 }, (_, t) => {
          const best = pixels.slice(i * 784, (i + 1) * 784).map((value, p) => {
            const slope = weights[p * 10 + t]! - weights[p * 10 + label]!;
            return Math.min(1, Math.max(0, value + 0.2 * Math.sign(slope)));
          });
          return t === label ? -Infinity : margin(best, label);
        }),
      );
      const found = margin(moved.subarray(i * 784, (i + 1) * 784), label);
      expect(found).toBeLessThanOrEqual(worst + 1e-2);
      expect(found).toBeGreaterThan(0.9 * worst);
    });
  });

  it('stays inside the ball and inside [0, 1], and leaves what is no digit alone', () => {
    const moved = run();
    expect(Math.min(...moved)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...moved)).toBeLessThanOrEqual(1);
    changes(moved).forEach((change, i) => {
      if (labels[i] === undefined) expect(change).toBe(0);
      else expect(change).toBeCloseTo(0.2, 5);
    });
  });

  it('moves what is no digit where asked to, to where an output is as large as the ball and [0, 1] allow', () => {
    const moved = run({ nonDigits: true, steps: 40, reach: 8 });
    const i = labels.indexOf(undefined);
    expect(changes(moved)[i]).toBeCloseTo(0.2, 5);
    const image = pixels.subarray(i * 784, (i + 1) * 784);
    const largest = (of: ArrayLike<number>, t: number): number =>
      Array.from(of).reduce((sum, value, p) => sum + value * weights[p * 10 + t]!, 0);
    // Of a linear network: for each output every pixel as far as it may go.
    const most = Math.max(
      ...Array.from({ length: 10 }, (_, t) =>
        largest(
          image.map((value, p) => Math.min(1, Math.max(0, value + 0.2 * Math.sign(weights[p * 10 + t]!)))),
          t,
        ),
      ),
    );
    const found = Math.max(...Array.from({ length: 10 }, (_, t) => largest(moved.subarray(i * 784, (i + 1) * 784), t)));
    expect(found).toBeLessThanOrEqual(most + 1e-2);
    expect(found).toBeGreaterThan(0.9 * most);
    // The digits are moved as they were before.
    const before = run({ steps: 40, reach: 8 });
    labels.forEach((label, k) => {
      if (label !== undefined)
        expect(moved.slice(k * 784, (k + 1) * 784)).toEqual(before.slice(k * 784, (k + 1) * 784));
    });
  });

  it('frees one square of an example for each of the share that gets patches, and nothing around it', () => {
    const moved = run({ patches: { share: 1, side: 0.25 }, nonDigits: true });
    labels.forEach((_, i) => {
      const at = Array.from({ length: 784 }, (_, p) => p).filter((p) => moved[i * 784 + p] !== pixels[i * 784 + p]);
      const [xs, ys] = [at.map((p) => p % 28), at.map((p) => Math.floor(p / 28))];
      // A pixel of random value is hardly ever where it goes: nearly all 49 of the square have moved, to an end.
      expect(at.length).toBeGreaterThan(40);
      expect(Math.max(...xs) - Math.min(...xs)).toBeLessThan(7);
      expect(Math.max(...ys) - Math.min(...ys)).toBeLessThan(7);
      expect(at.every((p) => [0, 1].includes(moved[i * 784 + p]!))).toBe(true);
    });
  });

  it('sets every other square where it pays most, of all places there are', () => {
    const moved = run({ patches: { share: 1, side: 0.25 } });
    for (const i of [0, 2]) {
      const label = labels[i]!;
      const image = pixels.subarray(i * 784, (i + 1) * 784);
      const scores = outputsOf(image).map((output, t) => (t === label ? -Infinity : output));
      const target = scores.indexOf(Math.max(...scores));
      const gains = Array.from(image, (value, p) => {
        const slope = weights[p * 10 + target]! - weights[p * 10 + label]!;
        return Math.max(-slope * value, slope * (1 - value));
      });
      const best = { sum: -Infinity, left: 0, top: 0 };
      for (let top = 0; top + 7 <= 28; top++) {
        for (let left = 0; left + 7 <= 28; left++) {
          let sum = 0;
          for (let y = top; y < top + 7; y++) for (let x = left; x < left + 7; x++) sum += gains[y * 28 + x]!;
          if (sum > best.sum) Object.assign(best, { sum, left, top });
        }
      }
      const inside = (p: number): boolean =>
        p % 28 >= best.left && p % 28 < best.left + 7 && p >= best.top * 28 && p < (best.top + 7) * 28;
      image.forEach((value, p) => {
        if (moved[i * 784 + p] !== value) expect(inside(p)).toBe(true);
      });
    }
  });

  it('gives patches to a share after the clean one, and leaves what is no digit alone unless told', () => {
    const moved = run({ clean: 1 / 3, patches: { share: 1 / 3, side: 0.25 }, nonDigits: true });
    const touched = labels.map((_, i) =>
      moved.subarray(i * 784, (i + 1) * 784).reduce((n, v, p) => n + Number(v !== pixels[i * 784 + p]), 0),
    );
    expect(touched.slice(0, 2)).toEqual([0, 0]);
    expect(touched.slice(2, 4).every((n) => n > 40 && n <= 49)).toBe(true);
    expect(touched.slice(4).every((n) => n > 700)).toBe(true);
    const still = run({ patches: { share: 1, side: 0.25 } });
    expect(changes(still)[labels.indexOf(undefined)]).toBe(0);
  });

  it('leaves the clean share of a batch as it is', () => {
    expect(changes(run({ clean: 0.5 })).map((change) => change > 0)).toEqual([false, false, false, true, false, true]);
    expect(run({ clean: 1 })).toEqual(pixels);
  });

  it('lets epsilon rise over the ramp', () => {
    expect(Math.max(...changes(run({ ramp: 4 }, 0)))).toBeCloseTo(0.05, 5);
    expect(Math.max(...changes(run({ ramp: 4 }, 2)))).toBeCloseTo(0.15, 5);
    expect(Math.max(...changes(run({ ramp: 4 }, 99)))).toBeCloseTo(0.2, 5);
  });

  it('follows from its seed', () => {
    expect(run()).toEqual(run());
  });
});
