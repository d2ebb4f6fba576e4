// Runs a program and says what it cost: wall time, processor time, peak memory. Knows no program.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a program cost. */
export interface Cost {
  /** Seconds from its start to its end. */
  readonly wall: number;
  /** Seconds of processor, with its children. */
  readonly cpu: number;
  /** Peak resident memory in MB (2^20 bytes), without its children. */
  readonly memory: number;
  /** The largest peak of a child, in MB; undefined where the system does not tell (no /proc). */
  readonly childMemory: number | undefined;
  readonly stdout: string;
}

const PROBE = fileURLToPath(new URL('./probe.js', import.meta.url));
/** Milliseconds between two looks at the children's memory. */
const LOOK = 25;

/** Runs a Node program to its end. Rejects when it fails. */
export async function runNode(script: string, args: readonly string[]): Promise<Cost> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'lq-bench-'));
  try {
    const file = path.join(folder, 'cost.json');
    const { wall, childMemory, stdout } = await timed(process.execPath, ['--import', PROBE, script, ...args], {
      LQ_BENCH_COST: file,
    });
    const { cpu, memory } = JSON.parse(await readFile(file, 'utf8')) as { cpu: number; memory: number };
    return { wall, cpu, memory, childMemory, stdout };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a Node program printed on stdout, read as JSON. Rejects when it fails. */
export async function runJson<T>(script: string, args: readonly string[]): Promise<T> {
  return JSON.parse((await timed(process.execPath, [script, ...args], {})).stdout) as T;
}

/** Seconds that ffmpeg takes to decode a file and drop the frames, and seconds of processor. */
export async function decodeOnly(file: string): Promise<Pick<Cost, 'wall' | 'cpu'>> {
  const { wall, stderr } = await timed(
    process.env['FFMPEG_PATH'] || 'ffmpeg',
    ['-hide_banner', '-nostdin', '-benchmark', '-i', file, '-f', 'null', '-'],
    {},
  );
  const [, user, system] = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr) ?? [];
  return { wall, cpu: Number(user) + Number(system) };
}

interface Ended {
  readonly wall: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly childMemory: number | undefined;
}

async function timed(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const begun = performance.now();
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr, childMemory] = ['', '', undefined as number | undefined];
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const watch = setInterval(() => (childMemory = largest(childMemory, peakOfChildren(child.pid))), LOOK);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr.slice(-2000)}`);
    return { wall: (performance.now() - begun) / 1000, stdout, stderr, childMemory };
  } finally {
    clearInterval(watch);
  }
}

function largest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function peakOfChildren(pid: number | undefined): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    const peaks = children.map(
      (child) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    );
    return peaks.length > 0 ? Math.max(...peaks) : undefined;
  } catch {
    // No such system file, or the child has just gone.
    return undefined;
  }
}
