// `lq-stream replay`: argv -> clips with a truth played through the pipeline; a JSON line a row, a table, a page.
// Counts nothing itself.
import { performance } from 'node:perf_hooks';
import { EXIT, ModelError, UsageError } from '../../base/errors.js';
import { readModel, type Model } from '../../model/folder.js';
import { findTruths } from '../../replay/find.js';
import { ImageOutputs } from '../../replay/images.js';
import { headlines } from '../../replay/headline.js';
import {
  clearLeakText,
  headlineLine,
  headlineText,
  numbersLine,
  numbersText,
  rowLine,
  table,
  type RowNumbers,
} from '../../replay/lines.js';
import { numbersOf } from '../../replay/numbers.js';
import { byVerdict } from '../../replay/tally.js';
import { rowsOf, type Contestant, type Row } from '../../replay/rows.js';
import { CARD, checkRules, openRules, RULE_NAMES } from '../../replay/rules.js';
import { readFixture, type Fixture } from '../../truth/truth.js';
import { writeOutput } from '../../base/output/file.js';
import { printableLines } from '../../base/printable.js';
import { untilInterrupted } from '../interrupt.js';
import { readOptions, showHelp, type OptionValues } from '../../base/options.js';
import { checkOutputs } from '../outputs.js';
import { openInstalled } from '../../scoring/installed.js';
import { reportProgress, type ReportProgress } from './report-progress.js';
import { namesIn, optionValue, properShare, shareOrPercentage } from '../../base/option-values.js';
import { DEFAULT_COVERAGE } from '../../lab/training/recipe.js';

/** Where the set of this repository lies. */
const SET = 'fixtures/adversarial';

/** What `lq-stream replay --help` says, ending in a newline. */
export const help = `lq-stream replay: plays attacked clips through the pipeline, and counts what is accepted and wrong

  lq-stream replay [FIXTURES...] [options]

FIXTURES are truth files (.json, the clip beside them) or folders of them (default: ${SET}).
lq-stream fixtures make makes a set; docs/replay.md describes the format of truth files.

  --model NAME|DIR   a model to play them with; may be given several times
                              (default: the models that the clips were made against, else
                              that of their pipeline)
  --cross            also clips that were made against another model
  --rule NAME[,...]  what judges: card (the gate by the thresholds on the model's card), or rules of
                     the lab on the same outputs: ${RULE_NAMES.slice(1).join(', ')}
                                                                           (default: card)
  --coverage C       for rules of the lab: the share of held-out digits they keep   (default: ${DEFAULT_COVERAGE})
  --max-leak SHARE   exit with 1 when more leaks in any row, of its attacked digits or of its clear
                     ones: 0.005 or 0.5%
  --numbers          also how many numbers of five digits are told wrong (docs/readings.md), where an
                     attacker touches one digit, every digit, or every digit in some frames: a line
                     each, and the worst
  --html OUT.html    a page with the tables, curves and the leaked digits as pictures
                                                   (needs this repository's drawing packages)
  --quiet            nothing on stderr but errors
  -h, --help         this text

One JSON line on stdout for each clip, attack, model and rule, then one for each model and rule with
its worst attack; a table on stderr. The same clips and models give the same bytes.
Of the digits under attack: corrupted are read wrong, accepted or not; leaked are accepted and wrong.

Examples
  lq-stream replay
  lq-stream replay ${SET}/clean ${SET}/hardened --model hardened --max-leak 0.5%
  lq-stream replay my-clip.json --model camera --model hardened --html out/replay.html
  lq-stream replay --model hardened --rule card,residual

Exit codes
  0 done   1 more leaked than --max-leak   2 usage, truth files, models   3 a clip can't be decoded
  130 interrupted
`;

const OPTIONS = {
  model: { type: 'strings' },
  cross: { type: 'boolean' },
  rule: { type: 'string', default: CARD },
  coverage: { type: 'string', default: String(DEFAULT_COVERAGE) },
  'max-leak': { type: 'string' },
  numbers: { type: 'boolean' },
  html: { type: 'string' },
  quiet: { type: 'boolean' },
} as const;

interface Plan {
  readonly named: readonly string[];
  readonly models: readonly string[] | undefined;
  readonly cross: boolean;
  readonly rules: readonly string[];
  readonly coverage: number;
  readonly maxLeak: number | undefined;
  /** Numbers of the digits too. */
  readonly numbers: boolean;
  readonly html: string | undefined;
  readonly quiet: boolean;
}

/**
 * Runs `lq-stream replay ARGV`.
 * @returns The exit code.
 * @throws UsageError for wrong arguments, truth files or models; SourceError when a clip can't be decoded.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream replay', argv, OPTIONS);
  if (values.help) return showHelp(help);
  const plan = planOf(values, positionals);
  const fixtures = await Promise.all((await findTruths(plan.named)).map(readFixture));
  const models = await readModels(plan, fixtures);
  const pairs = pairsOf(fixtures, models, plan.cross);
  const drawing = plan.html === undefined ? undefined : await openPage(plan.html, plan.named[0]!);
  const progress = plan.quiet ? undefined : reportProgress(process.stderr, () => performance.now());
  const rows: Row[] = [];
  const done = await untilInterrupted(
    async (signal) => {
      for (const model of models)
        rows.push(
          ...(await playAll(
            model,
            pairs.filter((pair) => pair.model === model).map(({ fixture }) => fixture),
            plan,
            progress,
            signal,
          )),
        );
      if (drawing) await writePage(plan.html!, rows, drawing, progress);
    },
    () => progress?.say('stopped; nothing is written'),
  );
  if (!done) return EXIT.interrupted;
  const code = conclude(rows, plan);
  if (plan.numbers) await concludeNumbers(rows, plan);
  return code;
}

async function concludeNumbers(rows: readonly Row[], { quiet }: Plan): Promise<void> {
  const all: RowNumbers[] = [];
  for (const row of rows.filter(({ rule }) => rule === CARD)) {
    const numbers = await numbersOf(row, byVerdict);
    for (const one of numbers) process.stdout.write(numbersLine(row, one));
    all.push({ row, numbers });
  }
  if (!quiet) process.stderr.write(printableLines(numbersText(all)));
}

function conclude(rows: readonly Row[], { maxLeak, quiet }: Plan): number {
  const found = headlines(rows);
  for (const row of rows) process.stdout.write(rowLine(row));
  for (const headline of found) process.stdout.write(headlineLine(headline));
  if (!quiet)
    process.stderr.write(
      printableLines(`\n${table(rows)}\n${found.map((headline) => `${headlineText(headline)}\n`).join('')}`),
    );
  const above =
    maxLeak === undefined
      ? []
      : [
          ...found.filter(({ worst }) => worst && worst.leak > maxLeak).map(headlineText),
          ...rows.filter(({ attack, clear }) => attack && clear.leaked > maxLeak * clear.digits).map(clearLeakText),
        ];
  for (const text of above)
    process.stderr.write(
      printableLines(`lq-stream: more leaked than --max-leak allows (${(100 * maxLeak!).toFixed(2)} %): ${text}\n`),
    );
  return above.length > 0 ? 1 : EXIT.done;
}

interface Pair {
  readonly fixture: Fixture;
  readonly model: Model;
}

/** Each clip with the models it was made against, or with every model where it was made against none, or `cross`. */
function pairsOf(fixtures: readonly Fixture[], models: readonly Model[], cross: boolean): Pair[] {
  const pairs = models.flatMap((model) =>
    fixtures.filter((fixture) => cross || fits(fixture, model)).map((fixture) => ({ fixture, model })),
  );
  if (pairs.length > 0) return pairs;
  throw new UsageError(
    `No clip was made against ${models.map(({ name }) => name).join(' or ')}; these were made ` +
      `against ${[...new Set(fixtures.flatMap(madeAgainst))].join(', ')}. With --cross they are played all the same`,
  );
}

function fits({ truth }: Fixture, { hash }: Model): boolean {
  const against = truth.attacks.flatMap(({ model }) => (model ? [model.hash] : []));
  return against.length === 0 || against.includes(hash);
}

function madeAgainst({ truth }: Fixture): string[] {
  return truth.attacks.flatMap(({ model }) => (model ? [model.name] : []));
}

async function readModels({ models, cross }: Plan, fixtures: readonly Fixture[]): Promise<Model[]> {
  const against = [...new Set(fixtures.flatMap(madeAgainst))];
  const names = models ?? (against.length > 0 ? against : [...new Set(fixtures.map(({ config: { model } }) => model))]);
  const read = await Promise.all(
    names.map(async (name) => {
      try {
        return await readModel(name);
      } catch (cause) {
        // What to play with is part of what was asked: a missing model is a mistake of the command line.
        if (cause instanceof ModelError) throw new UsageError(cause.message, { cause });
        throw cause;
      }
    }),
  );
  const found = [...new Map(read.map((model) => [model.dir, model])).values()];
  // Also of models that are named: their clips would be left out without a word, and the rest pass for all.
  if (models === undefined || !cross) for (const fixture of fixtures) checkVictims(fixture, found);
  checkNames(found);
  return found;
}

/** Rows and headlines tell models by their names. */
function checkNames(models: readonly Model[]): void {
  for (const { name, dir } of models) {
    const other = models.find((each) => each.name === name)!;
    if (other.dir !== dir)
      throw new UsageError(
        `The models in ${other.dir} and ${dir} are both named ${name}: what they let through could not be ` +
          `told apart. Change the name on one card, or play them one after the other`,
      );
  }
}

/** A clip made against another training of a model says nothing of this one. */
function checkVictims({ file, truth }: Fixture, models: readonly Model[]): void {
  for (const { model: victim } of truth.attacks) {
    const model = victim && models.find(({ name }) => name === victim.name);
    if (!victim || !model || model.hash === victim.hash) continue;
    throw new UsageError(
      `${file} was made against another ${victim.name} (${victim.hash.slice(0, 12)}) than the one that is ` +
        `here (${model.hash.slice(0, 12)}). Make the set again (lq-stream fixtures make), or name the ` +
        `models (--model, with --cross)`,
    );
  }
}

async function playAll(
  model: Model,
  fixtures: readonly Fixture[],
  { rules, coverage }: Plan,
  progress: ReportProgress | undefined,
  signal: AbortSignal,
): Promise<Row[]> {
  const scorer = await openInstalled(model, (text) => progress?.say(text.trimEnd()));
  try {
    const contestant: Contestant = {
      model,
      scorer,
      direct: new ImageOutputs(scorer),
      rules: await openRules(rules, scorer, await heldOutFor(rules), coverage),
    };
    const rows: Row[] = [];
    const total = fixtures.reduce((sum, { truth }) => sum + truth.frameCount, 0);
    let before = 0;
    progress?.say(
      `${model.name} ` +
        `(${model.hash.slice(0, 12)}): ${fixtures.length} ${fixtures.length === 1 ? 'clip' : 'clips'}, ${total} ` +
        `frames, scored with ${scorer.engine}`,
    );
    for (const fixture of fixtures) {
      const onFrame = (done: number): void =>
        progress?.show(`${model.name}, ${fixture.clip}`, { done: before + done, total, unit: 'frames', kept: 0 });
      rows.push(...(await rowsOf(fixture, contestant, { onFrame, signal })));
      before += fixture.truth.frameCount;
    }
    return rows;
  } finally {
    await scorer.close();
  }
}

/** Rules of the lab know regular digits; the card's thresholds are known already. */
async function heldOutFor(rules: readonly string[]): Promise<import('../../lab/data/dataset.js').Digits | undefined> {
  if (rules.every((name) => name === CARD)) return undefined;
  const { loadDataset } = await import('../../lab/data/dataset.js');
  return (await loadDataset()).heldOut;
}

async function openPage(html: string, source: string): Promise<import('../../lab/report/draw.js').Drawing> {
  await checkOutputs({ html }, source);
  const { openDrawing } = await import('../../lab/report/draw.js');
  return await openDrawing();
}

async function writePage(
  html: string,
  rows: readonly Row[],
  drawing: import('../../lab/report/draw.js').Drawing,
  progress: ReportProgress | undefined,
): Promise<void> {
  const { renderReplay } = await import('../../replay/page.js');
  await writeOutput(html, [await renderReplay(rows, drawing)]);
  progress?.say(`wrote ${html}`);
}

function planOf(values: OptionValues<typeof OPTIONS>, named: readonly string[]): Plan {
  const rules = [...new Set(namesIn(values.rule))];
  checkRules(rules);
  return {
    named: named.length > 0 ? named : [SET],
    models: values.model.length === 0 ? undefined : [...new Set(values.model)],
    cross: values.cross,
    rules,
    coverage: optionValue('coverage', values.coverage, properShare),
    maxLeak: optionValue('max-leak', values['max-leak'], shareOrPercentage),
    numbers: values.numbers,
    html: values.html,
    quiet: values.quiet,
  };
}
