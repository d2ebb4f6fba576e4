// Makes tiny clips with ffmpeg and plays them; the truth about times comes from ffprobe. Holds no tests. A start of
// ffmpeg costs more than all that these clips make it do: one start makes many of them, and ffprobe looks at each once.
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import { frames, SourceMonitor, type SourceOptions } from '../../src/source/source.js';
import type { Frame } from '../../src/types.js';

const run = promisify(execFile);

/** A frame that outlives its buffer. */
export type Shot = Omit<Frame, 'retain' | 'release'>;

/** A folder for the tests of one file, removed afterwards. */
export function scratch(): (name: string) => string {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'lq-stream-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return (name) => path.join(folder, name);
}

/** Runs ffmpeg with the arguments; the last is the file that it writes and that is returned. */
export async function make(...args: string[]): Promise<string> {
  const file = args.at(-1) as string;
  await run('ffmpeg', ['-v', 'error', '-y', ...args.slice(0, -1), `file:${file}`]);
  return file;
}

/**
 * Makes many clips in one run of ffmpeg. Each is given as to `make`, without `-map`: it gets all of its inputs, which
 * must come to an end by themselves.
 */
export async function makeAll(...clips: readonly (readonly string[])[]): Promise<void> {
  const inputs = new Map<string, { at: number; args: readonly string[] }>();
  const outputs = clips.flatMap((clip) => {
    const maps: string[] = [];
    let rest = clip;
    while (rest.includes('-i')) {
      const args = rest.slice(0, rest.indexOf('-i') + 2);
      rest = rest.slice(args.length);
      const key = args.join('\n');
      const input = inputs.get(key) ?? { at: inputs.size, args };
      inputs.set(key, input);
      maps.push('-map', String(input.at));
    }
    return [...maps, ...rest.slice(0, -1), `file:${rest.at(-1)}`];
  });
  await run('ffmpeg', ['-v', 'error', '-y', ...[...inputs.values()].flatMap(({ args }) => args), ...outputs]);
}

/** A program in the place of ffprobe. */
export interface RememberingProbe {
  readonly ffprobe: string;
  /** What it said of a file that was played, or will say of one that was not. */
  answer(file: string): Promise<unknown>;
  remember(file: string, answer: unknown): Promise<void>;
}

/**
 * Writes a program that passes on what ffprobe says of a file, and says it again without asking when the same file, by
 * its name in `folder`, comes again. What ffprobe refuses is not remembered.
 *
 * @param extra arguments that ffprobe gets as well
 */
export async function rememberingProbe(folder: string, ...extra: string[]): Promise<RememberingProbe> {
  const ffprobe = path.join(folder, 'ffprobe.sh');
  const answered = (file: string): string => path.join(folder, `${path.basename(file)}.json`);
  const script = [
    '#!/bin/sh',
    'for url; do :; done',
    `said="${folder}/\${url##*/}.json"`,
    `[ -f "$said" ] || { ffprobe ${extra.join(' ')} "$@" > "$said.$$" && mv "$said.$$" "$said"; } || exit 1`,
    'exec cat "$said"',
  ];
  await writeFile(ffprobe, script.join('\n'));
  await chmod(ffprobe, 0o755);
  return {
    ffprobe,
    answer: async (file) => JSON.parse(await readFile(answered(file), 'utf8')) as unknown,
    remember: (file, answer) => writeFile(answered(file), JSON.stringify(answer)),
  };
}

/** A test picture in motion: `spec` as in `s=64x48:r=10:d=2`. */
export function moving(spec: string): string[] {
  return ['-f', 'lavfi', '-i', `testsrc2=${spec}`];
}

/** Fails where a buffer of a run did not come back: a frame that nobody released, or of which one holder did not. */
export function expectAllBack({ buffers }: SourceMonitor): void {
  if (buffers && buffers.out !== 0) expect.fail(`${buffers.out} of ${buffers.size} frame buffers did not come back`);
}

/** Plays a source to its end, giving each frame back at once; all buffers must be back then. */
export async function play(
  source: string,
  options: SourceOptions = {},
): Promise<{ shots: Shot[]; error?: Error; monitor: SourceMonitor }> {
  const monitor = new SourceMonitor();
  const shots: Shot[] = [];
  const error = await new Promise<Error | undefined>((resolve) => {
    frames(source, { monitor, ...options }).subscribe({
      next: (frame) => {
        const { index, time, width, height, left, top, scale, file, pass } = frame;
        const gray = Uint8Array.from(frame.gray.subarray(0, width * height));
        const tags = { ...(file !== undefined && { file }), ...(pass && { pass }) };
        shots.push({ index, time, width, height, left, top, scale, gray, ...tags });
        frame.release();
      },
      error: resolve,
      complete: () => resolve(undefined),
    });
  });
  expectAllBack(monitor);
  return error ? { shots, error, monitor } : { shots, monitor };
}

/** Resolves once a source that has yet to start has decoded so many frames. Looks at every frame, not at the clock. */
export async function decodedAll(monitor: SourceMonitor, count: number): Promise<void> {
  let { decoded } = monitor;
  await new Promise<void>((resolve) => {
    Object.defineProperty(monitor, 'decoded', {
      get: () => decoded,
      set: (value: number) => {
        decoded = value;
        // The frame is handed over in the same turn.
        if (decoded === count) setImmediate(resolve);
      },
    });
  });
}

/** True while a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
