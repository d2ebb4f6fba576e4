// Tests of src/lab/training/optimiser.ts and src/lab/training/cost.ts against scalar arithmetic in double precision.
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBackend } from '../../../src/lab/training/backend.js';
import { costOf, type CostKind } from '../../../src/lab/training/cost.js';
import { learningRate, startTraining, updateWeights } from '../../../src/lab/training/optimiser.js';
import { createRandom } from '../../../src/base/random.js';
import { trainingSchema } from '../../../src/lab/training/recipe.js';
import { onBackends } from './backends.js';

onBackends(['cpu', 'wasm', 'tensorflow'], (backend) => {
  beforeEach(async () => {
    await openBackend(backend);
    tf.engine().startScope();
  });
  afterEach(() => tf.engine().endScope());

  const random = createRandom(3);
  const some = (count: number): number[] => Array.from({ length: count }, () => random.normal());

  describe('costOf', () => {
    const [outputs, targets] = [some(30), new Array<number>(30).fill(0)];
    targets[4] = targets[17] = 1; // the third row is "not a digit"
    const rows = [0, 1, 2].map((i) => outputs.slice(i * 10, i * 10 + 10));

    /** The costs written out. */
    const truth: Record<CostKind, (o: number[]) => number> = {
      lq: (o) => o.reduce((sum, value, i) => sum + (targets[i]! - value) ** 2 / 2, 0) / 30,
      softmax: (o) =>
        -o.reduce((sum, value, i) => {
          const row = o.slice(10 * Math.floor(i / 10), 10 * Math.floor(i / 10) + 10);
          return sum + targets[i]! * Math.log(Math.exp(value) / row.reduce((all, each) => all + Math.exp(each), 0));
        }, 0) / 3,
    };

    it.each(['lq', 'softmax'] as const)('%s: value and gradient', (kind) => {
      const cost = costOf(kind, tf.tensor2d(rows), tf.tensor2d(targets, [3, 10]));
      expect(cost.value.dataSync()[0]).toBeCloseTo(truth[kind](outputs), 5);
      const gradient = cost.gradient.dataSync();
      outputs.forEach((_, i) => {
        const moved = (by: number): number => truth[kind](outputs.map((value, j) => (i === j ? value + by : value)));
        expect(gradient[i]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 5);
      });
    });

    it('softmax stays finite for outputs of any size', () => {
      const cost = costOf(
        'softmax',
        tf.tensor2d([some(10).map((value) => 1e4 * value)]),
        tf.tensor2d([[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]]),
      );
      expect(cost.gradient.dataSync().every(Number.isFinite)).toBe(true);
    });
  });

  describe('updateWeights', () => {
    it('is Adam with l2, a mask and a moving average', () => {
      const plan = trainingSchema.parse({ steps: 6, rate: 0.01, schedule: 'constant', l2: 0.1, average: 0.5 });
      const start = some(6);
      const gradients = Array.from({ length: 6 }, () => some(6));
      let state = startTraining(
        [{ weights: tf.tensor2d(start.slice(0, 4), [2, 2]), bias: tf.tensor1d(start.slice(4)) }],
        plan,
      );
      const masks = [tf.tensor2d([1, 0, 1, 1], [2, 2])];
      for (const g of gradients) {
        state = updateWeights(
          state,
          [{ weights: tf.tensor2d(g.slice(0, 4), [2, 2]), bias: tf.tensor1d(g.slice(4)) }],
          plan,
          6,
          masks,
        );
      }
      const expected = start.map((initial, i) => {
        let [w, m, v, average] = [initial, 0, 0, initial];
        gradients.forEach((g, k) => {
          const full = g[i]! + 0.1 * w;
          m = 0.9 * m + 0.1 * full;
          v = 0.999 * v + 0.001 * full ** 2;
          w -= (0.01 * (m / (1 - 0.9 ** (k + 1)))) / Math.sqrt(v / (1 - 0.999 ** (k + 1)));
          if (i === 1) w = 0;
          const decay = Math.min(0.5, (k + 1) / (k + 11));
          average = decay * average + (1 - decay) * w;
        });
        return { w, average };
      });
      const flat = (layers: typeof state.weights): number[] => [
        ...layers[0]!.weights.dataSync(),
        ...layers[0]!.bias.dataSync(),
      ];
      flat(state.weights).forEach((w, i) => expect(w).toBeCloseTo(expected[i]!.w, 4));
      flat(state.average).forEach((average, i) => expect(average).toBeCloseTo(expected[i]!.average, 4));
      expect(Math.abs(flat(state.weights)[1]!)).toBe(0);
      expect(state.step).toBe(6);
    });
  });
});

describe('learningRate', () => {
  it('rises over the warm-up, then falls to 0 along a cosine, or stays', () => {
    const plan = trainingSchema.parse({ steps: 110, rate: 2, warmUp: 10 });
    expect([0, 4, 9, 10, 60, 110].map((step) => Number(learningRate(plan, step, 110).toFixed(6)))).toEqual([
      0.2, 1, 2, 2, 1, 0,
    ]);
    expect(learningRate({ ...plan, schedule: 'constant' }, 109, 110)).toBe(2);
  });
});
