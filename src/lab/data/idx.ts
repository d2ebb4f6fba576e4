// Owns IDX files of bytes (the form of MNIST), plain or gzipped: the header, and as many bytes as it says. It must not
// know what they show.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { bytesInWords } from '../../base/bounded-file.js';
import { SourceError } from '../../base/errors.js';

/** What an IDX file must be. */
export interface IdxForm {
  /** Axes: 3 for images, 1 for labels. */
  readonly axes: number;
  /** Names the file in messages: `images, train-images-idx3-ubyte`. */
  readonly what: string;
  /** Bytes at most, unpacked and with the header. */
  readonly most: number;
}

/**
 * The bytes of an IDX file, unpacked where it is gzipped; its length is what its header says. Of a file whose header is
 * wrong, or that holds more than it says, no more than that is unpacked.
 * @throws SourceError when it is another kind of file, no IDX file of that form, or too short, long or large; what the
 *   file system or zlib says.
 */
export async function readIdx(
  file: string,
  { packed, ...form }: IdxForm & { readonly packed: boolean },
): Promise<Buffer> {
  if (!(await stat(file)).isFile()) throw new SourceError(`The file of ${form.what} is no regular file.`);
  return await collected(createReadStream(file), packed, form);
}

/** As `readIdx`, from the bytes of a gzipped file. */
export async function unpackIdx(bytes: Uint8Array, form: IdxForm): Promise<Buffer> {
  return await collected(Readable.from([bytes]), true, form);
}

async function collected(source: Readable, packed: boolean, form: IdxForm): Promise<Buffer> {
  if (!packed) return await collectIdx(source, form);
  // Not `pipeline`: what is thrown while it unpacks comes out of it as "aborted".
  const unpacked = createGunzip();
  source.on('error', (cause) => unpacked.destroy(cause)).pipe(unpacked);
  try {
    return await collectIdx(unpacked, form);
  } finally {
    source.destroy();
  }
}

async function collectIdx(chunks: AsyncIterable<Buffer>, { axes, what, most }: IdxForm): Promise<Buffer> {
  let head = Buffer.alloc(0);
  let whole: Buffer | undefined;
  let size = 0;
  for await (const chunk of chunks) {
    if (!whole) {
      head = Buffer.concat([head, chunk]);
      if (head.length < headerLength(axes)) continue;
      const length = lengthOf(head, axes, what);
      if (length > most)
        throw new SourceError(
          `The file of ${what} has ${length} bytes by its header; at most ${bytesInWords(most)} are read.`,
        );
      // Not touched before it is written to: a header that promises much costs nothing.
      whole = Buffer.alloc(length);
    }
    const part = size === 0 ? head : chunk;
    size += part.length;
    if (size > whole.length)
      throw new SourceError(`The file of ${what} has more than the ${whole.length} bytes that its header says.`);
    part.copy(whole, size - part.length);
  }
  // Too short: the checks below say how.
  const bytes = whole ? whole.subarray(0, size) : head;
  idxShape(bytes, axes, what);
  return bytes;
}

/**
 * The axes of an IDX file (magic 0, 0, 8 = unsigned byte, number of axes; then the axes, big endian).
 * @throws SourceError when the header is wrong, or the file has not as many bytes as it says.
 */
export function idxShape(bytes: Buffer, axes: number, what: string): number[] {
  const expected = lengthOf(bytes, axes, what);
  if (bytes.length !== expected)
    throw new SourceError(`The file of ${what} has ${bytes.length} bytes; its header says ${expected}. Is it cut off?`);
  return shapeOf(bytes, axes);
}

/** The first two bytes of a gzip file. */
const GZIP = 0x1f8b;

/** Bytes of the whole file, as its header says. */
function lengthOf(bytes: Buffer, axes: number, what: string): number {
  const magic = 0x0800 + axes;
  if (bytes.length < headerLength(axes))
    throw new SourceError(`The file of ${what} ends within its header, after ${bytes.length} bytes.`);
  const found = bytes.readUInt32BE(0);
  if (found !== magic) {
    if (found >>> 16 === GZIP) throw new SourceError(`The file of ${what} is gzipped; its name must end in .gz.`);
    throw new SourceError(
      `The file of ${what} starts with 0x${found.toString(16).padStart(8, '0')}; an IDX file of bytes ` +
        `with ${axes} axes starts with 0x${magic.toString(16).padStart(8, '0')}.`,
    );
  }
  return headerLength(axes) + shapeOf(bytes, axes).reduce((a, b) => a * b, 1);
}

function headerLength(axes: number): number {
  return 4 + 4 * axes;
}

function shapeOf(bytes: Buffer, axes: number): number[] {
  return Array.from({ length: axes }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
}
