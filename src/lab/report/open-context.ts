// Owns running the report's attacks: from names to evaluate, with outcomes kept, and telling how far they are.
import { UsageError } from '../../base/errors.js';
import type { Model } from '../../model/folder.js';
import { attackNamed } from '../attacks/list.js';
import { universalVectors, universal } from '../attacks/universal.js';
import type { BackendName } from '../training/backend.js';
import { slice, type Dataset, type Digits } from '../data/dataset.js';
import {
  evaluate,
  attackedModelOf,
  withContext,
  type EvaluateOptions,
  type EvaluateProgress,
} from '../judging/evaluate.js';
import { type ReportContext, fittingSteps, gateOf, openSubject, type Run, type Subject } from './context.js';
import type { Drawing } from './draw.js';
import type { ReportPlan } from './plan.js';
import type { Progress } from '../../base/progress.js';

/** What a report is made with. */
export interface ContextOptions {
  readonly models: readonly Model[];
  readonly data: Dataset;
  /** The current backend. */
  readonly backend: BackendName;
  readonly plan: ReportPlan;
  readonly drawing: Drawing;
  readonly seed: number;
  /** Where outcomes are kept. */
  readonly folder: string;
  readonly nonDigits?: { readonly name: string; readonly digits: Digits } | undefined;
  /** A sentence on a line of its own. */
  readonly say: (text: string) => void;
  /** What is being done, over what was said of it before, and how far it is. */
  readonly progress: (what: string, progress?: Progress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Opens the models and gives the sections what they work with. @throws `signal`'s reason. */
export async function openContext(options: ContextOptions): Promise<ReportContext> {
  const { models, data, plan, drawing, seed, nonDigits, say, signal } = options;
  const subjects: Subject[] = [];
  for (const model of models) {
    options.progress(`${model.name}: reading the clean digits`);
    subjects.push(await openSubject(model, data, signal));
  }
  const context: ReportContext = {
    data,
    subjects,
    plan,
    drawing,
    seed,
    nonDigits,
    say,
    signal,
    run: (run) => evaluate(evaluation(run, options)),
    has: (name) => attackNamed(name) !== undefined,
    vectors: (subject, epsilon) => {
      const run: Run = {
        subject,
        attack: universal.name,
        epsilon,
        images: 0,
        settings: { fitting: fittingSteps(context, subject) },
      };
      return withContext(evaluation(run, options), universalVectors);
    },
  };
  return context;
}

function evaluation(
  { subject, attack: wanted, epsilon, images, digits = 'test', settings = {}, rule = 'ratio', surrogate }: Run,
  options: ContextOptions,
): EvaluateOptions {
  const attack = typeof wanted === 'string' ? attackNamed(wanted) : wanted;
  if (!attack) throw new UsageError(`There is no attack ${wanted as string}.`);
  const { data, seed, backend, folder, progress, signal } = options;
  const set = data[digits];
  const where = `${subject.name}, ${attack.name}${attack.unit === 'none' ? '' : ` ${epsilon}`}`;
  return {
    attack,
    epsilon,
    settings,
    seed,
    data,
    backend,
    folder,
    signal,
    subject: attackedModelOf(subject.model),
    ...(surrogate && { surrogate: attackedModelOf(surrogate.model) }),
    gate: gateOf(subject, rule),
    digits: slice(set, 0, Math.min(images, set.count)),
    onProgress: (done) => progress(where, progressOf(done)),
  };
}

function progressOf(progress: EvaluateProgress): Progress {
  if (progress.stage === 'preparing')
    return { done: Math.floor(100 * progress.share), total: 100, unit: '% of the fit', kept: 0 };
  const { done, total, kept } = progress;
  return { done, total, unit: 'digits', kept };
}
