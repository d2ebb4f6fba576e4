// Tests of src/lab/attacks/blur.ts: what becomes of one point.
import { describe, expect, it } from 'vitest';
import { blur } from '../../../src/lab/attacks/blur.js';
import { contextOf, patterns } from './victims.js';

const { victim } = patterns(1);

describe('blur', () => {
  it('spreads a point to a Gaussian of the stated standard deviation, alike in all directions', async () => {
    for (const sd of [0.8, 1.5, 2.5]) {
      const point = new Float32Array(784);
      point[14 * 28 + 13] = 1;
      const out = await (await blur.prepare(contextOf(victim, sd))).perturb(point, new Uint8Array(1), 0);
      const moment = (of: (x: number, y: number) => number): number =>
        out.reduce((sum, value, p) => sum + value * of((p % 28) - 13, Math.floor(p / 28) - 14), 0);
      expect(moment(() => 1)).toBeCloseTo(1, 3);
      expect(moment((x) => x)).toBeCloseTo(0, 2);
      expect(moment((x) => x * x)).toBeCloseTo(sd * sd, 1);
      expect(moment((_, y) => y * y)).toBeCloseTo(sd * sd, 1);
      expect(out[14 * 28 + 13 + 1]! / out[14 * 28 + 13]!).toBeCloseTo(Math.exp(-1 / (2 * sd * sd)), 4);
    }
  });

  it('leaves an image as it is at 0, and darkens what lies at the edge only', async () => {
    const white = new Float32Array(784).fill(1);
    expect(await (await blur.prepare(contextOf(victim, 0))).perturb(white, new Uint8Array(1), 0)).toEqual(white);
    const out = await (await blur.prepare(contextOf(victim, 2))).perturb(white, new Uint8Array(1), 0);
    expect(out[14 * 28 + 14]).toBeCloseTo(1, 4);
    expect(out[14 * 28]).toBeCloseTo(0.6, 1);
  });
});
