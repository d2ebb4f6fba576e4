// Owns the asking of a program that answers and ends (ffprobe, `ffmpeg -version`): bounded in time and in what it may
// say. It must not know what is asked.
import { spawn } from 'node:child_process';
import { SourceError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import type { Processes } from './processes.js';

/** What is asked, and of whom. */
export interface Question {
  readonly program: string;
  readonly args: readonly string[];
  /** Where the child is registered while it runs; ending the run kills it. */
  readonly processes: Processes;
  /** Milliseconds until it is killed. Default: it may take as long as it wants. */
  readonly patience?: number | undefined;
  /** Characters on stdout at most; more, and it is killed. */
  readonly most: number;
  /** Characters on stderr at most, likewise. Default: any number, of which the last are kept. */
  readonly mostErrors?: number | undefined;
  /** Feeds the child's stdin. Default: it has none. */
  readonly feed?: ((stdin: NodeJS.WritableStream) => void) | undefined;
}

/** What a program said and how it ended. */
export interface Answer {
  readonly out: string;
  /** Without `mostErrors` the end of it: damaged files make programs complain without end, and the tail explains. */
  readonly err: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It was killed for it took too long. */
  readonly late: boolean;
}

/** Characters of stderr that are kept. */
const TAIL = 8192;

/**
 * Runs a program to its end.
 * @throws SourceError when it can't be started.
 */
export async function ask(question: Question): Promise<Answer> {
  const { program, args, processes, patience, most, mostErrors = Infinity, feed } = question;
  const kept = mostErrors === Infinity ? TAIL : mostErrors + 1;
  const child = spawn(program, args, { stdio: [feed ? 'pipe' : 'ignore', 'pipe', 'pipe'], windowsHide: true });
  processes.add(child);
  const { stdin, stdout, stderr } = child;
  let [out, err, late] = ['', '', false];
  stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (out.length > most) child.kill('SIGKILL');
  });
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    err = (err + text).slice(-kept);
    if (err.length > mostErrors) child.kill('SIGKILL');
  });
  // What a program that was killed had started itself may hold its outputs open.
  child.once('exit', () => child.killed && [stdout, stderr].forEach((output) => output?.destroy()));
  const hurry = (): void => {
    late = true;
    child.kill('SIGKILL');
  };
  const timer = patience === undefined ? undefined : setTimeout(hurry, patience);
  if (stdin) feed?.(stdin);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (error) => reject(notStarted(program, error)));
      child.once('close', (code, signal) => resolve({ out, err, code, signal, late }));
    });
  } finally {
    clearTimeout(timer);
  }
}

/** The message for a program of the ffmpeg family that did not start: how to install it where it is missing. */
export function notStarted(program: string, error: NodeJS.ErrnoException): SourceError {
  const name = printable(program);
  const why =
    error.code === 'ENOENT'
      ? `${name} was not found. Install ffmpeg: npm run setup, or apt install ffmpeg, or brew install ffmpeg.`
      : `${name} could not be started (${error.code ?? error.message}). Check that it is an executable file.`;
  return new SourceError(why, { cause: error });
}
