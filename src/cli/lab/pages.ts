// `lq-stream pages`: argv -> a set of rendered pages, or what the pipeline makes of one. Renders and counts nothing
// itself.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { EXIT, UsageError } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';
import { namesIn, optionValue, seedNumber, wholeNumber } from '../../base/option-values.js';
import { readOptions, showHelp, type OptionValues } from '../../base/options.js';
import { writeOutput } from '../../base/output/file.js';
import { printable, printableLines } from '../../base/printable.js';
import { FOOTAGE_PAGE, fillPage, kindsTable, shownFolder, withCommand } from '../../lab/pages/docs-page.js';
import { judgePages } from '../../lab/pages/judge.js';
import { judgeLabels, LABELS_FILE, readLabels } from '../../lab/pages/labels.js';
import type { Reader } from '../../lab/pages/read.js';
import { labelTable, pagesTables } from '../../lab/pages/tables.js';
import { PAGES_FILE, readPagesTruth } from '../../lab/pages/truth.js';
import { namedPipeline, prepare } from '../../pipeline/prepare.js';
import { openInstalled } from '../../scoring/installed.js';
import { untilInterrupted } from '../interrupt.js';
import { CACHE } from './make-command.js';
import { reportProgress } from './report-progress.js';

/** Where a set is made and looked for. */
const SET = `${CACHE}/pages`;

/** Pictures of each kind. */
const COUNT = 6;

/** What `lq-stream pages --help` says, ending in a newline. */
export const help = `lq-stream pages: renders pages and clips of many kinds with their truth, and judges the pipeline on them

  lq-stream pages make [--out ${SET}] [--seed N] [--count N] [--only KIND[,...]]
  lq-stream pages judge [FOLDER] [--pipeline FILE] [--model NAME|DIR] [--only KIND[,...]]
                            [--json OUT.json] [--docs]

make     rows, equations, forms, ruled paper and more by many hands; letters, print and scenes
         without a digit; short clips: a folder for each kind, and ${PAGES_FILE} with every digit's box
judge    reads a set in this process, and says by kind what was right, wrong and false, and what
         each reason lost and kept out. FOLDER may also hold pictures of your own, with a
         ${LABELS_FILE}                                             (default: ${SET})

  --out DIR           the set's folder                                (default: ${SET})
  --seed N            other pages; a whole number from 0               (default: 1)
  --count N           pictures of each kind                            (default: ${COUNT})
  --only A[,B...]     only these kinds
  --pipeline FILE     what reads them, as of lq-stream                 (default: default)
  --model NAME|DIR    in place of the pipeline's model
  --json OUT.json     the counts as JSON
  --docs              the tables also into ${FOOTAGE_PAGE} of this clone
  -h, --help          this text

Examples
  lq-stream pages make
  lq-stream pages judge
  lq-stream pages make --only print,lookalikes --count 30 --seed 2 --out .cache/letters
  lq-stream pages judge my-photos --json figures.json
`;

const OPTIONS = {
  out: { type: 'string' },
  seed: { type: 'string' },
  count: { type: 'string' },
  only: { type: 'string' },
  pipeline: { type: 'string' },
  model: { type: 'string' },
  json: { type: 'string' },
  docs: { type: 'boolean' },
} as const;

type Values = OptionValues<typeof OPTIONS>;

/** Options that one of the two alone has. */
const MAKE_ONLY = ['out', 'seed', 'count'] as const;
const JUDGE_ONLY = ['pipeline', 'model', 'json', 'docs'] as const;

/**
 * Runs `lq-stream pages ARGV`: the tables of a judging on stdout.
 * @returns The exit code.
 * @throws UsageError for wrong arguments and sets; SourceError or ModelError as reading a source does.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream pages', argv, OPTIONS);
  if (values.help) return showHelp(help);
  const [what, ...rest] = positionals;
  if ((what !== 'make' && what !== 'judge') || rest.length > (what === 'judge' ? 1 : 0))
    throw new UsageError(
      `lq-stream pages make, or lq-stream pages judge [FOLDER]? Found ${positionals.length === 0 ? 'neither' : `"${printable(positionals.join(' '))}"`}`,
    );
  const foreign = (what === 'make' ? JUDGE_ONLY : MAKE_ONLY).find(
    (name) => values[name] !== undefined && values[name] !== false,
  );
  if (foreign !== undefined)
    throw new UsageError(`--${foreign} is for lq-stream pages ${what === 'make' ? 'judge' : 'make'}`);
  return what === 'make' ? await make(values) : await judge(rest[0] ?? SET, values);
}

async function make({ out = SET, seed: seedText = '1', count: countText = `${COUNT}`, only }: Values): Promise<number> {
  const seed = optionValue('seed', seedText, seedNumber);
  const count = optionValue('count', countText, wholeNumber(1));
  const [{ KINDS }, { makePages }, { openTools }] = await Promise.all([
    import('../../lab/pages/kinds/list.js'),
    import('../../lab/pages/set.js'),
    import('../../lab/pages/open-tools.js'),
  ]);
  const kinds =
    only === undefined
      ? KINDS
      : namesIn(only).map((name) =>
          KINDS.find(
            (kind) =>
              kind.name ===
              checked(
                name,
                KINDS.map((each) => each.name),
              ),
          )!,
        );
  const { say, show } = reportProgress(process.stderr, () => performance.now());
  const command = `lq-stream pages make --seed ${seed} --count ${count}${only === undefined ? '' : ` --only ${only}`}`;
  const tools = await openTools();
  const done = await untilInterrupted(
    async (signal) => {
      const onPicture = (made: number, total: number): void =>
        show(out, { done: made, total, unit: 'pictures', kept: 0 });
      const { pictures } = await makePages(out, tools, { kinds, count, seed, command, onPicture, signal });
      say(`${printable(out)}: ${pictures.length} pictures of ${kinds.length} kinds, and ${PAGES_FILE}`);
    },
    () => say(`stopped; there is no ${PAGES_FILE}`),
  );
  return done ? EXIT.done : EXIT.interrupted;
}

function checked(name: string, known: readonly string[]): string {
  if (known.includes(name)) return name;
  const guess = nearest(name, known);
  throw new UsageError(
    `--only: there is no kind "${printable(name)}"; ${guess === undefined ? `there are ${known.join(', ')}` : `did you mean "${guess}"?`}`,
  );
}

async function judge(folder: string, { pipeline = 'default', model, only, json, docs }: Values): Promise<number> {
  const labelled = existsSync(path.join(folder, LABELS_FILE));
  if (!labelled && !existsSync(path.join(folder, PAGES_FILE)))
    throw new UsageError(
      `${printable(folder)} holds neither ${PAGES_FILE} nor ${LABELS_FILE}. Make a set first: lq-stream pages make`,
    );
  if (labelled && only !== undefined)
    throw new UsageError(`--only is for sets that were made; ${printable(folder)} has ${LABELS_FILE}`);
  const page = docs ? readPage() : undefined;
  const prepared = await prepare(namedPipeline(pipeline), { model });
  const { say, show } = reportProgress(process.stderr, () => performance.now());
  const scorer = await openInstalled(prepared.model, (text) => say(text.trimEnd()));
  let result: Result | undefined;
  try {
    const onDone = (done: number, total: number): void =>
      show(folder, { done, total, unit: labelled ? 'files' : 'frames', kept: 0 });
    const by = labelled ? judgeOwn : judgeSet;
    await untilInterrupted(
      async (signal) => {
        result = await by({ folder, reader: { prepared, scorer }, only, onDone, signal });
      },
      () => say('stopped; nothing is written'),
    );
  } finally {
    await scorer.close();
  }
  if (!result) return EXIT.interrupted;
  const { tables, counts, fill } = result;
  process.stdout.write(printableLines(`${tables}\n`));
  const options = [
    ...(pipeline === 'default' ? [] : ['--pipeline', pipeline]),
    ...(model === undefined ? [] : ['--model', model]),
  ];
  const command = [
    'lq-stream pages judge',
    ...(folder === SET ? [] : [shownFolder(folder)]),
    ...options,
    '--docs',
  ].join(' ');
  if (json !== undefined)
    await writeOutput(json, [`${JSON.stringify({ pipeline, identity: prepared.identity, counts }, undefined, 2)}\n`]);
  if (page !== undefined) await writeOutput(FOOTAGE_PAGE, [await fill(page, command)]);
  return EXIT.done;
}

function readPage(): string {
  if (!existsSync(FOOTAGE_PAGE)) throw new UsageError(`--docs: there is no ${FOOTAGE_PAGE} here: it is for a clone`);
  return readFileSync(FOOTAGE_PAGE, 'utf8');
}

/** What a judging is asked for. */
interface Task {
  readonly folder: string;
  readonly reader: Reader;
  readonly only: string | undefined;
  readonly onDone: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** What came of it: tables for people, counts, and how both stand in the docs. */
interface Result {
  readonly tables: string;
  readonly counts: unknown;
  readonly fill: (page: string, command: string) => Promise<string>;
}

async function judgeSet({ folder, reader, only, onDone, signal }: Task): Promise<Result> {
  const truth = await readPagesTruth(folder);
  const known = [...new Set(truth.pictures.map(({ kind }) => kind))];
  const wanted = only === undefined ? known : namesIn(only).map((name) => checked(name, known));
  const pictures = truth.pictures.filter(({ kind }) => wanted.includes(kind));
  const judged = await judgePages(folder, { ...truth, pictures }, reader, { onFrame: onDone, signal });
  const tables = pagesTables(judged);
  return {
    tables,
    counts: Object.fromEntries(judged.map(({ name, tally }) => [name, tally])),
    fill: async (page, command) => {
      const { KINDS } = await import('../../lab/pages/kinds/list.js');
      const filled = fillPage(page, 'kinds', kindsTable(KINDS));
      return fillPage(filled, 'pages', withCommand([truth.command, command], tables));
    },
  };
}

async function judgeOwn({ folder, reader, onDone, signal }: Task): Promise<Result> {
  const groups = await judgeLabels(folder, await readLabels(folder), reader, { onFile: onDone, signal });
  const tables = labelTable(groups);
  return {
    tables,
    counts: Object.fromEntries(groups),
    fill: (page, command) => Promise.resolve(fillPage(page, 'labels', withCommand([command], tables))),
  };
}
