// Tests of src/lab/judging/risk.ts: the ratio it picks keeps its promise, also over many draws, and says when data
// can't show it.
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../src/base/errors.js';
import { calibrate } from '../../../src/lab/judging/calibrate.js';
import { createRandom } from '../../../src/base/random.js';
import { ratioForRisk, riskOf } from '../../../src/lab/judging/risk.js';
import { clopperPearsonUpper } from '../../../src/base/statistics.js';
import { labelled } from '../labelled.js';

const anyRange = [-Infinity, Infinity] as const;

/** Digits with the given ratios, read as 3; label 3 where right. */
function readings(digits: readonly { ratio: number; wrong: boolean }[]): { outputs: Float32Array; labels: Uint8Array } {
  const outputs = new Float32Array(digits.length * 10);
  digits.forEach(({ ratio }, i) => outputs.set([1 / ratio, 0, 0, 1], i * 10));
  return { outputs, labels: Uint8Array.from(digits, ({ wrong }) => (wrong ? 5 : 3)) };
}

describe('riskOf', () => {
  it('counts what is accepted and wrong, what is no digit among it', () => {
    const { outputs, labels } = readings([
      { ratio: 9, wrong: false },
      { ratio: 9, wrong: true },
      { ratio: 2, wrong: true },
      { ratio: 8, wrong: false },
    ]);
    labels[3] = 255;
    expect(riskOf(outputs, labels, { ratio: 5, range: [0, 2] }, 0.9)).toEqual({
      accepted: 3,
      wrong: 2,
      bound: clopperPearsonUpper(2, 3, 0.9),
    });
    expect(riskOf(outputs, labels, { ratio: 5, range: [5, 6] }, 0.9)).toEqual({ accepted: 0, wrong: 0, bound: 1 });
  });
});

describe('ratioForRisk', () => {
  it('accepts all when nothing is wrong, and stops above the ratios that are', () => {
    const clear = Array.from({ length: 1000 }, (_, i) => ({ ratio: 2 + i / 10, wrong: false }));
    const some = readings(clear);
    expect(ratioForRisk(some.outputs, some.labels, anyRange, { maxRisk: 0.01, confidence: 0.95 })).toBe(1);
    const worse = readings([...clear, ...Array.from({ length: 50 }, () => ({ ratio: 10, wrong: true }))]);
    const ratio = ratioForRisk(worse.outputs, worse.labels, anyRange, { maxRisk: 0.01, confidence: 0.95 });
    expect(ratio).toBeGreaterThan(10);
    expect(ratio).toBeLessThan(10.3);
  });

  it('goes no further than the first ratio that fails, even when laxer ones would hold', () => {
    // 80 wrong behind the 6,000 surest; behind them 5,000 right ones, with which the bound would hold again.
    const digits = [
      ...Array.from({ length: 6000 }, () => ({ ratio: 100, wrong: false })),
      ...Array.from({ length: 80 }, () => ({ ratio: 50, wrong: true })),
      ...Array.from({ length: 5000 }, () => ({ ratio: 10, wrong: false })),
    ];
    const { outputs, labels } = readings(digits);
    expect(riskOf(outputs, labels, { ratio: 9, range: anyRange }, 0.95).bound).toBeLessThan(0.01);
    expect(ratioForRisk(outputs, labels, anyRange, { maxRisk: 0.01, confidence: 0.95 })).toBeGreaterThan(50);
  });

  it('exceeds the risk no more often than its confidence says', () => {
    // Wrong with a chance of 0.4 / ratio, ratios log-uniform in 1 to e^4: the risk above r is 0.4 (1/r - e^-4) / (4 -
    // ln r).
    const [maxRisk, confidence, draws] = [0.04, 0.8, 200];
    const risk = (r: number): number => (0.4 * (1 / r - Math.exp(-4))) / (4 - Math.log(r));
    const random = createRandom(11);
    let [exceeded, set] = [0, 0];
    for (let draw = 0; draw < draws; draw++) {
      const digits = Array.from({ length: 300 }, () => {
        const ratio = Math.exp(4 * random.next());
        return { ratio, wrong: random.next() < 0.4 / ratio };
      });
      const { outputs, labels } = readings(digits);
      try {
        if (risk(ratioForRisk(outputs, labels, anyRange, { maxRisk, confidence })) > maxRisk) exceeded++;
        set++;
      } catch (error) {
        expect(error).toBeInstanceOf(ModelError);
      }
    }
    expect(set).toBeGreaterThan(draws / 2);
    // Three standard deviations of a binomial above the promise.
    expect(exceeded / draws).toBeLessThan(1 - confidence + 3 * Math.sqrt((confidence * (1 - confidence)) / draws));
  });

  it('says how many digits it would take', () => {
    const all = readings(Array.from({ length: 5000 }, () => ({ ratio: 20, wrong: false })));
    const asked = (maxRisk: number) => () =>
      ratioForRisk(all.outputs, all.labels, anyRange, { maxRisk, confidence: 0.95 });
    expect(asked(0.001)).not.toThrow();
    expect(asked(0.0001)).toThrow(/A risk of at most 0\.0001 can't be shown with 95 % confidence on 5000 digits/);
    expect(asked(0.0001)).toThrow(/still be 0\.0006\. It takes at least 30000 digits/);
    expect(asked(0.0001)).toThrow(ModelError);
  });

  it('says when the surest readings are wrong too often, and when more digits would help', () => {
    const surest = (wrong: number) => () => {
      const { outputs, labels } = readings([
        ...Array.from({ length: 1000 - wrong }, () => ({ ratio: 50, wrong: false })),
        ...Array.from({ length: wrong }, () => ({ ratio: 50, wrong: true })),
      ]);
      ratioForRisk(outputs, labels, anyRange, { maxRisk: 0.01, confidence: 0.95 });
    };
    expect(surest(30)).toThrow(/of the 1000 that are read most surely 30 are wrong.*More digits would not help/);
    const [, needed] = /it takes about (\d+) digits/.exec(String(capture(surest(8)))) ?? [];
    expect(clopperPearsonUpper(Math.round(0.008 * Number(needed)), Number(needed), 0.95)).toBeLessThanOrEqual(0.0101);
    expect(() =>
      ratioForRisk(new Float32Array(20), Uint8Array.of(1, 2), anyRange, { maxRisk: 0.1, confidence: 0.9 }),
    ).toThrow(/accepts any of them/);
  });
});

describe('calibrate for a risk', () => {
  it('gives the ratio, what it keeps, and what it was set for', () => {
    const digits = labelled(4000, { wrong: 0.01, noise: 0.3 });
    const found = calibrate(digits.outputs, digits.labels, { maxRisk: 0.03, confidence: 0.9, outside: 0.01 });
    expect(found).toMatchObject({ maxRisk: 0.03, confidence: 0.9 });
    const { bound, accepted, wrong } = riskOf(digits.outputs, digits.labels, found, 0.9);
    expect(bound).toBeLessThanOrEqual(0.03);
    expect(found.coverage).toBeLessThanOrEqual((accepted - wrong) / 3900);
    expect(found.coverage).toBeGreaterThan(0.5);
  });
});

function capture(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
