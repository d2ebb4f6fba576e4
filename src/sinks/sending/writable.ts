// Tries whether a file can be written, without touching it.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';

/**
 * Whether a file can be added to, and others be made beside it.
 * @returns `FILE can be written`.
 * @throws UsageError, with what to do.
 */
export async function canBeWritten(file: string): Promise<string> {
  const folder = dirname(resolve(file));
  const there = await stat(folder).catch(() => undefined);
  if (!there?.isDirectory()) throw new UsageError(`there is no folder ${printable(folder)}: make it`);
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw new UsageError(`${printable(file)} is a folder: name a file`);
  for (const path of found ? [folder, file] : [folder])
    await access(path, constants.W_OK).catch((cause: unknown) => {
      throw new UsageError(`${printable(path)} can't be written: give this user the right to, or name another place`, {
        cause,
      });
    });
  return `${printable(file)} can be written`;
}
