// Owns which examples a training's plan asks for. It must not draw or move digits itself.
import { keptPool } from './camera/kept-pool.js';
import type { Digits } from './dataset.js';
import { epochsOf } from '../training/epochs.js';
import type { TrainingPlan } from '../training/recipe.js';
import type { Examples } from '../training/train.js';

/** Examples of one training. */
export interface ExampleSet {
  /** How many there are: one epoch. */
  readonly count: number;
  /** Opens them, the given number already passed over. */
  open(position: number): Examples;
}

/** Options of `examplesFor`. */
export interface ExampleOptions {
  /** The order of the examples and their movements follow from it. */
  readonly seed: number;
  /** Folder in which a pool is kept once made, so that a training that goes on need not make it again. */
  readonly keepIn: string;
  /** Told how many examples of a pool are made so far. */
  readonly onProgress?: (made: number) => void;
  readonly signal?: AbortSignal;
}

/** The examples that a plan asks for: the digits, and the pool made from them. `digits` is what may be trained on. */
export async function examplesFor(
  plan: TrainingPlan,
  digits: Digits,
  { seed, ...options }: ExampleOptions,
): Promise<ExampleSet> {
  const repeated = Array.from({ length: plan.repeat - 1 }).reduce<Digits>((set) => both(set, digits), digits);
  const examples = plan.pool ? both(repeated, await keptPool(digits, plan.pool, options)) : repeated;
  return {
    count: examples.count,
    open: (position) => epochsOf(examples, { seed, position, augmentation: plan.augmentation }),
  };
}

/** Both sets as one. */
export function both(a: Digits, b: Digits): Digits {
  const images = new Uint8Array(a.images.length + b.images.length);
  const labels = new Uint8Array(a.count + b.count);
  images.set(a.images);
  images.set(b.images, a.images.length);
  labels.set(a.labels.subarray(0, a.count));
  labels.set(b.labels, a.count);
  return { count: a.count + b.count, images, labels };
}
