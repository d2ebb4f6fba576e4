// Tests of eslint.boundaries.mjs: a forbidden import is found however it is written, an allowed one is not.
import { existsSync, readdirSync } from 'node:fs';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { expect, it } from 'vitest';

interface Boundaries {
  readonly MAY_IMPORT: Readonly<Record<string, readonly string[]>>;
  readonly boundaries: readonly Linter.Config[];
}

const { MAY_IMPORT, boundaries } = (await import(
  new URL('../eslint.boundaries.mjs', import.meta.url).href
)) as Boundaries;
const config = [{ files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } }, ...boundaries] as Linter.Config[];

/** What lint says of one line in a file. */
const said = (file: string, line: string): string[] =>
  new Linter().verify(line, config, file).map(({ message }) => message);

it.each([
  ['src/gate/x.ts', "import { lines } from '../sinks/lines.js';"],
  ['src/gate/deep/x.ts', "import { lines } from '../../sinks/lines.js';"],
  ['src/gate/x.ts', "import type { Sink } from '../sinks/sink.js';"],
  ['src/gate/x.ts', "export { lines } from '../sinks/lines.js';"],
  ['src/gate/x.ts', "const { lines } = await import('../sinks/lines.js');"],
  ['src/gate/x.ts', "type S = import('../sinks/sink.js').Sink;"],
  ['src/gate/x.ts', "import { run } from '../pipeline.js';"],
  ['src/pipeline.ts', "import { toLine } from './sinks/messages.js';"],
  ['src/pipeline/x.ts', "import { toLine } from '../sinks/messages.js';"],
  ['src/sinks/feed/x.ts', "import { trainNetwork } from '../../lab/training/train.js';"],
  ['src/truth/x.ts', "import { ATTACKS } from '../lab/attacks/list.js';"],
  ['src/types.ts', "import { evidence } from './gate/gate.js';"],
  ['src/lab/pages/x.ts', "import { HELP } from '../../cli/help.js';"],
  ['src/lab/x.ts', "import { run } from '../pipeline.js';"],
  ['src/fixtures/x.ts', "import { Page } from '../lab/pages/page.js';"],
])('%s must not: %s', (file, line) => {
  expect(said(file, line).join()).toContain('see eslint.boundaries.mjs');
});

it.each([
  ['src/gate/x.ts', "import { UserError } from '../base/errors.js';"],
  ['src/gate/x.ts', "import type { Frame } from '../types.js';"],
  ['src/regions/find/x.ts', "import { createKernels } from '../../kernels/kernels.js';"],
  ['src/pipeline.ts', "import { steady } from './gate/steady.js';"],
  ['src/sinks/feed/x.ts', "import { toLine } from '../messages.js';"],
  ['src/lab/attacks/x.ts', "import { evidence } from '../../gate/gate.js';"],
  ['src/lab/pages/kinds/x.ts', "import { run } from '../../../pipeline.js';"],
  ['src/cli/lab/x.ts', "import { Page } from '../../lab/pages/page.js';"],
])('%s may: %s', (file, line) => {
  expect(said(file, line)).toEqual([]);
});

it('has a line for every room and file, and none for what is not there', () => {
  const there = readdirSync(new URL('../src/', import.meta.url)).filter((name) => name !== 'dist');
  const atTheTop = Object.keys(MAY_IMPORT).filter((name) => !name.includes('/'));
  expect(atTheTop.sort()).toEqual(there.sort());
  for (const [room, names] of Object.entries(MAY_IMPORT))
    for (const name of [room, ...names])
      expect(existsSync(new URL(`../src/${name}`, import.meta.url)), name).toBe(true);
});
