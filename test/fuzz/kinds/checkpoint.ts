// Checkpoints of a training: damaged headers and numbers. Read in this process only: the command line would have to
// train first.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readCheckpoint, writeCheckpoint } from '../../../src/lab/training/checkpoint.js';
import type { Network } from '../../../src/model/network.js';
import { graft, grafts, hurt, hurts, type Graft, type Hurt } from '../damage.js';
import { kind } from '../kind.js';
import { brokenByCall } from '../promise.js';

const NAME = 'fuzz.checkpoint';
const KEY = 'f'.repeat(64);

interface Case {
  readonly header: readonly Graft[];
  readonly line: readonly Hurt[];
  readonly numbers: readonly Hurt[];
}

/** A network of these numbers: 784 pixels, 2 units, 10 outputs. */
function network(value: number): Network {
  const layer = (inputs: number, units: number, activation: 'relu' | 'linear') =>
    ({
      kind: 'dense',
      inputs,
      units,
      weights: new Float32Array(inputs * units).fill(value),
      bias: new Float32Array(units).fill(value),
      activation,
    }) as const;
  return { layers: [layer(784, 2, 'relu'), layer(2, 10, 'linear')] };
}

/** Checkpoint files. */
export const checkpoint = kind<Case>({
  name: 'checkpoint',
  about: 'checkpoints of trainings',
  step: { inside: 200, outside: 0 },
  async open(base) {
    const file = join(base, NAME);
    await writeCheckpoint(file, KEY, { step: 7, parts: [0.1, 0.2, 0.3].map(network) });
    const bytes = readFileSync(file);
    const end = bytes.indexOf(0x0a);
    const header: unknown = JSON.parse(bytes.subarray(0, end).toString());
    return {
      cases: fc.record({
        header: grafts,
        line: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, hurts),
        numbers: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, hurts),
      }),
      files: (one) => ({
        [NAME]: Buffer.concat([
          hurt(Buffer.from(`${JSON.stringify(graft(header, one.header))}\n`), one.line),
          hurt(bytes.subarray(end + 1), one.numbers),
        ]),
      }),
      inside: async (folder) => {
        let read: ReturnType<typeof readCheckpoint>;
        const broken = await brokenByCall(() => {
          read = readCheckpoint(join(folder, NAME), { key: KEY, shape: network(0), steps: 9, parts: 3 });
        });
        return broken ?? (read && unsound(read));
      },
    };
  },
});

/** What is wrong with a snapshot that was taken for one; undefined when nothing is. */
function unsound({ step, parts }: { readonly step: unknown; readonly parts: readonly Network[] }): string | undefined {
  if (!Number.isSafeInteger(step) || (step as number) < 0) return `took ${JSON.stringify(step)} for a step`;
  if (parts.length === 0) return 'took a checkpoint without numbers';
  const arrays = parts.flatMap(({ layers }) => layers.flatMap(({ weights, bias }) => [weights, bias]));
  return arrays.every((array) => array.every(Number.isFinite)) ? undefined : 'took numbers that are not finite';
}
