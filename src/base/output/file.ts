// Owns how every file that a command writes comes to stand under its name: whole or not at all where it is a regular
// file, written into where it is something else. It must not know what is in it.
import { createReadStream, type Stats } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock, type Clock } from '../clock.js';
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { writeInto } from './into.js';
import { nextPart, type Part } from './parts.js';
import { targetOf, type Target } from './target.js';

/** A regular file, or none yet. */
type Replaced = Extract<Target, { how: 'replace' }>;

/**
 * Milliseconds that the reader of a FIFO is waited for: in a run that ended by itself, and in one that a person has
 * stopped.
 */
export const PATIENCE = { ended: 60_000, stopped: 1_000 } as const;

/** How a file is written in one go. */
export interface WriteOptions extends FinishOptions {
  /** The folder of the part, on the same disk. Default: where the file is. */
  readonly partIn?: string;
}

/** How an output is finished. */
export interface FinishOptions {
  /** Milliseconds that the reader of a FIFO is waited for. Default {@link PATIENCE}.ended. */
  readonly patience?: number;
  /** Default real time. */
  readonly clock?: Clock;
}

/** A file that is being written. */
export interface OutputFile {
  /** Where its bytes are to be written until it is finished: an empty regular file. Absolute. */
  readonly part: string;
  /**
   * Has the bytes on the disk, and gives them their name: a regular file is replaced in one step and keeps its owner
   * and its mode, a link is followed, into anything else the bytes are written.
   * @throws UsageError with the path and the reason; a regular file that was there is unchanged then.
   */
  finish(options?: FinishOptions): Promise<void>;
  /** Leaves nothing. Idempotent; does nothing after `finish`. */
  discard(): Promise<void>;
}

/**
 * Begins to write `file`; missing folders are made, and parts that killed runs left of it are removed.
 * @throws UsageError with the path and the reason when it can't be written.
 */
export async function openOutput(file: string, { partIn }: Pick<WriteOptions, 'partIn'> = {}): Promise<OutputFile> {
  return await explained(file, async () => await begin(file, await targetOf(file), partIn));
}

async function begin(file: string, target: Target, partIn: string | undefined): Promise<OutputFile> {
  const besides = target.how === 'replace' ? await makeBeside(target, partIn) : undefined;
  const part = besides ?? (await makeApart(target));
  const beside = besides !== undefined;
  let over = false;
  const discard = async (): Promise<void> => {
    if (over) return;
    over = true;
    // What is in the way may be in the way of this too; the first reason is the one to tell.
    await fs.rm(beside ? part.path : path.dirname(part.path), { recursive: true, force: true }).catch(() => undefined);
    part[Symbol.dispose]();
  };
  return {
    part: part.path,
    discard,
    async finish(options) {
      if (over) return;
      try {
        await explained(file, () => give(target, part.path, beside, options));
      } finally {
        await discard();
      }
    },
  };
}

/**
 * Writes a file of these parts, whole or not at all.
 * @throws UsageError with the path and the reason; a regular file that was there is unchanged then.
 */
export async function writeOutput(
  file: string,
  parts: readonly (Uint8Array | string)[],
  options?: WriteOptions,
): Promise<void> {
  await explained(file, async () => {
    const target = await targetOf(file);
    // Nothing between the bytes and a reader who waits for them.
    if (target.how !== 'replace') return await writeInto(target, buffers(parts), filled(options));
    const output = await begin(file, target, options?.partIn);
    try {
      await writeSynced(output.part, parts);
      await output.finish(options);
    } finally {
      await output.discard();
    }
  });
}

/** Writes the parts one after the other into a file, and has them on the disk before it returns. */
export async function writeSynced(file: string, parts: readonly (Uint8Array | string)[]): Promise<void> {
  const handle = await fs.open(file, 'w');
  try {
    for (const part of parts) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Whether `file` could be written now; makes missing folders, and leaves what is there as it is.
 * @throws Error with the reason in a few words.
 */
export async function checkOutput(file: string): Promise<void> {
  try {
    const target = await targetOf(file);
    if (target.how === 'descriptor') return;
    if (target.how === 'into') return await fs.access(target.path, fs.constants.W_OK);
    // Permissions, read-only and full disks: only trying tells.
    using part = await makeBeside(target);
    if (part) await fs.rm(part.path, { force: true });
  } catch (cause) {
    throw new Error(reasonOf(cause), { cause });
  }
}

/**
 * The part of a regular file, beside it and empty; undefined where nothing can be made in its folder, but the file that
 * is there can be written.
 */
async function makeBeside({ path: target, was }: Replaced, folder?: string): Promise<Part | undefined> {
  await makeFolder(path.dirname(target));
  try {
    // Until it has the mode of the file before it, nobody else reads it.
    return await create(await nextPart(target, folder), was ? 0o600 : 0o666);
  } catch (error) {
    if (!was || !DENIED.has(codeOf(error))) throw error;
    await fs.access(target, fs.constants.W_OK);
    return undefined;
  }
}

/** The part of what is written into, in a folder of its own. */
async function makeApart({ path: target }: Target): Promise<Part> {
  const folder = await nextPart(`lq-stream-${path.basename(target)}`, tmpdir());
  await fs.mkdir(folder.path, { mode: 0o700 });
  return await create({ ...folder, path: path.join(folder.path, 'part') }, 0o600);
}

/** Nothing may be there, not even a link: in a folder that others write into it would not be ours. */
async function create(part: Part, mode: number): Promise<Part> {
  try {
    await (await fs.open(part.path, 'wx', mode)).close();
    return part;
  } catch (error) {
    part[Symbol.dispose]();
    throw error;
  }
}

async function give(target: Target, part: string, beside: boolean, options?: FinishOptions): Promise<void> {
  const into = (to: Exclude<Target, Replaced>): Promise<void> => writeInto(to, createReadStream(part), filled(options));
  if (target.how !== 'replace') return await into(target);
  const inPlace = { how: 'into', path: target.path, what: 'file' } as const;
  if (!beside) return await into(inPlace);
  const handle = await fs.open(part, 'r');
  try {
    // A file of somebody else stays theirs: it is written into where it can't be replaced by one like it.
    if (target.was && !(await becomeLike(handle, target.was))) return await into(inPlace);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await fs.rename(part, target.path);
}

/** Owner and mode of the file before; false where that is not allowed. */
async function becomeLike(
  handle: FileHandle,
  { uid, gid, mode }: Pick<Stats, 'uid' | 'gid' | 'mode'>,
): Promise<boolean> {
  try {
    const now = await handle.stat();
    if (now.uid !== uid || now.gid !== gid) await handle.chown(uid, gid);
    await handle.chmod(mode & 0o7777);
    return true;
  } catch (error) {
    if (DENIED.has(codeOf(error))) return false;
    throw error;
  }
}

/** One folder at a time: the recursive mkdir of Node 20 never returns where a parent can't be made (/proc). */
export async function makeFolder(folder: string): Promise<void> {
  const found = await fs.stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  const parent = path.dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  await fs.mkdir(folder).catch(async (error: unknown) => {
    // Another run may have made it meanwhile.
    if (!(await fs.stat(folder).catch(() => undefined))?.isDirectory()) throw error;
  });
}

const filled = ({ patience = PATIENCE.ended, clock = systemClock }: FinishOptions = {}) => ({ patience, clock });

const buffers = (parts: readonly (Uint8Array | string)[]): Uint8Array[] =>
  parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));

async function explained<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`Can't write ${printable(file)}: ${reasonOf(cause)}.`, { cause });
  }
}

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? '';

const DENIED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a part of its path is a file',
  ENOENT: 'its folder can not be made',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EPIPE: 'its reader has gone',
};

/** Why something can't be written, in a few words. */
export function reasonOf(cause: unknown): string {
  return REASONS[codeOf(cause)] ?? (cause as Error).message;
}
