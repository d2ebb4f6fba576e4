// Owns the finding of tags in a picture's bytes that say how it is to be looked at. ffmpeg's versions differ in which
// they heed, so they are read here, and ffmpeg is told to turn nothing. Knows where formats keep them, not what for.
import { heldBytes, type Bytes } from './bytes.js';
import type { Look, Orientation } from './shape.js';
import { tiffOrientation } from './tiff.js';

/** Parts of a file that are gone through at most: tags stand among the first, or after the pixels. */
const MOST_PARTS = 100_000;

/** Bytes of an EXIF block that are looked at: where more are said, the tag still stands in the first. */
const MOST_EXIF = 1024 * 1024;

const EXIF = Buffer.from('Exif\0\0', 'latin1');

/** What the tags of a picture say; undefined for a format whose tags are not read here. */
export async function pictureTags(bytes: Bytes): Promise<Look | undefined> {
  const head = (await bytes.read(0, 16)).toString('latin1');
  if (head.startsWith('\xff\xd8\xff')) return await inJpeg(bytes);
  if (head.startsWith('\x89PNG')) return await inPng(bytes);
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return await inWebp(bytes);
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(head.slice(0, 4)))
    return { orientation: await tiffOrientation(bytes) };
  return undefined;
}

async function inJpeg(bytes: Bytes): Promise<Look> {
  let pixels = {};
  let at = 2;
  for (let i = 0; i < MOST_PARTS; i += 1) {
    const part = await bytes.read(at, 16);
    // Pixels (0xda) come last.
    if (part.length < 16 || part[0] !== 0xff || part[1] === 0xda) break;
    // Any number of 0xff may stand before a mark.
    if (part[1] === 0xff) at += 1;
    else {
      const length = part.readUInt16BE(2);
      if (part[1] === 0xe0 && part.toString('latin1', 4, 9) === 'JFIF\0' && part[11] !== 0)
        pixels = pixelsOf(part.readUInt16BE(12), part.readUInt16BE(14));
      if (part[1] === 0xe1 && part.subarray(4, 10).equals(EXIF))
        return { orientation: await inExif(bytes, at + 4, length - 2), ...pixels };
      at += 2 + length;
    }
  }
  return { orientation: 1, ...pixels };
}

async function inPng(bytes: Bytes): Promise<Look> {
  let pixels = {};
  let at = 8;
  for (let i = 0; i < MOST_PARTS; i += 1) {
    const part = await bytes.read(at, 17);
    if (part.length < 8) break;
    const [length, name] = [part.readUInt32BE(0), part.toString('latin1', 4, 8)];
    if (name === 'eXIf') return { orientation: await inExif(bytes, at + 8, length), ...pixels };
    if (name === 'pHYs' && part.length === 17 && part[16] !== 0)
      pixels = pixelsOf(part.readUInt32BE(8), part.readUInt32BE(12));
    at += 12 + length;
  }
  return { orientation: 1, ...pixels };
}

async function inWebp(bytes: Bytes): Promise<Look> {
  let at = 12;
  for (let i = 0; i < MOST_PARTS; i += 1) {
    const part = await bytes.read(at, 8);
    if (part.length < 8) break;
    const length = part.readUInt32LE(4);
    if (part.toString('latin1', 0, 4) === 'EXIF') return { orientation: await inExif(bytes, at + 8, length) };
    at += 8 + length + (length % 2);
  }
  return { orientation: 1 };
}

// Of pixels in a length, with its unit. Programs that cut pictures leave anything there, viewers heed none of it, and
// ffmpeg takes it for the sides of a pixel, upside down. Without a unit it is meant to be these sides, and right.
function pixelsOf(across: number, down: number): Pick<Look, 'square'> {
  return across === down ? {} : { square: true };
}

// The mark is a part of the block in JPEG, and in what some programs write elsewhere.
async function inExif(bytes: Bytes, at: number, length: number): Promise<Orientation> {
  const block = await bytes.read(at, Math.max(0, Math.min(length, MOST_EXIF)));
  const marked = block.subarray(0, EXIF.length).equals(EXIF);
  return await tiffOrientation(heldBytes(marked ? block.subarray(EXIF.length) : block));
}
