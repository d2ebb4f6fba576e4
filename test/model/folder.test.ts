// Model folders: what is written comes back, anything damaged is refused with both sides named, and a failed write
// leaves the old model as it was.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import protobuf from 'protobufjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelError } from '../../src/base/errors.js';
import { CARD_FORMAT, MAX_CARD_BYTES, type CardDraft } from '../../src/model/card.js';
import { listModels, readModel, updateGate, writeModel } from '../../src/model/folder.js';
import { decodeGraph, encodeGraph, MAX_ONNX_BYTES, type Graph } from '../../src/model/onnx-format.js';
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
      await expect(readModel(dir)).rejects.toThrow(/card\.json:\d+: not valid JSON/);
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
    await expect(readModel(dir)).rejects.toThrow(
      /is dense 784-8 relu; dense 8-10 linear, card.json says dense 784-10 linear/,
    );
  });
});

describe('a model whose hash is right, but', () => {
  beforeEach(async () => {
    await writeModel(dir, NETWORK, draft());
  });

  /** Puts `bytes` in the place of model.onnx, and their hash on the card. */
  async function replaceOnnx(bytes: Uint8Array): Promise<void> {
    await fs.writeFile(path.join(dir, 'model.onnx'), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await editCard((card) => Object.assign(card, { sha256 }));
  }

  it.each<[string, (graph: Graph) => void, RegExp]>([
    [
      'it has nine outputs',
      (graph) => {
        const [weights, bias] = graph.initializer.slice(-2);
        weights!.dims = [8, 9];
        weights!.rawData = weights!.rawData.subarray(32);
        bias!.dims = [9];
        bias!.rawData = bias!.rawData.subarray(4);
      },
      /The last layer is dense 8-9 linear; it must be dense with 10 linear units/,
    ],
    [
      'it says that it has eleven outputs',
      ({ output }) => (output[0]!.type!.tensorType!.shape!.dim[1] = { dimValue: 11 }),
      /its output is outputs float32 \[N, 11\]; it must be outputs float32 \[N, 10\]/,
    ],
    [
      'its outputs are integers',
      ({ output }) => (output[0]!.type!.tensorType!.elemType = 7),
      /its output is outputs of type 7 \[N, 10\]/,
    ],
    ['its output has another name', ({ output }) => (output[0]!.name = 'scores'), /its output is scores float32/],
    ['it has a second output', ({ output }) => output.push({ ...output[0]!, name: 'o2' }), /outputs .*, o2 float32/],
    [
      'its input is smaller',
      ({ input }) => (input[0]!.type!.tensorType!.shape!.dim[1] = { dimValue: 783 }),
      /its input is pixels float32 \[N, 783\]; it must be pixels float32 \[N, 784\]/,
    ],
    [
      'it has another operator',
      ({ node }) => (node[1]!.opType = 'Sigmoid'),
      /model\.onnx: .* it has a node of type Sigmoid/,
    ],
    [
      'an operator has a setting that is never written',
      ({ node }) => node[0]!.attribute.push({ name: 'transB', type: 2, i: 1 }),
      /its node 0 is Gemm layer0 .*, transB 1; it must be Gemm layer0 \(pixels, .*, layer0\.bias\) -> layer0\./,
    ],
    ['a node runs twice', ({ node }) => node.splice(1, 0, node[1]!), /its node 2 is Relu .*; it must be Gemm layer1/],
    [
      'a weight is NaN',
      ({ initializer }) => (initializer[0]!.rawData = Buffer.alloc(4 * 784 * 8, 0xff)),
      /Layer 0 \(dense\), weights\[0\] is NaN/,
    ],
  ])('%s', async (_, change, message) => {
    const graph = decodeGraph(toOnnx(NETWORK));
    change(graph);
    await replaceOnnx(encodeGraph(graph));
    await expectRefused(message);
    await expect(readModel(dir)).rejects.toThrow(path.join(dir, 'model.onnx'));
  });

  it('it has a sub-graph, as one that never ends would', async () => {
    const { Writer } = protobuf;
    // Of onnx.proto3: ModelProto.graph 7, GraphProto.node 1, NodeProto.op_type 4 and attribute 5, AttributeProto.g 6.
    const attribute = Writer.create().uint32(50).bytes(new Uint8Array(2)).finish();
    const node = Writer.create().uint32(34).string('Loop').uint32(42).bytes(attribute).finish();
    const graph = Writer.create().uint32(10).bytes(node).finish();
    await replaceOnnx(Buffer.concat([toOnnx(NETWORK), Writer.create().uint32(58).bytes(graph).finish()]));
    await expectRefused(/it has field 6 of AttributeProto: a sub-graph/);
  });

  it('it is another network than its card says', async () => {
    await replaceOnnx(toOnnx(OTHER));
    await expectRefused(/is dense 784-9 relu; dense 9-10 linear, card\.json says dense 784-8 relu; dense 8-10 linear/);
  });
});

/** One line for people, of exit code 4. */
async function expectRefused(message: RegExp): Promise<void> {
  const error: unknown = await readModel(dir).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ModelError);
  expect((error as ModelError).message).toMatch(message);
  expect((error as ModelError).message).not.toMatch(/[\x00-\x1f\x7f]/);
  expect((error as ModelError).message.length).toBeLessThan(6000);
}

describe('a card that means harm', () => {
  beforeEach(async () => {
    await writeModel(dir, NETWORK, draft());
  });

  const replaceCard = (text: string): Promise<void> => fs.writeFile(path.join(dir, 'card.json'), text);
  const inCard = async (from: string, to: string): Promise<void> => {
    const text = await fs.readFile(path.join(dir, 'card.json'), 'utf8');
    expect(text).toContain(from);
    await replaceCard(text.replace(from, to));
  };

  it.each([2000, 100_000])('is nested %d deep', async (depth) => {
    await inCard('"epochs": 3', `"epochs": ${'['.repeat(depth)}${']'.repeat(depth)}`);
    await expectRefused(/nested more than \d+ deep/);
  });

  it('is larger than a card may be, or has no end', async () => {
    await inCard('"epochs": 3', `"epochs": "${'x'.repeat(MAX_CARD_BYTES)}"`);
    await expectRefused(/card\.json that is larger than 256 KiB/);
    await fs.rm(path.join(dir, 'card.json'));
    await fs.symlink('/dev/zero', path.join(dir, 'card.json'));
    await expectRefused(/card\.json that is no file to read but a device/);
  });

  it('says a thing twice, or what no card has', async () => {
    await inCard('"coverage": 0.9', '"coverage": 0.1, "coverage": 0.9');
    await expectRefused(/a key is there twice/);
    await inCard('"coverage": 0.1, ', '"__proto__": {"ratio": 1}, ');
    await expectRefused(/__proto__ is no key/);
  });

  it('has keys, names and values that would steer a terminal', async () => {
    await inCard('"seed": 7', '"\\u001b[2Jsede\\n": 7');
    await expectRefused(/unknown key \\x1b\[2Jsede\\n/);
    await inCard('"kind": "lq"', '"kind": "\\u0007\\u202e"');
    await expectRefused(/card\.json is not a model card of format 1: .*kind must be lq or softmax/);
    await replaceCard('{"a":\u001b[31m\n\n');
    await expectRefused(/not valid JSON/);
  });

  it('has more wrong with it than anybody reads', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`key${i}`, 'v']));
    await editCard((card) => Object.assign(card, unknown, { name: 'x'.repeat(100_000) }));
    await expectRefused(/name must be at most 100.*; and 891 more\./);
  });

  it.each(['null', '[]', '7', '"card"', '{"format": {}, "thresholds": [], "figures": 7, "architecture": {}}'])(
    'is %s',
    async (text) => {
      await replaceCard(text);
      await expectRefused(/is not a model card of format 1/);
    },
  );
});

it('does not wait for a pipe in the place of a file, nor read what is larger than a model may be', async () => {
  await writeModel(dir, NETWORK, draft());
  await fs.truncate(path.join(dir, 'model.onnx'), MAX_ONNX_BYTES + 1);
  await expectRefused(/model\.onnx that is larger than 129 MiB/);
  await fs.rm(path.join(dir, 'model.onnx'));
  execFileSync('mkfifo', [path.join(dir, 'model.onnx')]);
  await expectRefused(/model\.onnx that is no file to read but a pipe/);
});

it('follows links: to the folder and to its files', async () => {
  await writeModel(path.join(root, 'real'), NETWORK, draft());
  await fs.symlink('real', path.join(root, 'linked'));
  await fs.mkdir(dir);
  for (const file of ['model.onnx', 'card.json']) await fs.symlink(path.join(root, 'real', file), path.join(dir, file));
  const hash = (await readModel(path.join(root, 'real'))).hash;
  for (const one of [path.join(root, 'linked'), dir]) expect((await readModel(one)).hash).toBe(hash);
  expect((await readModel('linked', { modelsDir: root })).hash).toBe(hash);
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
    await expect(updateGate(dir, gate)).rejects.toThrow(
      /Can't write .*card\.json: ENOSPC.*What was there is unchanged/,
    );
    expect((await readModel(dir)).card).toEqual(card);
    expect(await fs.readdir(root)).toEqual(['small']);
    await expect(updateGate(path.join(root, 'none'), gate)).rejects.toThrow(ModelError);
  });
});
