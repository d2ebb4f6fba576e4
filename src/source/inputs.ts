// Owns what a source argument means: the kinds are asked in order, and the first that takes it makes it a list of
// inputs for ffmpeg. Must not decode, and must not know any kind.
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { SourceError, UsageError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { denied } from './denied.js';
import type { Argument, FileHead, FilePlace, SourceKind } from './kinds/kind.js';
import { KINDS, type Input } from './kinds/list.js';

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

/**
 * What `source` stands for.
 *
 * @param source path of a file or directory, a glob, or `-`; a path that exists is never taken for a glob
 * @param stdin opens what `-` reads; not called for anything else, as a program that touches its stdin holds it
 * @param kinds in order of preference. Default: all
 * @throws SourceError when nothing readable is there; UsageError when the argument itself makes no sense
 */
export async function resolveInputs(
  source: string,
  stdin: () => Readable,
  kinds: readonly SourceKind<Input>[] = KINDS,
): Promise<Inputs> {
  if (source === '')
    throw new UsageError('The source is empty. Give a video, an image, a directory, a glob, or - for stdin.');
  const argument = lookAt(source, stdin);
  for (const { match, waits } of kinds) {
    const found = await match(argument);
    if (found) return { waits, list: found.map((place) => () => openPlace(place, kinds)) };
  }
  if ((await argument.stats()) === undefined) throw new SourceError(missing(source));
  throw new SourceError(`${printable(source)} is neither a file nor a directory. Devices can't be read.`);
}

function lookAt(text: string, stdin: () => Readable): Argument {
  let looked: ReturnType<Argument['stats']> | undefined;
  return { text, stdin, stats: () => (looked ??= inspect(text)) };
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

function missing(source: string): string {
  const hint = /^[a-z][a-z\d+.-]+:\/\//i.test(source) ? ' Network addresses can not be read, only files.' : '';
  return `${printable(source)}: no such file or directory.${hint}`;
}
