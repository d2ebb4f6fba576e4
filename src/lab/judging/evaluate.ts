// Owns running one attack over digits: batch by batch, kept as it goes. It must not judge what comes out, print, or
// know any attack.
import type { Model } from '../../model/folder.js';
import type { Network } from '../../model/network.js';
import { judge } from '../../gate/gate.js';
import { CLASSES, NO_DIGIT, PIXELS, type Thresholds } from '../../types.js';
import type { Accepts, Attack, AttackContext, AttackSettings, Prepared } from '../attacks/attack.js';
import type { BackendName } from '../training/backend.js';
import { pixelsOf, slice, type Dataset, type Digits } from '../data/dataset.js';
import { keepUnder, openParts, type Part, partName } from './outcomes.js';
import { createRandom } from '../../base/random.js';
import { openVictim, type OpenVictim } from '../attacks/victim.js';
import { factsOf, identityOf, type ModelIdentity, preparationFacts, settledSettings } from './run-identity.js';

/** Images a batch. Kept batches hold this many, so it is part of their form. */
const BATCH = 100;

/** A model as the lab attacks it. */
export interface AttackedModel extends ModelIdentity {
  /** Cost it was trained with. */
  readonly kind: 'lq' | 'softmax';
  network(): Network;
}

/** A model of a folder, to be attacked. */
export function attackedModelOf({ name, hash, card: { kind }, network }: Model): AttackedModel {
  return { name, hash, kind, network };
}

/** A gate, and what tells it from others. */
export interface Gate {
  readonly accepts: Accepts;
  /** Two gates with the same name accept the same outputs. */
  readonly name: string;
  /** Those of the product's own gate; absent for another one. */
  readonly thresholds?: Thresholds;
}

/** The product's own gate with these thresholds. */
export function gateOf(thresholds: Thresholds): Gate {
  const { ratio, range } = thresholds;
  return {
    accepts: (outputs, at) => judge(outputs.subarray(at, at + CLASSES), thresholds).accepted,
    name: `ratio ${ratio}, range ${range.join(' to ')}`,
    thresholds: { ratio, range },
  };
}

/** How far a run is. */
export type EvaluateProgress =
  | { readonly stage: 'preparing'; /** [0, 1] */ readonly share: number }
  | {
      readonly stage: 'attacking';
      readonly done: number;
      readonly total: number;
      /** How many of them were kept from before. */ readonly kept: number;
    };

/** An attack to run. */
export interface EvaluateOptions {
  readonly attack: Attack;
  readonly subject: AttackedModel;
  /** Given to attacks that use another model. */
  readonly surrogate?: AttackedModel | undefined;
  readonly gate: Gate;
  /** In the attack's unit. */
  readonly epsilon: number;
  /** Default: the attack's own. */
  readonly settings?: AttackSettings;
  readonly seed: number;
  /** What is attacked, with indices from 0. */
  readonly digits: Digits;
  /** For what the attack fits. */
  readonly data: Pick<Dataset, 'training' | 'hashes'>;
  /** The current backend. */
  readonly backend: BackendName;
  /** Where finished batches are kept and looked for. Absent: nothing is kept. */
  readonly folder?: string | undefined;
  readonly onProgress?: ((progress: EvaluateProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What an attack made of a model's outputs. Every figure follows from it and the clean outputs (lab/leaks). */
export interface Outcome {
  readonly attack: string;
  readonly unit: Attack['unit'];
  readonly adversarial: boolean;
  readonly epsilon: number;
  /** As they were used, defaults included. */
  readonly settings: AttackSettings;
  readonly seed: number;
  readonly model: ModelIdentity;
  readonly surrogate?: ModelIdentity;
  readonly backend: BackendName;
  /** `[n]`: the true classes; `NO_DIGIT` for all when the attack leaves no digit. */
  readonly labels: Uint8Array;
  /** `[n, 10]`, of the perturbed images. */
  readonly outputs: Float32Array;
  /** |change| of the pixels: the mean over all, and the largest. */
  readonly change: { readonly mean: number; readonly max: number };
}

/**
 * Runs an attack over digits. The same options on the same backend give the same outcome, also when it was stopped on
 * the way and goes on from kept batches; a run over more digits takes the batches of a shorter one.
 * @throws UsageError when the attack lacks what it needs or batches can't be kept; `signal`'s reason when stopped.
 */
export async function evaluate(options: EvaluateOptions): Promise<Outcome> {
  const { attack, subject, surrogate, epsilon, seed, digits, backend } = options;
  const parts = await runParts(options);
  const outputs = new Float32Array(digits.count * CLASSES);
  parts.forEach((part, i) => outputs.set(part.outputs, i * BATCH * CLASSES));
  return {
    attack: attack.name,
    unit: attack.unit,
    adversarial: attack.adversarial,
    epsilon,
    settings: settledSettings(options),
    seed,
    backend,
    model: identityOf(subject),
    ...(attack.needs.surrogate && surrogate && { surrogate: identityOf(surrogate) }),
    labels: attack.nonDigits ? new Uint8Array(digits.count).fill(NO_DIGIT) : digits.labels,
    outputs,
    change: {
      mean: parts.reduce((sum, { changeSum }) => sum + changeSum, 0) / (digits.count * PIXELS),
      max: parts.reduce((max, { changeMax }) => Math.max(max, changeMax), 0),
    },
  };
}

/** What an attack is prepared with in a run, for those who want more of it than its images (the universal vectors). */
export async function withContext<T>(
  options: EvaluateOptions,
  use: (context: AttackContext) => Promise<T>,
): Promise<T> {
  const { attack, subject, surrogate, gate, epsilon, settings = {}, seed, data, folder, onProgress, signal } = options;
  const open: OpenVictim[] = [];
  const opened = ({ network, kind }: AttackedModel): OpenVictim => {
    const victim = openVictim(network(), kind);
    open.push(victim);
    return victim;
  };
  try {
    return await use({
      victim: opened(subject),
      ...(attack.needs.surrogate && surrogate && { surrogate: opened(surrogate) }),
      ...(folder !== undefined && { keep: keepUnder(folder, preparationFacts(options)) }),
      epsilon,
      settings,
      signal,
      random: createRandom(seed).fork(attack.name),
      accepts: gate.accepts,
      thresholds: gate.thresholds,
      training: data.training,
      onProgress: (share) => onProgress?.({ stage: 'preparing', share }),
    });
  } finally {
    for (const victim of open) victim.close();
  }
}

async function runParts(options: EvaluateOptions): Promise<Part[]> {
  const { digits, folder, onProgress } = options;
  const store = folder === undefined ? undefined : openParts(folder, factsOf(options));
  const batches = batchesOf(digits);
  const parts = await Promise.all(batches.map(async ({ name, digits: { count } }) => store?.read(name, count)));
  const countOf = (): number => batches.reduce((sum, { digits: { count } }, i) => sum + (parts[i] ? count : 0), 0);
  const kept = countOf();
  if (kept < digits.count) {
    await withContext(options, async (context) => {
      const prepared = await options.attack.prepare(context);
      for (const [i, batch] of batches.entries()) {
        if (parts[i]) continue;
        onProgress?.({ stage: 'attacking', done: countOf(), total: digits.count, kept });
        options.signal?.throwIfAborted();
        parts[i] = await runBatch(context, prepared, batch);
        await store?.write(batch.name, parts[i]!);
      }
    });
  }
  onProgress?.({ stage: 'attacking', done: digits.count, total: digits.count, kept });
  return parts as Part[];
}

interface Batch {
  readonly start: number;
  readonly digits: Digits;
  /** Of the kept batch. */
  readonly name: string;
}

function batchesOf(all: Digits): Batch[] {
  return Array.from({ length: Math.ceil(all.count / BATCH) }, (_, i) => {
    const start = i * BATCH;
    const digits = slice(all, start, Math.min(all.count, start + BATCH));
    return { start, digits, name: partName(start, digits) };
  });
}

async function runBatch({ victim }: AttackContext, prepared: Prepared, { start, digits }: Batch): Promise<Part> {
  const clean = pixelsOf(digits);
  const pixels = await prepared.perturb(clean, digits.labels, start);
  let [changeSum, changeMax] = [0, 0];
  for (let i = 0; i < clean.length; i++) {
    const change = Math.abs(pixels[i]! - clean[i]!);
    changeSum += change;
    changeMax = Math.max(changeMax, change);
  }
  return { outputs: victim.outputs(pixels), changeSum, changeMax };
}
