// Owns what a card says of a model's gate: the digits its thresholds are set on, the thresholds, what they accept. How a
// threshold is chosen is calibrate's business; nothing is written or printed here.
import type { CardDraft } from '../model/folder.js';
import type { Network } from '../model/network.js';
import { calibrate } from './calibrate.js';
import { keptPool } from './camera/kept-pool.js';
import type { Dataset, Digits } from './dataset.js';
import { measure, outputsOf } from './measure.js';
import type { CalibrationPlan } from './recipe.js';
import { both } from './sources.js';

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
export async function calibrationSet({ pool }: CalibrationPlan, { heldOut }: Dataset, { keepIn, report, signal }: CalibrationSetOptions): Promise<Digits> {
  if (!pool) return heldOut;
  report.stage(`making ${pool.size} examples from the held-out digits`);
  return both(heldOut, await keptPool(heldOut, pool, { keepIn, onProgress: (made) => report.made(made, pool.size), ...(signal && { signal }) }));
}

/** The part of a card that is about the gate. */
export type GateDraft = Pick<CardDraft, 'thresholds' | 'figures'>;

/**
 * Sets the thresholds of a network and measures what they accept, on the current TF.js backend.
 * @param set What `calibrationSet` gave for the same plan and data. The test digits are only measured.
 * @throws ModelError when no thresholds fit.
 */
export function describeGate(network: Network, plan: CalibrationPlan, data: Dataset, set: Digits): GateDraft {
  const outputs = outputsOf(network, set);
  const { range, ...thresholds } = calibrate(outputs, set.labels, plan);
  const chosen = measure(outputs, set.labels, { range, ...thresholds });
  const test = measure(outputsOf(network, data.test), data.test.labels, { range, ...thresholds });
  return {
    figures: {
      mnistTestAccuracy: test.accuracy,
      mnistTestAccepted: test.accepted,
      mnistTestAcceptedWrong: test.acceptedWrong,
      heldOutAccuracy: chosen.accuracy,
      ...(plan.pool && { heldOutAccepted: chosen.accepted, heldOutAcceptedWrong: chosen.acceptedWrong, heldOutNonDigitsAccepted: chosen.nonDigitsAccepted }),
    },
    thresholds: {
      ...thresholds,
      range: [...range],
      calibratedOn: `the last twelfth of the training files of ${data.name}, which was not trained on${plan.pool ? ', and examples made for real frames from it' : ''}`,
      examples: set.count,
    },
  };
}
