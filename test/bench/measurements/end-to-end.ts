// Measures frames a second from file to output against ffmpeg that only decodes the same file. Needs the built product.
import path from 'node:path';
import type { BenchContext, Findings, Goal, Measurement } from '../bench.js';
import { standardClips, windowsPipeline, type Clip } from '../clips.js';
import { interleaved, type Contender } from '../interleave.js';
import { decodeOnly, type Cost } from '../process.js';
import { readClip } from '../product.js';
import { figure, ratios } from '../statistics.js';

const WINDOWS = 'fixed windows, 8 digits in a row';
const GOALS: readonly (readonly [contender: string, reach: number, aim: number])[] = [
  [WINDOWS, 0.8, 0.95],
  ['auto, 30 digits', 0.45, 0.75],
];

/** The whole path against the decoder. */
export const endToEnd: Measurement = {
  name: 'end-to-end',
  async run(context) {
    const [row, clips] = await standardClips(context);
    // Whole processes are measured: all there is to warm is the disk's cache.
    for (const { file } of [row, ...clips]) await decodeOnly(file);
    const found = await interleaved(await contenders(row, clips, context.folder), {
      ...context,
      rounds: context.quick ? 2 : 3,
      warmUp: 0,
    });
    return report([row, ...clips], found, context);
  },
};

async function contenders(
  row: Clip,
  clips: readonly Clip[],
  folder: string,
): Promise<Contender<Pick<Cost, 'wall' | 'cpu'>>[]> {
  const pipeline = await windowsPipeline(row, path.join(folder, 'windows.yaml'));
  return [
    ...[row, ...clips].map((clip) => ({ name: decoding(clip), run: () => decodeOnly(clip.file) })),
    { name: WINDOWS, run: () => readClip(row, { folder, pipeline }) },
    ...clips.map((clip) => ({ name: `auto, ${label(clip)}`, run: () => readClip(clip, { folder }) })),
  ];
}

function decoding(clip: Clip): string {
  return `ffmpeg -f null, ${label(clip)}`;
}

function label({ digits, rows }: Clip): string {
  return rows === 1 ? `${digits} digits in a row` : `${digits} digits`;
}

function report(
  clips: readonly Clip[],
  found: ReadonlyMap<string, readonly Pick<Cost, 'wall' | 'cpu'>[]>,
  { quick }: BenchContext,
): Findings {
  const entries = [...found].map(([name, costs]) => {
    const clip = clips.find((clip) => name.endsWith(`, ${label(clip)}`))!;
    const decoded = found.get(decoding(clip))!;
    const over = (of: 'wall' | 'cpu'): number[] =>
      ratios(
        decoded.map((cost) => cost[of]),
        costs.map((cost) => cost[of]),
      );
    return { name, clip, costs, wall: figure(over('wall')), cpu: figure(over('cpu')) };
  });
  const rows = entries.map(({ name, clip, costs, wall, cpu }) => [
    name,
    figure(costs.map((cost) => clip.frames / cost.wall)),
    wall,
    figure(costs.map((cost) => (1000 * cost.cpu) / clip.frames)),
    cpu,
  ]);
  const goals = GOALS.map(([contender, reach, aim]): Goal => {
    const { wall } = entries.find(({ name }) => name === contender)!;
    return { what: `${contender}, 1080p, over decode-only`, found: wall.median, reach, aim, better: 'more' };
  });
  const notes = [
    `1080p30 H.264, ${clips[0]!.frames} ` +
      `frames, ${clips.map(({ megabits }) => Math.round(megabits)).join(', ')} Mbit/s; whole processes, ` +
      `starting included${quick ? ' (which weighs more on short clips)' : ''}.`,
    'The second ratio is of processor time: on a machine that has other work it is the fairer one.',
  ];
  return {
    tables: [
      {
        title: 'End to end against the decoder',
        columns: ['', 'frames/s', 'over decode-only', 'CPU ms/frame', 'decode-only CPU over it'],
        rows,
        notes,
      },
    ],
    goals,
  };
}
