// Owns what a source argument means: a file, an image, a directory, a glob or stdin becomes a list of inputs for
// ffmpeg. Must not decode. A live source is one more kind of Input.
import { createReadStream } from 'node:fs';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { glob, isDynamicPattern } from 'tinyglobby';
import { SourceError, UsageError } from '../base/errors.js';
import { isImageName, sniff } from './sniff.js';

/** One thing that ffmpeg opens. A source is a list of them, played one after another. */
export interface Input {
  /** How messages name it. */
  readonly name: string;
  /** ffmpeg's url: always with a protocol, so that no name is taken for an option, a protocol or a pattern. */
  readonly url: string;
  /** Options before the url. */
  readonly args: readonly string[];
  /** True for a picture: one frame at time 0, decoded without probing. */
  readonly still: boolean;
  /** Set where the first bytes are those of an mp4 or mov file. */
  readonly container?: 'mp4';
  /** Name of the image within its directory or glob. */
  readonly file?: string;
  /** Opens the bytes where ffmpeg has to read them from its stdin (url `pipe:0`). */
  readonly open?: () => Readable;
}

/**
 * Opens one input when its turn comes: what a file is shows in its bytes, and a long directory is not opened at once.
 */
export type OpenInput = () => Promise<Input>;

/**
 * What `source` stands for, at least one input.
 *
 * @param source path of a file or directory, a glob, or `-`; a path that exists is never taken for a glob
 * @param stdin opens what `-` reads; not called for anything else, as a program that touches its stdin holds it
 * @throws SourceError when nothing readable is there; UsageError when the argument itself makes no sense
 */
export async function resolveInputs(source: string, stdin: () => Readable): Promise<readonly OpenInput[]> {
  if (source === '')
    throw new UsageError('The source is empty. Give a video, an image, a directory, a glob, or - for stdin.');
  if (source === '-') return [standardInput(stdin())];
  const found = await inspect(source);
  if (found === undefined) return await globInputs(source);
  if (found.isDirectory()) return await directoryInputs(source);
  if (found.isFIFO()) return [streamInput(source, () => createReadStream(source))];
  if (!found.isFile()) throw new SourceError(`${source} is neither a file nor a directory. Devices can't be read.`);
  return [() => fileInput(source, undefined)];
}

function standardInput(stdin: Readable): OpenInput {
  if ((stdin as Readable & { isTTY?: boolean }).isTTY)
    throw new UsageError(
      'The source - reads a video from stdin, but stdin is a terminal. Pipe a file in, or give its name.',
    );
  return streamInput('stdin', () => stdin);
}

function streamInput(name: string, open: () => Readable): OpenInput {
  return () => Promise.resolve({ name, url: 'pipe:0', args: [], still: false, open });
}

async function inspect(source: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  try {
    return await stat(source);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw denied(source, error);
  }
}

async function globInputs(source: string): Promise<readonly OpenInput[]> {
  if (!isDynamicPattern(source)) throw new SourceError(missing(source));
  const { base, pattern } = splitGlob(source);
  const names = await glob(pattern, { cwd: base, onlyFiles: true, expandDirectories: false });
  if (names.length === 0) throw new SourceError(`${source}: no file has this name or matches this pattern.`);
  return imageInputs(source, base, names);
}

async function directoryInputs(source: string): Promise<readonly OpenInput[]> {
  let names: string[];
  try {
    names = await readdir(source);
  } catch (error) {
    throw denied(source, error);
  }
  return imageInputs(
    source,
    source,
    names.filter((name) => !name.startsWith('.')),
  );
}

function imageInputs(source: string, base: string, names: readonly string[]): readonly OpenInput[] {
  const images = names.filter(isImageName).sort(naturally);
  if (images.length === 0) {
    const count = names.length === 1 ? '1 other file' : `${names.length} other files`;
    throw new SourceError(
      `${source} holds no images (png, jpg, bmp, tiff, webp, ...), but ${count}. To read a video, give its name.`,
    );
  }
  return images.map((file) => () => fileInput(path.join(base, file), file));
}

async function fileInput(name: string, label: string | undefined): Promise<Input> {
  const { head, size } = await firstBytes(name);
  if (size === 0) throw new SourceError(`${name} is empty (0 bytes).`);
  return { name, url: `file:${name}`, ...sniff(head, name, size), ...(label !== undefined && { file: label }) };
}

// The mark of an animated PNG stands before its pixels, behind text and colour profiles.
const HEAD_BYTES = 65_536;

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

// The part of a glob before its first magic segment is a plain directory.
function splitGlob(source: string): { base: string; pattern: string } {
  const parts = source.split('/');
  const first = parts.findIndex((part) => isDynamicPattern(part));
  const base = parts.slice(0, first).join('/');
  return { base: base === '' ? (source.startsWith('/') ? '/' : '.') : base, pattern: parts.slice(first).join('/') };
}

const collator = new Intl.Collator('en', { numeric: true });

// img2 before img10; names that differ only in case or leading zeros keep a fixed order.
function naturally(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : 1);
}

function missing(source: string): string {
  const hint = /^[a-z][a-z\d+.-]+:\/\//i.test(source) ? ' Network addresses can not be read, only files.' : '';
  return `${source}: no such file or directory.${hint}`;
}

function denied(file: string, error: unknown): SourceError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === 'EACCES' || code === 'EPERM'
      ? 'permission denied'
      : code === 'ENOENT'
        ? 'no such file'
        : (code ?? message);
  return new SourceError(`${file} can't be read: ${why}.`, { cause: error });
}
