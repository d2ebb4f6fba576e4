// Makes the clips that are measured: a page of digits, filmed. Each is kept in the folder and made only once.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { loadDataset, type Digits } from '../../src/lab/data/dataset.js';
import { createRandom } from '../../src/base/random.js';
import type { Box } from '../../src/types.js';
import type { BenchContext } from './bench.js';
import { drawPage } from './page.js';

const run = promisify(execFile);

/** Raised when the pictures change, so that clips of before are not taken for these. */
const VERSION = 3;
/** Frames per second. */
export const RATE = 30;
/** Bits per pixel and frame: 12 Mbit/s at 1080p30, as phones and cameras record it. */
const BITS = 0.193;
/** The page drifts by so many pixels to each side, as in a hand. */
const DRIFT = 8;

/** What to film. */
export interface ClipPlan {
  readonly width: number;
  readonly height: number;
  /** Digits in every frame. */
  readonly digits: number;
  /** Rows of digits. Default: as many as suit the frame. */
  readonly rows?: number;
  readonly frames: number;
}

/** A clip on disk. */
export interface Clip extends ClipPlan {
  readonly file: string;
  readonly megabits: number;
  /** A window around each digit that holds it in every frame, in pixels of the clip. */
  readonly windows: readonly Box[];
}

let source: Promise<Digits> | undefined;

/** MNIST's test digits, read once. */
export function testDigits(): Promise<Digits> {
  return (source ??= loadDataset().then(({ test }) => test));
}

/**
 * H.264, 30 frames/s: a lit page with MNIST test digits (a seventeenth of the frame high) that drifts slowly, with
 * sensor noise in every frame, so that the decoder has what a camera gives it to do.
 */
export async function makeClip(plan: ClipPlan, folder: string): Promise<Clip> {
  const { width, height, digits, rows, frames } = plan;
  const file = path.join(
    folder,
    `page-v${VERSION}-${width}x${height}-${digits}${rows === undefined ? '' : `in${rows}`}-${frames}.mp4`,
  );
  const size = Math.round(0.085 * height);
  const page = drawPage(
    { width: width + 2 * DRIFT, height: height + 2 * DRIFT, count: digits, size, ...(rows !== undefined && { rows }) },
    await testDigits(),
    createRandom(digits),
  );
  if (!existsSync(file)) await film(page.gray, plan, file);
  const windows = page.boxes.map(([x, y, w, h]): Box =>
    clampBox([x - 2 * DRIFT, y - 2 * DRIFT, w + 2 * DRIFT, h + 2 * DRIFT], width, height),
  );
  return { ...plan, file, windows, megabits: ((await stat(file)).size * 8) / 1e6 / (frames / RATE) };
}

/**
 * The clips that most measurements read, all 1080p: eight digits in a row, for fixed windows as over a counter; 8, 30
 * and 100 digits all over the frame.
 */
export async function standardClips({
  quick,
  folder,
  say,
}: Pick<BenchContext, 'quick' | 'folder' | 'say'>): Promise<readonly [row: Clip, pages: readonly Clip[]]> {
  say('making clips, where there are none yet');
  const plan = { width: 1920, height: 1080, frames: quick ? 300 : 1800 };
  const pages: Clip[] = [];
  for (const digits of [8, 30, 100]) pages.push(await makeClip({ ...plan, digits }, folder));
  return [await makeClip({ ...plan, digits: 8, rows: 1 }, folder), pages];
}

async function film(gray: Uint8Array, { width, height, frames }: ClipPlan, file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const [picture, unfinished] = [`${file}.pgm`, `${file}.part.mp4`];
  await writeFile(picture, Buffer.concat([Buffer.from(`P5\n${width + 2 * DRIFT} ${height + 2 * DRIFT}\n255\n`), gray]));
  const drift = `crop=${width}:${height}:x='${DRIFT}+${DRIFT}*sin(n/33)':y='${DRIFT}+${DRIFT}*cos(n/47)'`;
  const filter = `format=yuv420p,${drift},noise=c0s=8:c0f=t:c0_seed=1`;
  const codec = [
    '-c:v',
    'libx264',
    '-preset',
    'veryfast',
    '-b:v',
    String(Math.round(BITS * width * height * RATE)),
    '-g',
    '60',
    '-pix_fmt',
    'yuv420p',
  ];
  await run('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-loop',
    '1',
    '-framerate',
    String(RATE),
    '-i',
    picture,
    '-vf',
    filter,
    '-frames:v',
    String(frames),
    ...codec,
    unfinished,
  ]);
  await rename(unfinished, file);
  await rm(picture);
}

function clampBox([x, y, w, h]: Box, width: number, height: number): Box {
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  return [left, top, Math.min(width, x + w) - left, Math.min(height, y + h) - top];
}

/** Writes a pipeline file that reads the clip's windows, and returns its path. */
export async function windowsPipeline({ windows }: Clip, file: string): Promise<string> {
  const list = windows.map((box, k) => `    - { id: d${k}, box: [${box.join(', ')}] }`);
  await writeFile(file, ['regions:', '  mode: fixed', '  units: pixels', '  list:', ...list, ''].join('\n'));
  return file;
}
