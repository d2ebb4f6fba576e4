// Tests of every rule in src/lab/rules: each against its formula written out, and what none may ever accept.
import { describe, expect, it } from 'vitest';
import { calibrate } from '../../../src/lab/judging/calibrate.js';
import { RULES } from '../../../src/lab/rules/list.js';
import type { Rule } from '../../../src/lab/rules/rule.js';
import { labelled, row } from '../labelled.js';

const heldOut = labelled(2000);
const ruleNamed = (name: string): Rule => RULES.find((rule) => rule.name === name)!;
const fitted = (name: string) => ruleNamed(name).fit(heldOut.outputs, heldOut.labels);
/** Confidence in ten outputs, put behind ten others to see that the offset counts. */
const confidence = (name: string, outputs: readonly number[]): number =>
  fitted(name).confidence(Float32Array.from([...new Array<number>(10).fill(9), ...outputs]), 10);
const top = (values: readonly number[]): number => Math.max(...values);
const others = (values: readonly number[]): number[] => values.filter((_, j) => j !== values.indexOf(top(values)));

/** `value` on class 3, the rest as given. */
const three = (value: number, rest = 0.01): number[] => Array.from({ length: 10 }, (_, j) => (j === 3 ? value : rest));

describe.each([
  ['ratio', (o: readonly number[]) => top(o) / Math.max(...others(o).map(Math.abs))],
  ['residual', (o: readonly number[]) => -(others(o).reduce((sum, v) => sum + v * v, 0) + (top(o) - 1) ** 2)],
  ['sum-ratio', (o: readonly number[]) => top(o) / others(o).reduce((sum, v) => sum + Math.abs(v), 0)],
  [
    'softmax',
    (o: readonly number[]) => {
      const p = Math.exp(top(o)) / o.reduce((sum, v) => sum + Math.exp(v), 0);
      return Math.log(p / (1 - p));
    },
  ],
] as const)('%s', (name, formula) => {
  it('is its formula', () => {
    const rule = fitted(name);
    for (let i = 0; i < 300; i++)
      expect(rule.confidence(heldOut.outputs, i * 10)).toBeCloseTo(formula(row(heldOut.outputs, i)), 6);
  });
});

describe('range', () => {
  it('keeps the middle of what regular digits show, in nested intervals', () => {
    const rule = fitted('range');
    const tops = Array.from(heldOut.labels, (label, i) => ({ label, values: row(heldOut.outputs, i) }))
      .filter(({ label, values }) => values.indexOf(top(values)) === label)
      .map(({ values }) => top(values))
      .sort((a, b) => a - b);
    for (const i of [0, 7, 500, 1200, tops.length - 1]) {
      const share = i / (tops.length - 1);
      expect(rule.confidence(Float32Array.from(three(tops[i]!)), 0)).toBeCloseTo(Math.min(share, 1 - share), 3);
    }
    const along = Array.from({ length: 400 }, (_, i) => confidence('range', three(0.3 + i / 250)));
    const peak = along.indexOf(Math.max(...along));
    along.slice(1).forEach((value, i) => expect(i < peak ? value >= along[i]! : value <= along[i]!).toBe(true));
  });

  it('goes on to fall where nothing was seen', () => {
    const [near, far] = [confidence('range', three(3)), confidence('range', three(4))];
    expect(near).toBeLessThan(0);
    expect(far).toBeCloseTo(near - 1, 6);
    expect(confidence('range', three(-5, -6))).toBeLessThan(-5);
  });

  it('knows what to do with a single digit', () => {
    const rule = ruleNamed('range').fit(Float32Array.from(three(0.9)), Uint8Array.of(3));
    expect([0.9, 0.8, 1.1].map((value) => rule.confidence(Float32Array.from(three(value)), 0))).toEqual([
      0,
      expect.closeTo(-0.1, 6),
      expect.closeTo(-0.2, 6),
    ]);
  });
});

describe('ratio-and-range', () => {
  it('is the ratio within the range that the gate would have', () => {
    const {
      range: [lo, hi],
    } = calibrate(heldOut.outputs, heldOut.labels, { coverage: 0.9, outside: 0.001 });
    expect(confidence('ratio-and-range', three(0.95))).toBe(confidence('ratio', three(0.95)));
    expect(confidence('ratio-and-range', three(lo - 1e-3))).toBe(-Infinity);
    expect(confidence('ratio-and-range', three(hi + 1e-3))).toBe(-Infinity);
    expect(confidence('ratio', three(hi + 1e-3))).toBeGreaterThan(100);
  });
});

describe('class-distance', () => {
  it('is the distance to the mean of the class in its standard deviations', () => {
    const values = [0.8, 1, 0.9, 1.1];
    const rule = ruleNamed('class-distance').fit(
      Float32Array.from(values.flatMap((value) => three(value))),
      Uint8Array.of(3, 3, 3, 3),
    );
    expect(rule.confidence(Float32Array.from(three(0.75)), 0)).toBeCloseTo(-0.2 / Math.sqrt(0.0125), 4);
    // Class 4 was never seen.
    expect(
      rule.confidence(
        Float32Array.from({ length: 10 }, (_, j) => (j === 4 ? 1 : 0)),
        0,
      ),
    ).toBe(-Infinity);
  });
});

describe.each(RULES.map((rule) => [rule.name, rule] as const))('%s', (name, rule) => {
  it('never accepts what is not finite', () => {
    const fit = rule.fit(heldOut.outputs, heldOut.labels);
    for (const bad of [NaN, Infinity, -Infinity]) {
      for (const at of [3, 7])
        expect(fit.confidence(Float32Array.from(three(1)).fill(bad, at, at + 1), 0), `${bad} at ${at}`).toBe(-Infinity);
    }
  });

  it('is surer of a clear digit than of one between two classes', () => {
    const between = three(0.5);
    between[5] = 0.45;
    expect(confidence(name, three(0.95))).toBeGreaterThan(confidence(name, between));
  });

  it('has a summary, and looks neither at digits read wrong nor at what is no digit when it is fitted', () => {
    expect(rule.summary).toMatch(/^\S.{10,}\S$/);
    const more = labelled(200, { seed: 9, wrong: 1 });
    const labels = Uint8Array.from([...heldOut.labels, ...more.labels.fill(255, 100)]);
    const fit = rule.fit(Float32Array.from([...heldOut.outputs, ...more.outputs]), labels);
    for (let i = 0; i < 20; i++)
      expect(fit.confidence(more.outputs, i * 10)).toBe(
        rule.fit(heldOut.outputs, heldOut.labels).confidence(more.outputs, i * 10),
      );
  });
});

it.each(['ratio', 'ratio-and-range', 'sum-ratio'])('%s never accepts a top output that is not above 0', (name) => {
  expect(confidence(name, three(0, -0.5))).toBe(-Infinity);
  expect(confidence(name, three(-0.1, -0.5))).toBe(-Infinity);
});

it('softmax tells logits apart whose probability rounds to 1, and takes any sign', () => {
  expect(confidence('softmax', three(90, 0))).toBeCloseTo(90 - Math.log(9), 5);
  expect(confidence('softmax', three(-1, -101))).toBeCloseTo(100 - Math.log(9), 5);
  expect(confidence('softmax', three(1e30, 0))).toBeGreaterThan(1e29);
});
