// What the tags of pictures say, out of bytes put together by the formats' own rules.
import { describe, expect, test } from 'vitest';
import { heldBytes } from '../../src/source/bytes.js';
import { pictureTags } from '../../src/source/picture-tags.js';
import { density, exif, gray, ORIENTATIONS, png, tiff, webpWithExif } from './pictures.js';

const dot = gray(4, 3, (x, y) => 10 * x + y);
const EXIF = Buffer.from('Exif\0\0');

/** A part of a JPEG: mark, length, content. */
function part(mark: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.of(0xff, mark, (body.length + 2) >> 8, (body.length + 2) & 255), body]);
}

function jfif(unit: number, across: number, down: number): Buffer {
  const sides = [across >> 8, across & 255, down >> 8, down & 255];
  return part(0xe0, Buffer.from('JFIF\0'), Buffer.of(1, 2, unit, ...sides, 0, 0));
}

function jpeg(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(0xff, 0xd8), ...parts, part(0xda, Buffer.alloc(30)), Buffer.alloc(100, 0xff)]);
}

async function said(file: Buffer): Promise<unknown> {
  return await pictureTags(heldBytes(file));
}

describe('orientation', () => {
  test.each(ORIENTATIONS)('%i, in all formats and both byte orders', async (orientation) => {
    const wanted = { orientation };
    for (const little of [true, false]) {
      const block = exif(orientation, little);
      expect(await said(png(dot, { chunks: { eXIf: block } }))).toEqual(wanted);
      expect(await said(png(dot, { after: { eXIf: block } }))).toEqual(wanted);
      expect(await said(jpeg(jfif(1, 72, 72), part(0xe1, EXIF, block)))).toEqual(wanted);
      const still = Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBPVP8 \x05\0\0\0'), Buffer.alloc(6)]);
      expect(await said(webpWithExif(still, dot, block))).toEqual(wanted);
      expect(await said(webpWithExif(still, dot, Buffer.concat([EXIF, block])))).toEqual(wanted);
      for (const big of [false, true])
        expect(await said(tiff([{ ...dot, orientation }], { little, big }).file)).toEqual(wanted);
    }
  });

  test.each([0, 9, 65_535])('%i is none', async (wrong) => {
    expect(await said(png(dot, { chunks: { eXIf: exif(wrong) } }))).toEqual({ orientation: 1 });
  });

  test('behind other parts of a JPEG, and fill bytes', async () => {
    const other = part(0xe1, Buffer.from('http://ns.adobe.com/xap/1.0/\0'), Buffer.alloc(60_000));
    const file = jpeg(other, other, Buffer.of(0xff, 0xff), part(0xe1, EXIF, exif(6)));
    expect(await said(file)).toEqual({ orientation: 6 });
  });

  test('is not asked of what has none, and broken bytes have none', async () => {
    expect(await said(Buffer.from('GIF89a and more than sixteen'))).toBeUndefined();
    const files = [
      png(dot, { chunks: { eXIf: exif(6) } }),
      jpeg(part(0xe1, EXIF, exif(6))),
      tiff([{ ...dot, orientation: 6 }]).file,
    ];
    for (const file of files)
      for (let length = 16; length < file.length; length += 1)
        expect([{ orientation: 1 }, { orientation: 6 }]).toContainEqual(await said(file.subarray(0, length)));
  });
});

describe('pixels in a length', () => {
  test('say nothing of their shape: ffmpeg, which takes them for the sides of a pixel, is overruled', async () => {
    const block = exif(3);
    const wanted = { orientation: 3, square: true };
    expect(await said(png(dot, { chunks: { pHYs: density(200, 100), eXIf: block } }))).toEqual(wanted);
    expect(await said(jpeg(jfif(1, 200, 100), part(0xe1, EXIF, block)))).toEqual(wanted);
    expect(await said(jpeg(jfif(2, 200, 100)))).toEqual({ ...wanted, orientation: 1 });
  });

  test('may be without a unit, and are the sides of a pixel then; alike, they are square anyway', async () => {
    for (const file of [jpeg(jfif(0, 2, 1)), jpeg(jfif(1, 72, 72))])
      expect(await said(file)).toEqual({ orientation: 1 });
    for (const pHYs of [density(3000, 3000), density(2, 1, 0)])
      expect(await said(png(dot, { chunks: { pHYs } }))).toEqual({ orientation: 1 });
  });
});
