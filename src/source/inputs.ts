// Owns what a source argument means: the kinds are asked in order, and the first that takes it makes it a list of
// inputs for ffmpeg. Must not decode, and must not know any kind.
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { SourceError, UsageError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { printable } from '../base/printable.js';
import { denied } from './denied.js';
import type { Argument, FileHead, FilePlace, LiveAsked, SourceKind } from './kinds/kind.js';
import { KINDS, type Input } from './kinds/list.js';
import { schemeOf, shownSource } from './live/address.js';

/**
 * Opens what one name stands for when its turn comes, for what a file is shows in its bytes, and a long directory is
 * not opened at once: inputs, at least one, with an error in the place of one that can't be read.
 */
export type OpenInput = () => Promise<readonly (Input | SourceError)[]>;

/** What a source argument stands for. */
export interface Inputs {
  /** At least one. */
  readonly list: readonly OpenInput[];
  /** Whether they wait for a slow consumer. */
  readonly waits: boolean;
}

/** What a source may be beside its name. */
export interface ResolveOptions {
  /** Opens what `-` reads; not called for anything else, as a program that touches its stdin holds it. */
  readonly stdin: () => Readable;
  /** In order of preference. Default: all. */
  readonly kinds?: readonly SourceKind<Input>[] | undefined;
  /** See {@link Argument.asked}. */
  readonly asked: Argument['asked'];
}

/**
 * What `source` stands for.
 *
 * @param source path of a file or directory, a glob, an address, or `-`; a path that exists is never taken for a glob
 * @throws SourceError when nothing readable is there; UsageError when the argument itself makes no sense, or something
 *   is asked of it that its kind does not take
 */
export async function resolveInputs(source: string, options: ResolveOptions): Promise<Inputs> {
  const { kinds = KINDS, asked } = options;
  if (source === '')
    throw new UsageError('The source is empty. Give a video, an image, a directory, a glob, or - for stdin.');
  const argument = lookAt(source, options);
  for (const kind of kinds) {
    const found = await kind.match(argument);
    if (!found) continue;
    checkAsked(source, kind, asked, kinds);
    return { waits: kind.waits, list: found.map((place) => () => openPlace(place, kinds)) };
  }
  if ((await argument.stats()) === undefined) throw missing(source, kinds);
  throw new SourceError(
    `${printable(source)} is neither a file nor a directory, nor a camera (/dev/video0): other devices can't be read.`,
  );
}

function lookAt(text: string, { stdin, asked }: ResolveOptions): Argument {
  let looked: ReturnType<Argument['stats']> | undefined;
  return { text, stdin, asked, stats: () => (looked ??= inspect(text)) };
}

/** What is asked, as messages name it; credentials may be in the environment for another source. */
const ASKED: Readonly<Record<Exclude<keyof LiveAsked, 'credentials'>, string>> = {
  live: '--live',
  every: '--every',
  listen: '--listen',
  transport: '--transport',
  device: 'source.device',
};

/** @throws UsageError where something is asked that this kind does not take. */
function checkAsked(
  source: string,
  { takes = [], waits, kind }: SourceKind<Input>,
  asked: LiveAsked,
  kinds: readonly SourceKind<Input>[],
): void {
  for (const [key, option] of Object.entries(ASKED) as [keyof typeof ASKED, string][]) {
    if (asked[key] === undefined || asked[key] === false || takes.includes(key)) continue;
    if (key === 'live' && waits)
      throw new UsageError(
        `${printable(source)} is a file, which is not live: leave --live out. --realtime reads it at its own speed.`,
      );
    // What is live anyway may be said to be so.
    if (key === 'live') continue;
    const others = kinds
      .filter((other) => other.takes?.includes(key))
      .flatMap(({ schemes, kind: name }) => schemes ?? name);
    throw new UsageError(
      `${option} is for ${[...new Set(others)].join(', ')}; ${printable(shownSource(source))} is read as ${kind}. ` +
        `Leave it out.`,
    );
  }
}

async function inspect(source: string): ReturnType<Argument['stats']> {
  try {
    return await stat(source);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw denied(source, error);
  }
}

async function openPlace(
  place: Input | FilePlace,
  kinds: readonly SourceKind<Input>[],
): Promise<readonly (Input | SourceError)[]> {
  if (!('path' in place)) return [place];
  const file = await lookInto(place);
  for (const { recognise } of kinds) {
    const inputs = await recognise?.(file);
    if (inputs) return inputs;
  }
  throw new SourceError(`${printable(file.path)} is of no kind that can be read.`);
}

// The mark of an animated PNG stands before its pixels, behind text and colour profiles.
const HEAD_BYTES = 65_536;

async function lookInto(place: FilePlace): Promise<FileHead> {
  const { head, size } = await firstBytes(place.path);
  if (size === 0) throw new SourceError(`${printable(place.path)} is empty (0 bytes).`);
  return { ...place, head, size };
}

async function firstBytes(name: string): Promise<{ head: Buffer; size: number }> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(name, 'r');
    const { size } = await handle.stat();
    const head = Buffer.alloc(Math.min(size, HEAD_BYTES));
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    return { head: head.subarray(0, bytesRead), size };
  } catch (error) {
    throw denied(name, error);
  } finally {
    await handle?.close();
  }
}

function missing(source: string, kinds: readonly SourceKind<Input>[]): SourceError | UsageError {
  const scheme = schemeOf(source);
  if (scheme === undefined) return new SourceError(`${printable(source)}: no such file or directory.`);
  const known = [...new Set(kinds.flatMap(({ schemes = [] }) => schemes))];
  const guess = nearest(scheme, known);
  return new UsageError(
    `${printable(shownSource(source))}: there is no ${scheme}://. ` +
      (guess === undefined ? `There are ${known.join(', ')}.` : `Did you mean ${guess}://?`),
  );
}
