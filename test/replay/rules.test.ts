// Tests of src/replay/rules.ts: rules of the lab against a slow reference: count, for each threshold, what it keeps.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.js';
import { createRandom } from '../../src/base/random.js';
import { checkRules, openRules, RULE_NAMES } from '../../src/replay/rules.js';
import type { Seen } from '../../src/replay/play.js';
import { bars } from '../lab/synthetic.js';
import { read } from './hands.js';

/** Output k is the mean brightness of the rows of bar k, some of them dimmed by the image's own first pixel. */
const outputsOf = (pixels: ArrayLike<number>, from: number): number[] =>
  Array.from({ length: 10 }, (_, k) => {
    let sum = 0;
    for (let p = 0; p < 56; p++) sum += pixels[from + (4 + 2 * k) * 28 + p]!;
    return (sum / 56) * (0.5 + 5 * pixels[from]!);
  });
const scorer = {
  score: (pixels: Float32Array, n: number) =>
    Promise.resolve(Float32Array.from(Array.from({ length: n }, (_, i) => outputsOf(pixels, i * 784)).flat())),
};
const heldOut = bars(1200, 5);

/** The residual rule of the article: squared distance to the one-hot row of the top output. */
const residual = (outputs: ArrayLike<number>): number => {
  const values = Array.from(outputs);
  const k = values.indexOf(Math.max(...values));
  return values.reduce((sum, value, j) => sum + (value - (j === k ? 1 : 0)) ** 2, 0);
};

const seen = (outputs: Float32Array): Seen => ({ ...read(3), outputs });

describe('openRules', () => {
  it('keeps the asked share of held-out digits, at the threshold that trying every one gives', async () => {
    const [rule] = await openRules(['residual'], scorer, heldOut, 0.8);
    const pixels = Float32Array.from(heldOut.images, (value) => value / 255);
    const all = Array.from({ length: heldOut.count }, (_, i) => Float32Array.from(outputsOf(pixels, i * 784)));
    expect(all.every((outputs, i) => outputs.indexOf(Math.max(...outputs)) === heldOut.labels[i])).toBe(true);
    const worst = all.map(residual).sort((a, b) => a - b);
    const limit = worst[Math.ceil(0.8 * worst.length) - 1]!;
    const random = createRandom(9);
    let accepted = 0;
    for (let i = 0; i < 300; i++) {
      const outputs = all[i]!.map((value) => value + 0.2 * (random.next() - 0.5));
      const distance = residual(outputs);
      if (Math.abs(distance - limit) < 1e-5) continue;
      accepted += Number(distance < limit);
      expect(rule!.accepts(seen(outputs))).toBe(distance < limit);
    }
    expect(accepted).toBeGreaterThan(20);
    expect(all.filter((outputs) => rule!.accepts(seen(outputs))).length / all.length).toBeCloseTo(0.8, 2);
  });

  it('never accepts a blank region or outputs that are not finite', async () => {
    const [rule] = await openRules(['residual'], scorer, heldOut, 0.99);
    const perfect = Float32Array.from({ length: 10 }, (_, j) => (j === 3 ? 0.7 : 0.1));
    expect([rule!.accepts(seen(perfect)), rule!.accepts({ ...read(3, 'unsteady'), outputs: perfect })]).toEqual([
      true,
      true,
    ]);
    expect(rule!.accepts({ ...read(3, 'blank'), outputs: perfect })).toBe(false);
    expect(rule!.accepts(seen(perfect.map((value, j) => (j === 9 ? NaN : value))))).toBe(false);
  });

  it("takes the pipeline's own verdict for card, without scoring anything", async () => {
    const [card] = await openRules(['card'], { score: () => Promise.reject(new Error('scored')) }, undefined, 0.9);
    expect([card!.name, card!.accepts(read(3)), card!.accepts(read(3, 'ratio'))]).toEqual(['card', true, false]);
  });

  it('gives rules in the order asked for', async () => {
    expect((await openRules(['ratio', 'card', 'softmax'], scorer, heldOut, 0.9)).map(({ name }) => name)).toEqual([
      'ratio',
      'card',
      'softmax',
    ]);
  });
});

describe('checkRules', () => {
  it('knows every rule by name, and the nearest of an unknown one', () => {
    expect(() => checkRules(RULE_NAMES)).not.toThrow();
    expect(() => checkRules(['card', 'residaul'])).toThrow(UsageError);
    expect(() => checkRules(['residaul'])).toThrow(
      /unknown rule "residaul"; did you mean "residual"\? There are card, ratio/,
    );
    expect(() => checkRules([''])).toThrow(UsageError);
  });
});
