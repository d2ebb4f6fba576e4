// Folders of IDX files, plain and gzipped: damaged before they are packed, after, or both.
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { imagesFile, loadDataset } from '../../../src/lab/data/dataset.js';
import { hurt, hurts, type Hurt } from '../damage.js';
import { kind, type Files } from '../kind.js';
import { brokenByCall } from '../promise.js';

interface Damaged {
  readonly plain: readonly Hurt[];
  readonly packed: readonly Hurt[] | undefined;
  /** Times 10 MB of zeros at the end of a packed one: they pack well. */
  readonly zeros: number;
  readonly missing: boolean;
}

/** What is done to each of the four files; most to none. */
type Case = readonly [Damaged, Damaged, Damaged, Damaged];

const RECIPE = `name: fuzz
layers:
  - dense: 2
training: {cost: lq, steps: 2, batch: 5, rate: 0.001, l2: 0.0001}
`;

/** So many digits, each class in turn. */
function digits(count: number): readonly [images: Buffer, labels: Buffer] {
  const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, count, ...Array.from({ length: count }, (_, i) => i % 10)]);
  return [imagesFile(Uint8Array.from({ length: count * 784 }, (_, i) => (i * 7) % 251)), labels];
}

/** Behind other gzipped bytes it unpacks to more of the same file. */
const ZEROS = gzipSync(Buffer.alloc(10_000_000));

function filesOf(all: Case): Files {
  const names = [
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte',
  ];
  const whole = [...digits(36), ...digits(12)];
  const files = all.flatMap(({ plain, packed, zeros, missing }, i) => {
    if (missing) return [];
    const [name, bytes] = [`data/${names[i]}`, hurt(whole[i]!, plain)];
    if (!packed) return [[name, bytes] as const];
    return [
      [`${name}.gz`, Buffer.concat([hurt(gzipSync(bytes), packed), ...Array<Buffer>(zeros).fill(ZEROS)])] as const,
    ];
  });
  return { ...Object.fromEntries(files), 'fuzz.recipe.yaml': RECIPE };
}

const none = { weight: 3, arbitrary: fc.constant([]) };
const damaged = fc.record<Damaged>({
  plain: fc.oneof(none, { weight: 1, arbitrary: hurts }),
  packed: fc.option(fc.oneof(none, { weight: 1, arbitrary: hurts }), { nil: undefined, freq: 1 }),
  zeros: fc.oneof({ weight: 40, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 60) }),
  missing: fc.oneof({ weight: 40, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/** Folders of IDX files. */
export const idx = kind<Case>({
  name: 'idx',
  about: 'data folders of IDX files',
  step: { inside: 100, outside: 1 },
  open: async () => ({
    cases: fc.tuple(damaged, damaged, damaged, damaged),
    files: filesOf,
    inside: async (folder) => await brokenByCall(() => loadDataset(join(folder, 'data'))),
    talks: true,
    argv: () => ['train', 'fuzz.recipe.yaml', '--data', 'data', '--out', 'made'],
  }),
});
