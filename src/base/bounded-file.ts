// Owns reading a file that somebody names as text: no more of it than a limit, and never waiting for what does not
// come. It must not know what is in it.
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { DocumentError } from './document-error.js';

/** What may be read, and how much of it. */
export interface FileLimits {
  /** Bytes at most. */
  readonly most: number;
  /**
   * `file`: a regular file (or a link to one). `stream`: also what has an end without being one, such as the pipe of a
   * shell's `<(...)`, `/dev/stdin` and `/dev/null`. Default `file`.
   */
  readonly from?: 'file' | 'stream';
  /** Waits for a pipe, in ms. */
  readonly patience?: Patience;
}

/** How long a pipe is waited for, in ms in all. */
export interface Patience {
  /** Nobody writes to it (yet). */
  readonly nobody: number;
  /** Somebody has it open, and writes nothing. */
  readonly silent: number;
}

/** A command behind a pipe may ask for a password first; a pipe without anybody behind it is a mistake. */
export const PATIENCE: Patience = { nobody: 2_000, silent: 20_000 };

/** Bytes asked of the system at a time. */
const CHUNK = 65_536;

/** Between two looks at a pipe, ms. */
const NAP = 10;

/**
 * The bytes of a file.
 * @throws DocumentError when it can't be read, is of another kind, or is larger than the limit.
 */
export function readBounded(file: string, { most, from = 'file', patience = PATIENCE }: FileLimits): Buffer {
  try {
    // Before it is opened, too: to open a device can set it going, and to open a pipe can take for ever.
    checkKind(statSync(file), from);
    const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const kind = fstatSync(handle);
      checkKind(kind, from);
      if (kind.isFile() && kind.size > most) throw tooLarge(most);
      return bytesOf(handle, most, kind.isFIFO(), { ...patience });
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    if (cause instanceof DocumentError) throw cause;
    throw new DocumentError(unreadable(cause as NodeJS.ErrnoException), { cause });
  }
}

/** As `readBounded`, decoded as UTF-8. */
export function readBoundedText(file: string, limits: FileLimits): string {
  return readBounded(file, limits).toString('utf8');
}

/** `256 KiB`, `32 MiB`, `1.5 KiB`, `3 bytes`. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const [value, unit] = bytes < 1024 ** 2 ? [bytes / 1024, 'KiB'] : [bytes / 1024 ** 2, 'MiB'];
  return `${Number(value.toFixed(1))} ${unit}`;
}

/** What is said of a document of more than `most` bytes. */
export function tooLarge(most: number): DocumentError {
  return new DocumentError(`is larger than ${bytesInWords(most)}, which is the most that is read`);
}

function checkKind(kind: Stats, from: 'file' | 'stream'): void {
  const streams = from === 'stream' && (kind.isFIFO() || kind.isCharacterDevice());
  if (kind.isFile() || streams) return;
  throw new DocumentError(`is no file to read but ${kindInWords(kind)}`);
}

function kindInWords(kind: Stats): string {
  if (kind.isDirectory()) return 'a folder';
  if (kind.isFIFO()) return 'a pipe';
  return kind.isSocket() ? 'a socket' : 'a device';
}

/** Says of a file that the system does not let be read: `can't be read (ENOENT)`. */
export function unreadable({ code, message }: NodeJS.ErrnoException): string {
  return `can't be read (${code === 'ERR_INVALID_ARG_VALUE' ? 'its name has a NUL in it' : (code ?? message)})`;
}

/** All bytes, of whatever kind: a size that the system states is not believed (files of /proc have 0). */
function bytesOf(handle: number, most: number, isPipe: boolean, left: { nobody: number; silent: number }): Buffer {
  const parts: Buffer[] = [];
  let size = 0;
  for (;;) {
    const part = Buffer.allocUnsafe(CHUNK);
    const read = readSome(handle, part);
    if (read === 0 && isPipe && size === 0) nap(left, 'nobody', 'nobody writes to it');
    else if (read === 0) return Buffer.concat(parts, size);
    else if (read === undefined) nap(left, 'silent', 'nothing comes out of it');
    else {
      size += read;
      if (size > most) throw tooLarge(most);
      parts.push(part.subarray(0, read));
    }
  }
}

/** Bytes read; 0 at the end, or where nobody writes; undefined where there is nothing yet. */
function readSome(handle: number, into: Buffer): number | undefined {
  try {
    return readSync(handle, into);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw cause;
  }
}

function nap(left: { nobody: number; silent: number }, what: 'nobody' | 'silent', why: string): void {
  left[what] -= NAP;
  if (left[what] < 0) throw new DocumentError(`can't be read: ${why}`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, NAP);
}
