// Owns the way from a recipe to a model: train, prune, fine-tune, compact, calibrate, measure. It must not print, parse
// arguments or write the model.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { compact } from '../../model/compact.js';
import type { CardDraft } from '../../model/card.js';
import { sparsity, type Network } from '../../model/network.js';
import { ModelError, UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import type { BackendName } from './backend.js';
import { CHECKPOINT, listCheckpoints, readCheckpoint, removeCheckpoint, writeCheckpoint } from './checkpoint.js';
import { pick, type Dataset, type Digits } from '../data/dataset.js';
import { createNetwork } from './initial.js';
import { accuracyOf, meanInputs, outputsOf } from '../judging/measure.js';
import { applyMasks, pruningMasks } from './prune.js';
import { createRandom, shuffle } from '../../base/random.js';
import { stepsOf, type PruningPlan, type Recipe, type TrainingPlan } from './recipe.js';
import { robustAccuracy } from '../judging/robust-accuracy.js';
import { examplesFor } from '../data/examples.js';
import { calibrationSet, describeGate } from '../judging/thresholds.js';
import { partsOf, train, type TrainingProgress } from './train.js';

/** The model that a recipe starts from. */
export interface Parent {
  readonly network: Network;
  readonly kind: CardDraft['kind'];
  /** sha256 of its model.onnx, hexadecimal. */
  readonly hash: string;
}

/** Figures of a network that is being trained. */
export interface HeldOutCheck {
  /** Share of the held-out digits that it reads right, [0, 1]. */
  readonly accuracy: number;
  /** Where the training is hardened: that share of some of them under attack, and how far they are moved. */
  readonly robust?: { readonly accuracy: number; readonly epsilon: number };
}

/** What a person may want to see while a model is made. */
export interface Reporter {
  /** A stage begins: a sentence. */
  stage(text: string): void;
  /** While a pool is made: examples so far. */
  made(count: number, total: number): void;
  /** After each step. `examples` is the number a step takes. */
  step(progress: TrainingProgress, examples: number): void;
  /** At every check: what the network does on the held-out digits. */
  check(progress: TrainingProgress, heldOut: HeldOutCheck): void;
}

/** Options of `makeModel`. */
export interface MakeOptions {
  readonly data: Dataset;
  /** The current TF.js backend; it is named on the card, because another one rounds differently. */
  readonly backend: BackendName;
  /** Needed exactly when the recipe names a parent. */
  readonly parent?: Parent;
  /** Folder for checkpoints. */
  readonly checkpoints: string;
  /** Go on from checkpoints where there are some. */
  readonly resume: boolean;
  readonly report: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * Makes the network of a recipe and what its card says of it. Everything is chosen on training and held-out digits; the
 * test digits are only measured.
 * @throws ModelError when training diverges or no thresholds fit; UsageError when `resume` finds checkpoints of other
 *   trainings of this name alone, or a damaged one; `signal`'s reason.
 */
export async function makeModel(recipe: Recipe, options: MakeOptions): Promise<{ network: Network; draft: CardDraft }> {
  const { parent, report } = options;
  if (options.resume) await refuseStrangers(recipe, options);
  let network = parent?.network ?? createNetwork(recipe.layers ?? [], recipe.seed);
  if (recipe.training) network = await trainStage('training', recipe.training, network, recipe, options);
  const { pruning, fineTuning } = recipe;
  if (pruning) {
    report.stage(
      `pruning by ${pruning.method} value, ` +
        `share ${listed(pruning.share)}${pruning.units === undefined ? '' : `, of units ${listed(pruning.units)}`}`,
    );
    const masks = pruningMasks(
      network,
      pruning,
      meanInputs(network, drawImages(options.data.training, pruning, recipe.seed)),
    );
    network = applyMasks(network, masks);
    if (fineTuning) network = await trainStage('fine-tuning', fineTuning, network, recipe, options, masks);
  }
  const zeros = pruning ? sparsity(network).map((layer) => layer.zeros / layer.weights) : [];
  if (recipe.compact) network = compact(network);
  report.stage('setting thresholds on the held-out digits, measuring on the test digits');
  const draft = describeModel(
    network,
    recipe,
    options,
    zeros,
    await calibrationSet(recipe.calibration, options.data, { ...options, keepIn: options.checkpoints }),
  );
  await Promise.all(STAGES.map((stage) => removeCheckpoint(checkpointFile(options, recipe, stage))));
  return { network, draft };
}

/** A check follows at the latest after this many examples: MNIST's training digits. */
const MAX_EPOCH = 55_000;

const STAGES = ['training', 'fine-tuning'] as const;

type Stage = (typeof STAGES)[number];

/** Part of the key is in the name, so that recipes of the same name don't write over each other's. */
function checkpointName(options: MakeOptions, recipe: Recipe, stage: Stage): string {
  return `${recipe.name}.${stage}.${stageKey(stage, recipe, options).slice(0, 12)}${CHECKPOINT}`;
}

function checkpointFile(options: MakeOptions, recipe: Recipe, stage: Stage): string {
  return join(options.checkpoints, checkpointName(options, recipe, stage));
}

/** To start over without a word is not what --resume asks for after a recipe was changed by mistake. */
async function refuseStrangers(recipe: Recipe, options: MakeOptions): Promise<void> {
  const found = await listCheckpoints(options.checkpoints, `${recipe.name}.`);
  if (found.length === 0 || STAGES.some((stage) => found.includes(checkpointName(options, recipe, stage)))) return;
  throw new UsageError(
    `The checkpoints of ${recipe.name} in ${printable(options.checkpoints)} (${printable(found.join(', '))}) belong to ` +
      `another training: the recipe, the seed, the data, the parent or the backend is not the same. ` +
      `Delete them, or train without --resume to start over.`,
  );
}

async function trainStage(
  stage: Stage,
  plan: TrainingPlan,
  start: Network,
  recipe: Recipe,
  options: MakeOptions,
  masks?: Float32Array[],
): Promise<Network> {
  const { data, report, signal } = options;
  const seed = createRandom(recipe.seed)
    .fork(stage)
    .int(2 ** 32);
  if (plan.pool) report.stage(`${stage}: making ${plan.pool.size} examples`);
  const source = await examplesFor(plan, data.training, {
    seed,
    keepIn: options.checkpoints,
    onProgress: (made) => report.made(made, plan.pool!.size),
    ...(signal && { signal }),
  });
  signal?.throwIfAborted();
  const steps = stepsOf(plan, source.count);
  const file = checkpointFile(options, recipe, stage);
  const key = stageKey(stage, recipe, options);
  const resume = options.resume
    ? readCheckpoint(file, { key, shape: start, steps, parts: partsOf(plan), masks })
    : undefined;
  report.stage(
    `${stage}: ${steps} steps of ${plan.batch} examples${resume ? `, going on from step ${resume.step}` : ''}`,
  );
  return train(plan, start, source.open, {
    seed,
    steps,
    checkEvery: Math.min(steps, stepsOf({ ...plan, steps: undefined, epochs: 1 }, Math.min(source.count, MAX_EPOCH))),
    onStep: (progress) => report.step(progress, plan.batch),
    onCheck: async (network, progress, snapshot) => {
      await writeCheckpoint(file, key, snapshot());
      report.check(progress, await checkOf(network, plan, data.heldOut, signal));
    },
    ...(masks && { masks }),
    ...(resume && { resume }),
    ...(signal && { signal }),
  });
}

async function checkOf(
  network: Network,
  { cost, hardening }: TrainingPlan,
  heldOut: Digits,
  signal: AbortSignal | undefined,
): Promise<HeldOutCheck> {
  const accuracy = accuracyOf(outputsOf(network, heldOut), heldOut.labels);
  if (!hardening) return { accuracy };
  const { epsilon } = hardening;
  return { accuracy, robust: { epsilon, accuracy: await robustAccuracy(network, cost, heldOut, epsilon, signal) } };
}

/**
 * Whatever a stage depends on: when any of it changes, a checkpoint no longer fits. What comes after the stage is no
 * part of it: --resume may try another pruning, or another fine-tuning, on the training that there is.
 */
function stageKey(
  stage: Stage,
  { calibration: _calibration, description: _description, compact: _compact, ...whole }: Recipe,
  { data, backend, parent }: MakeOptions,
): string {
  const { pruning: _pruning, fineTuning: _fineTuning, ...first } = whole;
  return createHash('sha256')
    .update(JSON.stringify([stage === 'training' ? first : whole, data.hashes, backend, parent?.hash]))
    .digest('hex');
}

/** The training images whose activations decide what is pruned: drawn at random, each at most once. */
function drawImages(training: Digits, { images }: PruningPlan, seed: number): Digits {
  if (images > training.count)
    throw new ModelError(`pruning.images is ${images}, but there are only ${training.count} training digits.`);
  const drawn = shuffle(
    createRandom(seed).fork('pruning'),
    Uint32Array.from({ length: training.count }, (_, i) => i),
  ).subarray(0, images);
  return pick(training, drawn);
}

function describeModel(
  network: Network,
  recipe: Recipe,
  { data, backend, parent }: MakeOptions,
  zeros: readonly number[],
  set: Digits,
): CardDraft {
  return {
    name: recipe.name,
    kind: recipe.training?.cost ?? parent?.kind ?? 'lq',
    seed: recipe.seed,
    recipe: plain({ ...recipe, backend, ...(parent && { parentHash: parent.hash }) }),
    data: { ...data.hashes },
    pruning: recipe.pruning
      ? plain({ ...recipe.pruning, zeros: zeros.map((share) => Number(share.toFixed(4))), compacted: recipe.compact })
      : null,
    ...describeGate(network, recipe.calibration, data, set).card,
  };
}

/** As JSON has it: no undefined values. */
function plain(value: object): CardDraft['recipe'] {
  return JSON.parse(JSON.stringify(value)) as CardDraft['recipe'];
}

function listed(shares: number | readonly number[]): string {
  return [shares].flat().join(', ');
}
