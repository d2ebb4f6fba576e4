// Owns the training loop: plan, network, examples and seed in, network out. It must not read or write files, print, or
// know where examples come from.
import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { ModelError } from '../../base/errors.js';
import type { Network } from '../../model/network.js';
import { costOf } from './cost.js';
import { perturb } from './harden.js';
import { backward, forward, toNetwork, toTensors, weightShape, type Dropout, type LayerTensors } from './layers.js';
import { addUniversalNoise } from './universal-noise.js';
import { startTraining, updateWeights, type TrainingState } from './optimiser.js';
import { createRandom, type Random } from '../../base/random.js';
import type { TrainingPlan } from './recipe.js';
import { CLASSES, PIXELS } from '../../types.js';

/** Examples to learn from. */
export interface Batch {
  /** `[count, 784]`, [0, 1], light ink on dark ground. */
  readonly pixels: Float32Array;
  /** `[count, 10]`: one-hot, or all zero for what is not a digit. */
  readonly targets: Float32Array;
}

/** A source of examples without end. */
export interface Examples {
  /** The next `count` examples. The arrays belong to the caller. One call at a time. */
  next(count: number): Promise<Batch>;
  /** Frees what the source holds (threads). Idempotent; no `next` afterwards. */
  close(): Promise<void>;
}

/** What a caller learns of a running training. */
export interface TrainingProgress {
  /** Steps done, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Cost of the last batch without the l2 part. */
  readonly cost: number;
}

/** Everything needed to go on with a training: numbers only, no tensors. */
export interface Snapshot {
  readonly step: number;
  /** Weights, Adam's two moments and the average (or none), each a network of the same shape. */
  readonly parts: readonly Network[];
}

/** How many parts a snapshot of such a training has. */
export function partsOf({ average }: TrainingPlan): number {
  return average > 0 ? 4 : 3;
}

/** Options of `train`. */
export interface TrainOptions {
  /** Dropout follows from it. */
  readonly seed: number;
  /** Steps in all. */
  readonly steps: number;
  /** `[0, 1]` factors for the weights of each layer (a pruning mask): what is 0 stays 0. Default: none. */
  readonly masks?: readonly Float32Array[];
  /** Go on from here. Default: from the start. */
  readonly resume?: Snapshot;
  /** Called after each step. */
  readonly onStep?: (progress: TrainingProgress) => void;
  /** Steps between two calls of `onCheck`; the last step is always followed by one. Default: only that one. */
  readonly checkEvery?: number;
  /** Given the network as it would be kept now, and a way to take a snapshot. Awaited. */
  readonly onCheck?: (network: Network, progress: TrainingProgress, snapshot: () => Snapshot) => Promise<void>;
  /** Stops between two steps. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a network. The same arguments on the same backend give the same network, also when resumed half-way.
 * @param open Opens the examples, the given number of them already passed over. Closed before this returns or throws.
 * @throws ModelError when the cost is no longer finite: with the step and what to do. `signal`'s reason when stopped.
 */
export async function train(
  plan: TrainingPlan,
  network: Network,
  open: (position: number) => Examples,
  options: TrainOptions,
): Promise<Network> {
  const { steps, resume, signal, onStep, onCheck, checkEvery = steps } = options;
  const examples = open((resume?.step ?? 0) * plan.batch);
  const masks = options.masks?.map((mask, i) => tf.tensor(mask, weightShape(network.layers[i]!), 'float32'));
  let coming: Promise<Batch> | undefined;
  let state = resume ? fromSnapshot(resume) : startTraining(toTensors(network), plan);
  try {
    coming = state.step < steps ? examples.next(plan.batch) : undefined;
    while (coming) {
      const batch = await coming;
      // A step blocks, and examples may be at hand at once; without a pause no signal would ever be heard.
      await setImmediate();
      signal?.throwIfAborted();
      // Asked for before the step, so that another thread can make it meanwhile.
      coming = state.step + 1 < steps ? examples.next(plan.batch) : undefined;
      const done = trainStep(plan, network, state, batch, options, masks);
      tf.dispose([state.weights, state.mean, state.square, state.average] as unknown as tf.TensorContainer);
      state = done.state;
      const progress = { step: state.step, steps, cost: done.cost };
      onStep?.(progress);
      if (state.step % checkEvery === 0 || !coming)
        await onCheck?.(keptNetwork(network, state), progress, () => toSnapshot(network, state));
    }
    return keptNetwork(network, state);
  } finally {
    // After an error nobody waits for this one any more.
    coming?.catch(() => undefined);
    tf.dispose([state.weights, state.mean, state.square, state.average, masks ?? []] as unknown as tf.TensorContainer);
    await examples.close();
  }
}

function trainStep(
  plan: TrainingPlan,
  network: Network,
  state: TrainingState,
  batch: Batch,
  { seed, steps }: TrainOptions,
  masks: readonly tf.Tensor[] | undefined,
): { state: TrainingState; cost: number } {
  const count = batch.pixels.length / PIXELS;
  const { next, value } = tf.tidy(() => {
    const given = {
      pixels: tf.tensor2d(batch.pixels, [count, PIXELS], 'float32'),
      targets: tf.tensor2d(batch.targets, [count, CLASSES], 'float32'),
    };
    const { pixels: seen, targets } = plan.noise
      ? addUniversalNoise(plan.noise, network, state.weights, given, createRandom(seed).fork(`noise ${state.step}`))
      : given;
    const pixels = plan.hardening
      ? perturb(
          plan.hardening,
          network,
          state.weights,
          seen,
          targets,
          createRandom(seed).fork(`hardening ${state.step}`),
          state.step,
        )
      : seen;
    const pass = forward(
      network,
      state.weights,
      pixels,
      dropout(plan.keep, createRandom(seed).fork(`dropout ${state.step}`)),
    );
    const cost = costOf(plan.cost, pass.outputs, targets);
    const { layers } = backward(network, state.weights, pass, cost.gradient);
    const updated = updateWeights(state, layers, plan, steps, masks);
    return { next: updated as unknown as tf.TensorContainerObject, value: cost.value };
  });
  const cost = value.dataSync()[0]!;
  value.dispose();
  if (!Number.isFinite(cost)) {
    tf.dispose(next);
    throw new ModelError(
      `Training broke off at step ${state.step + 1} of ${steps}: the cost is ${cost}. Lower training.rate ` +
        `(${plan.rate}) or add training.warmUp.`,
    );
  }
  return { state: next as unknown as TrainingState, cost };
}

/** Keeps each unit with probability `keep` and scales it by 1 / keep, so that the mean stays. */
function dropout(keep: number, random: Random): Dropout | undefined {
  if (keep >= 1) return undefined;
  return (_layer, [count, units]) => {
    const factors = new Float32Array(count * units);
    for (let i = 0; i < factors.length; i++) factors[i] = random.next() < keep ? 1 / keep : 0;
    return tf.tensor2d(factors, [count, units], 'float32');
  };
}

function keptNetwork(shape: Network, state: TrainingState): Network {
  return toNetwork(shape, state.average.length > 0 ? state.average : state.weights);
}

function toSnapshot(shape: Network, { step, weights, mean, square, average }: TrainingState): Snapshot {
  const parts = [weights, mean, square, ...(average.length > 0 ? [average] : [])];
  return { step, parts: parts.map((part) => toNetwork(shape, part)) };
}

function fromSnapshot({ step, parts }: Snapshot): TrainingState {
  const [weights, mean, square, average] = parts.map(toTensors) as [
    LayerTensors[],
    LayerTensors[],
    LayerTensors[],
    LayerTensors[]?,
  ];
  return { step, weights, mean, square, average: average ?? [] };
}
