// Measures a step of training in the lab on each TensorFlow.js backend. Trains nothing that is kept.
import type { BenchContext, Measurement } from '../bench.js';
import { testDigits } from '../clips.js';
import { figure } from '../statistics.js';
import { openBackend, type BackendName } from '../../../src/lab/training/backend.js';
import { epochsOf } from '../../../src/lab/training/epochs.js';
import { createNetwork } from '../../../src/lab/training/initial.js';
import { readRecipe } from '../../../src/lab/training/recipe.js';
import { train } from '../../../src/lab/training/train.js';

const BACKENDS: readonly BackendName[] = ['wasm', 'tensorflow'];
const RECIPES = [
  ['fc', 'fc-lq'],
  ['cnn of camera', 'camera'],
  ['cnn of the article', 'cnn-lq'],
] as const;

/** Milliseconds per step. */
export const trainingStep: Measurement = {
  name: 'training',
  async run(context) {
    const rows = [];
    for (const backend of BACKENDS) {
      try {
        await openBackend(backend);
      } catch {
        context.say(`${backend} is left out: it is not installed`);
        continue;
      }
      for (const [name, recipe] of RECIPES)
        rows.push([name, backend, ...(await measure(recipe, `${name} on ${backend}`, context))]);
    }
    const notes = [
      'Forward, backward, Adam; the first step, which warms up, is not counted. `tensorflow` is tfjs-node ' +
        'with two threads, `wasm` has one.',
    ];
    return {
      tables: [
        { title: 'Training step, ms', columns: ['network', 'backend', 'batch', 'ms', 'examples/s'], rows, notes },
      ],
    };
  },
};

async function measure(name: string, what: string, { quick, say }: BenchContext) {
  say(what);
  const { layers, training } = readRecipe(`models/${name}.recipe.yaml`);
  if (!layers || !training) throw new Error(`the recipe of ${name} trains nothing`);
  const digits = await testDigits();
  const marks: number[] = [];
  const steps = quick ? 3 : 8;
  await train(
    { ...training, hardening: undefined },
    createNetwork(layers, 1),
    (position) => epochsOf(digits, { seed: 1, position }),
    { seed: 1, steps, onStep: () => marks.push(performance.now()) },
  );
  const times = figure(marks.slice(1).map((at, i) => at - marks[i]!));
  return [training.batch, times, (1000 * training.batch) / times.median] as const;
}
