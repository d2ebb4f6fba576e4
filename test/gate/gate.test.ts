import { describe, expect, it } from 'vitest';
import { evidence, judge } from '../../src/gate/gate.js';
import type { Thresholds, Verdict } from '../../src/types.js';

const thresholds: Thresholds = { ratio: 5, range: [0.5, 1.1] };

/** Seeded generator of [0, 1): mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The definition word by word, by sorting and filtering. For outputs without NaN. */
function slowRatio(outputs: readonly number[]): { digit: number; ratio: number; second: number } {
  const top = [...outputs].sort((a, b) => b - a)[0] as number;
  const digit = outputs.indexOf(top);
  const second = outputs
    .filter((_, j) => j !== digit)
    .map(Math.abs)
    .sort((a, b) => b - a)[0] as number;
  if (top <= 0 || !Number.isFinite(top)) return { digit, ratio: 0, second };
  return { digit, ratio: second === 0 ? Infinity : top / second, second };
}

function slowReason(outputs: readonly number[], { ratio, range }: Thresholds, blank: boolean): string {
  if (!outputs.every(Number.isFinite)) return 'not-finite';
  if (blank) return 'blank';
  const top = Math.max(...outputs);
  if (!(range[0] <= top && top <= range[1])) return 'range';
  return slowRatio(outputs).ratio >= ratio ? 'accepted' : 'ratio';
}

const reasonOf = (verdict: Verdict): string => (verdict.accepted ? 'accepted' : verdict.rejected);

/** Ten values drawn from a pool rich in special cases, rounded to float32 as a network gives them. */
function draw(random: () => number, special: readonly number[]): number[] {
  return Array.from({ length: 10 }, () => {
    const kind = random();
    if (kind < 0.25) return special[Math.floor(random() * special.length)] as number;
    if (kind < 0.4) return Math.round(random() * 4 - 2) / 2;
    return Math.fround(random() < 0.5 ? random() * 2.4 - 1.2 : (random() - 0.5) * 0.1);
  });
}

function oneHot(digit: number, top: number, rest = 0): Float32Array {
  return new Float32Array(10).fill(rest).fill(top, digit, digit + 1);
}

describe('evidence', () => {
  it('agrees with the definition on random outputs with negatives, zeros and ties', () => {
    const random = generator(1);
    for (let i = 0; i < 5000; i++) {
      const values = draw(random, [0, -0, 1, -1, 0.5, -0.5]);
      const found = evidence(Float32Array.from(values));
      const slow = slowRatio(values);
      expect(found, values.join()).toEqual({ ...slow, top: values[slow.digit], second: slow.second });
    }
  });

  it('agrees with the definition when infinities occur', () => {
    const random = generator(2);
    for (let i = 0; i < 2000; i++) {
      const values = draw(random, [Infinity, -Infinity, 0, 1]);
      expect(evidence(Float32Array.from(values)).ratio, values.join()).toBe(slowRatio(values).ratio);
    }
  });

  it('does not depend on the order of the other outputs, nor on a common positive factor', () => {
    const random = generator(3);
    for (let i = 0; i < 500; i++) {
      const values = draw(random, [0, 1]);
      const found = evidence(Float32Array.from(values));
      expect(evidence(Float32Array.from([...values].reverse())).ratio).toBe(found.ratio);
      expect(evidence(Float32Array.from(values, (v) => v * 4)).ratio).toBe(found.ratio);
    }
  });

  it('gives 0 for a top that is zero or negative', () => {
    expect(evidence(new Float32Array(10)).ratio).toBe(0);
    expect(evidence(new Float32Array(10).fill(-1)).ratio).toBe(0);
  });

  it('gives Infinity when all others are zero, 1 for a tie, below 1 when a negative has the largest magnitude', () => {
    expect(evidence(oneHot(3, 0.9))).toMatchObject({ digit: 3, ratio: Infinity, second: 0 });
    const tie = oneHot(3, 0.75).fill(0.75, 7, 8);
    expect(evidence(tie)).toMatchObject({ digit: 3, ratio: 1 });
    const negative = oneHot(3, 0.5).fill(-1, 7, 8);
    expect(evidence(negative)).toMatchObject({ digit: 3, ratio: 0.5, second: 1 });
  });

  it('gives 0 when NaN is anywhere, and digit 0 when all are NaN', () => {
    for (let j = 0; j < 10; j++) expect(evidence(oneHot(4, 1).fill(NaN, j, j + 1)).ratio).toBe(0);
    expect(evidence(new Float32Array(10).fill(NaN))).toMatchObject({ digit: 0, ratio: 0 });
  });

  it('reads one row of a batch', () => {
    const batch = new Float32Array(30);
    batch.set(oneHot(2, 1, 0.1), 0);
    batch.set(oneHot(8, 1, 0.25), 20);
    expect(evidence(batch, 20)).toMatchObject({ digit: 8, ratio: 4 });
    expect(evidence(batch)).toMatchObject({ digit: 2 });
  });
});

describe('judge', () => {
  it('gives the reason that the definition gives, whatever the outputs', () => {
    const random = generator(4);
    const seen = new Set<string>();
    for (let i = 0; i < 5000; i++) {
      const clean = i % 2 === 0;
      const values = clean
        ? [...oneHot(i % 10, Math.fround(0.4 + random()), Math.fround(random() * 0.3))]
        : draw(random, [0, NaN, Infinity, -Infinity]);
      const blank = random() < 0.1;
      const verdict = judge(Float32Array.from(values), thresholds, { blank });
      expect(reasonOf(verdict), values.join()).toBe(slowReason(values, thresholds, blank));
      seen.add(reasonOf(verdict));
    }
    expect([...seen].sort()).toEqual(['accepted', 'blank', 'not-finite', 'range', 'ratio']);
  });

  it('tests the reasons in their order: not-finite before blank before range before ratio', () => {
    expect(reasonOf(judge(oneHot(0, NaN), thresholds, { blank: true }))).toBe('not-finite');
    expect(reasonOf(judge(oneHot(0, 9), thresholds, { blank: true }))).toBe('blank');
    expect(reasonOf(judge(oneHot(0, 9, 9), thresholds))).toBe('range');
    expect(reasonOf(judge(oneHot(0, 1, 1), thresholds))).toBe('ratio');
  });

  it('gives the distance to the threshold that failed, in its unit', () => {
    expect(judge(oneHot(1, 0.25), thresholds)).toMatchObject({ rejected: 'range', distance: 0.25 });
    expect(judge(oneHot(1, 2), { ratio: 5, range: [0.5, 1.5] })).toMatchObject({ rejected: 'range', distance: 0.5 });
    expect(judge(oneHot(1, 1, 0.5), thresholds)).toMatchObject({ rejected: 'ratio', distance: 3 });
    expect(judge(oneHot(1, NaN), thresholds)).toMatchObject({ rejected: 'not-finite', distance: 0 });
    expect(judge(oneHot(1, 1), thresholds, { blank: true })).toMatchObject({ rejected: 'blank', distance: 0 });
  });

  it('accepts the thresholds themselves', () => {
    expect(judge(oneHot(6, 0.5), thresholds).accepted).toBe(true);
    expect(judge(oneHot(6, 1, 0.25), { ratio: 4, range: [0.5, 1] })).toMatchObject({
      accepted: true,
      digit: 6,
      ratio: 4,
    });
  });

  it('rejects the zero vector, which is what a non-digit is trained to give', () => {
    expect(judge(new Float32Array(10), thresholds)).toMatchObject({ rejected: 'range', distance: 0.5 });
  });
});
