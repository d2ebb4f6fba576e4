// Pictures as they should be looked at, all the way through ffmpeg: upright by their own tags, turned on where asked
// for, every page of a file, and pixels made square. What is behind it is tested by itself: picture-tags, tiff, shape.
import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { SourceError, UsageError } from '../../src/base/errors.js';
import type { Rotation } from '../../src/source/source.js';
import { makeAll, moving, play, scratch, type Shot } from './clips.js';
import { density, exif, gray, lying, png, tiff, webpWithExif, type Gray } from './pictures.js';

const at = scratch();
// No two rows or columns are alike, and no symmetry leaves it as it is.
const page = gray(16, 10, (x, y) => 12 * x + 5 * y + 10);
const wide = gray(16, 10, (x) => (x < 8 ? 40 : 200));

beforeAll(async () => {
  await writeFile(at('lies.png'), png(lying(page, 6)));
  await writeFile(at('wide.png'), png(wide));
  const video = ['-r', '5', '-pix_fmt', 'gray', '-c:v', 'ffv1'];
  await makeAll(
    ['-i', at('lies.png'), '-c:v', 'libwebp', '-lossless', '1', at('lies.webp')],
    ['-i', at('lies.png'), '-q:v', '1', at('lies.jpg')],
    ['-i', at('lies.png'), ...video, at('lies.mkv')],
    ['-i', at('wide.png'), '-vf', 'setsar=sar=1000/1:max=1000', ...video, at('absurd.mkv')],
    [...moving('s=64x48:r=5:d=0.4'), '-vf', 'setsar=4/3', '-pix_fmt', 'yuv420p', at('anamorphic.mp4')],
  );
});

async function shotOf(name: string, options: Parameters<typeof play>[1] = {}): Promise<Shot> {
  const { shots, error } = await play(at(name), options);
  expect(error).toBeUndefined();
  expect(shots).toHaveLength(1);
  return shots[0] as Shot;
}

function expectToBe(shot: Shot, { width, height, pixels }: Gray, within = 0): void {
  expect([shot.width, shot.height]).toEqual([width, height]);
  expect(Math.max(...shot.gray.map((value, i) => Math.abs(value - (pixels[i] as number))))).toBeLessThanOrEqual(within);
}

describe('a picture comes upright', () => {
  test('out of a PNG', async () => {
    await writeFile(at('tagged.png'), png(lying(page, 5), { chunks: { eXIf: exif(5) } }));
    expectToBe(await shotOf('tagged.png'), page);
  });

  test('out of a WebP', async () => {
    const still = await readFile(at('lies.webp'));
    await writeFile(at('tagged.webp'), webpWithExif(still, lying(page, 6), exif(6)));
    expectToBe(await shotOf('tagged.webp'), page, 2);
  });

  test('out of a JPEG, once, whatever the version of ffmpeg does by itself', async () => {
    const photo = await readFile(at('lies.jpg'));
    const block = Buffer.concat([Buffer.from('Exif\0\0'), exif(6)]);
    const mark = Buffer.from([0xff, 0xe1, 0, block.length + 2]);
    await writeFile(at('tagged.jpg'), Buffer.concat([photo.subarray(0, 2), mark, block, photo.subarray(2)]));
    expectToBe(await shotOf('tagged.jpg'), page, 8);
  });

  test('out of a TIFF of one page', async () => {
    await writeFile(at('one.tiff'), tiff([{ ...lying(page, 3), orientation: 3 }]).file);
    const shot = await shotOf('one.tiff');
    expectToBe(shot, page);
    expect(shot.file).toBeUndefined();
  });
});

describe('a picture through a pipe comes upright', () => {
  test.each(['tagged.png', 'tagged.webp'])('%s', async (name) => {
    const { shots, error, monitor } = await play('-', { stdin: Readable.from([await readFile(at(name))]) });
    expect(error).toBeUndefined();
    expect(monitor.info).toMatchObject({ width: 16, height: 10 });
    expectToBe(shots[0] as Shot, page, 2);
  });
});

describe('rotate', () => {
  test('comes after what the tag says', async () => {
    await writeFile(at('both.png'), png(lying(lying(page, 8), 2), { chunks: { eXIf: exif(2) } }));
    expectToBe(await shotOf('both.png', { rotate: 270 }), page);
  });

  test('turns a video, its size and its crop', async () => {
    const { shots, monitor } = await play(at('lies.mkv'), { rotate: 90, crop: [3, 2, 5, 4] });
    expect(monitor.info).toMatchObject({ width: 16, height: 10 });
    expect(shots[0]).toMatchObject({ left: 3, top: 2, width: 5, height: 4 });
    const part = Array.from({ length: 20 }, (_, i) => page.pixels[(2 + Math.floor(i / 5)) * 16 + 3 + (i % 5)]);
    expect([...(shots[0]?.gray ?? [])]).toEqual(part);
  });

  test('takes quarter turns only', async () => {
    const { error } = await play(at('lies.png'), { rotate: 45 as Rotation });
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toBe('rotate must be one of 0, 90, 180, 270, got 45.');
  });
});

describe('a TIFF of many pages', () => {
  const second = gray(9, 12, (x, y) => 200 - 3 * x - 11 * y);

  test.each([
    ['classic', { little: true }],
    ['BigTIFF', { little: false, big: true }],
  ])('gives all of them in order: %s', async (_name, form) => {
    await writeFile(at('pages.tif'), tiff([page, { ...lying(second, 6), orientation: 6 }], form).file);
    const { shots, error } = await play(at('pages.tif'));
    expect(error).toBeUndefined();
    expect(shots.map(({ index, time, file }) => [index, time, file])).toEqual([
      [0, 0, 'pages.tif#1'],
      [1, 0, 'pages.tif#2'],
    ]);
    expectToBe(shots[0] as Shot, page);
    expectToBe(shots[1] as Shot, second);
  });

  test('gives what is whole and then says what is not', async () => {
    const { file, links } = tiff([page]);
    // The page leads back to itself.
    file.writeUInt32LE(file.readUInt32LE(4), links[0]);
    await writeFile(at('loop.tif'), file);
    const { shots, error } = await play(at('loop.tif'));
    expect(shots.map(({ file: name }) => name)).toEqual(['loop.tif#1']);
    expect(error).toBeInstanceOf(SourceError);
    expect(error?.message).toBe(`${at('loop.tif')} is damaged: after page 1 its pages begin again.`);
  });
});

describe('pixels that are not square', () => {
  test('of a video are made so before it is turned, cropped and halved', async () => {
    const { shots, monitor } = await play(at('anamorphic.mp4'), { rotate: 90, longestSide: 44, crop: [4, 6, 40, 80] });
    expect(monitor.info).toMatchObject({ width: 48, height: 86 });
    expect(shots[0]).toMatchObject({ left: 4, top: 6, width: 20, height: 40, scale: 2 });
  });

  test('of a still are made so where it gives their sides, and not where it gives pixels a metre', async () => {
    await writeFile(at('sides.png'), png(wide, { chunks: { pHYs: density(2, 1, 0) } }));
    const { width, height, gray: pixels } = await shotOf('sides.png');
    expect([width, height]).toEqual([32, 10]);
    const row = [...pixels.subarray(5 * width, 6 * width)];
    expect(row.slice(0, 12)).toEqual(Array.from({ length: 12 }, () => 40));
    expect(row.slice(20)).toEqual(Array.from({ length: 12 }, () => 200));
    await writeFile(at('dense.png'), png(wide, { chunks: { pHYs: density(8504, 5748) } }));
    expectToBe(await shotOf('dense.png'), wide);
  });

  test('that no camera makes are left as they are, which is said', async () => {
    const { shots, monitor } = await play(at('absurd.mkv'));
    expect(shots[0]).toMatchObject({ width: 16, height: 10 });
    expect(monitor.remarks).toEqual([
      'pixels that are said to be 1000 times as wide as high were taken as square: shapes from 1/4 to 4 are ' +
        'believed, and sides up to 16384 pixels',
    ]);
  });
});
