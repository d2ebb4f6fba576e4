// Tests of src/lab/attacks/occlusion.ts: one rectangle of the stated area.
import { describe, expect, it } from 'vitest';
import { occlusion } from '../../../src/lab/attacks/occlusion.js';
import { contextOf, patterns } from './victims.js';

const { victim } = patterns(1);
const COUNT = 60;

describe('occlusion', () => {
  it('covers one rectangle of the stated share, black or white, anywhere', async () => {
    for (const share of [0.02, 0.1, 0.2]) {
      const grey = new Float32Array(COUNT * 784).fill(0.5);
      const out = await (await occlusion.prepare(contextOf(victim, share))).perturb(grey, new Uint8Array(COUNT), 0);
      let [area, white] = [0, 0];
      const places = new Set<string>();
      for (let i = 0; i < COUNT; i++) {
        const at = Array.from({ length: 784 }, (_, p) => p).filter((p) => out[i * 784 + p] !== 0.5);
        const [xs, ys] = [at.map((p) => p % 28), at.map((p) => Math.floor(p / 28))];
        const [left, top] = [Math.min(...xs), Math.min(...ys)];
        expect(at.length).toBe((Math.max(...xs) - left + 1) * (Math.max(...ys) - top + 1));
        expect(new Set(at.map((p) => out[i * 784 + p])).size).toBe(1);
        area += at.length / COUNT;
        white += out[i * 784 + at[0]!]! / COUNT;
        places.add(`${left} ${top} ${Math.max(...xs)} ${Math.max(...ys)}`);
      }
      expect(Math.abs(area / 784 - share) / share).toBeLessThan(0.08);
      expect(Math.abs(white - 0.5)).toBeLessThan(0.2);
      expect(places.size).toBeGreaterThan(COUNT * 0.8);
    }
  });

  it('is the same in every cut; covers nothing at 0 and all at 1', async () => {
    const grey = new Float32Array(3 * 784).fill(0.5);
    const attack = await occlusion.prepare(contextOf(victim, 0.1));
    const out = await attack.perturb(grey, new Uint8Array(3), 4);
    expect(await attack.perturb(grey.subarray(784), new Uint8Array(2), 5)).toEqual(out.subarray(784));
    expect(await (await occlusion.prepare(contextOf(victim, 0))).perturb(grey, new Uint8Array(3), 0)).toEqual(grey);
    expect(
      (await (await occlusion.prepare(contextOf(victim, 1))).perturb(grey, new Uint8Array(3), 0)).every(
        (value) => value !== 0.5,
      ),
    ).toBe(true);
  });
});
