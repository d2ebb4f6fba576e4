// Measures how cost and memory grow with digits, pixels and streams. Speed is `end-to-end`'s.
import { fileURLToPath } from 'node:url';
import type { BenchContext, Figure, Findings, Goal, Measurement, Table } from '../bench.js';
import { makeClip, type Clip } from '../clips.js';
import { interleaved } from '../interleave.js';
import { runNode } from '../process.js';
import { readClip, type Run } from '../product.js';
import { figure, growth, type Growth } from '../statistics.js';
import type { ProfileReport } from '../../../src/pipeline/profile.js';

const STREAMS = fileURLToPath(new URL('../runs/streams.js', import.meta.url));
const DIGITS = [4, 8, 15, 30, 60, 100];
const SIZES = [
  [854, 480],
  [1280, 720],
  [1920, 1080],
  [2560, 1440],
  [3840, 2160],
] as const;
const STANDARD = 30;
/** Peak memory in MB by height. */
const MEMORY: Readonly<Record<number, readonly [reach: number, aim: number]>> = { 1080: [250, 150], 2160: [450, 300] };

/** Growth of time and memory. */
export const scale: Measurement = {
  name: 'scale',
  async run(context) {
    const clip = (width: number, height: number, digits: number): Promise<Clip> => {
      context.say(`clip ${width}x${height}, ${digits} digits`);
      return makeClip({ width, height, digits, frames: context.quick ? 60 : 120 }, context.folder);
    };
    const [byDigits, bySize]: [Clip[], Clip[]] = [[], []];
    for (const digits of DIGITS) byDigits.push(await clip(1920, 1080, digits));
    for (const [width, height] of SIZES) bySize.push(await clip(width, height, STANDARD));
    const digits = await compare(
      'Growth with digits per frame, 1080p',
      'per digit',
      byDigits,
      ({ digits: count }) => [`${count} digits`, count],
      context,
    );
    const size = await compare(
      `Growth with pixels, ${STANDARD} digits`,
      'per megapixel',
      bySize,
      ({ width, height }) => [`${width}x${height}`, (width * height) / 1e6],
      context,
    );
    return {
      tables: [...digits.tables, ...size.tables, await streams(byDigits[1]!, context)],
      goals: [...goalsOf('digits per frame', digits), ...goalsOf('pixels', size), ...memoryGoals(bySize, size.runs)],
    };
  },
};

interface Comparison {
  readonly tables: readonly Table[];
  readonly fit: Growth;
  readonly runs: ReadonlyMap<string, readonly Run[]>;
}

/** Milliseconds per frame in which the main thread was busy. */
function busy({ wall, waiting, frames }: ProfileReport): number {
  return wall / frames - waiting;
}

async function compare(
  title: string,
  unit: string,
  clips: readonly Clip[],
  describe: (clip: Clip) => readonly [name: string, x: number],
  context: BenchContext,
): Promise<Comparison> {
  const { folder, quick } = context;
  const runs = await interleaved(
    clips.map((clip) => ({ name: clip.file, run: () => readClip(clip, { folder, profile: true }) })),
    { ...context, rounds: quick ? 1 : 3, warmUp: 0, say: () => {} },
  );
  const costs = clips.map(({ file }) => figure(runs.get(file)!.map(({ summary }) => busy(summary.profile!))));
  const rows = clips.map((clip, i): (string | number | Figure | undefined)[] => {
    const own = runs.get(clip.file)!;
    const children = own.flatMap(({ childMemory }) => childMemory ?? []);
    return [
      describe(clip)[0],
      costs[i],
      costs[i]!.median / describe(clip)[1],
      figure(own.map(({ memory }) => memory)),
      children.length > 0 ? figure(children) : undefined,
    ];
  });
  const fit = growth(
    clips.map((clip) => describe(clip)[1]),
    costs.map(({ median }) => median),
  );
  const notes = [
    `Busy: main thread, ms per frame. Least squares: ${fit.fixed.toFixed(2)} ms ` +
      `and ${fit.each.toFixed(2)} ms ${unit}; as a power: ${fit.exponent.toFixed(2)} (1 is linear). ` +
      `Memory: peak resident MB of lq-stream, and of its largest child (ffmpeg).`,
  ];
  return {
    tables: [{ title, columns: ['', 'busy', `busy ${unit}`, 'memory', 'memory of ffmpeg'], rows, notes }],
    fit,
    runs,
  };
}

function goalsOf(what: string, { fit }: Comparison): Goal[] {
  return [{ what: `growth with ${what}, exponent`, found: fit.exponent, reach: 1, better: 'less' }];
}

function memoryGoals(clips: readonly Clip[], runs: Comparison['runs']): Goal[] {
  return clips.flatMap(({ file, height }) => {
    const [reach, aim] = MEMORY[height] ?? [];
    if (reach === undefined || aim === undefined) return [];
    const found = figure(runs.get(file)!.map(({ memory }) => memory)).median;
    return [{ what: `peak memory, ${height}p, ${STANDARD} digits, MB`, found, reach, aim, better: 'less' as const }];
  });
}

async function streams(clip: Clip, context: BenchContext): Promise<Table> {
  const counts = [1, 2, 4];
  const found = await interleaved(
    counts.map((count) => ({ name: String(count), run: () => runNode(STREAMS, [clip.file, String(count)]) })),
    { ...context, rounds: context.quick ? 1 : 3, warmUp: 0, say: () => {} },
  );
  const rows = counts.map((count): Findings['tables'][number]['rows'][number] => {
    const costs = found.get(String(count))!;
    const read = costs.map(({ stdout }) => JSON.parse(stdout) as { frames: number; seconds: number });
    return [
      count,
      figure(read.map(({ frames, seconds }) => frames / seconds)),
      figure(costs.map(({ cpu }, i) => (1000 * cpu) / read[i]!.frames)),
      figure(costs.map(({ memory }) => memory)),
    ];
  });
  return {
    title: `Streams in one process, 1080p, ${clip.digits} digits`,
    columns: ['streams', 'frames/s together', 'CPU ms/frame', 'memory'],
    rows,
  };
}
