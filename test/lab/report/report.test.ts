// Tests of the whole report on a tiny model and few digits: sections, numbers, the folder on disk, refusals.
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../../src/lab/training/backend.js';
import { openDrawing } from '../../../src/lab/report/draw.js';
import { openContext, type ContextOptions } from '../../../src/lab/report/open-context.js';
import { planOf } from '../../../src/lab/report/plan.js';
import { makeArticle, makeReport, type Report } from '../../../src/lab/report/report.js';
import type { Target } from '../../../src/lab/report/targets.js';
import type { WorstCase } from '../../../src/lab/report/worst-case.js';
import { writeReport } from '../../../src/lab/report/write.js';
import { createNetwork } from '../../../src/lab/training/initial.js';
import { epochsOf } from '../../../src/lab/training/epochs.js';
import { train } from '../../../src/lab/training/train.js';
import { trainingSchema } from '../../../src/lab/training/recipe.js';
import { UsageError } from '../../../src/base/errors.js';
import { readModel, writeModel, type Model } from '../../../src/model/folder.js';
import { barData } from '../synthetic.js';

let folder: string;
let made: Report;
let model: Model;

const data = barData();
/** Everything as small as it goes. */
const plan = {
  ...planOf({ quick: true, images: 8 }),
  article: 60,
  pruning: 20,
  fitting: [3, 3] as const,
  epsilons: [0.2],
  sweep: {
    pgd: { steps: 2, restarts: 1 },
    'pgd-early': { steps: 2, restarts: 1 },
    'gate-aware': { steps: 2, restarts: 1 },
    transfer: { steps: 2, restarts: 1 },
    square: { queries: 5 },
    patch: { steps: 2, restarts: 1, queries: 5 },
  },
  worst: {
    pgd: { steps: 2, restarts: 1 },
    'pgd-early': { steps: 2, restarts: 1 },
    'gate-aware': { steps: 2, restarts: 1 },
    square: { queries: 5 },
  },
};

/** Tells each sentence to `say`, and hears `signal`. */
async function makeAgain(
  { say = () => {}, signal }: Partial<Pick<ContextOptions, 'say' | 'signal'>> = {},
  make = makeReport,
  models = [model],
): Promise<Report> {
  const context = await openContext({
    models,
    data,
    backend: 'wasm',
    plan,
    drawing: await openDrawing(),
    seed: 1,
    folder: join(folder, 'outcomes'),
    nonDigits: { name: 'others', digits: data.test },
    say,
    progress: () => {},
    signal,
  });
  return await make(context, { missing: ['cnn-lq'], backend: 'wasm' });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lq-report-'));
  await openBackend('wasm');
  const training = trainingSchema.parse({ steps: 60, batch: 40 });
  const network = await train(
    training,
    createNetwork([{ dense: 12 }], 1),
    (position) => epochsOf(data.training, { seed: 1, position }),
    { seed: 1, steps: 60 },
  );
  const thresholds = {
    ratio: 2,
    range: [0.2, 2] as [number, number],
    coverage: 0.9,
    calibratedOn: 'bars',
    examples: 100,
  };
  await writeModel(join(folder, 'fc-lq'), network, {
    name: 'fc-lq',
    kind: 'lq',
    seed: 1,
    recipe: {},
    data: {},
    pruning: null,
    figures: { mnistTestAccuracy: 1 },
    thresholds,
  });
  model = await readModel(join(folder, 'fc-lq'));
  made = await makeAgain();
}, 180_000);
afterAll(() => rm(folder, { recursive: true }));

describe('the report', () => {
  it('has every section, says what is missing, and needs nothing from elsewhere', async () => {
    const page = await readFile(await writeReport(join(folder, 'report'), made), 'utf8');
    const ids = [
      'targets',
      'models',
      'article',
      'article-figures',
      'pruning',
      'sweeps',
      'leaks',
      'diagnostics',
      'worst-case',
      'controls',
    ];
    expect(made.sections.map(({ id }) => id)).toEqual(ids);
    for (const id of ids) expect(page).toContain(`<section id="${id}">`);
    expect(page).toContain('lq-stream train models/cnn-lq.recipe.yaml');
    expect(page).toContain('Made with --quick');
    expect(page).not.toMatch(/<script|<link|src="http|href="http|url\(http/);
  });

  it('writes every figure twice and all numbers as JSON', async () => {
    const names = made.sections.flatMap(({ blocks }) =>
      blocks.flatMap((block) => (block.kind === 'figure' ? [block.name] : [])),
    );
    expect(new Set(names).size).toBe(names.length);
    expect((await readdir(join(folder, 'report', 'figures'))).sort()).toEqual(
      names.flatMap((name) => [`${name}.png`, `${name}.svg`]).sort(),
    );
    const json = JSON.parse(await readFile(join(folder, 'report', 'report.json'), 'utf8')) as {
      sections: {
        article: {
          rows: { model: string; groups: Record<string, number>; cuts: { rules: { kept: { of: number } }[] }[] }[];
        };
        worst: unknown;
      };
    };
    const [row] = json.sections.article.rows;
    expect(row).toMatchObject({ model: 'fc-lq', noiseOf: 'fc-lq' });
    expect(Object.values(row!.groups).reduce((a, b) => a + b, 0)).toBe(60);
    expect(row!.cuts[0]!.rules[0]!.kept.of).toBe(row!.groups['regular']);
  });

  it('says of the article alone what of it was to be reached, and nothing of what it does not measure', async () => {
    const { sections } = await makeAgain({}, makeArticle);
    expect(sections.map(({ id }) => id)).toEqual(['targets', 'models', 'article', 'article-figures']);
    const { targets } = sections[0]!.numbers as { targets: Target[] };
    expect(targets.map(({ what }) => what)).toEqual([
      'fc-lq: accuracy',
      'fc-lq: corruption rate of universal noise, eps 0.35',
      'fc-lq: corrupted that pass at 90 % kept',
    ]);
    expect(targets.every(({ reached }) => reached !== undefined)).toBe(true);
  });

  it('draws the logits of a softmax model apart, as far as they go', async () => {
    const { format: _format, architecture: _architecture, sha256: _sha256, ...card } = model.card;
    await writeModel(join(folder, 'fc-softmax'), model.network(), { ...card, name: 'fc-softmax', kind: 'softmax' });
    const { sections } = await makeAgain({}, makeArticle, [model, await readModel(join(folder, 'fc-softmax'))]);
    const { blocks, numbers } = sections.find(({ id }) => id === 'article-figures')!;
    const names = blocks.flatMap((block) => (block.kind === 'figure' ? [block.name] : []));
    expect(names.slice(-4)).toEqual(['top-output', 'top-output-histogram', 'top-logit', 'top-logit-histogram']);
    const { tops } = numbers as { tops: { model: string; above: { points: { x: number; y: number }[] }[] }[] };
    // The same outputs, near 1: drawn to 2 as they are, and as logits to the first step.
    expect(tops.map(({ model: name, above }) => [name, above[0]!.points.at(-1)!.x])).toEqual([
      ['fc-lq', 2],
      ['fc-softmax', 5],
    ]);
    expect(tops[1]!.above[0]!.points[0]!.y).toBe(1);
  });

  it('is the same again, from kept outcomes', async () => {
    const again = await makeAgain();
    expect(JSON.stringify(again.sections.map(({ numbers }) => numbers))).toBe(
      JSON.stringify(made.sections.map(({ numbers }) => numbers)),
    );
  });

  it('runs what knows the gate against each rule that a leak is stated for', () => {
    const { models } = made.sections.find(({ id }) => id === 'worst-case')!.numbers as { models: WorstCase[] };
    const against = Object.fromEntries(models[0]!.attacks.map((each) => [each.attack, each.against]));
    expect(against).toMatchObject({
      universal: undefined,
      pgd: undefined,
      'gate-aware': ['ratio', 'residual'],
      square: ['ratio', 'residual'],
    });
    expect(models[0]!.rules.map(({ rule }) => rule)).toEqual(['ratio', 'residual']);
  });

  it('stops in the pruning sweep, and before the models are read', async () => {
    const stop = new AbortController();
    const reason = new Error('stop');
    const tensors = tf.memory().numTensors;
    await expect(
      makeAgain({
        say: (text) => {
          if (text === 'pruning sweep') stop.abort(reason);
        },
        signal: stop.signal,
      }),
    ).rejects.toBe(reason);
    await expect(makeAgain({ signal: stop.signal })).rejects.toBe(reason);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('takes the place of a report and of nothing else', async () => {
    const report = join(folder, 'report');
    await writeReport(report, made);
    await writeReport(report, { ...made, head: { ...made.head, title: 'another' } });
    expect(await readFile(join(report, 'index.html'), 'utf8')).toContain('<h1>another</h1>');
    const strange = join(folder, 'letters');
    await mkdir(strange);
    await writeFile(join(strange, 'index.html'), 'dear reader');
    await expect(writeReport(strange, made)).rejects.toThrow(UsageError);
    await expect(writeReport(strange, made)).rejects.toThrow(/index\.html, so it is not a report/);
    expect(await readdir(strange)).toEqual(['index.html']);
    await rename(strange, `${report}.old`);
    await expect(writeReport(report, made)).rejects.toThrow(/report\.old holds index\.html, so it is not a report/);
    await rename(`${report}.old`, strange);
    expect((await readdir(folder)).filter((name) => /\.new|\.old/.test(name))).toEqual([]);
  });

  it('is there after a crash in which the old one had stepped aside', async () => {
    const report = join(folder, 'report');
    await writeReport(report, made);
    await rename(report, `${report}.old`);
    await writeReport(report, made);
    expect(await readdir(report)).toContain('report.json');
    expect((await readdir(folder)).filter((name) => name.includes('.old'))).toEqual([]);
  });
});
