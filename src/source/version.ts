// Owns the question which ffmpeg a program is, and whether it is new enough. Must not decode, nor know any input.
import { SourceError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { ask } from './ask.js';
import type { Processes } from './processes.js';

/** The oldest ffmpeg that knows every option that is used: `-fps_mode` came with it. */
export const OLDEST = { major: 5, minor: 1 } as const;

// Builds that are named after a commit or a day tell their age by a library's version: this is the one of 5.1.
const OLDEST_LIBAVUTIL = { major: 57, minor: 28 } as const;

/** Milliseconds within which a program says its version: hundreds of times what it takes. */
const PATIENCE = 20_000;

/** Characters that are read of what a program says; the versions of ffmpeg's libraries end within 3,000. */
const MOST = 65_536;

/** What programs said that are new enough, so that none is asked twice. */
const known = new Map<string, string>();

/** Options of `checkFfmpeg`. */
export interface CheckOptions {
  /** Where the child is registered while it runs; ending the run kills it. */
  readonly processes: Processes;
  /** Milliseconds within which the program must answer. Default 20,000. */
  readonly patience?: number;
}

/**
 * Asks a program for its version, once in the life of this process, and resolves to it.
 *
 * @throws SourceError when it can't be started, is no ffmpeg, or is one older than `OLDEST`
 */
export async function checkFfmpeg(program: string, options: CheckOptions): Promise<string> {
  const before = known.get(program);
  if (before !== undefined) return before;
  const { processes, patience = PATIENCE } = options;
  const { out, err, late } = await ask({
    program,
    args: ['-version'],
    processes,
    patience,
    most: MOST,
    mostErrors: MOST,
  });
  if (late) throw notFfmpeg(program, 'nothing in time');
  const said = out + err;
  const version = /^ffmpeg version (\S+)/m.exec(said)?.[1];
  if (version === undefined) throw notFfmpeg(program, said.trim() === '' ? 'nothing' : `"${firstLine(said)}"`);
  if (isOld(version, said)) throw tooOld(program, version);
  known.set(program, version);
  return version;
}

/** True for a version older than `OLDEST`; what nothing is known of counts as new. */
function isOld(version: string, said: string): boolean {
  // 5.1.9-0+deb12u1, n6.1, 7.0.2-static; not 2024-01-01-git-..., N-12345-g..., git-2020-....
  const release = /^n?(\d{1,2})(?:\.(\d+))?(?!\d)/.exec(version);
  if (release) return below(release, OLDEST);
  const library = /^ *libavutil +(\d+)\. *(\d+)\./m.exec(said);
  return library !== null && below(library, OLDEST_LIBAVUTIL);
}

function below([, major, minor = '0']: readonly string[], least: { readonly major: number; readonly minor: number }) {
  return Number(major) < least.major || (Number(major) === least.major && Number(minor) < least.minor);
}

function firstLine(said: string): string {
  return printable(said.trim().split(/[\r\n]/, 1)[0] as string, 80);
}

function notFfmpeg(program: string, answer: string): SourceError {
  return new SourceError(
    `${printable(program)} is not ffmpeg: asked for its version, it said ${answer}. Set FFMPEG_PATH to an ffmpeg, ` +
      `or unset it to take the one on the path.`,
  );
}

function tooOld(program: string, version: string): SourceError {
  return new SourceError(
    `${printable(program)} is too old: it is ffmpeg ${printable(version, 80)}, and ${OLDEST.major}.${OLDEST.minor} ` +
      `or newer is needed. Install a newer one, or set FFMPEG_PATH to one.`,
  );
}
