// Tests of src/lab/attacks/salt-pepper.ts: the stated share, half of it white.
import { describe, expect, it } from 'vitest';
import { saltPepper } from '../../../src/lab/attacks/salt-pepper.js';
import { contextOf, patterns } from './victims.js';

describe('salt-pepper', () => {
  it('replaces the stated share of pixels, as many by black as by white', async () => {
    const { victim } = patterns(1);
    const grey = new Float32Array(20 * 784).fill(0.5);
    const out = await (await saltPepper.prepare(contextOf(victim, 0.2))).perturb(grey, new Uint8Array(20), 0);
    const share = (level: number): number => out.filter((value) => value === level).length / out.length;
    expect(share(0)).toBeCloseTo(0.1, 2);
    expect(share(1)).toBeCloseTo(0.1, 2);
    expect(share(0) + share(0.5) + share(1)).toBe(1);
  });

  it('is the same in every cut, and nothing at share 0', async () => {
    const { victim } = patterns(1);
    const grey = new Float32Array(3 * 784).fill(0.5);
    const attack = await saltPepper.prepare(contextOf(victim, 0.3));
    const out = await attack.perturb(grey, new Uint8Array(3), 4);
    expect(await attack.perturb(grey.subarray(784), new Uint8Array(2), 5)).toEqual(out.subarray(784));
    expect(await (await saltPepper.prepare(contextOf(victim, 0))).perturb(grey, new Uint8Array(3), 0)).toEqual(grey);
  });
});
