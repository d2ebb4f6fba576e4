// Runs the built lq-stream on a clip, as a user would, and reads what it says of the run. Measures by way of `process`.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Summary } from '../../src/sinks/summary-text.js';
import type { Clip } from './clips.js';
import { runNode, type Cost } from './process.js';

/** The built command line. */
export const CLI = path.resolve('dist/cli.js');

/** What a run cost and found. */
export interface Run extends Omit<Cost, 'stdout'> {
  readonly summary: Summary;
}

/** How the clip is read. */
export interface RunOptions {
  readonly folder: string;
  /** Pipeline file. Default: digits anywhere. */
  readonly pipeline?: string;
  readonly profile?: boolean;
}

/**
 * Reads the clip whole. Rejects when frames are missing, or fewer than nine of ten digits were found: nothing to
 * compare then.
 */
export async function readClip(clip: Clip, { folder, pipeline, profile = false }: RunOptions): Promise<Run> {
  const file = path.join(folder, `summary-${process.pid}.json`);
  const options = [...(pipeline === undefined ? [] : ['--pipeline', pipeline]), ...(profile ? ['--profile'] : [])];
  const cost = await runNode(CLI, [clip.file, '--quiet', '--summary', file, ...options]);
  const summary = JSON.parse(await readFile(file, 'utf8')) as Summary;
  const { frames, regions } = summary.counts;
  if (frames !== clip.frames) throw new Error(`${clip.file}: ${frames} of ${clip.frames} frames were read`);
  if (regions < 0.9 * frames * clip.digits)
    throw new Error(`${clip.file}: ${regions} regions in ${frames} frames, where ${clip.digits} digits are in each`);
  const { stdout: _lines, ...rest } = cost;
  return { ...rest, summary };
}
