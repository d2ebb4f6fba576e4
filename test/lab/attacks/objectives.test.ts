// Tests of src/lab/attacks/objectives.ts: gradients against differences of the costs, written out again here.
import { describe, expect, it } from 'vitest';
import type { CostGradient } from '../../../src/lab/attacks/attack.js';
import {
  crossEntropy,
  doubt,
  gateObjectiveOf,
  lead,
  margin,
  marginGradient,
  quadratic,
  residual,
  shortfall,
} from '../../../src/lab/attacks/objectives.js';
import { judge } from '../../../src/gate/gate.js';
import { createRandom } from '../../../src/base/random.js';

const random = createRandom(1);
const classes = [3, 0, 9, 7];
const outputs = Float32Array.from({ length: 40 }, () => random.normal());
const classOf = (image: number): number => classes[image]!;

/** Compares a gradient with central differences of `cost`, on images 1 to 3 as a batch that begins at image 1. */
function checkGradient(gradientOf: CostGradient, cost: (row: Float32Array, own: number) => number, factor = 1): void {
  const gradient = gradientOf(outputs.slice(10), 1);
  for (let at = 10; at < 40; at++) {
    const image = Math.floor(at / 10);
    const shifted = (by: number): number => {
      const row = outputs.slice(image * 10, image * 10 + 10);
      row[at % 10]! += by;
      return cost(row, classes[image]!);
    };
    expect(gradient[at - 10]! * factor).toBeCloseTo((shifted(1e-3) - shifted(-1e-3)) / 2e-3, 2);
  }
}

describe('the gradients of costs', () => {
  it('are those of the quadratic cost, the cross entropy and the margin', () => {
    checkGradient(quadratic(classOf), (row, own) =>
      row.reduce((sum, o, j) => sum + (o - (j === own ? 1 : 0)) ** 2 / 2, 0),
    );
    checkGradient(
      crossEntropy(classOf),
      (row, own) => Math.log(row.reduce((sum, o) => sum + Math.exp(o), 0)) - row[own]!,
    );
    checkGradient(marginGradient(classOf), (row, own) => margin(row, 0, own));
  });

  it('are those of the distances to what a gate accepts', () => {
    checkGradient(residual.gradient(classOf), (row, own) => residual.value(row, 0, own), 2);
    const missed = shortfall({ ratio: 3, range: [0.9, 1.1] });
    for (const cost of [lead, doubt, missed])
      checkGradient(cost.gradient(classOf), (row, own) => cost.value(row, 0, own));
  });

  it('stay finite where exponentials do not', () => {
    const steep = Float32Array.of(1000, 0, 0, 0, 0, 0, 0, 0, 0, -1000);
    expect([...crossEntropy(() => 9)(steep, 0)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, -1]);
    expect([...doubt.gradient(() => 9)(steep, 0)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, -1]);
    expect(doubt.value(steep, 0, 9)).toBe(2000);
  });
});

describe('the distance to what a gate accepts', () => {
  it('is 0 at the one-hot vector as a residual', () => {
    const oneHot = Float32Array.of(0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
    expect([residual.value(oneHot, 0, 2), residual.value(oneHot, 0, 5)]).toEqual([0, 2]);
  });

  it('falls as the target rises over all magnitudes, as a lead', () => {
    expect(lead.value(Float32Array.of(1, -4, 0, 6, 0, 0, 0, 0, 0, 0), 0, 3)).toBe(-2);
  });

  it('is 0 exactly where the gate accepts the target, as a shortfall', () => {
    const chance = createRandom(3);
    let accepted = 0;
    for (let k = 0; k < 2000; k++) {
      const thresholds = { ratio: 1 + 4 * chance.next(), range: [0.4, 0.9 + chance.next()] as [number, number] };
      const row = Float32Array.from({ length: 10 }, () => 0.3 * chance.normal());
      row[6]! += 1;
      const verdict = judge(row, thresholds);
      const passes = verdict.accepted && verdict.digit === 6;
      accepted += Number(passes);
      expect(shortfall(thresholds).value(row, 0, 6) === 0).toBe(passes);
      expect(shortfall(thresholds).value(row, 0, 5)).toBeGreaterThan(0);
    }
    expect(accepted).toBeGreaterThan(200);
    expect(accepted).toBeLessThan(1800);
  });

  it('says by how much: of each output the part beyond its limit', () => {
    // The target's 0.4 is 0.2 below the range; at a ratio of 4 the others may have 0.1: they miss it by 0.2 and 0.4.
    const row = Float32Array.of(0.4, 0.3, -0.5, 0.05, 0, 0, 0, 0, 0, 0);
    expect(shortfall({ ratio: 4, range: [0.6, 1] }).value(row, 0, 0)).toBeCloseTo(0.8, 6);
  });

  it('tells the softmax confidence, as doubt', () => {
    const row = outputs.slice(10, 20);
    const confidence = Math.exp(row[4]!) / row.reduce((sum, o) => sum + Math.exp(o), 0);
    expect(1 / (1 + Math.exp(doubt.value(row, 0, 4)))).toBeCloseTo(confidence, 6);
  });

  it('takes turns by pairs of restarts, the first one being that of the rank', () => {
    expect([0, 1, 2, 3, 4].map((restart) => gateObjectiveOf('lq', restart))).toEqual([
      residual,
      residual,
      lead,
      lead,
      residual,
    ]);
    expect([0, 1, 2, 3, 4].map((restart) => gateObjectiveOf('softmax', restart))).toEqual([
      lead,
      lead,
      doubt,
      doubt,
      lead,
    ]);
    expect(gateObjectiveOf('lq')).toBe(residual);
  });
});
