// Truth files of a clip: trees with values that nobody expects, and damaged text.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readFixture, TRUTH_FORMAT } from '../../../src/truth/truth.js';
import { CLIP, makeClip, makeModel, QUICK } from '../base.js';
import { graft, grafts, hurt, hurts, type Graft, type Hurt } from '../damage.js';
import { kind } from '../kind.js';
import { brokenByCall } from '../promise.js';

interface Case {
  readonly clip: string | undefined;
  readonly changes: readonly Graft[];
  readonly bytes: readonly Hurt[];
}

/** Names of clips that are none, or not this file's. */
const CLIPS = [
  'none.mkv',
  '.',
  '..',
  '../base/clip.mkv',
  '/dev/zero',
  '/dev/null',
  'a\0b',
  'truth.json',
  'x'.repeat(300),
];

function truthOf(clip: Uint8Array): object {
  const digits = ['a', 'b', 'c'].map((id, i) => ({
    id,
    box: [30 + 30 * i, 36, 30, 48],
    label: i === 2 ? null : i,
    attack: 0,
  }));
  return {
    format: TRUTH_FORMAT,
    clip: CLIP,
    sha256: createHash('sha256').update(clip).digest('hex'),
    command: 'none',
    width: 160,
    height: 120,
    frameCount: 3,
    codec: 'ffv1',
    path: 'windows',
    pipeline: { regions: { mode: 'fixed', units: 'relative', list: [{ id: 'a', box: [0.2, 0.3, 0.2, 0.4] }] } },
    attacks: [{ name: 'pgd', epsilon: 0.1, seed: 1, model: { name: 'm', hash: '0'.repeat(64) } }],
    frames: [0, 1, 2].map((frame) => ({ frame, digits })),
  };
}

/** Truth files. */
export const truth = kind<Case>({
  name: 'truth',
  about: 'truth files of clips',
  step: { inside: 300, outside: 2 },
  async open(base) {
    makeClip(base);
    await makeModel(base);
    const clip = readFileSync(join(base, CLIP));
    const whole = truthOf(clip);
    return {
      cases: fc.record({
        clip: fc.option(fc.constantFrom(...CLIPS), { nil: undefined, freq: 8 }),
        changes: grafts,
        bytes: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, hurts),
      }),
      files: (one) => {
        const tree = graft(one.clip === undefined ? whole : { ...whole, clip: one.clip }, one.changes);
        return { [CLIP]: clip, 'truth.json': hurt(Buffer.from(JSON.stringify(tree)), one.bytes) };
      },
      inside: async (folder) => await brokenByCall(() => readFixture(join(folder, 'truth.json'))),
      argv: () => [CLIP, '--truth', 'truth.json', ...QUICK],
    };
  },
});
