// Measures the path from a gray crop to a verdict against tesseract.js in its single-character mode, on the same crops.
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Measurement } from '../bench.js';
import { testDigits } from '../clips.js';
import { openEngines } from '../engines.js';
import { interleaved } from '../interleave.js';
import { drawPage, type Page } from '../page.js';
import { figure, ratios } from '../statistics.js';
import { createRandom } from '../../../src/base/random.js';
import { readModel } from '../../../src/model/folder.js';
import { createFixedReader } from '../../../src/regions/fixed.js';
import { judge } from '../../../src/gate/gate.js';
import { createNormaliser } from '../../../src/digits/normalise.js';
import { createKernels } from '../../../src/kernels/kernels.js';
import { CLASSES, PIXELS } from '../../../src/types.js';

/** Side of a crop in pixels, and of the digit's image in it: Tesseract wants strokes of some pixels and a margin. */
const [SIDE, IMAGE] = [96, 72];
const BATCH = 32;
const TESSERACT = 'tesseract.js';
/** The first is how lq-stream runs where there are four cores, the second where there are fewer. */
const OURS = [
  ['camera', 'onnx, 2 threads'],
  ['camera', 'onnx, 1 thread'],
  ['fc-lq-small', 'onnx, 2 threads'],
] as const;

/** What a reader says of the crops: a class each, or none. */
type Reader = () => Promise<(number | undefined)[]>;

/** Digits a second and how many are right. */
export const tesseract: Measurement = {
  name: 'tesseract',
  async run(context) {
    const source = await testDigits();
    const random = createRandom(1).fork('crops');
    const crops = Array.from({ length: context.quick ? 64 : 192 }, () =>
      drawPage({ width: SIDE, height: SIDE, count: 1, size: IMAGE, even: true }, source, random),
    );
    const ours = await Promise.all(
      OURS.map(async ([model, engine]) => ({ name: `${model}, ${engine}`, ...(await openOurs(crops, model, engine)) })),
    );
    const theirs = await openTesseract(crops);
    const results = new Map<string, (number | undefined)[]>();
    const timed = (name: string, read: Reader) => ({
      name,
      run: async () => {
        const begun = performance.now();
        results.set(name, await read());
        return (1000 * crops.length) / (performance.now() - begun);
      },
    });
    const found = await interleaved(
      [...ours.map(({ name, read }) => timed(name, read)), timed(TESSERACT, theirs.read)],
      { ...context, rounds: context.quick ? 2 : 5 },
    );
    await Promise.all([...ours, theirs].map(({ close }) => close()));
    const share = (name: string, of: (digit: number | undefined, label: number) => boolean): number =>
      (100 * results.get(name)!.filter((digit, i) => of(digit, crops[i]!.labels[0]!)).length) / crops.length;
    const over = (name: string): number => figure(ratios(found.get(name)!, found.get(TESSERACT)!)).median;
    const rows = [...found].map(([name, rates]) => [
      name,
      figure(rates),
      over(name),
      share(name, (digit, label) => digit === label),
      share(name, (digit, label) => digit !== undefined && digit !== label),
      share(name, (digit) => digit === undefined),
    ]);
    return {
      tables: [
        {
          title: 'Against tesseract.js',
          columns: ['', 'digits/s', 'over tesseract.js', 'right, %', 'wrong, %', 'no answer, %'],
          rows,
          notes: notes(crops.length),
        },
      ],
      goals: [
        {
          what: `digits/s over tesseract.js (${ours[0]!.name})`,
          found: over(ours[0]!.name),
          reach: 100,
          aim: 1000,
          better: 'more',
        },
      ],
    };
  },
};

function notes(count: number): string[] {
  return [
    `${count} crops of ${SIDE}x${SIDE} pixels with an MNIST test digit, dark on light. lq-stream: from ` +
      `the window to the gate's verdict, batch ${BATCH}; it runs with two threads where there are four ` +
      `cores. tesseract.js: one thread, LSTM, page segmentation 10 (one character), digits only; it is ` +
      `made for print, not for handwriting.`,
  ];
}

async function openOurs(
  crops: readonly Page[],
  model: string,
  engine: string,
): Promise<{ read: Reader; close: () => Promise<void> }> {
  const { thresholds, network } = await readModel(model);
  const scorer = await openEngines()[engine]!(network());
  const kernels = createKernels();
  const [window, normalise] = [createFixedReader(kernels), createNormaliser(kernels, 'mnist')];
  window.place([{ id: 'crop', box: [0, 0, SIDE, SIDE] }]);
  // Nobody keeps it.
  const retain = (): never => {
    throw new Error('A frame of the benchmark was retained');
  };
  const frame = { index: 0, time: 0, width: SIDE, height: SIDE, left: 0, top: 0, scale: 1, release() {}, retain };
  const batch = new Float32Array(BATCH * PIXELS);
  const readBatch = async (some: readonly Page[]): Promise<(number | undefined)[]> => {
    some.forEach(({ gray }, i) => batch.set(normalise([window.read({ ...frame, gray })[0]!.patch]).batch, i * PIXELS));
    const outputs = await scorer.score(batch, some.length);
    return some.map((_, i) => {
      const { accepted, digit } = judge(outputs.subarray(i * CLASSES, (i + 1) * CLASSES), thresholds);
      return accepted ? digit : undefined;
    });
  };
  const read: Reader = async () => {
    const all: (number | undefined)[] = [];
    for (let at = 0; at < crops.length; at += BATCH) all.push(...(await readBatch(crops.slice(at, at + BATCH))));
    return all;
  };
  return { read, close: () => scorer.close() };
}

/** Everything it needs comes from its packages: nothing is fetched. */
async function openTesseract(crops: readonly Page[]): Promise<{ read: Reader; close: () => Promise<unknown> }> {
  const { createWorker, OEM, PSM } = await import('tesseract.js');
  const data = path.join(
    path.dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json')),
    '4.0.0',
  );
  const worker = await createWorker('eng', OEM.LSTM_ONLY, { langPath: data, cacheMethod: 'none', gzip: true });
  await worker.setParameters({ tessedit_pageseg_mode: PSM.SINGLE_CHAR, tessedit_char_whitelist: '0123456789' });
  const files = crops.map(({ gray }) => Buffer.concat([Buffer.from(`P5\n${SIDE} ${SIDE}\n255\n`), gray]));
  const read: Reader = async () => {
    const all: (number | undefined)[] = [];
    for (const file of files) {
      const {
        data: { text },
      } = await worker.recognize(file);
      all.push(/^\d$/.test(text.trim()) ? Number(text.trim()) : undefined);
    }
    return all;
  };
  return { read, close: () => worker.terminate() };
}
