// Owns what a card says of a model's gate: the digits its thresholds are set on, the thresholds, what they accept. How
// a threshold is chosen is calibrate's business; nothing is written or printed here.
import type { Card, GateCard } from '../../model/card.js';
import type { Network } from '../../model/network.js';
import { ModelError } from '../../base/errors.js';
import { calibrate } from './calibrate.js';
import { keptPool } from '../data/camera/kept-pool.js';
import type { Dataset, Digits } from '../data/dataset.js';
import { measure, outputsOf } from './measure.js';
import { calibrationSchema, type CalibrationPlan } from '../training/recipe.js';
import { riskOf, type Risk } from './risk.js';
import { both } from '../data/examples.js';

/** What thresholds are to be set for: a coverage, or a risk. */
export type Aim =
  { readonly coverage: number } | { readonly maxRisk: number; readonly confidence?: number | undefined };

/**
 * The plan for an aim, with the range and the pool that the model of a card was made with.
 * @throws ModelError when the card's recipe has a calibration that can't be used.
 */
export function planFor(aim: Aim, { name, recipe }: Card): CalibrationPlan {
  const { outside, nonDigits, pool } = (recipe['calibration'] ?? {}) as Readonly<Record<string, unknown>>;
  // For a risk, what is no digit and is accepted is wrong already.
  const plan = calibrationSchema.safeParse({ ...aim, outside, pool, ...('coverage' in aim && { nonDigits }) });
  if (plan.success) return plan.data;
  const [issue] = plan.error.issues;
  throw new ModelError(
    `The card of ${name} has thresholds or a recipe.calibration that can't be ` +
      `used: ${issue?.path.join('.')}: ${issue?.message}. Make the model again.`,
  );
}

/** What the thresholds on a card were set for. */
export function aimOf({ thresholds: { coverage, maxRisk, confidence } }: Card): Aim {
  return maxRisk === undefined ? { coverage } : { maxRisk, confidence };
}

/** Options of `calibrationSet`. */
export interface CalibrationSetOptions {
  /** Folder in which a pool is kept once made. */
  readonly keepIn: string;
  readonly report: {
    /** A pool is going to be made: a sentence. */
    stage(text: string): void;
    /** While a pool is made: examples so far. */
    made(count: number, total: number): void;
  };
  readonly signal?: AbortSignal | undefined;
}

/** What thresholds are set on: the held-out digits, with a pool made from them where the plan asks for one. */
export async function calibrationSet(
  { pool }: CalibrationPlan,
  { heldOut }: Dataset,
  { keepIn, report, signal }: CalibrationSetOptions,
): Promise<Digits> {
  if (!pool) return heldOut;
  report.stage(`making ${pool.size} examples from the held-out digits`);
  return both(
    heldOut,
    await keptPool(heldOut, pool, {
      keepIn,
      onProgress: (made) => report.made(made, pool.size),
      ...(signal && { signal }),
    }),
  );
}

/** How sure the bound on the risk is when a plan says nothing of it. */
const CONFIDENCE = 0.95;

/** What a card says of a gate, and what it risks. */
export interface CalibratedGate {
  readonly card: GateCard;
  /** On the digits that the thresholds were set on, with the plan's confidence, else 0.95. */
  readonly risk: Risk & { readonly confidence: number };
}

/**
 * Sets the thresholds of a network and measures what they accept, on the current TF.js backend.
 * @param set What `calibrationSet` gave for the same plan and data. The test digits are only measured.
 * @throws ModelError when no thresholds fit.
 */
export function describeGate(network: Network, plan: CalibrationPlan, data: Dataset, set: Digits): CalibratedGate {
  const outputs = outputsOf(network, set);
  const { range, ...thresholds } = calibrate(outputs, set.labels, plan);
  const chosen = measure(outputs, set.labels, { range, ...thresholds });
  const test = measure(outputsOf(network, data.test), data.test.labels, { range, ...thresholds });
  const confidence = thresholds.confidence ?? CONFIDENCE;
  const figures = {
    mnistTestAccuracy: test.accuracy,
    mnistTestAccepted: test.accepted,
    mnistTestAcceptedWrong: test.acceptedWrong,
    heldOutAccuracy: chosen.accuracy,
    ...(plan.pool && {
      heldOutAccepted: chosen.accepted,
      heldOutAcceptedWrong: chosen.acceptedWrong,
      heldOutNonDigitsAccepted: chosen.nonDigitsAccepted,
    }),
  };
  const calibratedOn =
    `the last twelfth of the training files of ${data.name}, which was not trained ` +
    `on${plan.pool ? ', and examples made for real frames from it' : ''}`;
  return {
    card: { figures, thresholds: { ...thresholds, range: [...range], calibratedOn, examples: set.count } },
    risk: { ...riskOf(outputs, set.labels, { range, ...thresholds }, confidence), confidence },
  };
}

/** Figures that follow from the thresholds. */
const OF_THE_GATE = [
  'mnistTestAccepted',
  'mnistTestAcceptedWrong',
  'heldOutAccepted',
  'heldOutAcceptedWrong',
  'heldOutNonDigitsAccepted',
];

/**
 * The figures of a card whose thresholds are set again. Measured on the data that the model was made with, they are the
 * gate's; on other data, or when the card does not say on which, the old ones stay, but for those of the old
 * thresholds, which no longer hold.
 */
export function figuresAfter({ figures, data: own }: Card, data: Dataset, gate: CalibratedGate): GateCard['figures'] {
  const files = Object.entries(own);
  const same = files.length > 0 && files.every(([file, hash]) => data.hashes[file] === hash);
  if (same) return { ...figures, ...gate.card.figures };
  const kept = Object.entries(figures).filter(([name]) => !OF_THE_GATE.includes(name));
  return { ...Object.fromEntries(kept), mnistTestAccuracy: figures.mnistTestAccuracy };
}
