// Owns the recognition of pictures by their first bytes, so that a name (%03d.png, a jpg called .png) misleads nobody.
// Knows formats, no kinds. Pure.
import path from 'node:path';

// What a directory is searched for. Formats that ffmpeg reads by name only are in here as well.
const IMAGE_NAMES = new Set(
  (
    'png apng jpg jpeg jpe jfif bmp dib tif tiff webp gif pbm pgm ppm pnm pam pfm tga exr dpx jp2 j2k jxl avif ico ' +
    'qoi hdr sgi xbm xpm pcx'
  ).split(' '),
);
// These are no pictures to ffmpeg but small containers: it finds out by itself.
const CONTAINERS = new Set(['avif', 'ico']);
const MOTION_JPEG = new Set(['mjpg', 'mjpeg']);

/** True when the name ends like that of an image. */
export function isImageName(name: string): boolean {
  return IMAGE_NAMES.has(extension(name));
}

/**
 * Options that make ffmpeg read a file as a single picture; undefined where it is none. Decides by content first, by
 * name where the content has no mark.
 *
 * @param head the first bytes of the file (64 KiB are enough)
 * @param name the file's name
 * @param size of the whole file in bytes
 */
export function pictureArgs(head: Buffer, name: string, size: number): readonly string[] | undefined {
  const demuxer = pictureDemuxer(head, name);
  if (demuxer?.endsWith('_pipe')) return pipeArgs(demuxer, size);
  // Without a mark only the name is left (tga), which ffmpeg must not expand as a pattern.
  if (!demuxer && isImageName(name) && !CONTAINERS.has(extension(name)))
    return ['-f', 'image2', '-pattern_type', 'none'];
  return undefined;
}

/** Options that make ffmpeg read a TIFF file of `size` bytes as a single picture. */
export function tiffArgs(size: number): readonly string[] {
  return pipeArgs('tiff_pipe', size);
}

// The pipe demuxers read bytes, never a pattern; with the frame's size given they need no parser (tiff has none).
function pipeArgs(demuxer: string, size: number): readonly string[] {
  return ['-threads', '1', '-f', demuxer, '-frame_size', String(size)];
}

/** Options that make ffmpeg read a file that is no single picture: the animations whose name may mislead it. */
export function videoArgs(head: Buffer, name: string): readonly string[] {
  const demuxer = pictureDemuxer(head, name);
  return demuxer ? ['-f', demuxer] : [];
}

/** True when the first bytes are those of an mp4 or mov file. */
export function isMp4(head: Buffer): boolean {
  return ['ftyp', 'moov', 'mdat', 'wide', 'free'].includes(ascii(head, 4, 8));
}

function pictureDemuxer(head: Buffer, name: string): string | undefined {
  if (ascii(head, 1, 4) === 'PNG' && head[0] === 0x89) return isAnimatedPng(head) ? 'apng' : 'png_pipe';
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff)
    return MOTION_JPEG.has(extension(name)) ? 'mjpeg' : 'jpeg_pipe';
  if (ascii(head, 0, 4) === 'GIF8') return 'gif';
  if (ascii(head, 0, 2) === 'BM' && head.length >= 26 && head.readUInt32LE(6) === 0) return 'bmp_pipe';
  // The second two are BigTIFF.
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(ascii(head, 0, 4))) return 'tiff_pipe';
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP')
    return isAnimatedWebp(head) ? undefined : 'webp_pipe';
  if (/^P[1-7]\s/.test(ascii(head, 0, 3))) return NETPBM[Number(ascii(head, 1, 2)) - 1];
  return undefined;
}

// By the digit of the mark P1 to P7.
const NETPBM = ['pbm_pipe', 'pgm_pipe', 'ppm_pipe', 'pbm_pipe', 'pgm_pipe', 'ppm_pipe', 'pam_pipe'] as const;

function isAnimatedPng(head: Buffer): boolean {
  const control = head.indexOf('acTL');
  const pixels = head.indexOf('IDAT');
  return control >= 0 && (pixels < 0 || control < pixels);
}

// Bit 1 of the flags in the extended header.
function isAnimatedWebp(head: Buffer): boolean {
  return ascii(head, 12, 16) === 'VP8X' && ((head[20] ?? 0) & 2) !== 0;
}

function ascii(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('latin1', from, to);
}

function extension(name: string): string {
  return path.extname(name).slice(1).toLowerCase();
}
