// Owns the kind `image`: a single picture, a page of a file with many, and directories and globs as lists of them. A
// picture is one frame at time 0 that is not worth a probe: it comes whole, with its alpha.
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { glob, isDynamicPattern } from 'tinyglobby';
import { SourceError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import { fileBytes, withBytes, type Bytes } from '../bytes.js';
import { denied } from '../denied.js';
import { pictureTags } from '../picture-tags.js';
import { isImageName, pictureArgs, tiffArgs } from '../sniff.js';
import { tiffPages, type TiffPage, type TiffPages } from '../tiff-pages.js';
import { judgeRecording, unreadable } from './ending.js';
import type { FileHead, FilePlace, InputOf, SourceKind, Traits } from './kind.js';

/** A single picture. */
export type ImageInput = InputOf<'image'>;

const PICTURE: Traits = {
  // Gray with alpha: pictures are small, so transparency is asked for whether it is there or not.
  presumed: { pixelFormat: 'ya8', format: '', start: 0, at: 0, square: false },
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
  recognise: async (file) => {
    const args = pictureArgs(file.head, file.path, file.size);
    return args && (await withBytes(file.path, async (bytes) => await picturesIn(file, args, bytes)));
  },
};

async function picturesIn(
  file: FileHead,
  args: readonly string[],
  bytes: Bytes,
): Promise<readonly (ImageInput | SourceError)[]> {
  const found = args.includes('tiff_pipe') ? await tiffPages(bytes) : undefined;
  // A file of one page is given to ffmpeg as it is.
  if (found && (found.big || found.pages.length + found.faults.length > 1)) return pagesOf(file, found);
  const look = await pictureTags(bytes);
  return [
    {
      kind: 'image',
      traits: PICTURE,
      name: printable(file.path),
      url: `file:${file.path}`,
      args,
      ...(file.file !== undefined && { file: file.file }),
      ...(look && { look }),
    },
  ];
}

function pagesOf({ path: name, file = path.basename(name) }: FileHead, { pages, faults }: TiffPages) {
  return [
    ...pages.map((page): ImageInput => {
      const { number, size, orientation } = page;
      return {
        kind: 'image',
        traits: PICTURE,
        name: `page ${number} of ${printable(name)}`,
        url: 'pipe:0',
        args: tiffArgs(size),
        file: `${file}#${number}`,
        open: () => Readable.from(bytesOf(name, page)),
        look: { orientation },
      };
    }),
    ...faults.map((fault) => new SourceError(`${printable(name)} is damaged: ${fault}.`)),
  ];
}

// Bytes of pixels that are held at a time.
const PIECE = 1024 * 1024;

async function* bytesOf(name: string, { head, pixels }: TiffPage): AsyncGenerator<Buffer> {
  await using handle = await open(name, 'r');
  const bytes = await fileBytes(name, handle);
  yield head;
  for (const { start, length } of pixels)
    for (let done = 0; done < length; done += PIECE)
      yield await bytes.read(start + done, Math.min(PIECE, length - done));
}

async function inGlob(source: string): Promise<readonly FilePlace[]> {
  const { base, pattern } = splitGlob(source);
  const names = await glob(pattern, { cwd: base, onlyFiles: true, expandDirectories: false });
  if (names.length === 0) throw new SourceError(`${printable(source)}: no file has this name or matches this pattern.`);
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
      `${printable(source)} holds no images (png, jpg, bmp, tiff, webp, ...), but ${count}. To read a video, give ` +
        'its name.',
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
