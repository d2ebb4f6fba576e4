// Owns how a folder of files takes the place of the one before: made beside it, then renamed. It must not know what is
// in it.
import fs from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from './file.js';
import { nextPart } from './parts.js';

/**
 * Makes a folder with what `fill` puts into it, in the place of `target`, whole or not at all: what was there steps
 * aside to `<target>.old` until then. Links are followed.
 * @throws what `fill` throws and what the system says; what was there is unchanged then.
 */
export async function replaceFolder(target: string, fill: (fresh: string) => Promise<void>): Promise<void> {
  const place = await fs.realpath(target).catch(() => path.resolve(target));
  await makeFolder(path.dirname(place));
  using part = await nextPart(place);
  try {
    await fs.mkdir(part.path, { mode: 0o755 });
    await fill(part.path);
    await swap(part.path, place);
  } catch (error) {
    await fs.rm(part.path, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** Where a folder stands while a new one takes its place. */
export const oldName = (folder: string): string => `${folder}.old`;

/**
 * A folder can't be renamed over one that has files: the old one steps aside, and back when the new one can't take its
 * place.
 */
async function swap(fresh: string, target: string): Promise<void> {
  const old = oldName(target);
  const was = await fs.stat(target).catch(() => undefined);
  if (was) {
    // The mode is kept, and the owner where that is allowed.
    await fs.chmod(fresh, was.mode & 0o7777);
    await fs.chown(fresh, was.uid, was.gid).catch(() => undefined);
    await fs.rm(old, { recursive: true, force: true });
    await fs.rename(target, old);
  }
  try {
    await fs.rename(fresh, target);
  } catch (error) {
    if (was) await fs.rename(old, target);
    throw error;
  }
  await fs.rm(old, { recursive: true, force: true });
}
