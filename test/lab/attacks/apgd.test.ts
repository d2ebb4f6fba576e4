// Tests of src/lab/attacks/apgd.ts: its schedule as it was published, and its strength beside steps of a fixed schedule.
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apgd, checkpointsOf, descendByProgress } from '../../../src/lab/attacks/apgd.js';
import type { Attack } from '../../../src/lab/attacks/attack.js';
import { gateAware } from '../../../src/lab/attacks/gate-aware.js';
import { shortfall, type GateObjective } from '../../../src/lab/attacks/objectives.js';
import { openVictim } from '../../../src/lab/attacks/victim.js';
import { pixelsOf } from '../../../src/lab/data/dataset.js';
import { openBackend } from '../../../src/lab/training/backend.js';
import { epochsOf } from '../../../src/lab/training/epochs.js';
import { createNetwork } from '../../../src/lab/training/initial.js';
import { parseRecipe } from '../../../src/lab/training/recipe.js';
import { train } from '../../../src/lab/training/train.js';
import { evidence } from '../../../src/gate/gate.js';
import { bars } from '../synthetic.js';
import { contextOf, linearVictim, patterns } from './victims.js';

describe('checkpointsOf', () => {
  it('is the schedule of the paper', () => {
    // Croce and Hein 2020, section 3.3: p is 0, 0.22, and from there on grows by max(its last growth - 0.03, 0.06).
    expect([...checkpointsOf(100)]).toEqual([22, 41, 57, 70, 80, 87, 93, 99]);
  });
});

describe('descendByProgress', () => {
  it('halves the steps of an image that makes no progress, and has it go on from its best point', async () => {
    // |x - 0.503| in one pixel: steps of 0.2 jump over it from end to end of the ball until they are halved.
    const weights = new Float64Array(7840);
    weights[0] = 1;
    const victim = linearVictim(weights, new Array<number>(10).fill(0));
    const distance: GateObjective = {
      value: (outputs, at) => Math.abs(outputs[at]! - 0.503),
      gradient: () => (outputs) =>
        Float32Array.from(outputs, (value, at) => (at % 10 === 0 ? Math.sign(value - 0.503) : 0)),
    };
    const origin = new Float32Array(784).fill(0.5);
    const seen: number[] = [];
    await descendByProgress({
      victim,
      origin,
      epsilon: 0.1,
      steps: 100,
      pixels: origin.map((value) => value + 0.1),
      objective: distance,
      targetOf: () => 0,
      visit: (pixels) => {
        seen.push(Math.abs(pixels[0]! - 0.503));
        return undefined;
      },
    });
    expect(seen).toHaveLength(101);
    // Long steps circle around it; at each check they get half as long, down to 0.2 / 2^8.
    expect(Math.min(...seen.slice(4, 22))).toBeGreaterThan(0.01);
    expect(seen.at(-1)).toBeLessThan(0.001);
    expect(victim.images).toBe(101);
  });
});

describe('apgd', () => {
  beforeEach(async () => {
    await openBackend('wasm');
    tf.engine().startScope();
  });
  afterEach(() => tf.engine().endScope());

  it('gets nearer to the gate than steps of a fixed schedule, with as many of them', async () => {
    const { layers, training } = parseRecipe(
      { name: 'tiny', layers: [{ dense: 24 }, { dense: 16 }], training: { steps: 60, batch: 40, rate: 0.003 } },
      'recipe',
    );
    const network = await train(
      training!,
      createNetwork(layers!, 1),
      (position) => epochsOf(bars(400), { seed: 1, position }),
      { seed: 1, steps: 60 },
    );
    const victim = openVictim(network);
    const digits = bars(40, 7);
    const thresholds = { ratio: 3, range: [0.5, 1.2] as [number, number] };
    const accepts = (outputs: Float32Array, at: number): boolean => {
      const { ratio, top } = evidence(outputs, at);
      return ratio >= thresholds.ratio && top >= thresholds.range[0] && top <= thresholds.range[1];
    };
    /** What each image still misses, at best over the wrong classes; 0 is a leak. */
    const missed = async (attack: Attack, epsilon: number): Promise<number[]> => {
      const settings = { steps: 20, restarts: 1 };
      const prepared = await attack.prepare(contextOf(victim, epsilon, { accepts, thresholds, settings }));
      const outputs = victim.outputs(await prepared.perturb(pixelsOf(digits), digits.labels, 0));
      return Array.from(digits.labels, (label, i) =>
        Math.min(
          ...Array.from({ length: 10 }, (_, t) =>
            t === label ? Infinity : shortfall(thresholds).value(outputs, i * 10, t),
          ),
        ),
      );
    };
    const leaks = (values: number[]): number => values.filter((value) => value === 0).length;
    for (const epsilon of [0.1, 0.15]) {
      const [ours, fixed] = [await missed(apgd, epsilon), await missed(gateAware, epsilon)];
      expect(leaks(ours)).toBeGreaterThan(leaks(fixed));
      expect(leaks(ours)).toBeLessThan(40);
    }
    victim.close();
  });

  it('needs no thresholds', async () => {
    const { victim, image } = patterns(1);
    const prepared = await apgd.prepare(contextOf(victim, 0.6, { settings: { steps: 20, restarts: 1 } }));
    const outputs = victim.outputs(await prepared.perturb(image(3), Uint8Array.of(3), 0));
    expect(evidence(outputs).digit).not.toBe(3);
    expect(evidence(outputs).ratio).toBeGreaterThan(3);
  });
});
