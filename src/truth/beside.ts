// Owns which files a truth file may name: what lies beside it. Truth files are handed on with their clips, and say
// nothing of the rest of the disk. It must not read what they name.
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { unreadable } from '../base/bounded-file.js';
import { UsageError } from '../base/errors.js';
import { printable } from '../base/printable.js';

/** A file that a truth file names. */
export interface NamedFile {
  /** The truth file. */
  readonly file: string;
  /** As the truth file has it. */
  readonly name: string;
  /** What it is to the truth file: `clip`, `images`. */
  readonly what: string;
  /**
   * How many folders up it may lie: the clips of a set share their clean digits, which are `../../clean/images.idx.gz`
   * then. Up there only files of that ending may be named. Default 0.
   */
  readonly up?: number;
}

/** The ending of a file of images. */
export const IMAGES_ENDING = '.idx.gz';

/**
 * The path of a file that a truth file names: as it is named, or of what lies further up, where it is.
 * @throws UsageError when it is not there, is no regular file, or lies elsewhere: by its name, or where a link in its
 *   name leads. The folder of the truth file itself may be a link.
 */
export async function besideTruth({ file, name, what, up = 0 }: NamedFile): Promise<string> {
  const place = path.join(path.dirname(file), name);
  const its = `${printable(file)}: its ${what} ${printable(path.isAbsolute(name) ? name : place)}`;
  const normal = path.normalize(name);
  const ups = normal.split(path.sep).filter((part) => part === '..').length;
  const mayBe = (ending: string): boolean => ups === 0 || ending.endsWith(IMAGES_ENDING);
  if (path.isAbsolute(name) || ups > up || !mayBe(normal)) throw outside(its, up);
  const [real, root] = await realPaths(file, name, ups, its);
  if (!isWithin(real, root) || !mayBe(real)) throw outside(its, up);
  if (!(await stat(real)).isFile()) throw new UsageError(`${its} is no regular file`);
  // Up from a folder that is a link is another place than its name says.
  if (ups > 0) return real;
  // A name that is a word of the command line is no path any more: `-` would be stdin.
  return place === '-' ? `.${path.sep}-` : place;
}

/** Where a name leads, all links followed, and the folder that it must not leave. */
async function realPaths(
  file: string,
  name: string,
  ups: number,
  its: string,
): Promise<readonly [real: string, root: string]> {
  try {
    const folder = await realpath(path.dirname(file));
    const real = await realpath(path.join(folder, name));
    return [real, path.resolve(folder, ...Array<string>(ups).fill('..'))];
  } catch (cause) {
    throw new UsageError(`${its} ${unreadable(cause as NodeJS.ErrnoException)}`, { cause });
  }
}

function isWithin(file: string, folder: string): boolean {
  const way = path.relative(folder, file);
  return way !== '' && way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

function outside(its: string, up: number): UsageError {
  const shared = up > 0 ? `, or as *${IMAGES_ENDING} at most ${up} folders up` : '';
  return new UsageError(`${its} is outside of its folder; a truth file names files in its own folder${shared}`);
}
