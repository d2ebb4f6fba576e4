// Tests of src/lab/judging/calibrate.ts and src/lab/judging/measure.ts on outputs: thresholds keep what they promise,
// counts add up.
import { describe, expect, it } from 'vitest';
import { calibrate } from '../../../src/lab/judging/calibrate.js';
import { accuracyOf, measure } from '../../../src/lab/judging/measure.js';
import { createRandom } from '../../../src/base/random.js';
import { NO_DIGIT } from '../../../src/types.js';

/** Outputs of `count` digits: near one-hot, a few of them wrong, with noise that differs from digit to digit. */
function sample(count: number, seed = 1): { outputs: Float32Array; labels: Uint8Array } {
  const random = createRandom(seed);
  const outputs = new Float32Array(count * 10);
  const labels = Uint8Array.from({ length: count }, () => random.int(10));
  labels.forEach((label, i) => {
    const shown = random.next() < 0.03 ? (label + 1) % 10 : label;
    const noise = 0.15 * random.next();
    for (let j = 0; j < 10; j++) outputs[i * 10 + j] = (j === shown ? 0.95 : 0) + noise * random.normal();
  });
  return { outputs, labels };
}

/** Top, ratio and rightness of one digit, written out. */
function facts(outputs: Float32Array, labels: Uint8Array, i: number): { top: number; ratio: number; right: boolean } {
  const row = Array.from(outputs.subarray(i * 10, i * 10 + 10));
  const top = Math.max(...row);
  const k = row.indexOf(top);
  return { top, ratio: top / Math.max(...row.filter((_, j) => j !== k).map(Math.abs)), right: k === labels[i] };
}

const all = ({ outputs, labels }: ReturnType<typeof sample>): ReturnType<typeof facts>[] =>
  Array.from(labels, (_, i) => facts(outputs, labels, i));

describe('calibrate', () => {
  it.each([0.5, 0.8, 0.9, 0.95])('keeps the coverage %f of the digits read right, and hardly more', (coverage) => {
    const digits = sample(3000);
    const {
      ratio,
      range: [lo, hi],
    } = calibrate(digits.outputs, digits.labels, { coverage, outside: 0.01 });
    const regular = all(digits).filter(({ right }) => right);
    const kept =
      regular.filter((each) => each.ratio >= ratio && each.top >= lo && each.top <= hi).length / regular.length;
    expect(kept).toBeGreaterThanOrEqual(coverage);
    expect(kept).toBeLessThan(coverage + 0.01);
    expect(regular.filter(({ top }) => top < lo || top > hi).length / regular.length).toBeLessThanOrEqual(0.01);
  });

  it('accepts no more non-digits than it may, and gives up as few digits for that as any thresholds', () => {
    const { outputs, labels } = sample(1500);
    const random = createRandom(8);
    // Non-digits whose outputs are weaker, and less clear: some of them would pass.
    const others = Float32Array.from({ length: 600 * 10 }, () => 0.1 * random.normal());
    for (let i = 0; i < 600; i++) others[i * 10 + random.int(10)]! += 0.9 * random.next();
    const set = {
      outputs: Float32Array.from([...outputs, ...others]),
      labels: Uint8Array.from([...labels, ...new Uint8Array(600).fill(NO_DIGIT)]),
    };
    const shares = (ratio: number, lo: number, hi: number): { digits: number; others: number } => {
      const found = all(set);
      const accepted = found.map((each) => each.ratio >= ratio && each.top >= lo && each.top <= hi);
      const regular = found.filter(({ right }) => right).length;
      return {
        digits: found.filter(({ right }, i) => right && accepted[i]).length / regular,
        others: accepted.slice(1500).filter(Boolean).length / 600,
      };
    };
    const free = calibrate(set.outputs, set.labels, { coverage: 0.95, outside: 0 });
    expect(shares(free.ratio, ...free.range).others).toBeGreaterThan(0.02);
    const { ratio, range, coverage } = calibrate(set.outputs, set.labels, {
      coverage: 0.95,
      outside: 0,
      nonDigits: 0.01,
    });
    const found = shares(ratio, ...range);
    expect(found.others).toBeLessThanOrEqual(0.01);
    expect(coverage).toBeLessThanOrEqual(found.digits);
    expect(coverage).toBeCloseTo(found.digits, 3);
    // By trial of a grid: no pair at or above the free one that keeps the limit keeps (noticeably) more digits.
    let most = 0;
    for (let r = free.ratio; r < 40; r *= 1.05)
      for (let lo = free.range[0]; lo < 1; lo += 0.01) {
        const tried = shares(r, lo, free.range[1]);
        if (tried.others <= 0.01) most = Math.max(most, tried.digits);
      }
    expect(found.digits).toBeGreaterThanOrEqual(most - 0.002);
  });

  it('does not mind a limit on non-digits that is kept anyhow', () => {
    const { outputs, labels } = sample(500);
    const set = { outputs: Float32Array.from([...outputs, ...new Float32Array(100)]), labels: [...labels] };
    const marked = Uint8Array.from([...set.labels, ...new Uint8Array(10).fill(NO_DIGIT)]);
    const plan = { coverage: 0.9, outside: 0.01 };
    const { coverage, ...thresholds } = calibrate(set.outputs, marked, plan);
    expect(calibrate(set.outputs, marked, { ...plan, nonDigits: 0 })).toEqual({ ...thresholds, coverage });
  });

  it('does not look at digits that are read wrong', () => {
    const digits = sample(1000);
    const wrong = { outputs: digits.outputs.slice(), labels: digits.labels };
    all(digits).forEach(({ right }, i) => {
      if (!right) wrong.outputs[i * 10 + ((digits.labels[i]! + 1) % 10)] = 50;
    });
    const plan = { coverage: 0.9, outside: 0.01 };
    expect(calibrate(wrong.outputs, wrong.labels, plan)).toEqual(calibrate(digits.outputs, digits.labels, plan));
  });

  it('gives numbers that JSON can hold, even when second outputs are exactly 0', () => {
    const outputs = Float32Array.from({ length: 100 }, (_, i) => (i % 11 === 0 ? 1 : 0));
    const labels = Uint8Array.from({ length: 10 }, (_, i) => i);
    const thresholds = calibrate(outputs, labels, { coverage: 1, outside: 0 });
    expect(JSON.parse(JSON.stringify(thresholds))).toEqual({ ratio: Number.MAX_VALUE, range: [1, 1], coverage: 1 });
  });

  it('says what is kept when no ratio from 1 on keeps the coverage', () => {
    const digits = sample(200);
    const regular = all(digits).filter(({ right }) => right).length;
    const {
      coverage,
      range: [lo, hi],
      ratio,
    } = calibrate(digits.outputs, digits.labels, { coverage: 0.99, outside: 0.4 });
    const kept = all(digits).filter((each) => each.right && each.top >= lo && each.top <= hi).length / regular;
    expect(ratio).toBe(1);
    expect(coverage).toBeLessThanOrEqual(kept);
    expect(coverage).toBeCloseTo(kept, 2);
    expect(() => calibrate(new Float32Array(20), Uint8Array.of(3, 4), { coverage: 0.9, outside: 0 })).toThrow(
      /None of the 2 held-out digits/,
    );
  });

  it('cuts each end of the range by its own share; what is no digit counts for nothing', () => {
    const digits = sample(3000, 5);
    digits.labels.fill(255, 2900);
    const tops = all(digits)
      .filter(({ right }) => right)
      .map(({ top }) => top)
      .sort((a, b) => a - b);
    const {
      range: [lo, hi],
    } = calibrate(digits.outputs, digits.labels, { coverage: 0.8, outside: [0.1, 0] });
    const below = tops.filter((top) => top < lo).length / tops.length;
    expect(below).toBeLessThanOrEqual(0.1);
    expect(below).toBeGreaterThan(0.09);
    expect(hi).toBeGreaterThanOrEqual(tops.at(-1)!);
  });
});

describe('measure', () => {
  it('counts right, accepted and wrongly accepted digits', () => {
    const digits = sample(2000, 2);
    const thresholds = { ratio: 5, range: [0.7, 1.2] as const };
    const accepted = all(digits).filter(({ top, ratio }) => ratio >= 5 && top >= 0.7 && top <= 1.2);
    expect(measure(digits.outputs, digits.labels, thresholds)).toEqual({
      accuracy: all(digits).filter(({ right }) => right).length / 2000,
      accepted: accepted.length / 2000,
      acceptedWrong: accepted.filter(({ right }) => !right).length / 2000,
      nonDigitsAccepted: 0,
    });
    expect(accuracyOf(digits.outputs, digits.labels)).toBe(measure(digits.outputs, digits.labels, thresholds).accuracy);
  });

  it('keeps what is no digit apart', () => {
    const [digits, extra] = [sample(2000, 3), sample(500, 4)];
    const thresholds = { ratio: 5, range: [0.7, 1.2] as const };
    const accepted = all(extra).filter(({ top, ratio }) => ratio >= 5 && top >= 0.7 && top <= 1.2).length;
    const outputs = Float32Array.from([...digits.outputs, ...extra.outputs]);
    const labels = Uint8Array.from([...digits.labels, ...extra.labels.fill(255)]);
    expect(measure(outputs, labels, thresholds)).toEqual({
      ...measure(digits.outputs, digits.labels, thresholds),
      nonDigitsAccepted: accepted / 500,
    });
  });
});
