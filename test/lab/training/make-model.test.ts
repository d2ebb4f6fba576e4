// Tests of src/lab/training/make-model.ts: from a recipe to a network and its card, stopped and resumed, pruned from a
// parent.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import { UsageError } from '../../../src/base/errors.js';
import { pgd } from '../../../src/lab/attacks/pgd.js';
import { openVictim } from '../../../src/lab/attacks/victim.js';
import { keptPool } from '../../../src/lab/data/camera/kept-pool.js';
import { pixelsOf } from '../../../src/lab/data/dataset.js';
import { openBackend } from '../../../src/lab/training/backend.js';
import { makeModel, type HeldOutCheck, type MakeOptions, type Reporter } from '../../../src/lab/training/make-model.js';
import { accuracyOf, outputsOf } from '../../../src/lab/judging/measure.js';
import { robustAccuracy } from '../../../src/lab/judging/robust-accuracy.js';
import { parseRecipe } from '../../../src/lab/training/recipe.js';
import { readModel, writeModel } from '../../../src/model/folder.js';
import { sparsity, type Network } from '../../../src/model/network.js';
import { barData } from '../synthetic.js';

const quiet: Reporter = {
  stage: () => undefined,
  made: () => undefined,
  step: () => undefined,
  check: () => undefined,
};
const data = barData();
const recipe = parseRecipe({ name: 'bars', layers: [{ dense: 20 }], training: { steps: 40, batch: 40 } }, 'recipe');
const pruned = parseRecipe(
  {
    ...recipe,
    name: 'bars-pruned',
    pruning: { share: [0.9, 0.2], images: 100 },
    fineTuning: { steps: 20, rate: 0.0003 },
    compact: true,
  },
  'recipe',
);

let folder: string;
let options: MakeOptions;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lq-make-'));
  options = {
    data,
    backend: await openBackend('wasm'),
    checkpoints: join(folder, 'checkpoints'),
    resume: false,
    report: quiet,
  };
});
afterEach(() => rm(folder, { recursive: true }));

describe('makeModel', () => {
  it('makes a model folder whose card says how, on what and how good', async () => {
    const { network, draft } = await makeModel(recipe, options);
    const card = await writeModel(join(folder, 'bars'), network, draft);
    expect(card).toMatchObject({
      name: 'bars',
      kind: 'lq',
      seed: 1,
      pruning: null,
      data: { bars: 'hash of bars' },
      recipe: { backend: 'wasm', training: { steps: 40 } },
    });
    expect(card.figures.mnistTestAccuracy).toBe(accuracyOf(outputsOf(network, data.test), data.test.labels));
    expect(card.figures.mnistTestAccuracy).toBeGreaterThan(0.9);
    expect(card.thresholds.examples).toBe(100);
    expect(card.thresholds.coverage).toBeGreaterThan(0.8);
    expect((await readModel(join(folder, 'bars'))).network()).toEqual(network);
    expect(await readdir(options.checkpoints)).toEqual([]);
  });

  it('prunes, fine-tunes under the mask, and compacts to fewer weights', async () => {
    const { network, draft } = await makeModel({ ...pruned, compact: false }, options);
    expect(sparsity(network).map(({ weights, zeros }) => zeros / weights)).toEqual([14112 / 15680, 0.2]);
    expect(draft.pruning).toMatchObject({
      method: 'activated',
      share: [0.9, 0.2],
      zeros: [0.9, 0.2],
      compacted: false,
    });
    const compacted = await makeModel(pruned, options);
    expect(compacted.network.layers[0]!.weights.length).toBeLessThanOrEqual(network.layers[0]!.weights.length);
    expect(compacted.draft.figures.mnistTestAccuracy).toBe(draft.figures.mnistTestAccuracy);
  });

  it('keeps the hardening in fine-tuning after whole units are gone, beside a pool', async () => {
    const mixture = { plain: 1, penned: 0, styled: 0, signs: 0, clutter: 0, scenes: 1 };
    const hardening = { epsilon: 0.15, steps: 2, clean: 0.3, nonDigits: true };
    const made = async (more: object): Promise<Network> => {
      const fineTuning = { steps: 300, batch: 50, rate: 0.003, pool: { size: 40, mixture }, ...more };
      const pruning = { share: [0.5, 0], units: [0.5, 0], images: 100 };
      const whole = parseRecipe({ ...recipe, pruning, fineTuning, compact: true }, 'recipe');
      // Made here, since threads run compiled files only.
      await keptPool(data.training, whole.fineTuning!.pool!, { threads: 0, keepIn: options.checkpoints });
      return (await makeModel(whole, options)).network;
    };
    const [plain, hardened] = [await made({}), await made({ hardening })];
    // Half of the 20 units are gone, and stay gone.
    expect([plain, hardened].map(({ layers }) => layers[0]!.bias.length)).toEqual([10, 10]);
    /** Test bars still read right when the worst was made of them at epsilon 0.08. */
    const withstood = async (network: Network): Promise<number> => {
      const victim = openVictim(network);
      const attack = await pgd.prepare({
        ...{ victim, epsilon: 0.08, settings: { steps: 10, restarts: 1 }, random: createRandom(1) },
        ...{ accepts: () => true, training: data.training },
      });
      const outputs = victim.outputs(await attack.perturb(pixelsOf(data.test), data.test.labels, 0));
      victim.close();
      return accuracyOf(outputs, data.test.labels);
    };
    expect(await withstood(hardened)).toBeGreaterThan((await withstood(plain)) + 0.1);
  });

  it('starts from a parent and names it by its hash', async () => {
    const whole = await makeModel(recipe, options);
    const parent = { network: whole.network, kind: 'lq' as const, hash: 'abc' };
    const child = parseRecipe({ name: 'child', parent: 'bars', pruning: { share: 0.8, images: 100 } }, 'recipe');
    const { network, draft } = await makeModel(child, { ...options, parent });
    expect(sparsity(network).map(({ weights, zeros }) => zeros / weights)).toEqual([0.8, 0.8]);
    network.layers.forEach((layer, i) =>
      expect(layer.weights.every((w, j) => w === 0 || w === whole.network.layers[i]!.weights[j])).toBe(true),
    );
    expect(draft).toMatchObject({ kind: 'lq', recipe: { parent: 'bars', parentHash: 'abc' } });
  });

  it('says at each check of a hardened training what the network withstands', async () => {
    const found: HeldOutCheck[] = [];
    const report: Reporter = { ...quiet, check: (_progress, heldOut) => void found.push(heldOut) };
    const hardened = parseRecipe(
      { ...recipe, training: { ...recipe.training, hardening: { epsilon: 0.1, steps: 2 } } },
      'recipe',
    );
    const { network } = await makeModel(hardened, { ...options, report });
    const last = found.at(-1)!;
    expect(last.accuracy).toBe(accuracyOf(outputsOf(network, data.heldOut), data.heldOut.labels));
    expect(last.robust).toEqual({ epsilon: 0.1, accuracy: await robustAccuracy(network, 'lq', data.heldOut, 0.1) });
    expect(last.robust!.accuracy).toBeLessThanOrEqual(last.accuracy);
    await makeModel(recipe, { ...options, report });
    expect(found.at(-1)).toEqual({ accuracy: expect.any(Number) as number });
  });

  it('is stopped in fine-tuning and resumed to the same network', async () => {
    const whole = await makeModel(pruned, options);
    const stop = new AbortController();
    let stages = 0;
    // An epoch of 400 digits is 10 steps of 40 in training and 2 of 250 in fine-tuning: stop after a check of the
    // latter.
    const report = {
      ...quiet,
      stage: (text: string) => {
        if (text.startsWith('fine-tuning')) stages++;
      },
      check: () => {
        if (stages > 0) stop.abort();
      },
    };
    await expect(makeModel(pruned, { ...options, report, signal: stop.signal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    expect((await readdir(options.checkpoints)).sort()).toEqual([
      expect.stringMatching(/^bars-pruned\.fine-tuning\.[0-9a-f]{12}\.checkpoint$/),
      expect.stringMatching(/^bars-pruned\.training\.[0-9a-f]{12}\.checkpoint$/),
    ]);
    const said: string[] = [];
    const resumed = await makeModel(pruned, {
      ...options,
      resume: true,
      report: { ...quiet, stage: (text) => said.push(text) },
    });
    expect(said.slice(0, 1).concat(said.slice(2, 3))).toEqual([
      'training: 40 steps of 40 examples, going on from step 40',
      'fine-tuning: 20 steps of 250 examples, going on from step 2',
    ]);
    expect(resumed).toEqual(whole);
  });

  it('tries another fine-tuning on the training that there is', async () => {
    const stop = new AbortController();
    const report = {
      ...quiet,
      stage: (text: string) => {
        if (text.startsWith('fine-tuning')) stop.abort();
      },
    };
    await expect(makeModel(pruned, { ...options, report, signal: stop.signal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    const other = {
      ...pruned,
      fineTuning: {
        ...pruned.fineTuning!,
        noise: { epsilon: [0.2, 0.4] as [number, number], share: 0.2, group: 2, steps: 2 },
      },
    };
    const said: string[] = [];
    const resumed = await makeModel(other, {
      ...options,
      resume: true,
      report: { ...quiet, stage: (text) => said.push(text) },
    });
    expect(said[0]).toBe('training: 40 steps of 40 examples, going on from step 40');
    const { network } = await makeModel(other, options);
    expect(resumed.network).toEqual(network);
    expect(network).not.toEqual((await makeModel(pruned, options)).network);
  });

  it('refuses to resume when the recipe is not the same', async () => {
    const stop = new AbortController();
    const report = { ...quiet, check: () => stop.abort() };
    await expect(makeModel(recipe, { ...options, report, signal: stop.signal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    const other = { ...recipe, seed: 2 };
    await expect(makeModel(other, { ...options, resume: true })).rejects.toThrow(
      /bars\.training\.\w+\.checkpoint\) belong to another training/,
    );

    // Made without --resume, the other one leaves this checkpoint alone.
    await makeModel(other, options);
    const said: string[] = [];
    await makeModel(recipe, { ...options, resume: true, report: { ...quiet, stage: (text) => said.push(text) } });
    expect(said[0]).toMatch(/going on from step 10/);
    expect(await readdir(options.checkpoints)).toEqual([]);
  });

  it('refuses a checkpoint that says what no training of the recipe does, and leaves it as it is', async () => {
    const stop = new AbortController();
    const report = { ...quiet, check: () => stop.abort() };
    await expect(makeModel(recipe, { ...options, report, signal: stop.signal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    const [name] = await readdir(options.checkpoints);
    const file = join(options.checkpoints, name!);
    const kept = await readFile(file, 'latin1');
    const resume = (): Promise<unknown> => makeModel(recipe, { ...options, resume: true });
    for (const [from, to, message] of [
      ['"step":10', '"step":"x"', /its step is "x"; it must be a whole number from 1 to 40/],
      ['"step":10', '"step":41', /its step is 41/],
      ['"parts":3', '"parts":0', /it says that it has 0 parts; this training has 3/],
      ['\n', '\n\xff\xff\xff\xff', /holds \d+ bytes of numbers/],
      [/\n[^]{4}/, '\n\xff\xff\xff\xff', /not all of its numbers are finite/],
    ] as const) {
      expect(kept).toMatch(from);
      const broken = kept.replace(from, to);
      await writeFile(file, broken, 'latin1');
      await expect(resume()).rejects.toThrow(message);
      await expect(resume()).rejects.toBeInstanceOf(UsageError);
      expect(await readFile(file, 'latin1')).toBe(broken);
    }
    await writeFile(file, kept, 'latin1');
    expect(await resume()).toEqual(await makeModel(recipe, options));
  });

  it('resumes from nothing by starting', async () => {
    expect(await makeModel(recipe, { ...options, resume: true })).toEqual(await makeModel(recipe, options));
  });

  it('never looks at the test digits to choose: other ones change the figures only', async () => {
    const one = await makeModel(pruned, options);
    const other = await makeModel(pruned, { ...options, data: { ...data, test: data.heldOut } });
    expect(other.network).toEqual(one.network);
    expect(other.draft.thresholds).toEqual(one.draft.thresholds);
  });

  it('says when there are fewer training digits than pruning wants', async () => {
    const greedy = parseRecipe({ name: 'greedy', parent: 'x', pruning: { share: 0.5 } }, 'recipe');
    const { network } = await makeModel(recipe, options);
    await expect(makeModel(greedy, { ...options, parent: { network, kind: 'lq', hash: '' } })).rejects.toThrow(
      /pruning\.images is 2000, but there are only 400 training digits/,
    );
  });
});
