// Runs the command line once, watched: how it ended, what it wrote, its memory, what it left running. It judges nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MOST_SECONDS, type Outcome } from './promise.js';

/** The command line as it was built; tests and programs run in the repository's root. */
export const CLI = join(process.cwd(), 'dist', 'cli.js');

/** Bytes of stdout and stderr that are kept at most. */
const MOST_OUTPUT = 64e6;

/** How another program than the command line is run, or how long is waited. */
export interface CommandOptions {
  /** Default: the command line. */
  readonly program?: string;
  /** Seconds after which it is killed. Default `MOST_SECONDS`. */
  readonly seconds?: number;
  /** Milliseconds that what it has started has to be gone after it. Default 2000. */
  readonly linger?: number;
}

/**
 * Loaded into the run: the process itself knows its peak of resident memory best. On Linux `maxRSS` also holds what it
 * had as a copy of its parent, before it became a program of its own; the kernel's `VmHWM` does not.
 */
const WATCH = `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const status = '/proc/self/status';
process.on('exit', () => {
  const peak = existsSync(status) && /^VmHWM:\\s*(\\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1];
  writeFileSync(process.env.FUZZ_MEMORY, String(peak || process.resourceUsage().maxRSS));
});
`;

/** Runs `lq-stream ARGV` in a folder; beside it, in `..`, there is room for notes. */
export async function runCommand(
  folder: string,
  argv: readonly string[],
  { program = CLI, seconds = MOST_SECONDS, linger = 2_000 }: CommandOptions = {},
): Promise<Outcome> {
  const [watch, note] = [join(folder, '..', 'watch.mjs'), join(folder, '..', 'memory')];
  if (!existsSync(watch)) writeFileSync(watch, WATCH);
  rmSync(note, { force: true });
  const child = spawn(process.execPath, ['--import', pathToFileURL(watch).href, program, ...argv], {
    cwd: folder,
    env: { ...process.env, FUZZ_MEMORY: note },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what is in it after the end was left behind.
    detached: true,
  });
  const group = -child.pid!;
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    signal(group, 'SIGKILL');
  }, seconds * 1_000);
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const [code] = await ended;
  clearTimeout(limit);
  const left = (await gone(group, linger)) ? 0 : 1;
  if (left > 0) signal(group, 'SIGKILL');
  const memory = existsSync(note) ? Math.round((Number(readFileSync(note, 'utf8')) * 1024) / 1e6) : undefined;
  return { code, out: await out, err: await err, late, memory, left };
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (length < MOST_OUTPUT) chunks.push(chunk);
    length += chunk.length;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Whether nothing of a group is left, or is after so many milliseconds. */
async function gone(group: number, linger: number): Promise<boolean> {
  for (const until = performance.now() + linger; performance.now() < until;) {
    if (!signal(group, 0)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

/** Whether there was a process to send it to. */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(group, name);
  } catch {
    return false;
  }
}
