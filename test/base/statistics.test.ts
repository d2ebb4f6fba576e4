// Tests of src/base/statistics.ts against published values and slow, obvious definitions.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { auroc, clopperPearson, clopperPearsonUpper, quantile } from '../../src/base/statistics.js';

/** P(X <= most) for X binomial, summed term by term, in logarithms so that no term is lost. */
function binomialAtMost(most: number, trials: number, p: number): number {
  let [term, sum] = [trials * Math.log1p(-p), 0];
  for (let k = 0; k <= most; k++) {
    sum += Math.exp(term);
    term += Math.log(((trials - k) / (k + 1)) * (p / (1 - p)));
  }
  return sum;
}

describe('clopperPearson', () => {
  it.each([
    // Published tables of exact 95 % limits.
    [0, 10, 0, 0.3085],
    [1, 10, 0.0025, 0.445],
    [5, 10, 0.1871, 0.8129],
    [10, 10, 0.6915, 1],
    [0, 1000, 0, 0.003682],
    [4, 20, 0.0573, 0.4366],
  ])('%i of %i is %f to %f at 95 %%', (successes, trials, lo, hi) => {
    const [low, high] = clopperPearson(successes, trials);
    expect(low).toBeCloseTo(lo, 4);
    expect(high).toBeCloseTo(hi, trials > 100 ? 6 : 4);
  });

  it.each([
    [3, 50, 0.9],
    [50, 1000, 0.95],
    [1, 5000, 0.95],
    [4990, 5000, 0.99],
    [300, 20_000, 0.95],
  ])(
    '%i of %i at %f: the bounds are where the binomial tails have their half of the rest',
    (successes, trials, confidence) => {
      const [lo, hi] = clopperPearson(successes, trials, confidence);
      expect(binomialAtMost(trials - successes, trials, 1 - lo)).toBeCloseTo((1 - confidence) / 2, 9);
      expect(binomialAtMost(successes, trials, hi)).toBeCloseTo((1 - confidence) / 2, 9);
    },
  );

  it('knows nothing without trials, and refuses what is no count', () => {
    expect(clopperPearson(0, 0)).toEqual([0, 1]);
    expect(() => clopperPearson(11, 10)).toThrow(RangeError);
    expect(() => clopperPearson(0.5, 10)).toThrow(RangeError);
    expect(() => clopperPearsonUpper(0, 10, 1)).toThrow(RangeError);
  });
});

describe('clopperPearsonUpper', () => {
  it('is one-sided: the rule of three for no failures, 1 when all fail', () => {
    expect(clopperPearsonUpper(0, 5000, 0.95)).toBeCloseTo(0.000599, 6);
    expect(clopperPearsonUpper(0, 29_956, 0.95)).toBeLessThan(1e-4);
    expect(clopperPearsonUpper(7, 7, 0.95)).toBe(1);
    expect(binomialAtMost(2, 300, clopperPearsonUpper(2, 300, 0.9))).toBeCloseTo(0.1, 10);
  });
});

describe('auroc', () => {
  it.each([
    [0, 1],
    [3, 40],
    [5, 7],
  ])('counts pairs, ties half (seed %i, values of 0 to %i)', (seed, values) => {
    const random = createRandom(seed);
    const draw = (count: number, shift: number): number[] =>
      Array.from({ length: count }, () => (random.next() < 0.1 ? -Infinity : random.int(values + 1) + shift));
    const [positives, negatives] = [draw(60, 1), draw(45, 0)];
    const pairs = positives.flatMap((p) => negatives.map((n): number => (p > n ? 1 : p === n ? 0.5 : 0)));
    expect(auroc(positives, Float32Array.from(negatives))).toBeCloseTo(
      pairs.reduce((a, b) => a + b) / pairs.length,
      12,
    );
  });

  it('is 1, 0 and nothing at the ends', () => {
    expect([auroc([2, 3], [0, 1]), auroc([0, 1], [2, 3]), auroc([1, Infinity], [-Infinity])]).toEqual([1, 0, 1]);
    expect(auroc([], [1])).toBeNaN();
  });
});

describe('quantile', () => {
  it('is linear between neighbours', () => {
    expect([0, 0.25, 0.5, 0.9, 1].map((share) => quantile([40, 10, 30, 20, 50], share))).toEqual([10, 20, 30, 46, 50]);
    expect(quantile([1, 2], 0.5)).toBe(1.5);
    expect([quantile([Infinity, Infinity], 0.3), quantile([-Infinity, 2], 0.5)]).toEqual([Infinity, -Infinity]);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
