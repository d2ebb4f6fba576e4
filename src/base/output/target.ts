// What a name for an output stands for: a regular file to be replaced, or something to be written into. Writes nothing.
import type { Stats } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';

/** Where the bytes of an output go. Links have been followed: `path` is absolute and no link itself. */
export type Target =
  /** A regular file, or nothing yet: a new one takes its name. `was` is the file before, if any. */
  | { readonly how: 'replace'; readonly path: string; readonly was?: Stats }
  /** Bytes are written into what is there, which stays. */
  | { readonly how: 'into'; readonly path: string; readonly what: 'fifo' | 'device' | 'file' }
  /** An open file of this process, `/dev/stdout` and `/dev/fd/3`: what is in it stays. */
  | { readonly how: 'descriptor'; readonly path: string; readonly descriptor: number };

/** As many links as Linux follows. */
const LINKS = 40;

/**
 * What `file` stands for.
 * @throws Error with the reason in a few words, for a directory, a socket, links in a circle and names that can't be;
 *   what the system says otherwise.
 */
export async function targetOf(file: string): Promise<Target> {
  if (file.includes('\0')) throw new Error('its name holds a NUL character');
  if (file.endsWith(path.sep)) throw new Error('it names a directory');
  const place = await follow(file);
  const descriptor = descriptorOf(place);
  const found = await (descriptor === undefined ? fs.lstat(place) : fs.stat(place)).catch(unlessMissing);
  if (descriptor !== undefined) {
    if (!found) throw new Error('no such descriptor is open');
    // A pipe is opened again as any FIFO is; of a file the position is wanted too, which only the descriptor has.
    return descriptor <= 2 || found.isFile()
      ? { how: 'descriptor', path: place, descriptor }
      : { how: 'into', path: place, what: found.isFIFO() ? 'fifo' : 'device' };
  }
  if (!found) return { how: 'replace', path: place };
  if (found.isFile()) return { how: 'replace', path: place, was: found };
  if (found.isDirectory()) throw new Error('it is a directory');
  if (found.isSocket()) throw new Error('it is a socket');
  return { how: 'into', path: place, what: found.isFIFO() ? 'fifo' : 'device' };
}

/** The end of a chain of links, which may not exist; stops at a descriptor, whose link is none that can be followed. */
async function follow(file: string): Promise<string> {
  let at = file;
  for (let links = 0; links <= LINKS; links++) {
    const folder = await fs.realpath(path.dirname(at)).catch(unlessMissing);
    if (folder === undefined) return path.resolve(at);
    at = path.join(folder, path.basename(at));
    if (descriptorOf(at) !== undefined) return at;
    const found = await fs.lstat(at).catch(unlessMissing);
    if (!found?.isSymbolicLink()) return at;
    const to = await fs.readlink(at);
    at = path.isAbsolute(to) ? to : `${folder}${path.sep}${to}`;
  }
  throw new Error('its symbolic links lead in a circle');
}

/** The number of this process's descriptor that a path names; undefined for all other paths. */
function descriptorOf(place: string): number | undefined {
  const [, owner, digits] = /^\/proc\/(self|\d+)\/fd\/(\d+)$/.exec(place) ?? [];
  return owner === 'self' || owner === `${process.pid}` ? Number(digits) : undefined;
}

/** For `catch`: what is not there is undefined. */
function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
