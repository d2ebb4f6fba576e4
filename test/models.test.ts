// Holds the committed models to their cards and to what they must reach, on the engine that scores frames.
import { describe, expect, it } from 'vitest';
import { loadDataset, pixelsOf, slice, type Digits } from '../src/lab/data/dataset.js';
import { measure } from '../src/lab/judging/measure.js';
import { readModel } from '../src/model/folder.js';
import { createNormaliser } from '../src/digits/normalise.js';
import { createKernels } from '../src/kernels/kernels.js';
import { PIXELS } from '../src/types.js';
import { createRegionFinder } from '../src/regions/found.js';
import { evidence } from '../src/gate/gate.js';
import { openScorer, type Engine } from '../src/scoring/scorer.js';

const { test } = await loadDataset();

const known = new Map<string, Promise<Float32Array>>();

/** What a model says of all test digits on the engine that scores frames; asked once. */
function testOutputs(name: string): Promise<Float32Array> {
  const outputs = known.get(name) ?? outputsOf(name, test);
  known.set(name, outputs);
  return outputs;
}

async function outputsOf(name: string, digits: Digits, engine: Engine = 'onnx'): Promise<Float32Array> {
  const scorer = await openScorer(await readModel(name), engine);
  try {
    const outputs = new Float32Array(digits.count * 10);
    for (let start = 0; start < digits.count; start += 250) {
      const end = Math.min(digits.count, start + 250);
      outputs.set(await scorer.score(pixelsOf(digits, start, end), end - start), start * 10);
    }
    return outputs;
  } finally {
    await scorer.close();
  }
}

describe.each([
  ['camera', 0.994],
  ['hardened', 0.99],
  ['one', 0.991],
  ['fc-lq', 0.9865],
  ['fc-lq-pruned', 0.983],
  ['fc-lq-small', 0.983],
  ['fc-softmax', 0.9865],
  ['cnn-lq-pruned', 0.991],
] as const)('%s', (name, least) => {
  it(`reads at least ${100 * least} % of the MNIST test digits, as its card says`, async () => {
    const { card } = await readModel(name);
    const found = measure(await testOutputs(name), test.labels, card.thresholds);
    expect(found.accuracy).toBeGreaterThanOrEqual(least);
    expect(card.figures.mnistTestAccuracy).toBeCloseTo(found.accuracy, 3);
    expect(card.figures.mnistTestAccepted).toBeCloseTo(found.accepted, 2);
    expect(found.acceptedWrong).toBeLessThan(0.002);
  }, 60_000);

  it('gives the same outputs within 1e-4 on TF.js and in plain loops', async () => {
    const few = slice(test, 0, 8);
    const want = await outputsOf(name, few, 'reference');
    for (const engine of ['onnx', 'tfjs'] as const) {
      (await outputsOf(name, few, engine)).forEach((value, i) => expect(Math.abs(value - want[i]!)).toBeLessThan(1e-4));
    }
  }, 60_000);
});

/** Test digits drawn three times as large on a sheet of paper, dark on light, in cells of 110 pixels. */
function sheet(from: number, columns: number, rows: number): { gray: Uint8Array; width: number; height: number } {
  const [cell, factor] = [110, 3];
  const [width, height] = [columns * cell, rows * cell];
  const gray = new Uint8Array(width * height).fill(220);
  for (let k = 0; k < columns * rows; k++) {
    const [left, top] = [(k % columns) * cell + 13, Math.floor(k / columns) * cell + 13];
    drawDigit(from + k, factor, (x, y, ink) => (gray[(top + y) * width + left + x] = 220 - 0.75 * ink));
  }
  return { gray, width, height };
}

/** One digit enlarged by a whole factor, bilinearly, black beyond its rim; `put` gets each pixel's ink, up to 255. */
function drawDigit(index: number, factor: number, put: (x: number, y: number, ink: number) => void): void {
  const padded = new Float64Array(30 * 30);
  for (let y = 0; y < 28; y++)
    padded.set(test.images.subarray(index * PIXELS + y * 28, index * PIXELS + (y + 1) * 28), (y + 1) * 30 + 1);
  for (let y = 0; y < 28 * factor; y++) {
    const v = (y + 0.5) / factor + 0.5;
    const [i, b] = [Math.floor(v), v % 1];
    for (let x = 0; x < 28 * factor; x++) {
      const u = (x + 0.5) / factor + 0.5;
      const [j, a] = [Math.floor(u), u % 1];
      const at = i * 30 + j;
      const above = (1 - a) * padded[at]! + a * padded[at + 1]!;
      put(x, y, (1 - b) * above + b * ((1 - a) * padded[at + 30]! + a * padded[at + 31]!));
    }
  }
}

it('reads test digits found on a page as well as digits fed straight in, within 0.3 points', async () => {
  const [columns, rows, sheets] = [10, 8, 50];
  const count = columns * rows * sheets;
  const scorer = await openScorer(await readModel('camera'));
  const kernels = createKernels();
  const [find, normalise] = [createRegionFinder(kernels), createNormaliser(kernels, 'mnist')];
  let right = 0;
  for (let s = 0; s < sheets; s++) {
    const page = sheet(s * columns * rows, columns, rows);
    const { regions } = find({ ...page, left: 0, top: 0, scale: 1 });
    const { batch } = normalise(regions.map(({ patch }) => patch));
    const outputs = await scorer.score(batch, regions.length);
    for (let k = 0; k < columns * rows; k++) {
      const [x, y] = [((k % columns) + 0.5) * 110, (Math.floor(k / columns) + 0.5) * 110];
      const i = regions.findIndex(({ box }) => Math.hypot(box[0] + box[2] / 2 - x, box[1] + box[3] / 2 - y) < 30);
      if (i >= 0 && evidence(outputs, i * 10).digit === test.labels[s * columns * rows + k]) right++;
    }
  }
  await scorer.close();
  const direct = measure((await testOutputs('camera')).subarray(0, count * 10), test.labels.subarray(0, count), {
    ratio: 1,
    range: [-Infinity, Infinity],
  });
  expect(right / count).toBeGreaterThanOrEqual(direct.accuracy - 0.003);
}, 120_000);
