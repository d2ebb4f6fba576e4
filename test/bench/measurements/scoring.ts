// Measures digits a second of every engine on every model and batch, all on one thread. Not the gate, not the stream.
import path from 'node:path';
import type { BenchContext, Figure, Findings, Measurement } from '../bench.js';
import { testDigits } from '../clips.js';
import { interleaved, rateOf, type Contender } from '../interleave.js';
import { openEngines, type OpenEngine } from '../engines.js';
import { networks, SMALL, type NamedNetwork } from '../networks.js';
import { figure, ratios } from '../statistics.js';
import { pixelsOf } from '../../../src/lab/data/dataset.js';

const BATCHES = [1, 8, 32, 256];
/** The reference takes one digit after the other, and a second for a hundred: larger batches say the same. */
const SLOW = { engine: 'reference', batches: [1, 8] };
/** What pruning has to pay on. */
const PAYING = { batch: 32, before: 'fc-lq', after: SMALL, reach: 3, aim: 5 };

/** Digits a second by engine, model and batch. */
export const scoring: Measurement = {
  name: 'scoring',
  async run(context) {
    const models = await networks();
    const pixels = pixelsOf(await testDigits(), 0, Math.max(...BATCHES));
    const tables = [];
    const goals = [];
    for (const [engine, open] of Object.entries(openEngines())) {
      const opened = await openAll(engine, open, models, context);
      if (!opened) continue;
      const found = await interleaved(contenders(opened, batchesOf(engine), pixels, context), {
        ...context,
        rounds: context.quick ? 3 : 5,
      });
      await Promise.all(opened.map(({ scorer }) => scorer.close()));
      tables.push(table(engine, models, found));
      const [before, after] = [PAYING.before, PAYING.after].map((name) => found.get(key(name, PAYING.batch)));
      if (before && after && engine.startsWith('onnx'))
        goals.push({
          what: `${SMALL} (pruned and compacted) over fc-lq, batch ${PAYING.batch}, ${engine}`,
          found: figure(ratios(after, before)).median,
          reach: PAYING.reach,
          aim: PAYING.aim,
          better: 'more' as const,
        });
    }
    return { tables, goals };
  },
};

interface Opened {
  readonly name: string;
  readonly scorer: Awaited<ReturnType<OpenEngine>>;
}

/** The models on an engine; undefined where that is not installed. */
async function openAll(
  engine: string,
  open: OpenEngine,
  models: readonly NamedNetwork[],
  { say }: BenchContext,
): Promise<Opened[] | undefined> {
  const opened: Opened[] = [];
  try {
    // One at a time: TensorFlow.js starts its backend for the first, and refuses a second start meanwhile.
    for (const { name, network } of models) opened.push({ name, scorer: await open(network) });
    return opened;
  } catch (error) {
    say(`${engine} is left out: ${(error as Error).message.split('\n')[0]}`);
    return undefined;
  }
}

function contenders(
  opened: readonly Opened[],
  batches: readonly number[],
  pixels: Float32Array,
  { quick }: BenchContext,
): Contender<number>[] {
  return opened.flatMap(({ name, scorer }) =>
    batches.map((batch) => ({
      name: key(name, batch),
      run: async () => batch * (await rateOf(() => scorer.score(pixels, batch), quick ? 0.05 : 0.1)),
    })),
  );
}

function batchesOf(engine: string): readonly number[] {
  return engine.startsWith(SLOW.engine) ? SLOW.batches : BATCHES;
}

function key(name: string, batch: number): string {
  return `${name} ${path.sep} ${batch}`;
}

function table(
  engine: string,
  models: readonly NamedNetwork[],
  found: ReadonlyMap<string, readonly number[]>,
): Findings['tables'][number] {
  const rows = models.map(({ name, note }): (string | Figure | number | undefined)[] => {
    const of = (model: string, batch: number): readonly number[] | undefined => found.get(key(model, batch));
    const [own, before] = [of(name, PAYING.batch), of(PAYING.before, PAYING.batch)];
    const cells = BATCHES.map((batch) => of(name, batch)).map((runs) => runs && figure(runs));
    return [name, note, ...cells, own && before && figure(ratios(own, before)).median];
  });
  return {
    title: `Scoring, digits/s: ${engine}`,
    columns: ['model', 'weights', ...BATCHES.map((batch) => `batch ${batch}`), `over fc-lq, batch ${PAYING.batch}`],
    rows,
  };
}
