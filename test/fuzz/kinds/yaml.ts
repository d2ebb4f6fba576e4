// Pipeline files: values that nobody expects, and what YAML has besides values. Names of files that a run would write
// come from a short list: these cases are run.
import { join } from 'node:path';
import fc from 'fast-check';
import { readPipeline } from '../../../src/config.js';
import { CLIP, makeClip, makeModel, QUICK } from '../base.js';
import { hurt, hurts, strangeText, strangeValue, type Hurt } from '../damage.js';
import { kind } from '../kind.js';
import { brokenByCall } from '../promise.js';

/** Most characters of a text from outside within a case: what is longer only costs time. */
const id = fc.oneof(fc.constantFrom('a', 'b', 'r-1'), strangeText);
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, 0.25, 0.5, 1, 2, 1024, 65_536));
const box = fc.oneof(fc.tuple(number, number, number, number), fc.array(number, { maxLength: 6 }));

/** A value that fits, more or less, or one that does not. */
function maybe(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 5, arbitrary: value }, { weight: 1, arbitrary: strangeValue });
}

const keys = (model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> =>
  fc.record(model, { requiredKeys: [] });

const region = keys({ id, box: maybe(box), [`x`]: strangeValue });
const pipeline = keys({
  source: maybe(
    keys({ fps: maybe(number), policy: maybe(fc.constantFrom('all', 'latest')), realtime: maybe(fc.boolean()) }),
  ),
  regions: maybe(
    keys({
      mode: maybe(fc.constantFrom('auto', 'fixed')),
      units: maybe(fc.constantFrom('pixels', 'relative')),
      list: maybe(fc.array(region, { maxLength: 5 })),
      levels: maybe(fc.tuple(number, number)),
      minHeight: maybe(number),
      maxHeight: maybe(number),
      minContrast: maybe(number),
      maxSeconds: maybe(number),
    }),
  ),
  polarity: maybe(fc.constantFrom('auto', 'dark-on-light', 'light-on-dark')),
  normalise: maybe(fc.constantFrom('mnist', 'stretch')),
  model: maybe(fc.constantFrom('camera', 'none')),
  gate: maybe(
    keys({
      ratio: maybe(number),
      range: maybe(fc.tuple(number, number)),
      steady: maybe(number),
      company: fc.oneof(
        fc.constantFrom<unknown>('off', 'on', null),
        keys({ text: fc.boolean(), growing: strangeValue }),
      ),
    }),
  ),
  sinks: keys({
    lines: keys({ rejected: maybe(fc.boolean()) }),
    summary: keys({ file: fc.constantFrom<unknown>('summary.json', 3, null) }),
    feed: keys({
      serve: fc.constantFrom<unknown>(0, '0', '127.0.0.1:0', 70_000, 'x', null),
      token: fc.constantFrom('t', 7),
    }),
    explain: keys({ frame: fc.constantFrom<unknown>(0, '0', -1, 'x', null) }),
    leaks: keys({ truth: fc.constantFrom<unknown>('none.json', 'case.yaml', 1) }),
  }),
  constructor: strangeValue,
});

/** Pieces of YAML; those that define an anchor or use one go together. */
const PIECES = [
  ...[
    '&a ',
    '*a',
    '&b [*a, *a, *a, *a, *a, *a, *a, *a]',
    '*b',
    '<<: *a',
    '? ',
    '? [a, b]\n: c\n',
    '- ',
    ': ',
    '\n',
    '\n  ',
  ],
  ...['!!set {a, b}', '!!binary AAAA', '!!map', '!!omap', '!!timestamp 2001-01-01', '!!js/function x', '!!float .nan'],
  ...[
    '!local ',
    '!<tag:x,2000:y> ',
    '%YAML 1.1\n---\n',
    '%TAG ! tag:x:\n---\n',
    '---\n',
    '...\n',
    '# ',
    '"',
    "'",
    '|\n',
    '>-\n',
  ],
  ...[
    'gate: ',
    'ratio: ',
    'regions: ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '.inf',
    '.nan',
    '0o17',
    '0x1F',
    '1e999',
    '~',
    'null',
    'yes',
  ],
  ...[
    '\t',
    '\0',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\ud800',
    '{'.repeat(2_000),
    '['.repeat(5_000),
    '- '.repeat(2_000),
    'a: '.repeat(50),
  ],
];

/** Lines of which each uses the one before more than once. */
const nested = fc
  .record({ lines: fc.integer({ min: 1, max: 30 }), uses: fc.integer({ min: 1, max: 300 }) })
  .map(({ lines, uses }) =>
    [
      'k0: &a0 x',
      ...Array.from({ length: lines }, (_, i) => {
        const used = Array<string>(i < 2 ? uses : Math.min(uses, 20)).fill(`*a${i}`);
        return `k${i + 1}: &a${i + 1} [${used.join(', ')}]`;
      }),
    ].join('\n'),
  );

interface Case {
  readonly text: string;
  readonly changes: readonly Hurt[];
}

const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: pipeline.map((value) => JSON.stringify(value, null, 1)) },
  {
    weight: 6,
    arbitrary: fc
      .array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 30 })
      .map((all) => all.join('')),
  },
  { weight: 1, arbitrary: nested },
);

/** Pipeline files. */
export const yaml = kind<Case>({
  name: 'yaml',
  about: 'pipeline files',
  step: { inside: 400, outside: 2 },
  async open(base) {
    makeClip(base);
    await makeModel(base);
    return {
      cases: fc.record({ text: texts, changes: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, hurts) }),
      files: ({ text, changes }) => ({ 'case.yaml': hurt(Buffer.from(text), changes) }),
      inside: async (folder) => await brokenByCall(() => readPipeline(join(folder, 'case.yaml'))),
      argv: () => [`../base/${CLIP}`, '--pipeline', 'case.yaml', ...QUICK],
    };
  },
});
