// Tests of src/lab/judging/evaluate.ts and src/lab/judging/outcomes.ts: what a run gives, and that a stopped one goes
// on to the same.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attack } from '../../../src/lab/attacks/attack.js';
import { openBackend } from '../../../src/lab/training/backend.js';
import { pixelsOf, slice } from '../../../src/lab/data/dataset.js';
import {
  evaluate,
  type EvaluateOptions,
  gateOf,
  type AttackedModel,
  withContext,
} from '../../../src/lab/judging/evaluate.js';
import { outputsOf } from '../../../src/lab/judging/measure.js';
import { keepUnder } from '../../../src/lab/judging/outcomes.js';
import type { Facts } from '../../../src/lab/judging/run-identity.js';
import { randomNetwork } from '../../model/random-network.js';
import { bars } from '../synthetic.js';
import { NO_DIGIT } from '../../../src/types.js';

const digits = bars(230);
const network = randomNetwork(1);
const subject: AttackedModel = { name: 'tiny', hash: 'a', kind: 'lq', network: () => network };
const backend = await openBackend('cpu');

/** Darkens by epsilon times a random number an image, and counts what it was called for. */
function dimmer(calls: number[], more: Partial<Attack> = {}): Attack {
  return {
    name: 'dimmer',
    summary: '',
    adversarial: false,
    needs: { victim: 'none', gate: false },
    unit: 'none',
    sweep: [],
    typical: 0.5,
    defaults: { steps: 3 },
    ...more,
    prepare: ({ epsilon, random }) => ({
      perturb: (pixels, labels, start) => {
        calls.push(start);
        return pixels.map(
          (value, at) =>
            value *
            (1 -
              epsilon *
                (Math.floor(at / 784) < labels.length
                  ? random.fork(`image ${start + Math.floor(at / 784)}`).next()
                  : NaN)),
        );
      },
    }),
  };
}

const base = {
  subject,
  gate: gateOf({ ratio: 2, range: [0.5, 1.1] }),
  epsilon: 0.5,
  seed: 1,
  digits,
  data: { training: bars(10), hashes: { bars: '1' } },
  backend,
} as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lq-outcomes-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('evaluate', () => {
  it('gives the outputs of the perturbed images, and what was asked', async () => {
    const calls: number[] = [];
    const attack = dimmer(calls);
    const outcome = await evaluate({ ...base, attack, settings: { restarts: 9 } });
    expect(calls).toEqual([0, 100, 200]);
    expect(outcome).toMatchObject({
      attack: 'dimmer',
      epsilon: 0.5,
      settings: { steps: 3 },
      seed: 1,
      model: { name: 'tiny', hash: 'a' },
      backend: 'cpu',
    });
    expect(outcome.labels).toEqual(digits.labels);
    const clean = pixelsOf(digits);
    const pixels = await withContext({ ...base, attack }, async (context) =>
      (await attack.prepare(context)).perturb(clean, digits.labels, 0),
    );
    const expected = outputsOf(network, {
      ...digits,
      images: pixels.map((value) => value * 255) as unknown as Uint8Array,
    });
    outcome.outputs.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
    expect(outcome.change.mean).toBeCloseTo(
      pixels.reduce((sum, value, i) => sum + Math.abs(value - clean[i]!), 0) / pixels.length,
      6,
    );
    expect(outcome.change.max).toBeCloseTo(
      pixels.reduce((max, value, i) => Math.max(max, Math.abs(value - clean[i]!)), 0),
      6,
    );
  });

  it('labels what is no digit any more', async () => {
    const { labels } = await evaluate({ ...base, attack: dimmer([], { nonDigits: true }) });
    expect(new Set(labels)).toEqual(new Set([NO_DIGIT]));
  });

  it('stopped between two batches, goes on to the same outcome without doing one twice', async () => {
    const straight = await evaluate({ ...base, attack: dimmer([]) });
    const calls: number[] = [];
    const stop = new AbortController();
    const options: EvaluateOptions = { ...base, attack: dimmer(calls), folder };
    const onProgress: EvaluateOptions['onProgress'] = (progress) => {
      if (progress.stage === 'attacking' && progress.done === 100) stop.abort();
    };
    await expect(evaluate({ ...options, signal: stop.signal, onProgress })).rejects.toThrow('aborted');
    expect(calls).toEqual([0]);
    const kept: number[] = [];
    expect(
      await evaluate({
        ...options,
        onProgress: (progress) => {
          if (progress.stage === 'attacking') kept.push(progress.kept);
        },
      }),
    ).toEqual(straight);
    expect(calls).toEqual([0, 100, 200]);
    expect(new Set(kept)).toEqual(new Set([100]));
    expect(await evaluate(options)).toEqual(straight);
    expect(calls).toHaveLength(3);
  });

  it('takes the batches of a run over fewer digits, and makes a damaged one again', async () => {
    const calls: number[] = [];
    const options = { ...base, attack: dimmer(calls), folder };
    await evaluate({ ...options, digits: slice(digits, 0, 100) });
    const whole = await evaluate(options);
    expect(calls).toEqual([0, 100, 200]);
    const [run] = await readdir(folder);
    const part = (await readdir(join(folder, run!))).find((name) => name.startsWith('100-'))!;
    await writeFile(join(folder, run!, part), 'cut off');
    expect(await evaluate(options)).toEqual(whole);
    expect(calls).toEqual([0, 100, 200, 100]);
  });

  it('takes no batch of a run that differs in anything that its images depend on', async () => {
    const calls: number[] = [];
    const attack = dimmer(calls, { needs: { victim: 'none', gate: true, surrogate: 'optional' } });
    const some = slice(digits, 0, 20);
    const variants: Partial<EvaluateOptions>[] = [
      {},
      { epsilon: 0.4 },
      { seed: 2 },
      { settings: { steps: 4 } },
      { gate: gateOf({ ratio: 3, range: [0.5, 1.1] }) },
      { subject: { ...subject, hash: 'b' } },
      { surrogate: subject },
      { data: { training: bars(10), hashes: { bars: '2' } } },
      { attack: { ...attack, version: 2 } },
      { digits: bars(20, 5) },
    ];
    for (const variant of variants) await evaluate({ ...base, attack, folder, digits: some, ...variant });
    expect(calls).toHaveLength(variants.length);
    for (const variant of variants) await evaluate({ ...base, attack, folder, digits: some, ...variant });
    // What it does not use makes no other run.
    await evaluate({ ...base, attack, folder, digits: some, settings: { queries: 7 } });
    expect(calls).toHaveLength(variants.length);
  });

  it("says where it can't keep what it did", async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(evaluate({ ...base, attack: dimmer([]), folder: file })).rejects.toThrow(
      /is not kept: Can't write .*file/,
    );
  });
});

describe('what a preparation keeps', () => {
  const facts: Facts = {
    attack: 'universal',
    version: 1,
    epsilon: 0.3,
    settings: {},
    seed: 1,
    surrogate: 'a',
    training: 't',
    backend: 'cpu',
  };

  it('is found again by the same facts, and by no others', async () => {
    expect(await keepUnder(folder, facts).load()).toBeUndefined();
    await keepUnder(folder, facts).save(Float32Array.of(1, 2.5));
    expect(await keepUnder(folder, { ...facts }).load()).toEqual(Float32Array.of(1, 2.5));
    expect(await keepUnder(folder, { ...facts, surrogate: 'b' }).load()).toBeUndefined();
  });

  it('is shared by all models that vectors of one surrogate are used on', async () => {
    const saving: Attack = {
      ...dimmer([]),
      needs: { victim: 'none', gate: false, surrogate: 'optional' },
      prepare: async ({ keep }) => {
        const found = await keep!.load();
        await keep!.save(Float32Array.of((found?.[0] ?? 0) + 1));
        return { perturb: (pixels) => pixels };
      },
    };
    const surrogate = { ...subject, hash: 's' };
    for (const hash of ['b', 'c'])
      await evaluate({ ...base, attack: saving, folder, surrogate, subject: { ...subject, hash } });
    await evaluate({ ...base, attack: saving, folder, subject: surrogate });
    const [prepared] = (await readdir(folder)).filter((name) => name.endsWith('.prepared'));
    expect((await readdir(folder)).filter((name) => name.endsWith('.prepared'))).toHaveLength(1);
    expect(prepared).toMatch(/^dimmer-/);
  });
});
