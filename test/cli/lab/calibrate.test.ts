// Tests of `lq-stream calibrate`: thresholds on the card and what becomes of its figures, and what wrong arguments get.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as calibrate from '../../../src/cli/lab/calibrate.js';
import { ModelError, SourceError, UsageError } from '../../../src/base/errors.js';
import { loadDataset, type Digits } from '../../../src/lab/data/dataset.js';
import { measure, outputsOf } from '../../../src/lab/judging/measure.js';
import type { CardDraft } from '../../../src/model/card.js';
import { readModel, writeModel } from '../../../src/model/folder.js';
import type { Network } from '../../../src/model/network.js';
import { bars } from '../../lab/synthetic.js';
import { writeIdx } from './mnist-files.js';

/** Reads bars: each output is the mean brightness of its class's two rows, near 1 for the bright one. */
const reader: Network = {
  layers: [
    {
      kind: 'dense',
      inputs: 784,
      units: 10,
      activation: 'linear',
      bias: new Float32Array(10),
      weights: Float32Array.from({ length: 7840 }, (_, i) =>
        Math.floor((Math.floor(Math.floor(i / 10) / 28) - 4) / 2) === i % 10 ? 1 / 35 : 0,
      ),
    },
  ],
};
const before: CardDraft['thresholds'] = {
  ratio: 2,
  range: [0.1, 5],
  coverage: 0.99,
  calibratedOn: 'nothing',
  examples: 1,
};

let folder: string;
let model: string;
let hashes: Readonly<Record<string, string>>;
let home: string;
let said: string;
let shown: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lq-calibrate-'));
  home = process.cwd();
  process.chdir(folder);
  model = join(folder, 'bars');
  await writeIdx(folder, 'train', oneWrong(bars(1200, 1)));
  await writeIdx(folder, 't10k', oneWrong(bars(60, 2)));
  hashes = (await loadDataset(folder)).hashes;
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  [said, shown] = ['', ''];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    shown += String(text);
    return true;
  });
  await writeModel(model, reader, draft(hashes));
});
afterEach(() => vi.restoreAllMocks());

function draft(data: Readonly<Record<string, string>>): CardDraft {
  return {
    name: 'bars',
    kind: 'lq',
    seed: 1,
    recipe: { calibration: { coverage: 0.99, outside: [0.1, 0] } },
    data,
    pruning: null,
    figures: { mnistTestAccuracy: 0.5, mnistTestAccepted: 0.123, mnistTestAcceptedWrong: 0.123 },
    thresholds: before,
  };
}

/** The same digits, one of the last twelfth labelled wrong. */
function oneWrong({ count, images, labels }: Digits): Digits {
  return { count, images, labels: labels.map((label, i) => (i === count - 5 ? (label + 1) % 10 : label)) };
}

describe('lq-stream calibrate', () => {
  it("sets thresholds for a coverage with the range of the recipe, and measures the card's figures again", async () => {
    const onnx = await readFile(join(model, 'model.onnx'));
    expect(await calibrate.run([model, '--coverage', '0.8', '--data', folder])).toBe(0);
    const { card, hash } = await readModel(model);
    expect(await readFile(join(model, 'model.onnx'))).toEqual(onnx);
    expect(await readdir(model)).toEqual(['card.json', 'model.onnx']);
    expect(card).toMatchObject({
      recipe: draft({}).recipe,
      sha256: hash,
      thresholds: { coverage: 0.8, examples: 100 },
    });
    expect(card.thresholds.calibratedOn).toContain(folder);

    const { heldOut, test } = await loadDataset(folder);
    const regular = heldOut.labels.map((label, i) => (i === 95 ? 255 : label));
    const { accepted } = measure(outputsOf(reader, heldOut), regular, card.thresholds);
    expect(accepted).toBeGreaterThanOrEqual(0.8);
    expect(accepted).toBeLessThan(0.84);
    const measured = measure(outputsOf(reader, test), test.labels, card.thresholds);
    expect(card.figures).toEqual({
      mnistTestAccuracy: measured.accuracy,
      mnistTestAccepted: measured.accepted,
      mnistTestAcceptedWrong: measured.acceptedWrong,
      heldOutAccuracy: 0.99,
    });

    expect(JSON.parse(shown)).toMatchObject({
      model: 'bars',
      written: true,
      before,
      after: card.thresholds,
      risk: { confidence: 0.95 },
    });
    expect(shown.endsWith('}\n')).toBe(true);
    expect(said).toMatch(/bars: ratio 2 -> .*keeps 80 % of the digits read right among 100 examples; of 8\d accepted /);
    expect(said).toMatch(/ accepted .*written to the card in /);
  });

  it('sets thresholds for a risk, and the card says so', async () => {
    expect(await calibrate.run([model, '--max-risk', '0.08', '--confidence', '0.9', '--data', folder])).toBe(0);
    const { thresholds } = (await readModel(model)).card;
    const { risk } = JSON.parse(shown) as {
      risk: { accepted: number; wrong: number; bound: number; confidence: number };
    };
    expect(thresholds).toMatchObject({ maxRisk: 0.08, confidence: 0.9 });
    expect(risk).toMatchObject({ confidence: 0.9 });
    expect(risk.bound).toBeLessThanOrEqual(0.08);
    expect(risk.accepted).toBeGreaterThan(80);

    // And for a coverage again: the risk is no longer on the card.
    await calibrate.run([model, '--coverage', '0.9', '--data', folder]);
    expect((await readModel(model)).card.thresholds).not.toHaveProperty('maxRisk');
  });

  it("drops the figures of the old thresholds when the data are not the model's, or its card names none", async () => {
    await writeModel(model, reader, draft({ 't10k-images-idx3-ubyte': 'another hash' }));
    await calibrate.run([model, '--coverage', '0.8', '--data', folder]);
    expect((await readModel(model)).card.figures).toEqual({ mnistTestAccuracy: 0.5 });
    await writeModel(model, reader, draft({}));
    await calibrate.run([model, '--coverage', '0.8', '--data', folder]);
    expect((await readModel(model)).card.figures).toEqual({ mnistTestAccuracy: 0.5 });
  });

  it("writes nothing with --dry-run, nor when the risk can't be shown", async () => {
    const card = await readFile(join(model, 'card.json'));
    expect(await calibrate.run([model, '--coverage', '0.8', '--data', folder, '--dry-run'])).toBe(0);
    expect(JSON.parse(shown)).toMatchObject({ written: false, before, after: { coverage: 0.8 } });
    expect(said).toContain('nothing written');
    await expect(calibrate.run([model, '--max-risk', '0.0001', '--data', folder])).rejects.toThrow(
      /can't be shown with 95 % confidence on 100 digits.*at least 3\d000 digits/,
    );
    expect(await readFile(join(model, 'card.json'))).toEqual(card);
  });

  it('needs a digit that is read right', async () => {
    const blind: Network = { layers: reader.layers.map((layer) => ({ ...layer, weights: new Float32Array(7840) })) };
    await writeModel(model, blind, draft({}));
    const run = calibrate.run([model, '--coverage', '0.8', '--data', folder]);
    await expect(run).rejects.toThrow(/None of the 100 held-out digits is read right/);
    await expect(run).rejects.toBeInstanceOf(ModelError);
  });

  it('shows its help on stdout', async () => {
    expect(await calibrate.run(['--help'])).toBe(0);
    expect(shown).toBe(calibrate.help);
  });

  it.each([
    [[], /one model, for example/],
    [['a', 'b', '--coverage', '0.9'], /found "a b"/],
    [['fc-lq'], /Give --coverage.* or --max-risk/],
    [['fc-lq', '--coverage', '0.9', '--max-risk', '0.1'], /either --coverage or --max-risk/],
    [['fc-lq', '--coverage', '0.9', '--confidence', '0.9'], /--confidence goes with --max-risk/],
    [['fc-lq', '--coverage', '1'], /--coverage must be a number above 0 and below 1, found "1"/],
    [['fc-lq', '--coverage', '0'], /found "0"/],
    [['fc-lq', '--max-risk', 'low'], /--max-risk must be .* found "low"/],
    [['fc-lq', '--max-risk', '0.1', '--confidence', '95'], /--confidence must be .* found "95"/],
    [['fc-lq', '--coverag', '0.9'], /did you mean --coverage/],
  ])('%j is a usage error', async (argv, message) => {
    const run = calibrate.run(argv);
    await expect(run).rejects.toThrow(message);
    await expect(run).rejects.toBeInstanceOf(UsageError);
  });

  it('says which model or data is missing', async () => {
    await expect(calibrate.run(['no-such-model', '--coverage', '0.9'])).rejects.toThrow(
      /Unknown model "no-such-model"/,
    );
    await expect(calibrate.run([model, '--coverage', '0.9', '--data', join(folder, 'none')])).rejects.toBeInstanceOf(
      SourceError,
    );
  });

  it('refuses a recipe on the card whose calibration it does not know', async () => {
    await writeModel(model, reader, { ...draft({}), recipe: { calibration: { outside: 'far' } } });
    await expect(calibrate.run([model, '--coverage', '0.9', '--data', folder])).rejects.toThrow(
      /recipe\.calibration that can't be used: outside/,
    );
  });
});
