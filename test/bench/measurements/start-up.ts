// Measures the time from starting the program to its first accepted digit, and its parts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Measurement } from '../bench.js';
import { makeClip, type Clip } from '../clips.js';
import { interleaved } from '../interleave.js';
import { runJson } from '../process.js';
import { CLI } from '../product.js';
import { figure } from '../statistics.js';

const RUN = fileURLToPath(new URL('../runs/start-up.js', import.meta.url));

/** Milliseconds from start to first digit. */
export const startUp: Measurement = {
  name: 'start-up',
  async run(context) {
    const clip = await makeClip({ width: 1920, height: 1080, digits: 8, frames: 30 }, context.folder);
    const found = await interleaved<readonly (readonly [string, number])[]>(
      [
        { name: 'lq-stream', run: async () => [['first line', await firstLine(clip)]] },
        { name: 'parts', run: () => runJson<[string, number][]>(RUN, [clip.file]) },
      ],
      { ...context, rounds: context.quick ? 3 : 11 },
    );
    const parts = found.get('parts')!;
    const names = parts[0]!.map(([name]) => name);
    const rows = names.map((name, k) => [
      LABELS[name] ?? name,
      figure(parts.map((marks) => marks[k]![1] - (marks[k - 1]?.[1] ?? 0))),
    ]);
    const whole = figure(found.get('lq-stream')!.map(([mark]) => mark![1]));
    const notes = [
      '1080p30, 8 digits. The parts are of a run with the same steps in the same order; `node` is from ' +
        'the start of its process to its first line of code.',
    ];
    return {
      tables: [
        {
          title: 'Start-up, ms',
          columns: ['', 'ms'],
          rows: [...rows, ['lq-stream, from start to the first line on stdout', whole]],
          notes,
        },
      ],
    };
  },
};

const LABELS: Readonly<Record<string, string>> = {
  node: 'node itself',
  modules: 'loading modules, onnxruntime-node among them',
  model: 'loading pipeline and model, starting the engine',
  'first frame decoded': 'ffprobe, ffmpeg, first frame',
  'first digit accepted': 'first digit found, scored and accepted',
};

/** Milliseconds to the first line on stdout; the program is stopped then. */
async function firstLine({ file }: Clip): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, [CLI, file, '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const time = performance.now() - begun;
  child.stdout.destroy();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return time;
}
