// Tests of src/lab/attacks/square.ts on linear victims, whose best attack is known in closed form.
import { describe, expect, it } from 'vitest';
import { sideAt, square } from '../../../src/lab/attacks/square.js';
import { createRandom } from '../../../src/base/random.js';
import { evidence } from '../../../src/gate/gate.js';
import { batch, blobs, contextOf, linearVictim, patterns } from './victims.js';

const LABELS = Uint8Array.of(3, 1, 4, 1, 5);

describe('square', () => {
  it('stays in the ball and in [0, 1], and leaves the images given as they are', async () => {
    const pixels = blobs(5, createRandom(5));
    const kept = pixels.slice();
    const { victim } = patterns(1);
    const out = await (
      await square.prepare(contextOf(victim, 0.2, { settings: { queries: 150 } }))
    ).perturb(pixels, LABELS, 0);
    expect(pixels).toEqual(kept);
    expect(out.some((value, p) => value !== pixels[p])).toBe(true);
    out.forEach((value, p) => {
      if (Math.abs(value - pixels[p]!) > 0.2 + 1e-6 || value < 0 || value > 1)
        throw new Error(`pixel ${p}: ${pixels[p]} became ${value}`);
    });
  });

  it('asks no more than the queries set, one of all open images at a time, and stops where it has won', async () => {
    const { victim, image } = patterns(1);
    const pixels = batch(Array.from(LABELS, (label) => image(label)));
    const never = contextOf(victim, 0.1, { settings: { queries: 77 }, accepts: () => false });
    await (await square.prepare(never)).perturb(pixels, LABELS, 0);
    expect([victim.calls, victim.images]).toEqual([77, 77 * 5]);
    victim.calls = victim.images = 0;
    // All but the first are wrong from the start, and this gate accepts everything.
    const wrong = Uint8Array.of(3, 2, 2, 2, 2);
    await (
      await square.prepare({ ...never, accepts: () => true, settings: { queries: 20 } })
    ).perturb(pixels, wrong, 0);
    expect([victim.calls, victim.images]).toEqual([20, 20 + 4]);
  });

  it('gives the same images however the set is cut, and others from another seed', async () => {
    const { victim } = patterns(2);
    const pixels = blobs(5, createRandom(6));
    const context = contextOf(victim, 0.15, { settings: { queries: 60 } });
    const whole = await (await square.prepare(context)).perturb(pixels, LABELS, 10);
    const [first, rest] = await Promise.all([
      (await square.prepare(context)).perturb(pixels.subarray(0, 2 * 784), LABELS.subarray(0, 2), 10),
      (await square.prepare(context)).perturb(pixels.subarray(2 * 784), LABELS.subarray(2), 12),
    ]);
    expect(batch([...images(first), ...images(rest)])).toEqual(whole);
    const other = await (await square.prepare({ ...context, random: createRandom(2) })).perturb(pixels, LABELS, 10);
    expect(other).not.toEqual(whole);
  });

  it('comes near the optimum on a smooth linear model, which noise of the same size does not', async () => {
    // o_1 falls with the left half and rises with the right; every other output is 0. Read right while o_1 is the
    // largest.
    const weights = new Float64Array(7840);
    for (let p = 0; p < 784; p++) weights[p * 10 + 1] = (p % 28 < 14 ? -1 : 1) / 784;
    const victim = linearVictim(weights, [0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
    const grey = new Float32Array(784).fill(0.5);
    const context = contextOf(victim, 0.3, { settings: { queries: 4000 }, accepts: () => false });
    const out = await (await square.prepare(context)).perturb(grey, Uint8Array.of(1), 0);
    // With o_1 > 0 all along, |o - e_t|^2 = o_1^2 + 1: the least o_1 is 2 - 0.3.
    expect(victim.outputs(out)[1]).toBeLessThan(2 - 0.95 * 0.3);
    const random = createRandom(3);
    const noise = Array.from(
      { length: 600 },
      () => victim.outputs(grey.map((value) => value + (random.next() < 0.5 ? -0.3 : 0.3)))[1]!,
    );
    expect(Math.min(...noise)).toBeGreaterThan(2 - 0.3 * 0.2);
  });

  it('drives outputs to a wrong one-hot vector that the gate accepts, not just over the border', async () => {
    const { victim, image } = patterns(4);
    const pixels = batch([0, 1, 2, 3].map(image));
    const labels = Uint8Array.of(0, 1, 2, 3);
    const context = contextOf(victim, 0.5, { settings: { queries: 4000 } });
    const outputs = victim.outputs(await (await square.prepare(context)).perturb(pixels, labels, 0));
    labels.forEach((label, i) => {
      expect(evidence(outputs, i * 10).digit).not.toBe(label);
      expect(context.accepts(outputs, i * 10)).toBe(true);
    });
    expect(victim.images).toBeLessThan(4 * 4000);
  });

  it('follows the schedule of the paper', () => {
    // sqrt(0.8 * 784) = 25.04; each line of the schedule halves the area. Stated for 10,000 queries.
    const expected: [number, number][] = [
      [0, 25],
      [10, 25],
      [11, 18],
      [51, 13],
      [201, 9],
      [501, 6],
      [1001, 4],
      [2001, 3],
      [4001, 2],
      [6001, 2],
      [8001, 1],
      [9999, 1],
    ];
    for (const [query, side] of expected) expect(sideAt(query, 10_000)).toBe(side);
    expect(sideAt(26, 5000)).toBe(13);
  });

  it('can be stopped', async () => {
    const { victim } = patterns(1);
    const stopped = contextOf(victim, 0.1, { signal: AbortSignal.abort(new Error('enough')) });
    await expect(
      (async () => (await square.prepare(stopped)).perturb(new Float32Array(784), Uint8Array.of(0), 0))(),
    ).rejects.toThrow('enough');
  });
});

function images(pixels: Float32Array): Float32Array[] {
  return Array.from({ length: pixels.length / 784 }, (_, i) => pixels.subarray(i * 784, (i + 1) * 784));
}
