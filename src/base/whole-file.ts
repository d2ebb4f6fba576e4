// Owns writing a file so that a reader, a full disk or a kill never meets half of it. It must not know what is in it.
import fs from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from './errors.js';

/** Writes the parts one after the other, and has them on the disk before it returns. */
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
 * Puts a file of these parts in the place of the one before, if any: a reader sees either of the two, whole.
 * @param fresh Where it is written first, on the same disk. Default: beside it, under a name of this process's own, for
 *   two may write the same file at the same time.
 * @throws what the file system says; the file before is unchanged then.
 */
export async function replaceFile(
  file: string,
  parts: readonly (Uint8Array | string)[],
  fresh = `${file}.new-${process.pid}`,
): Promise<void> {
  try {
    await fs.mkdir(path.dirname(file), { recursive: true });
    await writeSynced(fresh, parts);
    await fs.rename(fresh, file);
  } catch (cause) {
    // What is in the way may be in the way of this too; the first reason is the one to tell.
    await fs.rm(fresh, { force: true }).catch(() => undefined);
    throw cause;
  }
}

/**
 * Writes a file under a temporary name first, so that it is there whole or not at all.
 * @throws UsageError when it can't be written.
 */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await replaceFile(path, [bytes]);
  } catch (cause) {
    throw new UsageError(`Can't write ${path}: ${(cause as Error).message}.`, { cause });
  }
}
