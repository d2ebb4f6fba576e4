// The files a run is to write besides stdout, checked before work begins. Writes none of them.
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../base/errors.js';
import { checkOutput, reasonOf } from '../base/output/file.js';
import { printable } from '../base/printable.js';

/**
 * Checks that every file (by option name) can be written, that no two are the same and that none is the source.
 * Makes missing folders. Throws UsageError with the option, the path and the reason.
 */
export async function checkOutputs(files: Readonly<Record<string, string>>, source: string): Promise<void> {
  const seen = new Map([[await identityOf(source), 'the source']]);
  for (const [option, file] of Object.entries(files)) {
    const named = `--${option} ${printable(file)}`;
    const identity = await identityOf(file);
    const other = identity === undefined ? undefined : seen.get(identity);
    if (other !== undefined) throw new UsageError(`${named} is also ${other}; give another file`);
    seen.set(identity, `what --${option} writes`);
    await checkOutput(file).catch((cause: unknown) => {
      throw new UsageError(`${named} can't be written: ${reasonOf(cause)}`, { cause });
    });
  }
}

/**
 * What two names of one file have in common, links of both kinds included; undefined for what takes the bytes of many:
 * a device, a FIFO.
 */
async function identityOf(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found) return found.isFile() || found.isDirectory() ? `${found.dev}:${found.ino}` : undefined;
  // A link to nothing yet, and a folder that is reached on two ways.
  return await realpath(file).catch(() => resolve(file));
}
