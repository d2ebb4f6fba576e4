// Owns the kind `image`: a single picture, and directories and globs as lists of them. A picture is one frame at time 0
// that is not worth a probe: it comes whole, with its alpha.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { SourceError } from '../../base/errors.js';
import { denied } from '../denied.js';
import { isImageName, pictureArgs } from '../sniff.js';
import { judgeRecording, unreadable } from './ending.js';
import type { FilePlace, InputOf, SourceKind, Traits } from './kind.js';

/** A single picture. */
export type ImageInput = InputOf<'image'>;

const PICTURE: Traits = {
  // Gray with alpha: pictures are small, so transparency is asked for whether it is there or not.
  presumed: { pixelFormat: 'ya8', format: '', start: 0, old: false },
  most: 1,
  timed: false,
  paced: false,
  log: () => 'still',
  unreadable,
  judge: (ending) => judgeRecording(ending, { picture: 'picture' }),
};

/**
 * Takes directories and globs. What a file in them is shows in its bytes: an animation among pictures is played as one.
 */
export const image: SourceKind<ImageInput> = {
  kind: 'image',
  waits: true,
  match: async ({ text, stats }) => {
    const found = await stats();
    if (found?.isDirectory()) return await inDirectory(text);
    // A path that exists is never taken for a glob.
    return found === undefined && isDynamicPattern(text) ? await inGlob(text) : undefined;
  },
  recognise: ({ path: name, head, size, file }) => {
    const args = pictureArgs(head, name, size);
    return (
      args && {
        kind: 'image',
        traits: PICTURE,
        name,
        url: `file:${name}`,
        args,
        ...(file !== undefined && { file }),
      }
    );
  },
};

async function inGlob(source: string): Promise<readonly FilePlace[]> {
  const { base, pattern } = splitGlob(source);
  const names = await glob(pattern, { cwd: base, onlyFiles: true, expandDirectories: false });
  if (names.length === 0) throw new SourceError(`${source}: no file has this name or matches this pattern.`);
  return imagesOf(source, base, names);
}

async function inDirectory(source: string): Promise<readonly FilePlace[]> {
  try {
    const names = await readdir(source);
    return imagesOf(
      source,
      source,
      names.filter((name) => !name.startsWith('.')),
    );
  } catch (error) {
    throw error instanceof SourceError ? error : denied(source, error);
  }
}

function imagesOf(source: string, base: string, names: readonly string[]): readonly FilePlace[] {
  const images = names.filter(isImageName).sort(naturally);
  if (images.length === 0) {
    const count = names.length === 1 ? '1 other file' : `${names.length} other files`;
    throw new SourceError(
      `${source} holds no images (png, jpg, bmp, tiff, webp, ...), but ${count}. To read a video, give its name.`,
    );
  }
  return images.map((file) => ({ path: path.join(base, file), file }));
}

// The part of a glob before its first magic segment is a plain directory.
function splitGlob(source: string): { base: string; pattern: string } {
  const parts = source.split('/');
  const first = parts.findIndex((part) => isDynamicPattern(part));
  const base = parts.slice(0, first).join('/');
  return { base: base === '' ? (source.startsWith('/') ? '/' : '.') : base, pattern: parts.slice(first).join('/') };
}

const collator = new Intl.Collator('en', { numeric: true });

// img2 before img10; names that differ only in case or leading zeros keep a fixed order.
function naturally(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : 1);
}
