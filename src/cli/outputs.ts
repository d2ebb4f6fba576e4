// The files a run is to write besides stdout, checked before work begins. Writes none of them.
import { randomUUID } from 'node:crypto';
import { mkdir, open, realpath, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../base/errors.js';

/**
 * Checks that every file (by option name) can be written, that no two are the same and that none is the source.
 * Makes missing folders. Throws UsageError with the option, the path and the reason.
 */
export async function checkOutputs(files: Readonly<Record<string, string>>, source: string): Promise<void> {
  const seen = new Map([[await realpath(source).catch(() => resolve(source)), 'the source']]);
  for (const [option, file] of Object.entries(files)) {
    const where = await realpath(file).catch(() => resolve(file));
    const other = seen.get(where);
    if (other !== undefined) throw new UsageError(`--${option} ${file} is also ${other}; give another file`);
    seen.set(where, `what --${option} writes`);
    await checkWritable(file).catch((cause: unknown) => {
      throw new UsageError(`--${option} ${file} can't be written: ${reason(cause)}`, { cause });
    });
  }
}

async function checkWritable(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw new Error('it is a directory');
  await makeFolder(resolve(dirname(file)));
  // Permissions, read-only and full disks: only trying tells.
  const trial = `${file}.${randomUUID().slice(0, 8)}.part`;
  await (await open(trial, 'wx')).close();
  await rm(trial);
}

/** One folder at a time: the recursive mkdir of Node 20 never returns where a parent can't be made (/proc). */
async function makeFolder(folder: string): Promise<void> {
  if (
    await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    )
  )
    return;
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  await mkdir(folder);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a part of its path is a file',
  ENOENT: 'its folder can not be made',
};

function reason(cause: unknown): string {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}
