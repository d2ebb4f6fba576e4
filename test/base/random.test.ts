// Tests of src/base/random.ts: the same seed gives the same numbers, and the numbers have the distributions they claim.
import { describe, expect, it } from 'vitest';
import { createRandom, shuffle, truncatedNormal, uniform } from '../../src/base/random.js';

const draw = (count: number, next: () => number): number[] => Array.from({ length: count }, next);
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const sd = (values: number[]): number => {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
};

describe('createRandom', () => {
  it('repeats itself for the same seed and differs for another', () => {
    const of = (seed: number): number[] => {
      const random = createRandom(seed);
      return draw(5, () => random.next());
    };
    expect(of(7)).toEqual(of(7));
    expect(of(7)).not.toEqual(of(8));
    expect(of(7)).not.toEqual(of(7 + 2 ** 32));
  });

  it('is uniform in [0, 1)', () => {
    const random = createRandom(1);
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 64_000; i++) counts[Math.floor(random.next() * 16)]! += 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 4000) ** 2 / 4000, 0);
    expect(chiSquare).toBeLessThan(37.7); // 15 degrees of freedom, p = 0.001
  });

  it('draws whole numbers below n, every one of them, and refuses a bad n', () => {
    const random = createRandom(2);
    expect(new Set(draw(1000, () => random.int(7)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    expect(() => random.int(0)).toThrow(/int\(n\) needs a whole n/);
    expect(() => random.int(2.5)).toThrow(RangeError);
  });

  it('draws normal numbers with mean 0 and deviation 1', () => {
    const random = createRandom(3);
    const values = draw(20_000, () => random.normal());
    expect(Math.abs(mean(values))).toBeLessThan(0.03);
    expect(Math.abs(sd(values) - 1)).toBeLessThan(0.03);
    expect(values.filter((value) => Math.abs(value) > 1.96).length / values.length).toBeCloseTo(0.05, 2);
  });
});

describe('fork', () => {
  it('depends on seed and label, not on how far the parent has gone', () => {
    const parent = createRandom(4);
    const before = parent.fork('data').next();
    parent.next();
    expect(parent.fork('data').next()).toBe(before);
    expect(parent.fork('weights').next()).not.toBe(before);
    expect(createRandom(5).fork('data').next()).not.toBe(before);
    expect(parent.fork('a').fork('b').next()).not.toBe(parent.fork('b').fork('a').next());
  });

  it('is not correlated with its parent or its siblings', () => {
    const parent = createRandom(6);
    const streams = [parent, parent.fork('a'), parent.fork('b')].map((random) => draw(5000, () => random.next() - 0.5));
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const correlation = 12 * mean(streams[i]!.map((value, k) => value * streams[j]![k]!));
      expect(Math.abs(correlation)).toBeLessThan(0.05);
    }
  });
});

describe('the helpers', () => {
  it('cuts a truncated normal at two deviations', () => {
    const random = createRandom(9);
    const values = draw(20_000, () => truncatedNormal(random, 0.1));
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.2);
    expect(sd(values)).toBeCloseTo(0.088, 2); // 0.1 times 0.8796, the deviation of a normal cut at +-2
  });

  it('shuffles to a permutation, evenly', () => {
    const random = createRandom(10);
    const firsts = [0, 0, 0, 0];
    for (let i = 0; i < 8000; i++) firsts[shuffle(random, Uint8Array.of(0, 1, 2, 3))[0]!]! += 1;
    for (const count of firsts) expect(Math.abs(count - 2000)).toBeLessThan(150);
    expect([...shuffle(random, [1, 2, 3, 4, 5])].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('scales uniform draws', () => {
    const random = createRandom(11);
    const values = draw(2000, () => uniform(random, -3, 5));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-3);
    expect(Math.max(...values)).toBeLessThan(5);
    expect(mean(values)).toBeCloseTo(1, 0);
  });
});
