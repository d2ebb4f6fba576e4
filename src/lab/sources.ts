// Owns which examples a training's plan asks for. It must not draw or move digits itself.
import { makePool } from './camera/pool.js';
import type { Digits } from './dataset.js';
import { epochsOf } from './epochs.js';
import type { TrainingPlan } from './recipe.js';
import type { Examples } from './train.js';

/** Examples of one training. */
export interface Source {
  /** How many there are: one epoch. */
  readonly count: number;
  /** Opens them, the given number already passed over. */
  open(position: number): Examples;
}

/** Options of `examplesFor`. */
export interface SourceOptions {
  /** All chance in the examples follows from it. */
  readonly seed: number;
  /** Told how many examples of a pool are made so far. */
  readonly onProgress?: (made: number) => void;
  readonly signal?: AbortSignal;
}

/** The examples that a plan asks for: the digits, or a pool made from them. `digits` is what may be trained on. */
export async function examplesFor(plan: TrainingPlan, digits: Digits, { seed, ...options }: SourceOptions): Promise<Source> {
  const examples = plan.pool ? await makePool(digits, { ...plan.pool, seed }, options) : digits;
  return { count: examples.count, open: (position) => epochsOf(examples, { seed, position, augmentation: plan.augmentation }) };
}
