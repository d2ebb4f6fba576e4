// Tests of src/lab/training/train.ts and src/lab/training/initial.ts: learns, repeats itself, goes on where it stopped,
// keeps masks, says when it breaks.
import * as tf from '@tensorflow/tfjs-core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ModelError } from '../../../src/base/errors.js';
import { openBackend } from '../../../src/lab/training/backend.js';
import { readCheckpoint, writeCheckpoint } from '../../../src/lab/training/checkpoint.js';
import { createNetwork } from '../../../src/lab/training/initial.js';
import { accuracyOf, meanInputs, outputsOf } from '../../../src/lab/judging/measure.js';
import { epochsOf } from '../../../src/lab/training/epochs.js';
import { trainingSchema, type HiddenLayer, type TrainingPlan } from '../../../src/lab/training/recipe.js';
import { partsOf, train, type Examples, type Snapshot, type TrainOptions } from '../../../src/lab/training/train.js';
import type { Network } from '../../../src/model/network.js';
import { onBackends } from './backends.js';
import { barData } from '../synthetic.js';

const { training, test } = barData();
const plan = trainingSchema.parse({ steps: 60, batch: 40, rate: 0.01, keep: 0.8, average: 0.8 });
const hidden: HiddenLayer[] = [{ conv: [4, 4, 4], stride: 4 }, { dense: 24 }];
const open = (position: number): Examples => epochsOf(training, { seed: 5, position });
const run = (network: Network, options: Partial<TrainOptions> = {}, how: TrainingPlan = plan): Promise<Network> =>
  train(how, network, open, { seed: 5, steps: 60, ...options });

onBackends(['wasm', 'tensorflow'], (backend) => {
  beforeEach(() => openBackend(backend));

  it.each(['lq', 'softmax'] as const)('learns with the %s cost', async (cost) => {
    const network = await run(createNetwork(hidden, 1), { steps: 100 }, { ...plan, cost, keep: 1 });
    const outputs = outputsOf(network, test);
    expect(accuracyOf(outputs, test.labels)).toBeGreaterThan(0.95);
    // LQ outputs are pulled to a one-hot vector; softmax's are not.
    const top = Array.from(test.labels, (label, i) => outputs[i * 10 + label]!).reduce((a, b) => a + b) / test.count;
    if (cost === 'lq') expect(Math.abs(top - 1)).toBeLessThan(0.25);
  });

  it('gives the same network again, and another for another seed', async () => {
    const [first, second, other] = [
      await run(createNetwork(hidden, 1)),
      await run(createNetwork(hidden, 1)),
      await run(createNetwork(hidden, 1), { seed: 6 }),
    ];
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('goes on from a snapshot as if it had never stopped', async () => {
    let kept: Snapshot | undefined;
    const whole = await run(createNetwork(hidden, 1), {
      checkEvery: 25,
      onCheck: (_network, { step }, snapshot) => {
        if (step === 25) kept = snapshot();
        return Promise.resolve();
      },
    });
    const steps: number[] = [];
    const resumed = await run(createNetwork(hidden, 1), { resume: kept!, onStep: ({ step }) => steps.push(step) });
    expect(steps).toEqual(Array.from({ length: 35 }, (_, i) => 26 + i));
    expect(resumed).toEqual(whole);
  });

  it('checks every so often and at the end, with the network that would be kept', async () => {
    const seen: [number, Network][] = [];
    const network = await run(createNetwork(hidden, 1), {
      checkEvery: 25,
      onCheck: (found, { step }) => {
        seen.push([step, found]);
        return Promise.resolve();
      },
    });
    expect(seen.map(([step]) => step)).toEqual([25, 50, 60]);
    expect(seen.at(-1)![1]).toEqual(network);
  });

  it('keeps masked weights at 0', async () => {
    const start = createNetwork(hidden, 1);
    const masks = start.layers.map(({ weights }) => weights.map((_, i) => i % 2));
    const masked: Network = {
      layers: start.layers.map((layer, i) => ({ ...layer, weights: layer.weights.map((w, j) => w * masks[i]![j]!) })),
    };
    const network = await run(masked, { masks, steps: 20 }, { ...plan, average: 0.9 });
    network.layers.forEach(({ weights }) =>
      expect(weights.every((w, i) => (i % 2 === 0 ? w === 0 : w !== 0))).toBe(true),
    );
  });

  it('stops when the cost is no longer finite: says the step, keeps nothing of it, frees its tensors', async () => {
    const before = tf.memory().numTensors;
    const checked: number[] = [];
    const broken = run(
      createNetwork(hidden, 1),
      {
        checkEvery: 1,
        onCheck: (_n, { step }) => {
          checked.push(step);
          return Promise.resolve();
        },
      },
      { ...plan, rate: 1e18, average: 0 },
    );
    await expect(broken).rejects.toThrow(
      /Training broke off at step \d+ of 60: the cost is (NaN|Infinity)\. Lower training\.rate/,
    );
    await expect(broken).rejects.toBeInstanceOf(ModelError);
    expect(Math.max(...checked)).toBeLessThan(60);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves the last good checkpoint when a number breaks, and goes on from it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lq-broken-'));
    const file = join(folder, 'x.checkpoint');
    const start = createNetwork(hidden, 1);
    const spoiled = (position: number): Examples => {
      const good = open(position);
      let step = 0;
      return {
        ...good,
        next: async (count) => {
          const batch = await good.next(count);
          if (++step === 30) batch.pixels[400] = NaN;
          return batch;
        },
      };
    };
    try {
      const broken = train(plan, start, spoiled, {
        seed: 5,
        steps: 60,
        checkEvery: 25,
        onCheck: (_network, _progress, snapshot) => writeCheckpoint(file, 'key', snapshot()),
      });
      // The cost shows it at once, or where a backend's ReLU makes 0 of NaN the numbers at the next check.
      await expect(broken).rejects.toThrow(/Training broke off at step (3\d|50)\b/);
      await expect(broken).rejects.toBeInstanceOf(ModelError);
      const kept = readCheckpoint(file, { key: 'key', shape: start, steps: 60, parts: partsOf(plan) });
      expect(kept!.step).toBe(25);
      expect(await run(start, { resume: kept! })).toEqual(await run(start));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('stops on a signal, closes its examples and frees its tensors', async () => {
    const stop = new AbortController();
    let closed = 0;
    const before = tf.memory().numTensors;
    const closing = (position: number): Examples => ({
      ...open(position),
      close: () => {
        closed++;
        return Promise.resolve();
      },
    });
    const running = train(plan, createNetwork(hidden, 1), closing, {
      seed: 5,
      steps: 60,
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === 3) stop.abort();
      },
    });
    await expect(running).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect([closed, tf.memory().numTensors]).toEqual([1, before]);
  });

  it('lets what comes from outside stop it between two steps, as SIGINT does', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 0);
    let done = 0;
    await expect(
      run(createNetwork(hidden, 1), {
        signal: stop.signal,
        onStep: ({ step }) => {
          done = step;
        },
      }),
    ).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(done).toBeLessThan(60);
  });

  it('passes on what the examples throw', async () => {
    const failing = (): Examples => ({
      next: () => Promise.reject(new Error('no more')),
      close: () => Promise.resolve(),
    });
    await expect(train(plan, createNetwork(hidden, 1), failing, { seed: 5, steps: 60 })).rejects.toThrow('no more');
  });
});

describe('createNetwork', () => {
  it('draws truncated normal weights with the stated deviation and biases of 0.1, 0 at the end', () => {
    const { layers } = createNetwork([{ conv: [5, 5, 8], stride: 2 }, { dense: 100 }], 1);
    expect(layers.map(({ kind, bias }) => [kind, bias.length])).toEqual([
      ['conv', 8],
      ['dense', 100],
      ['dense', 10],
    ]);
    const sds = [Math.sqrt(3 / (25 * 9)), Math.sqrt(3 / (1568 + 100)), Math.sqrt(3 / 110)];
    layers.forEach(({ weights }, i) => {
      const sd = Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0) / weights.length);
      expect(Math.abs(sd / (0.8796 * sds[i]!) - 1)).toBeLessThan(0.15); // 0.8796: a normal cut at two deviations
      expect(Math.max(...weights.subarray(0, 5000).map(Math.abs))).toBeLessThanOrEqual(2 * sds[i]! + 1e-6);
    });
    expect(layers.map(({ bias }) => bias[0])).toEqual([Math.fround(0.1), Math.fround(0.1), 0]);
    expect(createNetwork(hidden, 1)).toEqual(createNetwork(hidden, 1));
    expect(createNetwork(hidden, 2)).not.toEqual(createNetwork(hidden, 1));
  });

  it('refuses a convolution after a dense layer', () => {
    expect(() => createNetwork([{ dense: 5 }, { conv: [3, 3, 2], stride: 1 }], 1)).toThrow(ModelError);
  });
});

describe('meanInputs', () => {
  beforeEach(() => openBackend('wasm'));

  it('averages what each dense layer takes over all digits, across batches', async () => {
    const network = createNetwork([{ dense: 7 }], 1);
    const digits = {
      count: 700,
      images: new Uint8Array(700 * 784).map((_, i) => (i * 7919) % 256),
      labels: new Uint8Array(700),
    };
    const [pixels, units] = meanInputs(network, digits) as [Float64Array, Float64Array];
    const [first] = network.layers;
    const sums = [new Float64Array(784), new Float64Array(7)] as const;
    for (let n = 0; n < 700; n++) {
      const row = Array.from(digits.images.subarray(n * 784, (n + 1) * 784), (value) => value / 255);
      row.forEach((value, i) => (sums[0][i]! += value / 700));
      for (let u = 0; u < 7; u++)
        sums[1][u]! +=
          Math.max(
            0,
            row.reduce((sum, value, i) => sum + value * first!.weights[i * 7 + u]!, first!.bias[u]!),
          ) / 700;
    }
    pixels.forEach((value, i) => expect(value).toBeCloseTo(sums[0][i]!, 4));
    units.forEach((value, i) => expect(value).toBeCloseTo(sums[1][i]!, 3));
  });
});

describe('a new network', () => {
  it.each<[string, HiddenLayer[], RegExp]>([
    [
      'weights',
      [{ dense: 200_000 }, { dense: 200_000 }],
      /The network has 40,15\d,.* weights and biases; it may be at/,
    ],
    ['a layer', [{ conv: [1, 1, 1e9], stride: 1 }], /Layer 0 \(conv\) gives 784,000,000,000 numbers for one digit/],
    ['sizes', [{ dense: 2 ** 53 - 1 }], /Layer 0 \(dense\) gives 9,007,199,254,740,991 numbers/],
    ['its number of layers', new Array<HiddenLayer>(64).fill({ dense: 2 }), /The network has 65 layers/],
  ])('is refused by %s before its numbers are made', (_, layers, message) => {
    expect(() => createNetwork(layers, 1)).toThrow(message);
    expect(() => createNetwork(layers, 1)).toThrow(ModelError);
  });
});
