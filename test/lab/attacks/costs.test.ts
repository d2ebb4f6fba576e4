// Tests of src/lab/attacks/costs.ts: gradients against differences of the costs, written out again here.
import { describe, expect, it } from 'vitest';
import type { CostGradient } from '../../../src/lab/attacks/attack.js';
import { crossEntropy, gateCost, gateGradient, margin, marginGradient, quadratic } from '../../../src/lab/attacks/costs.js';
import { createRandom } from '../../../src/lab/random.js';

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
    checkGradient(quadratic(classOf), (row, own) => row.reduce((sum, o, j) => sum + (o - (j === own ? 1 : 0)) ** 2 / 2, 0));
    checkGradient(crossEntropy(classOf), (row, own) => Math.log(row.reduce((sum, o) => sum + Math.exp(o), 0)) - row[own]!);
    checkGradient(marginGradient(classOf), (row, own) => margin(row, 0, own));
  });

  it('are those of the distance to what a gate accepts, for both kinds', () => {
    checkGradient(gateGradient('lq', classOf), (row, own) => gateCost('lq', row, 0, own), 2);
    checkGradient(gateGradient('softmax', classOf), (row, own) => gateCost('softmax', row, 0, own));
  });

  it('stay finite where exponentials do not', () => {
    const steep = Float32Array.of(1000, 0, 0, 0, 0, 0, 0, 0, 0, -1000);
    expect([...crossEntropy(() => 9)(steep, 0)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, -1]);
  });
});

describe('gateCost', () => {
  it('is the residual for lq, 0 at the one-hot vector; for softmax it falls as the target rises over all magnitudes', () => {
    const oneHot = Float32Array.of(0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
    expect([gateCost('lq', oneHot, 0, 2), gateCost('lq', oneHot, 0, 5)]).toEqual([0, 2]);
    expect(gateCost('softmax', Float32Array.of(1, -4, 0, 6, 0, 0, 0, 0, 0, 0), 0, 3)).toBe(-2);
  });
});
