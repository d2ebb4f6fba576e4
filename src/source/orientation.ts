// Owns the finding of the orientation tag in a picture's bytes. ffmpeg's versions differ in which they heed, so it is
// read here, and ffmpeg is told to turn nothing. Knows where formats keep it, not what it does.
import { heldBytes, type Bytes } from './bytes.js';
import type { Orientation } from './shape.js';
import { tiffOrientation } from './tiff.js';

/** Parts of a file that are gone through at most: the tag stands among the first, or after the pixels. */
const MOST_PARTS = 100_000;

/** Bytes of an EXIF block that are looked at: where more are said, the tag still stands in the first. */
const MOST_EXIF = 1024 * 1024;

const EXIF = Buffer.from('Exif\0\0', 'latin1');

/**
 * How a picture lies by the tag in its bytes: 1 where it has none, or a wrong one. Undefined for a format whose tag is
 * not read here.
 */
export async function orientationOf(bytes: Bytes): Promise<Orientation | undefined> {
  const head = (await bytes.read(0, 16)).toString('latin1');
  if (head.startsWith('\xff\xd8\xff')) return await inJpeg(bytes);
  if (head.startsWith('\x89PNG')) return await inPng(bytes);
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return await inWebp(bytes);
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(head.slice(0, 4))) return await tiffOrientation(bytes);
  return undefined;
}

async function inJpeg(bytes: Bytes): Promise<Orientation> {
  let at = 2;
  for (let i = 0; i < MOST_PARTS; i += 1) {
    const part = await bytes.read(at, 10);
    // Pixels (0xda) come last.
    if (part.length < 10 || part[0] !== 0xff || part[1] === 0xda) return 1;
    // Any number of 0xff may stand before a mark.
    if (part[1] === 0xff) at += 1;
    else {
      const length = part.readUInt16BE(2);
      if (part[1] === 0xe1 && part.subarray(4).equals(EXIF)) return await inExif(bytes, at + 4, length - 2);
      at += 2 + length;
    }
  }
  return 1;
}

async function inPng(bytes: Bytes): Promise<Orientation> {
  let at = 8;
  for (let i = 0; i < MOST_PARTS; i += 1) {
    const part = await bytes.read(at, 8);
    if (part.length < 8) return 1;
    const length = part.readUInt32BE(0);
    if (part.toString('latin1', 4) === 'eXIf') return await inExif(bytes, at + 8, length);
    at += 12 + length;
  }
  return 1;
}

async function inWebp(bytes: Bytes): Promise<Orientation> {
  let at = 12;
  for (let i = 0; i < MOST_PARTS; i += 1) {
    const part = await bytes.read(at, 8);
    if (part.length < 8) return 1;
    const length = part.readUInt32LE(4);
    if (part.toString('latin1', 0, 4) === 'EXIF') return await inExif(bytes, at + 8, length);
    at += 8 + length + (length % 2);
  }
  return 1;
}

// The mark is a part of the block in JPEG, and in what some programs write elsewhere.
async function inExif(bytes: Bytes, at: number, length: number): Promise<Orientation> {
  const block = await bytes.read(at, Math.max(0, Math.min(length, MOST_EXIF)));
  const marked = block.subarray(0, EXIF.length).equals(EXIF);
  return await tiffOrientation(heldBytes(marked ? block.subarray(EXIF.length) : block));
}
