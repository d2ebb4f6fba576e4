// Tests of src/lab/attacks/patch.ts on linear victims.
import { describe, expect, it } from 'vitest';
import type { AttackContext } from '../../../src/lab/attacks/attack.js';
import { patch } from '../../../src/lab/attacks/patch.js';
import { createRandom } from '../../../src/base/random.js';
import { evidence } from '../../../src/gate/gate.js';
import { batch, blobs, contextOf, linearVictim, patterns } from './victims.js';

const LABELS = Uint8Array.of(3, 1, 4);

/** Width and height of the smallest rectangle around what changed. */
function changed(before: Float32Array, after: Float32Array): [number, number] {
  const at = Array.from(before.keys()).filter((p) => before[p] !== after[p]);
  const [xs, ys] = [at.map((p) => p % 28), at.map((p) => Math.floor(p / 28))];
  return [Math.max(...xs) - Math.min(...xs) + 1, Math.max(...ys) - Math.min(...ys) + 1];
}

describe('patch', () => {
  it('changes one square only, to values in [0, 1]', async () => {
    const pixels = blobs(3, createRandom(5));
    for (const [epsilon, side] of [
      [0.11, 3],
      [0.25, 7],
      [0.36, 10],
    ] as const) {
      const { victim } = patterns(1);
      const out = await (
        await patch.prepare(contextOf(victim, epsilon, { settings: { steps: 5, restarts: 3 }, accepts: () => false }))
      ).perturb(pixels, LABELS, 0);
      for (let i = 0; i < 3; i++) {
        const sides = changed(pixels.subarray(i * 784, (i + 1) * 784), out.subarray(i * 784, (i + 1) * 784));
        expect(Math.max(...sides)).toBeLessThanOrEqual(side);
        expect(Math.min(...sides)).toBeGreaterThan(side / 2);
      }
      expect(out.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });

  it('finds the place that matters and fills it as is best', async () => {
    // Only rows 15 to 19, columns 20 to 24 count: lit, they turn a 1 into a 6.
    const weights = new Float64Array(7840);
    for (let y = 15; y < 20; y++)
      for (let x = 20; x < 25; x++)
        [weights[(y * 28 + x) * 10 + 6], weights[(y * 28 + x) * 10 + 1]] = [1 / 25, -1 / 25];
    const victim = linearVictim(weights, [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    const context = contextOf(victim, 5 / 28, { accepts: (o, at) => evidence(o, at).ratio > 50 });
    const out = await (await patch.prepare(context)).perturb(new Float32Array(784), Uint8Array.of(1), 0);
    const { digit, ratio, top } = evidence(victim.outputs(out));
    expect(digit).toBe(6);
    expect(ratio).toBeGreaterThan(50);
    expect(top).toBeCloseTo(1, 1);
  });

  it("aims at the gate's own thresholds where it is told them", async () => {
    // Lit, columns 20 and 24 take o_0 from 1 to 0; the three between them take o_3 from 0.4 to 0.7 and o_4 from -0.175
    // to 0.175. Half lit, the ratio is large; but nearer to one-hot they are lit (ratio 4), for any class but 3 dark.
    const weights = new Float64Array(7840);
    for (let y = 15; y < 20; y++)
      for (let x = 20; x < 25; x++) {
        const at = (y * 28 + x) * 10;
        if (x === 20 || x === 24) weights[at] = -1 / 10;
        else [weights[at + 3], weights[at + 4]] = [0.3 / 15, 0.35 / 15];
      }
    const victim = linearVictim(weights, [1, 0.01, 0.01, 0.4, -0.175, 0.01, 0.01, 0.01, 0.01, 0.01]);
    const thresholds = { ratio: 10, range: [0.3, 1.2] as [number, number] };
    const accepts = (o: Float32Array, at: number): boolean => evidence(o, at).ratio >= 10 && evidence(o, at).top >= 0.3;
    const leaks = async (more: Partial<AttackContext>): Promise<boolean> => {
      const attack = await patch.prepare(contextOf(victim, 5 / 28, { accepts, ...more }));
      const outputs = victim.outputs(await attack.perturb(new Float32Array(784), Uint8Array.of(0), 0));
      return evidence(outputs).digit === 3 && accepts(outputs, 0);
    };
    expect([await leaks({}), await leaks({ thresholds })]).toEqual([false, true]);
  });

  it('spends at most its budget and leaves images alone that are lost already', async () => {
    const { victim, image } = patterns(1);
    const pixels = batch(Array.from(LABELS, (label) => image(label)));
    const never = contextOf(victim, 0.2, { settings: { steps: 4, restarts: 11 }, accepts: () => false });
    await (await patch.prepare(never)).perturb(pixels, LABELS, 0);
    expect(victim.images).toBe(3 * (11 * 5 + 9));
    victim.images = 0;
    await (await patch.prepare({ ...never, accepts: () => true })).perturb(pixels, Uint8Array.of(9, 9, 9), 0);
    expect(victim.images).toBe(3 * 6);
  });

  it('gives the same images however the set is cut', async () => {
    const { victim } = patterns(2);
    const pixels = blobs(3, createRandom(6));
    const attack = await patch.prepare(contextOf(victim, 0.2, { settings: { steps: 4, restarts: 10 } }));
    const whole = await attack.perturb(pixels, LABELS, 7);
    expect(await attack.perturb(pixels, LABELS, 7)).toEqual(whole);
    expect(await attack.perturb(pixels.subarray(784), LABELS.subarray(1), 8)).toEqual(whole.subarray(784));
  });
});
