// Tests of src/lab/report/leak-curves.ts: at which strength each model is looked at. The curves themselves are tested
// where they are counted (judging/curves).
import { describe, expect, it } from 'vitest';
import type { Subject } from '../../../src/lab/report/context.js';
import { ruleCurves } from '../../../src/lab/report/leak-curves.js';
import type { Swept } from '../../../src/lab/report/sweeps.js';

const labels = Uint8Array.of(1, 2, 3);
const set = {
  labels,
  outputs: Float32Array.from(
    Array.from(labels, (label) => Array.from({ length: 10 }, (_, j) => +(j === label))).flat(),
  ),
};
const top = { confidence: (outputs: Float32Array, at: number) => Math.max(...outputs.subarray(at, at + 10)) };

/** What a model says, read no further than the curves do. */
function swept(name: string, attack: string, epsilon: number): Swept {
  const subject = { name, heldOut: set, test: set, rules: [{ rule: { name: 'top' }, fitted: top }] };
  return { subject: subject as unknown as Subject, point: { attack, epsilon } as Swept['point'], outcomes: set };
}

describe('ruleCurves', () => {
  it('looks at a model where it claims to withstand, at others where some digits are still right', () => {
    const attacks = ['pgd', 'gate-aware', 'universal'];
    const all = ['camera', 'hardened', 'one'].flatMap((name) =>
      attacks.flatMap((attack) => [0.15, 0.2, 0.3, 0.35].map((epsilon) => swept(name, attack, epsilon))),
    );
    expect(ruleCurves(all).map(({ model, attack, epsilon }) => `${model} ${attack} ${epsilon}`)).toEqual([
      'camera pgd 0.2',
      'camera gate-aware 0.2',
      'camera universal 0.35',
      'hardened pgd 0.3',
      'hardened gate-aware 0.3',
      'hardened universal 0.35',
      'one pgd 0.3',
      'one gate-aware 0.3',
      'one universal 0.35',
    ]);
  });
});
