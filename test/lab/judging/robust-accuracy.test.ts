// Tests of src/lab/judging/robust-accuracy.ts: on a linear network, where the worst example of the ball is known, and on
// one whose gradient says nothing.
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import type { Digits } from '../../../src/lab/data/dataset.js';
import { robustAccuracy } from '../../../src/lab/judging/robust-accuracy.js';
import { openBackend } from '../../../src/lab/training/backend.js';
import type { Network } from '../../../src/model/network.js';

const random = createRandom(3);
const weights = Float32Array.from({ length: 784 * 10 }, () => random.normal());
const linear: Network = {
  layers: [{ kind: 'dense', inputs: 784, units: 10, weights, bias: new Float32Array(10), activation: 'linear' }],
};
const count = 60;
const images = Uint8Array.from({ length: count * 784 }, () => random.int(256));

function outputsOf(image: ArrayLike<number>): number[] {
  return Array.from({ length: 10 }, (_, j) =>
    Array.from(image).reduce((sum, value, p) => sum + value * weights[p * 10 + j]!, 0),
  );
}

function pixelsAt(i: number): number[] {
  return Array.from(images.subarray(i * 784, (i + 1) * 784), (value) => value / 255);
}

/** Labels are what the network says, so that it reads all right as they are. */
const labels = Uint8Array.from({ length: count }, (_, i) => {
  const outputs = outputsOf(pixelsAt(i));
  return outputs.indexOf(Math.max(...outputs));
});
const digits: Digits = { count, images, labels };

/** Whether some other class can be made the largest: each pixel goes as far as it may to where that class gains. */
function withstands(i: number, epsilon: number): boolean {
  const label = labels[i]!;
  return Array.from({ length: 10 }, (_, other) => other)
    .filter((other) => other !== label)
    .every((other) => {
      const worst = pixelsAt(i).map((value, p) => {
        const slope = weights[p * 10 + other]! - weights[p * 10 + label]!;
        return Math.min(1, Math.max(0, value + epsilon * Math.sign(slope)));
      });
      const outputs = outputsOf(worst);
      return outputs[label]! > outputs[other]!;
    });
}

describe('robustAccuracy', () => {
  beforeAll(async () => {
    await openBackend('cpu');
  });

  it.each([0.005, 0.01, 0.02])('is the share that nothing within epsilon %f can mislead', async (epsilon) => {
    const truth = Array.from(labels.keys()).filter((i) => withstands(i, epsilon)).length / count;
    expect(truth).toBeGreaterThan(0);
    expect(truth).toBeLessThan(1);
    // PGD follows the best wrong class of the moment, so it may miss one that another class would have got.
    const found = await robustAccuracy(linear, 'lq', digits, epsilon);
    expect(found).toBeGreaterThanOrEqual(truth);
    expect(found).toBeLessThanOrEqual(truth + 2.5 / count);
  });

  it('sees past units that are silent where it begins', async () => {
    // One hidden unit, silent until the mean pixel is above 0.45: from 0.3 the true gradient is 0.
    const silent: Network = {
      layers: [
        {
          kind: 'dense',
          inputs: 784,
          units: 1,
          weights: new Float32Array(784).fill(1),
          bias: Float32Array.of(-0.45 * 784),
          activation: 'relu',
        },
        {
          kind: 'dense',
          inputs: 1,
          units: 10,
          weights: Float32Array.from({ length: 10 }, (_, j) => (j === 1 ? 1 : 0)),
          bias: Float32Array.from({ length: 10 }, (_, j) => (j === 0 ? 1 : 0)),
          activation: 'linear',
        },
      ],
    };
    const gray: Digits = { count: 3, images: new Uint8Array(3 * 784).fill(76), labels: new Uint8Array(3) };
    expect(await robustAccuracy(silent, 'lq', gray, 0.1)).toBe(1);
    expect(await robustAccuracy(silent, 'lq', gray, 0.2)).toBe(0);
  });

  it('stops when asked to', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(robustAccuracy(linear, 'lq', digits, 0.1, stop.signal)).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
  });
});
