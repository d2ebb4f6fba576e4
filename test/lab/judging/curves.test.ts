// Tests of src/lab/judging/curves.ts against counts written out: thresholds, leaks, curves, separation.
import { describe, expect, it } from 'vitest';
import {
  acceptedShare,
  confidencesOf,
  leakCurve,
  separation,
  shareAbove,
  thresholdAt,
} from '../../../src/lab/judging/curves.js';
import { ratio as ratioRule } from '../../../src/lab/rules/ratio.js';
import type { FittedRule } from '../../../src/lab/rules/rule.js';
import { labelled, row } from '../labelled.js';

const heldOut = labelled(1500, { seed: 1 });
const clean = labelled(1000, { seed: 2 });
const attacked = labelled(800, { seed: 3, wrong: 0.6, noise: 0.6 });
const ratio = ratioRule.fit(heldOut.outputs, heldOut.labels);

/** The confidence is the first output, and class 0 is what is read. */
const first: FittedRule = { confidence: (outputs, offset) => outputs[offset]! };
const read = (values: readonly number[], labels: readonly number[]) => ({
  outputs: Float32Array.from(values.flatMap((v) => [v, ...new Array<number>(9).fill(-9)])),
  labels: Uint8Array.from(labels),
});

describe('thresholdAt', () => {
  it.each([0.5, 0.9, 0.95, 1])('keeps at least the share %f, and not one more than it must', (coverage) => {
    const { right } = confidencesOf(ratio, heldOut);
    const threshold = thresholdAt(right, coverage);
    const kept = right.filter((each) => each >= threshold).length;
    expect(kept).toBe(Math.ceil(coverage * right.length));
    expect(acceptedShare(right, threshold)).toBe(kept / right.length);
  });

  it('accepts all that tie, and never -Infinity', () => {
    expect(thresholdAt(Float64Array.of(3, 2, 2, 2, 1), 0.4)).toBe(2);
    const half = Float64Array.of(-Infinity, 5, -Infinity, 7);
    expect(thresholdAt(half, 0.9)).toBe(5);
    expect(acceptedShare(half, thresholdAt(half, 0.9))).toBe(0.5);
    expect(acceptedShare(Float64Array.of(-Infinity), -Infinity)).toBe(0);
    expect([
      thresholdAt(Float64Array.of(-Infinity), 0.5),
      thresholdAt(new Float64Array(), 0.5),
      acceptedShare(new Float64Array(), 0),
    ]).toEqual([Infinity, Infinity, 0]);
  });
});

describe('leakCurve', () => {
  it('counts what is accepted and wrong at thresholds of the held-out digits', () => {
    const curve = leakCurve(ratio, { heldOut, clean, attacked, coverages: [0.95, 0.9, 0.5] });
    expect(curve.images).toBe(800);
    expect(curve.wrong).toBe(confidencesOf(ratio, attacked).wrong.length);
    for (const { asked, threshold, coverage, leaked, leak, interval } of curve.points) {
      expect(threshold).toBe(thresholdAt(confidencesOf(ratio, heldOut).right, asked));
      const wrong = Array.from(attacked.labels).filter((label, i) => {
        const values = row(attacked.outputs, i);
        const k = values.indexOf(Math.max(...values));
        return k !== label && values[k]! / Math.max(...values.filter((_, j) => j !== k).map(Math.abs)) >= threshold;
      });
      expect(leaked).toBe(wrong.length);
      expect(leak).toBe(leaked / 800);
      expect(interval[0]).toBeLessThan(leak);
      expect(interval[1]).toBeGreaterThan(leak);
      expect(Math.abs(coverage - asked)).toBeLessThan(0.05);
    }
    expect(curve.points.map(({ leaked }) => leaked)).toEqual(
      curve.points.map(({ leaked }) => leaked).sort((a, b) => b - a),
    );
    expect(curve.points[0]!.leaked).toBeGreaterThan(10);
  });

  it('takes ties as leaks, and what is no digit as wrong', () => {
    const digits = read([5, 5, 5, 5], [0, 0, 0, 0]);
    const { points, wrong } = leakCurve(first, {
      heldOut: digits,
      clean: digits,
      attacked: read([5, 4, 6, 5], [1, 1, 255, 0]),
      coverages: [0.25],
    });
    expect(wrong).toBe(3);
    expect(points).toMatchObject([{ threshold: 5, coverage: 1, leaked: 2, leak: 0.5 }]);
  });
});

describe('curves of a group and separation', () => {
  it('gives the share above each value', () => {
    expect(shareAbove(Float64Array.of(1, 2, 2, Infinity), [0, 1, 2, 3])).toEqual(Float64Array.of(1, 0.75, 0.25, 0.25));
    expect(shareAbove(new Float64Array(), [0])).toEqual(Float64Array.of(0));
  });

  it('is the AUROC of regular against wrong confidences', () => {
    expect(separation(first, read([3, 4, 0], [0, 0, 1]), read([1, 4, 9], [1, 1, 0]))).toBe(0.625);
    expect(separation(ratio, clean, attacked)).toBeGreaterThan(0.8);
  });
});
