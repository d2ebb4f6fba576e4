// What a source argument means: names that mislead, directories, globs, and what is wrong with the rest.
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SourceError, UsageError } from '../../src/base/errors.js';
import { resolveInputs } from '../../src/source/inputs.js';
import type { Input } from '../../src/source/kinds/list.js';
import { makeAll, moving, play } from './clips.js';

// Stills of every kind, under names that say nothing, or something else, to ffmpeg. tga has no mark but its name.
const STILLS = [
  ['-start.png', 'png'],
  ['img%03d.tga', 'tga'],
  ['a:b.bmp', 'bmp'],
  ['concat:x|y.png', 'tiff'],
  ['q?*{1,2}.webp', 'webp'],
  ["it's, [odd].png", 'pgm'],
  ['pipe:0', 'ppm'],
  ['plain.mp4', 'jpg'],
  ['no-extension', 'jpg'],
] as const;

let folder = '';
let png = '';
const at = (...name: string[]): string => path.join(folder, ...name);
const none = (): Readable => expect.fail('stdin was opened');

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lq-stream-'));
  png = at('plain.png');
  const one = (size: string, file: string): string[] => [...moving(`s=${size}:r=1:d=1`), '-frames:v', '1', at(file)];
  await makeAll(
    one('12x8', 'plain.png'),
    one('22x18', 'larger.jpg'),
    [...moving('s=16x16:r=5:d=0.4'), '-pix_fmt', 'yuv420p', at('clip.mp4')],
    [...moving('s=16x16:r=5:d=0.4'), at('moves.gif')],
    ...[...new Set(STILLS.map(([, extension]) => extension))].map((extension) => one('30x22', `still.${extension}`)),
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function inputs(source: string): Promise<Input[]> {
  const { list } = await resolveInputs(source, { stdin: none, asked: { stall: 5 } });
  const opened = await Promise.all(list.map((open) => open()));
  return opened.flat().filter((input): input is Input => !(input instanceof SourceError));
}
async function failure(source: string): Promise<Error> {
  return await inputs(source).then(
    () => expect.fail(`${source} was taken`),
    (error: unknown) => error as Error,
  );
}
async function fill(name: string, files: readonly string[]): Promise<string> {
  await mkdir(at(name), { recursive: true });
  for (const file of files) await copyFile(png, at(name, file));
  return at(name);
}

describe('directories and globs', () => {
  test('images in natural order, without hidden and other files', async () => {
    const pages = await fill('pages', ['page10.png', 'page9.PNG', 'page1.jpg', 'b.webp', '._page2.png', 'notes.txt']);
    expect((await inputs(pages)).map((input) => input.file)).toEqual([
      'b.webp',
      'page1.jpg',
      'page9.PNG',
      'page10.png',
    ]);
  });

  test('one frame each, named and counted, at time 0, sizes may differ', async () => {
    const mixed = await fill('mixed', ['a2.png', 'a10.png']);
    await copyFile(at('larger.jpg'), at('mixed', 'a3.jpg'));
    const { shots, error } = await play(mixed, { buffers: 1 });
    expect(error).toBeUndefined();
    expect(shots.map(({ index, time, file, width }) => [index, time, file, width])).toEqual([
      [0, 0, 'a2.png', 12],
      [1, 0, 'a3.jpg', 22],
      [2, 0, 'a10.png', 12],
    ]);
  });

  test('a damaged image is reported after all others were read', async () => {
    const damaged = await fill('damaged', ['a.png', 'c.png']);
    await writeFile(at('damaged', 'b.png'), 'no picture');
    const { shots, error } = await play(damaged);
    expect(shots.map((shot) => shot.file)).toEqual(['a.png', 'c.png']);
    expect(error).toBeInstanceOf(SourceError);
    expect(error?.message).toMatch(/^1 of 3 images could not be read.*b\.png/);
  });

  test('an animation among pictures is played as what its bytes are', async () => {
    const album = await fill('album', ['a.png']);
    await copyFile(at('moves.gif'), at('album', 'b.png'));
    expect((await inputs(album)).map(({ kind, file }) => [kind, file])).toEqual([
      ['image', 'a.png'],
      ['file', 'b.png'],
    ]);
  });

  test('a glob names files by what follows its fixed part', async () => {
    await fill('globbed/x', ['1.png']);
    await fill('globbed/y', ['2.png', 'z.txt']);
    expect((await inputs(at('globbed', '*', '*'))).map((input) => input.file)).toEqual(['x/1.png', 'y/2.png']);
  });

  test('a path that exists is no glob', async () => {
    await copyFile(png, at('photo[1].png'));
    const [input] = await inputs(at('photo[1].png'));
    expect(input).toMatchObject({ kind: 'image', name: at('photo[1].png') });
  });
});

describe('names mean nothing to ffmpeg', () => {
  test.each(STILLS)('a picture called %s, in truth a %s', async (name, extension) => {
    await copyFile(at(`still.${extension}`), at(name));
    const { shots, error } = await play(at(name));
    expect(error).toBeUndefined();
    expect(shots).toMatchObject([{ index: 0, time: 0, width: 30, height: 22, left: 0, top: 0 }]);
    expect('file' in (shots[0] as object)).toBe(false);
  });

  test('a relative name that looks like an option or a protocol', async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      for (const name of ['-i.mp4', 'http:x%d.mp4']) {
        await copyFile(at('clip.mp4'), at(name));
        expect((await play(name)).shots).toHaveLength(2);
      }
    } finally {
      process.chdir(before);
    }
  });
});

describe('what can not be read', () => {
  test.each([
    ['nothing.mp4', /nothing\.mp4: no such file or directory/],
    ['no*.png', /no file has this name or matches this pattern/],
  ])('%s', async (source, message) => {
    const error = await failure(at(source));
    expect(error).toBeInstanceOf(SourceError);
    expect(error.message).toMatch(message);
  });

  test('an address of no known kind is a misuse', async () => {
    const error = await failure('rtps://camera/1');
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(/there is no rtps:\/\/\. Did you mean rtsps?:/);
  });

  test('a text named like a pattern of pictures is that file, not the pictures', async () => {
    await fill('numbered', ['n001.png', 'n002.png']);
    await writeFile(at('numbered', 'n%03d.png'), 'a text');
    const { shots, error } = await play(at('numbered', 'n%03d.png'));
    expect(shots).toEqual([]);
    expect(error?.message).toMatch(/n%03d\.png holds no picture/);
  });

  test('an empty argument', async () => {
    expect(await failure('')).toBeInstanceOf(UsageError);
  });

  test('a directory without images', async () => {
    await mkdir(at('texts'));
    await writeFile(at('texts', 'a.txt'), 'a');
    await writeFile(at('texts', 'b.mp4'), 'b');
    const error = await failure(at('texts'));
    expect(error).toBeInstanceOf(SourceError);
    expect(error.message).toMatch(/texts holds no images .* but 2 other files/);
  });

  test('an empty file', async () => {
    await writeFile(at('empty.mp4'), '');
    expect((await failure(at('empty.mp4'))).message).toMatch(/empty\.mp4 is empty \(0 bytes\)/);
  });

  test('a device', async () => {
    expect((await failure('/dev/null')).message).toMatch(/neither a file nor a directory/);
  });

  test('a link that leads nowhere', async () => {
    await symlink(at('gone'), at('link.png'));
    expect((await failure(at('link.png'))).message).toMatch(/no such file/);
  });

  // Root may read everything.
  test.skipIf(process.getuid?.() === 0)('a file without permission', async () => {
    await copyFile(png, at('locked.png'));
    await chmod(at('locked.png'), 0);
    const error = await failure(at('locked.png'));
    expect(error).toBeInstanceOf(SourceError);
    expect(error.message).toMatch(/locked\.png can't be read: permission denied/);
  });
});
