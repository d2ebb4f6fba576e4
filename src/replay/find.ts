// Owns finding truth files: what a person names -> files. It does not understand them.
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { glob } from 'tinyglobby';
import { unreadable } from '../base/bounded-file.js';
import { UsageError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { TRUTH_BYTES, TRUTH_FORMAT } from '../truth/truth.js';

/**
 * The truth files that are named: a truth file itself, or every one under a folder, in the order of their paths;
 * each once.
 * @throws UsageError when something named is not there, or a folder holds none.
 */
export async function findTruths(named: readonly string[]): Promise<string[]> {
  const found = await Promise.all(named.map(under));
  // A clip that counts twice, by two names or through a link, would narrow the intervals.
  const places = found.flat().map(async (file) => [await realpath(file), file] as const);
  return [...new Map(await Promise.all(places)).values()];
}

async function under(name: string): Promise<string[]> {
  const kind = await stat(name).catch(() => undefined);
  if (!kind)
    throw new UsageError(
      `${printable(name)} is not there: give a truth file (.json), or a folder of clips with their truth files. ` +
        `lq-stream fixtures make makes a set`,
    );
  if (!kind.isDirectory()) {
    if (path.extname(name) !== '.json')
      throw new UsageError(
        `${printable(name)} is not a truth file: give the .json that belongs to a clip, or the folder of both`,
      );
    return [name];
  }
  const files = await glob('**/*.json', { cwd: name, expandDirectories: false });
  if (files.length === 0)
    throw new UsageError(
      `${printable(name)} is an empty set: no truth file (.json) is in it. lq-stream fixtures make makes a set`,
    );
  const paths = files.sort().map((file) => path.join(name, file));
  // Beside truth files of a replay there may be other JSON, such as that of the camera clip.
  const truths: string[] = [];
  // One after the other: together they may be larger than the memory.
  for (const file of paths) if (await saysTruth(file)) truths.push(file);
  if (truths.length === 0)
    throw new UsageError(
      `${printable(name)} is an empty set: none of its ${paths.length} .json files says ${TRUTH_FORMAT}. lq-stream ` +
        `fixtures make makes a set`,
    );
  return truths;
}

/** Whether a file has the format of a truth file somewhere in it. Pipes and devices have none. */
async function saysTruth(file: string): Promise<boolean> {
  if (!(await stat(file).catch(() => undefined))?.isFile()) return false;
  try {
    // What is larger than a truth file may be is one that is refused by name, if it begins as one.
    return (await buffer(createReadStream(file, { end: TRUTH_BYTES - 1 }))).includes(TRUTH_FORMAT);
  } catch (cause) {
    throw new UsageError(`${printable(file)} ${unreadable(cause as NodeJS.ErrnoException)}`, { cause });
  }
}
