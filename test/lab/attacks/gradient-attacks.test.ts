// Tests of the attacks that follow gradients (fgsm, pgd-early, pgd, gate-aware, transfer) on a linear reader, where the
// worst image in a ball is known.
import { describe, expect, it } from 'vitest';
import type { Attack, AttackContext } from '../../../src/lab/attacks/attack.js';
import { margin, residual } from '../../../src/lab/attacks/objectives.js';
import { apgd } from '../../../src/lab/attacks/apgd.js';
import { fgsm } from '../../../src/lab/attacks/fgsm.js';
import { gateAware } from '../../../src/lab/attacks/gate-aware.js';
import { pgd } from '../../../src/lab/attacks/pgd.js';
import { pgdEarly } from '../../../src/lab/attacks/pgd-early.js';
import { transfer } from '../../../src/lab/attacks/transfer.js';
import { createRandom } from '../../../src/base/random.js';
import { UsageError } from '../../../src/base/errors.js';
import { evidence } from '../../../src/gate/gate.js';
import { batch, contextOf, linearVictim, patterns, type Counted } from './victims.js';

const labels = Uint8Array.of(3, 0, 9);
const { victim, image } = patterns(1);
const origin = batch(Array.from(labels, image));
const settings = { steps: 20, restarts: 1 };

async function run(attack: Attack, epsilon: number, more: Partial<AttackContext> = {}): Promise<Float32Array> {
  return (await attack.prepare(contextOf(victim, epsilon, { settings, ...more }))).perturb(origin, labels, 0);
}

/** Weight of pixel `p` for the output `j`, found by asking. */
const black = victim.outputs(new Float32Array(784));
const units = Array.from({ length: 784 }, (_, p) =>
  victim.outputs(Float32Array.from({ length: 784 }, (_v, q) => Number(q === p))),
);
const weight = (p: number, j: number): number => units[p]![j]! - black[j]!;

describe('every gradient attack', () => {
  const attacks = [fgsm, pgdEarly, pgd, gateAware, apgd, transfer];
  it.each(attacks)('$name stays in the ball and in [0, 1], and leaves its input alone', async (attack) => {
    for (const epsilon of [0.1, 0.6]) {
      const kept = origin.slice();
      const out = await run(attack, epsilon, { surrogate: patterns(1).victim });
      expect(origin).toEqual(kept);
      expect(out).toHaveLength(origin.length);
      out.forEach((value, i) => {
        if (!(value >= 0 && value <= 1 && Math.abs(value - origin[i]!) <= epsilon + 1e-6))
          throw new Error(`pixel ${i} went from ${origin[i]} to ${value}`);
      });
    }
  });

  it.each(attacks)('$name gives the same for the same seed, however the set is cut', async (attack) => {
    const context = contextOf(victim, 0.2, { settings: { steps: 4, restarts: 2 }, surrogate: patterns(1).victim });
    const prepared = await attack.prepare(context);
    const whole = await prepared.perturb(origin, labels, 10);
    const again = await attack.prepare(context);
    const last = await again.perturb(origin.slice(784), labels.slice(1), 11);
    const first = await again.perturb(origin.slice(0, 784), labels.slice(0, 1), 10);
    expect(batch([...rows(first), ...rows(last)])).toEqual(whole);
  });

  it('draws its starts by the seed', async () => {
    const one = await run(pgd, 0.2, { settings: { steps: 1, restarts: 1 } });
    expect(await run(pgd, 0.2, { settings: { steps: 1, restarts: 1 }, random: createRandom(2) })).not.toEqual(one);
  });

  it('stops between two steps when asked to', async () => {
    const stop = new AbortController();
    let steps = 0;
    const stopping = {
      ...victim,
      gradient: (...args: Parameters<Counted['gradient']>) => {
        if (++steps === 3) stop.abort();
        return victim.gradient(...args);
      },
    };
    await expect(run(gateAware, 0.2, { victim: stopping, signal: stop.signal })).rejects.toThrow('aborted');
    expect(steps).toBe(3);
  });
});

describe('fgsm', () => {
  it("moves every pixel by epsilon along the sign of the cross entropy's gradient", async () => {
    const out = await run(fgsm, 0.1);
    const outputs = victim.outputs(origin);
    out.forEach((value, at) => {
      const i = Math.floor(at / 784);
      let slope = 0;
      for (let j = 0; j < 10; j++) slope += weight(at % 784, j) * (softmax(outputs, i)[j]! - Number(j === labels[i]));
      if (Math.abs(slope) > 1e-6) expect(value).toBeCloseTo(origin[at]! + 0.1 * Math.sign(slope), 5);
    });
  });
});

describe('pgd', () => {
  it('comes to the largest margin that a wrong class can have in the ball of a linear model', async () => {
    const epsilon = 0.2;
    const out = victim.outputs(await run(pgd, epsilon));
    const clean = victim.outputs(origin);
    labels.forEach((label, i) => {
      // No pixel (0.25 or 0.75) is cut at 0 or 1, so the best against class j adds eps * |w_j - w_label| in every
      // pixel.
      const reachable = Array.from({ length: 10 }, (_, j) => {
        if (j === label) return -Infinity;
        let sum = clean[i * 10 + j]! - clean[i * 10 + label]!;
        for (let p = 0; p < 784; p++) sum += epsilon * Math.abs(weight(p, j) - weight(p, label));
        return sum;
      });
      const found = margin(out, i * 10, label);
      expect(found).toBeLessThan(Math.max(...reachable) + 1e-4);
      expect(found).toBeGreaterThan(0.9 * Math.max(...reachable) - 0.1 * Math.abs(margin(clean, i * 10, label)));
    });
  });
});

describe('pgd-early', () => {
  it('stops each image at its first wrong answer, just across the border', async () => {
    const out = victim.outputs(await run(pgdEarly, 0.4));
    // A step of 2.5 * 0.4 / 20 in every pixel moves a margin by at most that times the sum of |w_j - w_label|, about 4.
    labels.forEach((label, i) => {
      expect(margin(out, i * 10, label)).toBeGreaterThan(0);
      expect(margin(out, i * 10, label)).toBeLessThan(0.2);
    });
  });

  it('leaves an image that is wrong already as it is', async () => {
    const wrong = Uint8Array.from(labels, (label) => (label + 1) % 10);
    const prepared = await pgdEarly.prepare(contextOf(victim, 0.2));
    expect(await prepared.perturb(origin, wrong, 0)).toEqual(origin);
  });
});

describe('gate-aware', () => {
  it('reaches the one-hot vector of a wrong class where the ball allows it, after one descent', async () => {
    const counted = patterns(1).victim;
    const out = victim.outputs(await run(gateAware, 0.6, { victim: counted }));
    labels.forEach((label, i) => {
      const { digit } = evidence(out, i * 10);
      expect(digit).not.toBe(label);
      expect(residual.value(out, i * 10, digit)).toBeLessThan(0.01);
    });
    // Clean outputs for the rank and for the order of targets, 20 steps, the last point: no second class is tried.
    expect(counted.calls).toBe(2 + 20 + 1);
  });

  it('tries all nine classes: one that only the gate knows is found', async () => {
    const onlySevens = (outputs: Float32Array, at: number): boolean =>
      evidence(outputs, at).digit === 7 && residual.value(outputs, at, 7) < 0.1;
    const out = victim.outputs(await run(gateAware, 0.6, { accepts: onlySevens }));
    labels.forEach((label, i) => {
      if (label !== 7) expect(onlySevens(out, i * 10)).toBe(true);
    });
  });

  it('prefers what is wrong to what is right, and keeps clean images where nothing else is nearer', async () => {
    const out = victim.outputs(await run(gateAware, 0.3, { accepts: () => false }));
    labels.forEach((label, i) => expect(evidence(out, i * 10).digit).not.toBe(label));
    const tiny = victim.outputs(await run(gateAware, 1e-6));
    labels.forEach((label, i) => expect(evidence(tiny, i * 10).digit).toBe(label));
  });

  it('finds low outputs with a high ratio, which lie where the residual is not smallest', async () => {
    // One half of the pixels takes o_0 from 1 to 0. The other adds 0.3 to o_3 and 0.35 to o_4, which are 0.4 and 0.01:
    // |o - e_3|^2 falls as it does, from 0.36 to 0.21, and the ratio falls from 40 to 2.
    const weights = new Float64Array(7840);
    for (let p = 0; p < 392; p++) weights[p * 10] = -5 / 392;
    for (let p = 392; p < 784; p++) [weights[p * 10 + 3], weights[p * 10 + 4]] = [1.5 / 392, 1.75 / 392];
    const low = linearVictim(weights, [1 + 2.5, 0.01, 0.01, 0.4 - 0.75, 0.01 - 0.875, 0.01, 0.01, 0.01, 0.01, 0.01]);
    const accepts = (outputs: Float32Array, at: number): boolean => evidence(outputs, at).ratio > 10;
    const found = async (restarts: number): Promise<boolean> => {
      const prepared = await gateAware.prepare(contextOf(low, 0.25, { accepts, settings: { steps: 40, restarts } }));
      const out = low.outputs(await prepared.perturb(new Float32Array(784).fill(0.5), Uint8Array.of(0), 0));
      return evidence(out).digit === 3 && accepts(out, 0);
    };
    expect([await found(2), await found(3)]).toEqual([false, true]);
  });

  it("raises the target over the others' magnitudes on logits", async () => {
    const logits: Counted = { ...patterns(1).victim, kind: 'softmax' };
    const accepts = (outputs: Float32Array, at: number): boolean => evidence(outputs, at).ratio > 3;
    const out = victim.outputs(await run(gateAware, 0.5, { victim: logits, accepts }));
    labels.forEach((label, i) => {
      expect(evidence(out, i * 10).digit).not.toBe(label);
      expect(accepts(out, i * 10)).toBe(true);
    });
  });
});

describe('transfer', () => {
  it('asks for no gradient of the victim and carries over from a model that is like it', async () => {
    const closed = {
      ...victim,
      gradient: () => {
        throw new Error('gradients are not for this attack');
      },
    };
    const out = victim.outputs(await run(transfer, 0.6, { victim: closed, surrogate: patterns(1).victim }));
    labels.forEach((label, i) => expect(evidence(out, i * 10).digit).not.toBe(label));
    // A model with other patterns points nowhere.
    const far = victim.outputs(await run(transfer, 0.2, { victim: closed, surrogate: patterns(2).victim }));
    labels.forEach((label, i) => expect(evidence(far, i * 10).digit).toBe(label));
  });

  it('needs a surrogate', async () => {
    await expect(run(transfer, 0.3)).rejects.toThrow(UsageError);
  });
});

/** Of the ten outputs of image `i`. */
function softmax(outputs: Float32Array, i: number): number[] {
  const powers = Array.from(outputs.subarray(i * 10, i * 10 + 10), Math.exp);
  return powers.map((power) => power / powers.reduce((a, b) => a + b));
}

function rows(pixels: Float32Array): Float32Array[] {
  return Array.from({ length: pixels.length / 784 }, (_, i) => pixels.slice(i * 784, (i + 1) * 784));
}
