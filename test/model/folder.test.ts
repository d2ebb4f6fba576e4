// Model folders: what is written comes back, anything damaged is refused with both sides named, and a failed write
// leaves the old model as it was.

import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelError } from '../../src/base/errors.js';
import { CARD_FORMAT, listModels, readModel, updateGate, writeModel, type CardDraft } from '../../src/model/folder.js';
import { fromOnnx, toOnnx } from '../../src/model/onnx.js';
import { openScorer } from '../../src/scoring/scorer.js';
import { randomNetwork, randomPixels } from './random-network.js';

const NETWORK = randomNetwork(1, { hidden: [8] });
const OTHER = randomNetwork(2, { hidden: [9] });

function draft(change: Partial<CardDraft> = {}): CardDraft {
  return {
    name: 'small',
    kind: 'lq',
    seed: 7,
    recipe: { epochs: 3, rate: { from: 0.001, decay: 'cosine' } },
    data: { 'train-images': 'f68b3c2dcbeaaa9fbdd348bbdeb94873' },
    pruning: null,
    figures: { mnistTestAccuracy: 0.98 },
    thresholds: {
      ratio: 6.5,
      range: [0.5, 1.1],
      coverage: 0.9,
      calibratedOn: 'held-out training images',
      examples: 5000,
    },
    ...change,
  };
}

let root: string;
let dir: string;
beforeEach(async () => {
  root = await fs.mkdtemp(path.join(os.tmpdir(), 'lq-models-'));
  dir = path.join(root, 'small');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await fs.rm(root, { recursive: true, force: true });
});

async function editCard(change: (card: Record<string, unknown>) => void): Promise<void> {
  const file = path.join(dir, 'card.json');
  const card = JSON.parse(await fs.readFile(file, 'utf8')) as Record<string, unknown>;
  change(card);
  await fs.writeFile(file, JSON.stringify(card));
}

describe('writing and reading', () => {
  it('gives back the network, the card and the hash', async () => {
    const card = await writeModel(dir, NETWORK, draft());
    const model = await readModel(dir);
    expect(model.card).toEqual(card);
    expect(card).toMatchObject({
      ...draft(),
      format: CARD_FORMAT,
      architecture: ['dense 784-8 relu', 'dense 8-10 linear'],
      sha256: model.hash,
    });
    expect(model).toMatchObject({ name: 'small', dir, thresholds: { ratio: 6.5, range: [0.5, 1.1] } });
    expect(model.onnx.equals(toOnnx(NETWORK))).toBe(true);
    expect(model.network()).toEqual(fromOnnx(toOnnx(NETWORK)));
    expect(model.network()).toBe(model.network());
  });

  it('writes the same bytes whatever the order of the draft, and leaves nothing beside them', async () => {
    await writeModel(dir, NETWORK, draft());
    const twin = path.join(root, 'twin');
    await writeModel(twin, NETWORK, Object.fromEntries(Object.entries(draft()).reverse()) as CardDraft);
    for (const file of ['model.onnx', 'card.json']) {
      expect((await fs.readFile(path.join(twin, file))).equals(await fs.readFile(path.join(dir, file))), file).toBe(
        true,
      );
    }
    expect(await fs.readdir(root)).toEqual(['small', 'twin']);
  });

  it('replaces a model, and makes missing parents', async () => {
    const deep = path.join(root, 'a', 'b', 'small');
    await writeModel(deep, NETWORK, draft());
    await writeModel(deep, OTHER, draft({ seed: 8 }));
    expect((await readModel(deep)).card.seed).toBe(8);
    expect(await fs.readdir(path.dirname(deep))).toEqual(['small']);
  });

  it.each(['onnx', 'tfjs', 'reference'] as const)('opens on the engine %s', async (engine) => {
    await writeModel(dir, NETWORK, draft());
    const model = await readModel(dir);
    const [scorer, truth] = [await openScorer(model, engine), await openScorer(model, 'reference')];
    expect(scorer.engine).toContain(engine);
    const outputs = await scorer.score(randomPixels(3, 1), 1);
    for (const [i, value] of (await truth.score(randomPixels(3, 1), 1)).entries())
      expect(outputs[i]).toBeCloseTo(value, 4);
    await scorer.close();
  });
});

describe('a write that fails', () => {
  it('refuses a network with NaN before it touches anything', async () => {
    await writeModel(dir, NETWORK, draft());
    const broken = randomNetwork(3);
    broken.layers[0]!.weights[5] = NaN;
    await expect(writeModel(dir, broken, draft({ seed: 9 }))).rejects.toThrow(/weights\[5\] is NaN/);
    expect((await readModel(dir)).card.seed).toBe(7);
  });

  it.each<[string, Partial<CardDraft>, RegExp]>([
    ['a bad name', { name: '../up' }, /name must be lower case.*found "\.\.\/up"/],
    [
      'an accuracy above 1',
      { figures: { mnistTestAccuracy: 98.4 } },
      /figures\.mnistTestAccuracy must be at most 1, found 98\.4/,
    ],
    [
      'a range upside down',
      { thresholds: { ...draft().thresholds, range: [1, 0.5] } },
      /thresholds\.range lo must not be above hi/,
    ],
    ['a ratio below 1', { thresholds: { ...draft().thresholds, ratio: 0.5 } }, /thresholds\.ratio/],
    ['a threshold that is not finite', { thresholds: { ...draft().thresholds, ratio: Infinity } }, /thresholds\.ratio/],
    ["a recipe that JSON can't hold", { recipe: { rate: NaN } }, /recipe\.rate/],
  ])('refuses a card with %s', async (_, change, message) => {
    await expect(writeModel(dir, NETWORK, draft(change))).rejects.toThrow(message);
    expect(await fs.readdir(root)).toEqual([]);
  });

  it('keeps the old model when the disk is full', async () => {
    await writeModel(dir, NETWORK, draft());
    const open = fs.open.bind(fs);
    vi.spyOn(fs, 'open').mockImplementation(async (...args: Parameters<typeof fs.open>) => {
      const handle = await open(...args);
      vi.spyOn(handle, 'sync').mockRejectedValue(new Error('ENOSPC: no space left on device, fsync'));
      return handle;
    });
    await expect(writeModel(dir, OTHER, draft({ seed: 8 }))).rejects.toThrow(/ENOSPC.*unchanged/);
    vi.restoreAllMocks();
    expect((await readModel(dir)).card.seed).toBe(7);
    expect(await fs.readdir(root)).toEqual(['small']);
  });

  it("puts the old model back when the new one can't take its place", async () => {
    await writeModel(dir, NETWORK, draft());
    const rename = fs.rename.bind(fs);
    vi.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
      if (String(from).endsWith('.part')) throw new Error('EIO: i/o error, rename');
      await rename(from, to);
    });
    await expect(writeModel(dir, OTHER, draft({ seed: 8 }))).rejects.toThrow(/EIO/);
    vi.restoreAllMocks();
    expect((await readModel(dir)).card.seed).toBe(7);
    expect(await fs.readdir(root)).toEqual(['small']);
  });

  it('killed between its two renames, leaves the old model where it says; the next write tidies up', async () => {
    await writeModel(dir, NETWORK, draft());
    await fs.rename(dir, `${dir}.old`);
    for (const reading of [readModel(dir), readModel('small', { modelsDir: root })]) {
      await expect(reading).rejects.toThrow(`the one that was there is at ${dir}.old`);
      await expect(reading).rejects.toBeInstanceOf(ModelError);
    }
    vi.spyOn(fs, 'mkdir').mockRejectedValue(new Error('ENOSPC: no space left on device, mkdir'));
    await expect(writeModel(dir, OTHER, draft({ seed: 8 }))).rejects.toThrow(/ENOSPC/);
    vi.restoreAllMocks();
    expect((await readModel(`${dir}.old`)).card.seed).toBe(7);
    await writeModel(dir, OTHER, draft({ seed: 8 }));
    expect((await readModel(dir)).card.seed).toBe(8);
    expect(await fs.readdir(root)).toEqual(['small']);
  });

  it('never replaces a folder that holds something else, or a file', async () => {
    await fs.mkdir(dir);
    await fs.writeFile(path.join(dir, 'thesis.txt'), 'years of work');
    await expect(writeModel(dir, NETWORK, draft())).rejects.toThrow(/holds thesis\.txt/);
    await expect(writeModel(path.join(dir, 'thesis.txt'), NETWORK, draft())).rejects.toThrow(ModelError);
    expect(await fs.readFile(path.join(dir, 'thesis.txt'), 'utf8')).toBe('years of work');
  });
});

describe('a folder that is not whole', () => {
  beforeEach(async () => {
    await writeModel(dir, NETWORK, draft());
  });

  it.each(['model.onnx', 'card.json'])('lacks %s', async (file) => {
    await fs.rm(path.join(dir, file));
    await expect(readModel(dir)).rejects.toThrow(new RegExp(`has no ${file}`));
    await expect(readModel(dir)).rejects.toThrow(ModelError);
  });

  it('has a card cut short', async () => {
    const text = await fs.readFile(path.join(dir, 'card.json'), 'utf8');
    for (const length of [0, 1, text.length >> 1, text.length - 3]) {
      await fs.writeFile(path.join(dir, 'card.json'), text.slice(0, length));
      await expect(readModel(dir)).rejects.toThrow(/not whole JSON/);
    }
  });

  it('has a model of another hash: both are named', async () => {
    const said = (await readModel(dir)).hash;
    await fs.writeFile(path.join(dir, 'model.onnx'), toOnnx(OTHER));
    await writeModel(path.join(root, 'other'), OTHER, draft());
    const found = (await readModel(path.join(root, 'other'))).hash;
    await expect(readModel(dir)).rejects.toThrow(new RegExp(`${found}.*${said}`));
  });

  it('has a model cut short', async () => {
    await fs.truncate(path.join(dir, 'model.onnx'), 1000);
    await expect(readModel(dir)).rejects.toThrow(/does not match its card/);
  });

  it.each<[string, (card: Record<string, unknown>) => void, RegExp]>([
    [
      'an unknown key',
      (card) => {
        card['figure'] = {};
      },
      /unknown key figure; did you mean figures\?/,
    ],
    [
      'a missing key',
      (card) => {
        delete card['thresholds'];
      },
      /thresholds must be/,
    ],
    [
      'another format',
      (card) => {
        card['format'] = 2;
      },
      /format must be 1, found 2/,
    ],
    [
      'another kind',
      (card) => {
        card['kind'] = 'svm';
      },
      /kind must be lq or softmax/,
    ],
  ])('has a card with %s', async (_, change, message) => {
    await editCard(change);
    await expect(readModel(dir)).rejects.toThrow(message);
    await expect(readModel(dir)).rejects.toThrow(path.join(dir, 'card.json'));
  });

  it('has a card that describes another network', async () => {
    await editCard((card) => {
      card['architecture'] = ['dense 784-10 linear'];
    });
    const model = await readModel(dir);
    expect(() => model.network()).toThrow(/is dense 784-8 relu; dense 8-10 linear, card.json says dense 784-10 linear/);
  });
});

describe('finding a model', () => {
  beforeEach(async () => {
    for (const name of ['camera', 'fc-lq', 'fc-lq-pruned'])
      await writeModel(path.join(root, name), NETWORK, draft({ name }));
    await fs.mkdir(path.join(root, 'empty'));
    await fs.writeFile(path.join(root, 'README.md'), 'not a model');
  });

  it('lists folders with a card, sorted', async () => {
    expect(await listModels(root)).toEqual(['camera', 'fc-lq', 'fc-lq-pruned']);
    expect(await listModels(path.join(root, 'nowhere'))).toEqual([]);
  });

  it('takes a name, or a path from the working directory', async () => {
    expect((await readModel('fc-lq', { modelsDir: root })).dir).toBe(path.join(root, 'fc-lq'));
    expect((await readModel(path.relative(process.cwd(), path.join(root, 'camera')))).name).toBe('camera');
    expect((await readModel(path.join(root, 'camera') + path.sep)).dir).toBe(path.join(root, 'camera'));
  });

  it('lists what there is for an unknown name, with the nearest', async () => {
    const failure = readModel('camrea', { modelsDir: root });
    await expect(failure).rejects.toThrow(ModelError);
    await expect(failure).rejects.toThrow(
      /Unknown model "camrea": there are camera, fc-lq, fc-lq-pruned\. Did you mean "camera"\?/,
    );
    await expect(readModel('zzzzzzzzzzz', { modelsDir: root })).rejects.not.toThrow(/Did you mean/);
    await expect(readModel('camera', { modelsDir: path.join(root, 'nowhere') })).rejects.toThrow(/holds none/);
  });

  it('says that a path leads nowhere, or to a file', async () => {
    await expect(readModel(path.join(root, 'missing'))).rejects.toThrow(/no model folder at .*missing/);
    await expect(readModel(path.join(root, 'README.md'))).rejects.toThrow(/no model folder/);
    await expect(readModel('')).rejects.toThrow(ModelError);
  });
});

describe('updateGate', () => {
  const gate = {
    thresholds: {
      ratio: 3,
      range: [0.4, 1.2] as [number, number],
      coverage: 0.97,
      calibratedOn: 'other digits',
      examples: 10,
      maxRisk: 0.01,
      confidence: 0.9,
    },
    figures: { mnistTestAccuracy: 0.98, more: 1 },
  };

  it('replaces thresholds and figures, and nothing else', async () => {
    const before = await writeModel(dir, NETWORK, draft());
    expect(await updateGate(dir, gate)).toEqual({ ...before, ...gate });
    expect((await readModel(dir)).card).toEqual({ ...before, ...gate });
    const twin = path.join(root, 'twin');
    await writeModel(twin, NETWORK, draft(gate));
    for (const file of ['model.onnx', 'card.json'])
      expect(await fs.readFile(path.join(dir, file))).toEqual(await fs.readFile(path.join(twin, file)));
    expect((await fs.readdir(root)).sort()).toEqual(['small', 'twin']);
  });

  it("leaves the card as it was when it can't be written or would be wrong", async () => {
    const card = await writeModel(dir, NETWORK, draft());
    await expect(
      updateGate(dir, { ...gate, thresholds: { ...gate.thresholds, confidence: undefined } }),
    ).rejects.toThrow(/goes with maxRisk/);
    vi.spyOn(fs, 'rename').mockRejectedValueOnce(new Error('ENOSPC: no space left on device'));
    await expect(updateGate(dir, gate)).rejects.toThrow(/Can't write .*card\.json: ENOSPC.*What was there is unchanged/);
    expect((await readModel(dir)).card).toEqual(card);
    expect(await fs.readdir(root)).toEqual(['small']);
    await expect(updateGate(path.join(root, 'none'), gate)).rejects.toThrow(ModelError);
  });
});
