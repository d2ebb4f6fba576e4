// The universal noise vectors of the article "Output analysis": fitting them, and adding them. Nothing else.
import { setImmediate } from 'node:timers/promises';
import { pick, pixelsOf, type Digits } from '../data/dataset.js';
import type { Random } from '../../base/random.js';
import { settingsOf, type Attack, type AttackContext, type Prepared, type Victim } from './attack.js';
import { clip } from './ball.js';
import { crossEntropy } from './objectives.js';
import { CLASSES, PIXELS } from '../../types.js';

const DEFAULTS = { fitting: 120 };

/**
 * Learning rate. The article has 0.1 and 5,000 steps; with 20 the corruption rate of fc-lq at epsilon 0.35 stays at 92
 * % from 100 steps on. It may be that large because the vector is cut after each step.
 */
const RATE = 20;

/** Training images a step, the same ones for all ten vectors. */
const BATCH = 250;

/** Steps between two savings of how far a fit came. */
const SAVE_EVERY = 10;

/**
 * Universal noise vectors (article): one vector a class drives every image to that class. Each
 * image gets the vector of one of the nine other classes, drawn at random, and is cut to [0, 1]. With a surrogate the
 * vectors are fitted on that one (the article fits on the unpruned model and uses them on the pruned one).
 */
export const universal: Attack = {
  name: 'universal',
  summary: "one noise vector a wrong class, fitted on training images (the article's)",
  adversarial: true,
  needs: { victim: 'gradients', gate: false, surrogate: 'optional', fit: true },
  unit: 'L-infinity',
  sweep: [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4],
  typical: 0.35,
  defaults: DEFAULTS,
  prepare: (context) => prepareVectors(context),
};

/**
 * Universal noise of the first classes only, each vector at an epsilon of its own; an image gets the vector of one of
 * those classes that is not its own. Not for sweeps, so it is in no list.
 * @param epsilons By class from 0, one to ten of them. A run's own epsilon is the most that any of them may have.
 */
export function universalOf(epsilons: readonly number[]): Attack {
  const largest = Math.max(...epsilons);
  return {
    ...universal,
    // Other epsilons give other images: the name keeps what is kept of them apart.
    name: [universal.name, ...epsilons].join('-'),
    summary: `one noise vector for each of the classes 0 to ${epsilons.length - 1}, at epsilons of their own`,
    sweep: [largest],
    typical: largest,
    prepare: (context) =>
      prepareVectors({ ...context, epsilons: epsilons.map((each) => Math.min(each, context.epsilon)) }),
  };
}

async function prepareVectors(context: AttackContext & Pick<FitContext, 'epsilons'>): Promise<Prepared> {
  const vectors = await universalVectors(context);
  const { random } = context;
  return {
    perturb: (pixels, labels, start) => {
      const noisy = new Float32Array(pixels.length);
      labels.forEach((label, i) => {
        addVector(noisy, pixels, i, vectors[classFor(label, random.fork(`image ${start + i}`), vectors.length)]!);
      });
      return noisy;
    },
  };
}

/**
 * The class that an image of class `label` is driven to: drawn at random from the first `classes`, default all ten,
 * without its own.
 */
export function classFor(label: number, random: Random, classes: number = CLASSES): number {
  const own = label < classes;
  const drawn = random.int(own ? classes - 1 : classes);
  return own && drawn >= label ? drawn + 1 : drawn;
}

/** An image `[784]` with a vector `[784]` added, cut to [0, 1]. */
export function withVector(image: Float32Array, vector: Float32Array): Float32Array {
  const noisy = new Float32Array(PIXELS);
  addVector(noisy, image, 0, vector);
  return noisy;
}

/** What fitting needs of an attack's context. */
export type FitContext = Pick<
  AttackContext,
  'victim' | 'surrogate' | 'epsilon' | 'random' | 'settings' | 'training' | 'keep' | 'onProgress' | 'signal'
> & {
  /** Training images a step, at least 1. Default 250; other ones give other vectors. */
  readonly batch?: number;
  /** Bounds of the vectors by class, from class 0 on; classes beyond them get none. Default: `epsilon` for all ten. */
  readonly epsilons?: readonly number[];
};

/**
 * Fits the vectors `[784]` in [-eps, eps], by class: plain gradient descent on the cross entropy to the class, with
 * a softmax on the raw outputs, over random training batches of `batch`. The image is cut to [0, 1], through which no
 * gradient flows where the sum lies outside, as TensorFlow's clip has it (letting it flow gave no stronger vectors);
 * the vector is cut to [-eps, eps] after each step. All see the same batches.
 * @throws `signal`'s reason, between two steps; what `keep` holds then goes on from there.
 */
export async function universalVectors({
  victim,
  surrogate,
  epsilon,
  random,
  settings,
  training,
  batch = BATCH,
  epsilons = new Array<number>(CLASSES).fill(epsilon),
  keep,
  onProgress,
  signal,
}: FitContext): Promise<Float32Array[]> {
  const { fitting } = settingsOf(DEFAULTS, settings);
  const { from, vectors } = unpack(await keep?.load(), epsilons.length);
  for (let done = from; done < fitting; done++) {
    // The engine's calls block; without a pause no signal would ever be heard.
    await setImmediate();
    signal?.throwIfAborted();
    fitStep(surrogate ?? victim, vectors, drawBatch(training, batch, random.fork(`batch ${done}`)), epsilons);
    onProgress?.((done + 1) / fitting);
    if ((done + 1) % SAVE_EVERY === 0 || done + 1 === fitting) await keep?.save(Float32Array.of(done + 1, ...vectors));
  }
  return epsilons.map((_, k) => vectors.slice(k * PIXELS, (k + 1) * PIXELS));
}

/** One step on all vectors, `[classes, 784]`, in place. `batch` is `[m, 784]`. */
function fitStep(model: Victim, vectors: Float32Array, batch: Float32Array, epsilons: readonly number[]): void {
  const count = batch.length / PIXELS;
  for (const [k, epsilon] of epsilons.entries()) {
    const vector = vectors.subarray(k * PIXELS, (k + 1) * PIXELS);
    const noisy = new Float32Array(batch.length);
    for (let i = 0; i < count; i++) addVector(noisy, batch, i, vector);
    const { pixels: gradient } = model.gradient(
      noisy,
      crossEntropy(() => k),
    );
    const sums = new Float64Array(PIXELS);
    for (let i = 0, at = 0; i < count; i++) {
      for (let p = 0; p < PIXELS; p++, at++) {
        const sum = batch[at]! + vector[p]!;
        if (sum >= 0 && sum <= 1) sums[p]! += gradient[at]!;
      }
    }
    for (let p = 0; p < PIXELS; p++)
      vector[p] = Math.min(epsilon, Math.max(-epsilon, vector[p]! - (RATE * sums[p]!) / count));
  }
}

/** Writes image `image` of `pixels` with a vector added, cut to [0, 1], into the same place of `noisy`. */
function addVector(noisy: Float32Array, pixels: Float32Array, image: number, vector: Float32Array): void {
  const at = image * PIXELS;
  for (let p = 0; p < PIXELS; p++) noisy[at + p] = clip(pixels[at + p]! + vector[p]!);
}

function drawBatch(training: Digits, count: number, random: Random): Float32Array {
  return pixelsOf(
    pick(
      training,
      Uint32Array.from({ length: count }, () => random.int(training.count)),
    ),
  );
}

/** What was kept: the number of steps done, then the vectors. */
function unpack(kept: Float32Array | undefined, classes: number): { from: number; vectors: Float32Array } {
  if (kept?.length !== 1 + classes * PIXELS) return { from: 0, vectors: new Float32Array(classes * PIXELS) };
  return { from: kept[0]!, vectors: kept.slice(1) };
}
