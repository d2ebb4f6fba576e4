// Tests of src/lab/attacks/universal.ts: the vectors of a model whose best ones are known, and who gets which.
import { describe, expect, it } from 'vitest';
import type { Keep, Victim } from '../../../src/lab/attacks/attack.js';
import { universal, universalOf, universalVectors } from '../../../src/lab/attacks/universal.js';
import type { Digits } from '../../../src/lab/data/dataset.js';
import { contextOf } from './victims.js';

/** Output j is the sum of the pixels p with p mod 10 = j, times 0.05 less an offset. */
const victim: Victim = {
  outputs: (pixels) => {
    const outputs = new Float32Array((pixels.length / 784) * 10);
    for (let at = 0; at < pixels.length; at++)
      outputs[Math.floor(at / 784) * 10 + ((at % 784) % 10)]! += 0.05 * pixels[at]!;
    return outputs;
  },
  gradient: (pixels, cost) => {
    const outputs = victim.outputs(pixels);
    const wanted = cost(outputs, 0);
    const gradient = new Float32Array(pixels.length);
    for (let at = 0; at < pixels.length; at++)
      gradient[at] = 0.05 * wanted[Math.floor(at / 784) * 10 + ((at % 784) % 10)]!;
    return { outputs, pixels: gradient };
  },
};

/** Training images a step: all of a training set here are alike, or few. */
const batch = 20;

/** Two images of one gray each. */
function grays(gray: number): Digits {
  return { count: 2, images: new Uint8Array(2 * 784).fill(gray), labels: Uint8Array.of(0, 1) };
}

describe('universalVectors', () => {
  it('go to eps times the sign of the weights: up where the class gains, down where the others do', async () => {
    const context = contextOf(victim, 0.3, { training: grays(128), settings: { fitting: 8 } });
    const vectors = await universalVectors({ ...context, batch });
    expect(vectors).toHaveLength(10);
    vectors.forEach((vector, k) => {
      expect(vector).toEqual(Float32Array.from({ length: 784 }, (_, p) => (p % 10 === k ? 0.3 : -0.3)));
    });
  });

  it('get no gradient through pixels that are cut at 0', async () => {
    const context = contextOf(victim, 0.3, { training: grays(0), settings: { fitting: 8 } });
    const [vector] = await universalVectors({ ...context, batch });
    // One step below 0, where the image stays 0 and nothing pulls on it any more.
    expect(vector![1]).toBeLessThan(0);
    expect(vector![1]).toBeGreaterThan(-0.15);
    expect(vector![0]).toBeCloseTo(0.3, 6);
  });

  it('are fitted on the surrogate when there is one, and the same again with the same seed', async () => {
    const unused: Victim = {
      outputs: () => {
        throw new Error('not asked');
      },
      gradient: () => {
        throw new Error('not asked');
      },
    };
    const context = contextOf(unused, 0.2, { training: grays(100), settings: { fitting: 2 }, surrogate: victim });
    expect(await universalVectors({ ...context, batch })).toEqual(await universalVectors({ ...context, batch }));
  });

  it('go on from what was kept when stopped, to the same vectors', async () => {
    const training: Digits = {
      count: 40,
      images: Uint8Array.from({ length: 40 * 784 }, (_, i) => (i * 37) % 251),
      labels: new Uint8Array(40),
    };
    const settings = { fitting: 12 };
    const straight = await universalVectors({ ...contextOf(victim, 0.2, { training, settings }), batch });
    let kept: Float32Array | undefined;
    const keep: Keep = {
      load: async () => kept,
      save: async (values) => {
        kept = values.slice();
      },
    };
    const stop = new AbortController();
    const onProgress = (share: number): void => {
      if (share > 0.85) stop.abort();
    };
    const context = contextOf(victim, 0.2, { training, settings, keep });
    await expect(universalVectors({ ...context, batch, onProgress, signal: stop.signal })).rejects.toThrow('aborted');
    expect(kept![0]).toBe(10);
    const shares: number[] = [];
    const onward = (share: number): unknown => shares.push(share);
    expect(await universalVectors({ ...context, batch, onProgress: onward })).toEqual(straight);
    expect(shares).toEqual([11 / 12, 1]);
  });
});

describe('universal', () => {
  it('adds the vector of one of the nine other classes, each as often, whatever the cut', async () => {
    const prepared = await universal.prepare(
      contextOf(victim, 0.3, { training: grays(128), settings: { fitting: 1 } }),
    );
    const count = 450;
    const labels = new Uint8Array(count).fill(4);
    const pixels = new Float32Array(count * 784).fill(0.5);
    const out = await prepared.perturb(pixels, labels, 0);
    const added = Array.from(labels, (_, i) =>
      [...out.subarray(i * 784, i * 784 + 10)].findIndex((value) => value > 0.5),
    );
    const counts = Array.from({ length: 10 }, (_, k) => added.filter((each) => each === k).length);
    expect(counts[4]).toBe(0);
    // 50 expected of each, standard deviation 6.7.
    for (const [k, each] of counts.entries()) if (k !== 4) expect(Math.abs(each - 50)).toBeLessThan(27);
    expect(await prepared.perturb(pixels.slice(0, 784), labels.slice(0, 1), 77)).toEqual(out.slice(77 * 784, 78 * 784));
  });

  it('cuts images to [0, 1]', async () => {
    const prepared = await universal.prepare(
      contextOf(victim, 0.3, { training: grays(128), settings: { fitting: 1 } }),
    );
    const out = await prepared.perturb(
      Float32Array.from({ length: 784 }, (_, p) => p % 2),
      Uint8Array.of(1),
      0,
    );
    expect([Math.min(...out), Math.max(...out)]).toEqual([0, 1]);
  });
});

describe('universalOf', () => {
  const epsilons = [0.35, 0.25, 0.25, 0.3, 0.25, 0.35];

  /** What each image of one class gets: the class that its vector drives to, and how far the vector goes. */
  async function addedTo(label: number, count: number, epsilon: number): Promise<{ to: number; size: number }[]> {
    const prepared = await universalOf(epsilons).prepare(
      contextOf(victim, epsilon, { training: grays(128), settings: { fitting: 2 } }),
    );
    const pixels = new Float32Array(count * 784).fill(0.5);
    const out = await prepared.perturb(pixels, new Uint8Array(count).fill(label), 0);
    return Array.from({ length: count }, (_, i) => {
      const some = [...out.subarray(i * 784, i * 784 + 10)].map((value) => value - 0.5);
      return { to: some.findIndex((value) => value > 0), size: Math.max(...some.map(Math.abs)) };
    });
  }

  it.each([
    [4, [0, 1, 2, 3, 5]],
    [8, [0, 1, 2, 3, 4, 5]],
  ])('gives a digit %i the vectors of %j, each as often, each at its own epsilon', async (label, classes) => {
    const added = await addedTo(label, 300, 0.35);
    for (const { to, size } of added) expect(size).toBeCloseTo(epsilons[to]!, 6);
    const counts = Array.from({ length: 10 }, (_, k) => added.filter(({ to }) => to === k).length);
    expect(counts.flatMap((count, k) => (count > 0 ? [k] : []))).toEqual(classes);
    // 50 or 60 expected of each, standard deviation at most 7.
    for (const k of classes) expect(Math.abs(counts[k]! - 300 / classes.length)).toBeLessThan(28);
  });

  it("has no vector beyond the run's epsilon, and a name that tells its epsilons", async () => {
    for (const { to, size } of await addedTo(9, 40, 0.28)) expect(size).toBeCloseTo(Math.min(0.28, epsilons[to]!), 6);
    expect(universalOf([0.1, 0.2]).name).not.toBe(universalOf([0.2, 0.1]).name);
    expect(universalOf(epsilons)).toMatchObject({ typical: 0.35, needs: universal.needs });
  });
});
