// Makes tiny clips with ffmpeg and plays them; the truth about times comes from ffprobe. Holds no tests.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
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

/** A test picture in motion: `spec` as in `s=64x48:r=10:d=2`. */
export function moving(spec: string): string[] {
  return ['-f', 'lavfi', '-i', `testsrc2=${spec}`];
}

/** What ffprobe prints as pts_time of each frame. */
export async function probedTimes(file: string): Promise<string[]> {
  const args = ['-v', 'error', '-select_streams', 'V:0', '-show_entries', 'frame=pts_time', '-of', 'json', file];
  const { stdout } = await run('ffprobe', args);
  const { frames: list } = JSON.parse(stdout) as { frames: { pts_time: string }[] };
  return list.map((frame) => frame.pts_time);
}

/** Plays a source to its end, giving each frame back at once. */
export async function play(
  source: string,
  options: SourceOptions = {},
): Promise<{ shots: Shot[]; error?: Error; monitor: SourceMonitor }> {
  const monitor = new SourceMonitor();
  const shots: Shot[] = [];
  const error = await new Promise<Error | undefined>((resolve) => {
    frames(source, { monitor, ...options }).subscribe({
      next: (frame) => {
        const { index, time, width, height, left, top, scale, file } = frame;
        const gray = Uint8Array.from(frame.gray.subarray(0, width * height));
        shots.push({ index, time, width, height, left, top, scale, gray, ...(file !== undefined && { file }) });
        frame.release();
      },
      error: resolve,
      complete: () => resolve(undefined),
    });
  });
  return error ? { shots, error, monitor } : { shots, monitor };
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
