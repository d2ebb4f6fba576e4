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
  ['fc-lq', 0.9865],
  ['fc-lq-pruned', 0.983],
  ['fc-lq-small', 0.983],
  ['fc-softmax', 0.9865],
  ['cnn-lq-pruned', 0.991],
] as const)('%s', (name, least) => {
  it(`reads at least ${100 * least} % of the MNIST test digits, as its card says`, async () => {
    const { card } = await readModel(name);
    const found = measure(await outputsOf(name, test), test.labels, card.thresholds);
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
    for (let y = 0; y < 28 * factor; y++) {
      for (let x = 0; x < 28 * factor; x++)
        gray[(top + y) * width + left + x] =
          220 - 0.75 * enlarged(from + k, (x + 0.5) / factor - 0.5, (y + 0.5) / factor - 0.5);
    }
  }
  return { gray, width, height };
}

function enlarged(index: number, x: number, y: number): number {
  const at = (v: number, u: number) =>
    u >= 0 && v >= 0 && u < 28 && v < 28 ? test.images[index * PIXELS + v * 28 + u]! : 0;
  const [j, i] = [Math.floor(x), Math.floor(y)];
  const [a, b] = [x - j, y - i];
  return (1 - b) * ((1 - a) * at(i, j) + a * at(i, j + 1)) + b * ((1 - a) * at(i + 1, j) + a * at(i + 1, j + 1));
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
    const regions = find({ ...page, left: 0, top: 0, scale: 1 });
    const { batch } = normalise(regions.map(({ patch }) => patch));
    const outputs = await scorer.score(batch, regions.length);
    for (let k = 0; k < columns * rows; k++) {
      const [x, y] = [((k % columns) + 0.5) * 110, (Math.floor(k / columns) + 0.5) * 110];
      const i = regions.findIndex(({ box }) => Math.hypot(box[0] + box[2] / 2 - x, box[1] + box[3] / 2 - y) < 30);
      if (i >= 0 && evidence(outputs, i * 10).digit === test.labels[s * columns * rows + k]) right++;
    }
  }
  await scorer.close();
  const direct = measure(await outputsOf('camera', slice(test, 0, count)), test.labels.subarray(0, count), {
    ratio: 1,
    range: [-Infinity, Infinity],
  });
  expect(right / count).toBeGreaterThanOrEqual(direct.accuracy - 0.003);
}, 120_000);
