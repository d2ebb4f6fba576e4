// Tests of the author's protocol: what is run on which digits with whose noise, and every share against a slow count.
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import type { Attack } from '../../../src/lab/attacks/attack.js';
import { slice } from '../../../src/lab/data/dataset.js';
import type { Outcome } from '../../../src/lab/judging/evaluate.js';
import { outputsOf } from '../../../src/lab/judging/measure.js';
import { universal } from '../../../src/lab/attacks/universal.js';
import {
  AUTHORS,
  measureProtocol,
  protocolSection,
  type ProtocolStep,
} from '../../../src/lab/report/author-protocol.js';
import { gateOf, openSubject, type ReportContext, type Run, type Subject } from '../../../src/lab/report/context.js';
import { openContext } from '../../../src/lab/report/open-context.js';
import { planOf } from '../../../src/lab/report/plan.js';
import { shareOf } from '../../../src/lab/report/shares.js';
import { checkTargets, type Target } from '../../../src/lab/report/targets.js';
import { openBackend } from '../../../src/lab/training/backend.js';
import { createNetwork } from '../../../src/lab/training/initial.js';
import type { Model } from '../../../src/model/folder.js';
import { barData } from '../synthetic.js';

const data = barData();
const plan = { ...planOf({ quick: true }), article: 90, fitting: [3, 2] as const };
const models = (['cnn-lq', 'cnn-lq-pruned', 'cnn-softmax'] as const).map((name, i) => {
  // Outputs of any network do: what counts is how they are counted.
  const network = createNetwork([{ dense: 6 }], i + 1);
  return { name, hash: name, card: { kind: 'lq', pruning: null }, network: () => network } as unknown as Model;
});

/** Outputs of noised digits: right for a third of them, from unsure to sure. */
function noised({ images, subject, epsilon }: Run, labels: Uint8Array): Float32Array {
  const random = createRandom(images + subject.name.length + 100 * epsilon);
  const outputs = new Float32Array(images * 10);
  labels.forEach((label, i) => {
    const shown = random.next() < 1 / 3 ? label : random.int(10);
    for (let j = 0; j < 10; j++) outputs[i * 10 + j] = j === shown ? 1 : random.next() - 0.5;
  });
  return outputs;
}

/** The article's groups, digit by digit: the coin says which are noised. Of two groups the 1-2 ratios. */
function slowCount(
  clean: Float32Array,
  other: Float32Array,
  labels: Uint8Array,
): { right: number; regular: number[]; corrupted: number[]; ineffective: number } {
  const coins = createRandom(5).fork('groups');
  const read = (row: number[]): number => row.indexOf(Math.max(...row));
  const found = { right: 0, regular: [] as number[], corrupted: [] as number[], ineffective: 0 };
  for (const [i, label] of labels.entries()) {
    const [before, after] = [clean, other].map((outputs) => Array.from(outputs.slice(10 * i, 10 * i + 10)));
    if (read(before!) === label) found.right++;
    const isNoised = coins.next() < 0.5;
    const row = isNoised ? after! : before!;
    const top = Math.max(...row);
    const second = Math.max(...row.filter((_, j) => j !== read(row)).map(Math.abs));
    const ratio = top > 0 ? top / second : 0;
    if (isNoised && read(row) === label) found.ineffective++;
    else if (isNoised) found.corrupted.push(ratio);
    else if (read(row) === label) found.regular.push(ratio);
  }
  return found;
}

let subjects: Subject[];
const runs: Run[] = [];
let steps: ProtocolStep[];

/** A context whose attacks give `noised`. */
function contextOf(some: readonly Subject[]): ReportContext {
  const run = (wanted: Run): Promise<Outcome> => {
    runs.push(wanted);
    const labels = data[wanted.digits ?? 'test'].labels.subarray(0, wanted.images);
    return Promise.resolve({ outputs: noised(wanted, labels), labels } as Outcome);
  };
  return { data, plan, subjects: some, seed: 5, run } as unknown as ReportContext;
}

beforeAll(async () => {
  await openBackend('wasm');
  subjects = [];
  for (const model of models) subjects.push(await openSubject(model, data, undefined));
  steps = await measureProtocol(contextOf(subjects));
}, 60_000);

describe('measureProtocol', () => {
  it('runs each network in four ways, from its own ten vectors to six of the softmax one on training digits', () => {
    const facts = runs.map(({ subject, attack, surrogate, digits, epsilon, images, settings }) => ({
      subject: subject.name,
      attack: (attack as Attack).name,
      noiseOf: surrogate?.name,
      digits,
      epsilon,
      images,
      fitting: settings?.fitting,
    }));
    const common = { epsilon: 0.35, images: 90, fitting: 3 };
    const six = 'universal-0.35-0.25-0.25-0.3-0.25-0.35';
    expect(facts).toEqual(
      ['cnn-lq', 'cnn-lq-pruned'].flatMap((subject) => [
        { ...common, subject, attack: 'universal', noiseOf: undefined, digits: 'test' },
        { ...common, subject, attack: 'universal', noiseOf: 'cnn-softmax', digits: 'test' },
        { ...common, subject, attack: six, noiseOf: 'cnn-softmax', digits: 'test' },
        { ...common, subject, attack: six, noiseOf: 'cnn-softmax', digits: 'training' },
      ]),
    );
    expect(steps.map(({ model, noiseOf, digits }) => [model, noiseOf, digits])).toEqual(
      facts.map(({ subject, noiseOf, digits }) => [subject, noiseOf ?? subject, digits]),
    );
  });

  it('takes 10,000 training digits, and 5,000 for the pruned network', async () => {
    const count = 10_100;
    const training = { count, images: new Uint8Array(count * 784), labels: new Uint8Array(count) };
    const many = { ...data, training };
    const context = { ...contextOf(subjects), data: many, plan: { ...plan, article: 10_000 } };
    const asked: number[] = [];
    const run = (wanted: Run): Promise<Outcome> => {
      if (wanted.digits === 'training') asked.push(wanted.images);
      const labels = new Uint8Array(wanted.images);
      return Promise.resolve({ outputs: noised(wanted, labels), labels } as Outcome);
    };
    await measureProtocol({ ...context, run });
    expect(asked).toEqual([10_000, 5000]);
  });

  it('counts each share as a slow count does', () => {
    steps.forEach((step, at) => {
      const wanted = runs[at]!;
      const subject = wanted.subject;
      const { labels } = data[step.digits];
      const some = labels.subarray(0, 90);
      const clean = outputsOf(subject.network, slice(data[step.digits], 0, 90));
      const slow = slowCount(clean, noised(wanted, some), some);
      expect(slow.corrupted.length + slow.ineffective).toBeGreaterThan(90 * 0.3);
      expect(slow.corrupted.length + slow.ineffective).toBeLessThan(90 * 0.7);
      expect(step.accuracy).toBeCloseTo(slow.right / 90, 12);
      expect(step.halfNoised).toBeCloseTo((slow.regular.length + slow.ineffective) / 90, 12);
      expect(step.corruption).toBeCloseTo(slow.corrupted.length / (slow.corrupted.length + slow.ineffective), 12);
      const above = (ratios: number[], threshold: number): { count: number; of: number } => ({
        count: ratios.filter((each) => each >= threshold).length,
        of: ratios.length,
      });
      for (const cut of [step.strictCut, step.sameKept, step.sameRatio]) {
        expect(cut.kept).toMatchObject(above(slow.regular, cut.ratio));
        expect(cut.passes).toMatchObject(above(slow.corrupted, cut.ratio));
      }
      expect(step.strictCut.ratio).toBe(gateOf(subject, 'ratio').threshold);
      const [kept, ratio] = step.model === 'cnn-lq' ? [0.896, 31] : [0.911, 10.2];
      expect(step.sameRatio.ratio).toBe(ratio);
      // The smallest number of regular digits that is at least his share.
      expect(step.sameKept.kept.count).toBe(Math.ceil(kept * slow.regular.length));
    });
  });

  it('does nothing without the softmax network, and says so; without a convolutional network it has no section', async () => {
    const some = contextOf(subjects.filter(({ name }) => name !== 'cnn-softmax'));
    expect(await measureProtocol(some)).toEqual([]);
    expect(JSON.stringify(protocolSection(some, [])!.blocks)).toContain('cnn-softmax is missing');
    expect(protocolSection(contextOf(subjects.filter(({ name }) => name === 'cnn-softmax')), [])).toBeUndefined();
  });
});

describe('a run on training digits', () => {
  it('is given the first of them, and no test digit', async () => {
    const seen: { pixels: Float32Array; labels: Uint8Array }[] = [];
    const watching: Attack = {
      ...universal,
      name: 'watching',
      prepare: () => ({
        perturb: (pixels, labels) => {
          seen.push({ pixels, labels });
          return pixels;
        },
      }),
    };
    const context = await openContext({
      models: [models[0]!],
      data,
      backend: 'wasm',
      plan,
      drawing: undefined as never,
      seed: 5,
      folder: undefined as never,
      say: () => {},
      progress: () => {},
    });
    const [subject] = context.subjects;
    const { labels, outputs } = await context.run({
      subject: subject!,
      attack: watching,
      epsilon: 0.35,
      images: 12,
      digits: 'training',
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]!.pixels).toEqual(Float32Array.from(data.training.images.slice(0, 12 * 784), (byte) => byte / 255));
    expect(seen[0]!.labels).toEqual(data.training.labels.slice(0, 12));
    expect(labels).toEqual(data.training.labels.slice(0, 12));
    expect(outputs).toHaveLength(120);
  });
});

describe('protocolSection', () => {
  it("puts the author's figures above ours", () => {
    const { blocks, numbers } = protocolSection(contextOf(subjects), steps)!;
    const tables = blocks.flatMap((block) => (block.kind === 'table' ? [block] : []));
    expect(tables[0]!.rows).toHaveLength(8);
    const texts = tables[1]!.rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.text)));
    expect(texts[0]).toEqual(['cnn-lq, author', '10000', '99.35 %', '82.27 %', 'about 35 %', '31', '89.6 %', '4.95 %']);
    expect(texts[3]).toEqual([
      'cnn-lq-pruned, author',
      '5000',
      '-',
      '83.94 %',
      'about 31 %',
      '10.2',
      '91.1 %',
      '5.80 %',
    ]);
    expect(texts.map(([name]) => name)).toEqual(
      ['cnn-lq', 'cnn-lq-pruned'].flatMap((name) => [
        `${name}, author`,
        `${name}, at his share kept`,
        `${name}, at his ratio`,
      ]),
    );
    expect(numbers).toMatchObject({ steps });
  });
});

describe('the targets of the protocol', () => {
  /** What is said of cnn-lq when so much is corrupted, and so many of 1,000 of these pass. */
  function targetOf(corruption: number, passes: number): Target {
    const last = steps.find(({ model, step }) => model === 'cnn-lq' && step === AUTHORS)!;
    const sameKept = { ...last.sameKept, passes: shareOf(passes, 1000) };
    const protocol = [{ ...last, corruption, sameKept }];
    const targets = checkTargets({ context: contextOf(subjects), article: [], protocol });
    return targets.find(({ what }) => what === "cnn-lq: corrupted that pass, by the author's protocol")!;
  }

  it.each([
    ['as little passes of noise as strong', 0.36, 49, true],
    ['more passes', 0.36, 50, false],
    ['the noise is weaker than his, whatever passes', 0.34, 10, false],
  ])('are reached as his figures are when %s', (_, corruption, passes, reached) => {
    const target = targetOf(corruption, passes);
    expect(target).toMatchObject({ author: '4.95 % of about 35 %', reached });
    expect(target.ours!.includes('weaker than his')).toBe(corruption < 0.348);
  });
});
