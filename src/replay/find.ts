// Owns finding truth files: what a person names -> files. It reads none.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { UsageError } from '../errors.js';

/**
 * The truth files that are named: a truth file itself, or every `.json` under a folder, in the order of their paths;
 * each once.
 * @throws UsageError when something named is not there, or a folder holds none.
 */
export async function findTruths(named: readonly string[]): Promise<string[]> {
  const found = await Promise.all(named.map(under));
  // A clip that counts twice would narrow the intervals.
  return [...new Map(found.flat().map((file) => [path.resolve(file), file])).values()];
}

async function under(name: string): Promise<string[]> {
  const kind = await stat(name).catch(() => undefined);
  if (!kind) throw new UsageError(`${name} is not there: give a truth file (.json), or a folder of clips with their truth files. lq-stream fixtures make makes a set`);
  if (!kind.isDirectory()) {
    if (path.extname(name) !== '.json') throw new UsageError(`${name} is not a truth file: give the .json that belongs to a clip, or the folder of both`);
    return [name];
  }
  const files = await glob('**/*.json', { cwd: name, expandDirectories: false });
  if (files.length === 0) throw new UsageError(`${name} is an empty set: no truth file (.json) is in it. lq-stream fixtures make makes a set`);
  return files.sort().map((file) => path.join(name, file));
}
