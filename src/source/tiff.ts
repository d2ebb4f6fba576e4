// Owns the structure of TIFF, which EXIF has as well: directories, their entries and values, in either byte order, also
// of BigTIFF. Knows nothing of pages, pixels or ffmpeg.
import type { Bytes } from './bytes.js';
import type { Orientation } from './shape.js';

/** Most entries that one directory may have: a file made for the purpose claims 18 million million. */
const MOST_ENTRIES = 1000;

/** Most bytes that the values of one entry may have. */
export const LONGEST_VALUE = 16 * 1024 * 1024;

/** How numbers are written. */
export interface Form {
  readonly little: boolean;
  /** True for BigTIFF. */
  readonly big: boolean;
}

/** A named list of values. */
export interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** Where its values are. */
  readonly at: number;
}

/** All that is said of one picture. */
export interface Directory {
  readonly entries: readonly Entry[];
  /** Where the next one is; 0 after the last. */
  readonly next: number;
}

// Bytes of a value by its type: BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT,
// DOUBLE, IFD, and of BigTIFF LONG8, SLONG8, IFD8.
const SIZES: Readonly<Record<number, number>> = {
  ...{ 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4 },
  ...{ 16: 8, 17: 8, 18: 8 },
};
/** The type of whole numbers of four bytes. */
export const LONG = 4;

const ORIENTATION = 274;

/** The orientation that a TIFF structure gives (a TIFF file, or EXIF within another); 1 where it gives none. */
export async function tiffOrientation(bytes: Bytes): Promise<Orientation> {
  const start = await begin(bytes);
  const directory = start && (await readDirectory(bytes, start.form, start.first));
  return start && directory ? await orientationOf(bytes, start.form, directory) : 1;
}

/** How a file is written, and where its first directory is; undefined where it is no TIFF. */
export async function begin(bytes: Bytes): Promise<{ form: Form; first: number } | undefined> {
  const head = await bytes.read(0, 16);
  const mark = head.toString('latin1', 0, 2);
  if (head.length < 8 || (mark !== 'II' && mark !== 'MM')) return undefined;
  const little = mark === 'II';
  const version = unsigned(head, 2, 2, little);
  if (version !== 42 && (version !== 43 || head.length < 16)) return undefined;
  const big = version === 43;
  return { form: { little, big }, first: big ? unsigned(head, 8, 8, little) : unsigned(head, 4, 4, little) };
}

/** The directory at a place; undefined where there is no whole one. */
export async function readDirectory(bytes: Bytes, { little, big }: Form, at: number): Promise<Directory | undefined> {
  const [counter, width, link] = big ? [8, 20, 8] : [2, 12, 4];
  const head = await bytes.read(at, counter);
  const count = head.length === counter ? unsigned(head, 0, counter, little) : 0;
  if (count === 0 || count > MOST_ENTRIES) return undefined;
  const body = await bytes.read(at + counter, count * width + link);
  // Some writers leave the link of the only page out at the end of the file.
  if (body.length < count * width) return undefined;
  const entries = Array.from({ length: count }, (_, i): Entry => {
    const [from, inline] = [i * width, big ? 8 : 4];
    const type = unsigned(body, from + 2, 2, little);
    const number = unsigned(body, from + 4, inline, little);
    const here = lengthOf({ type, count: number }) <= inline;
    const value = at + counter + from + 4 + inline;
    return {
      tag: unsigned(body, from, 2, little),
      type,
      count: number,
      at: here ? value : unsigned(body, from + 4 + inline, inline, little),
    };
  });
  const whole = body.length === count * width + link;
  return { entries, next: whole ? unsigned(body, count * width, link, little) : 0 };
}

/** Bytes that an entry's values take up; 0 for a type that is not known. */
export function lengthOf({ type, count }: Pick<Entry, 'type' | 'count'>): number {
  return (SIZES[type] ?? 0) * count;
}

/** The bytes of an entry's values; undefined where they are not all there. */
export async function raw(bytes: Bytes, { type, count, at }: Entry): Promise<Buffer | undefined> {
  const length = lengthOf({ type, count });
  if (length === 0 || length > LONGEST_VALUE) return undefined;
  const values = await bytes.read(at, length);
  return values.length === length ? values : undefined;
}

/** An entry's values as whole numbers; undefined where they are none. */
export async function numbers(bytes: Bytes, { little }: Form, entry: Entry): Promise<number[] | undefined> {
  if (![1, 3, LONG, 13, 16, 18].includes(entry.type)) return undefined;
  const values = await raw(bytes, entry);
  const size = SIZES[entry.type] as number;
  return values && Array.from({ length: entry.count }, (_, i) => unsigned(values, i * size, size, little));
}

/** The first value of a tag, a whole number; undefined where it has none. */
export async function valueOf(
  bytes: Bytes,
  form: Form,
  { entries }: Directory,
  tag: number,
): Promise<number | undefined> {
  const entry = entries.find((each) => each.tag === tag);
  return entry && (await numbers(bytes, form, { ...entry, count: Math.min(entry.count, 1) }))?.[0];
}

/** The orientation that a directory gives; 1 where it gives none. */
export async function orientationOf(bytes: Bytes, form: Form, directory: Directory): Promise<Orientation> {
  const value = (await valueOf(bytes, form, directory, ORIENTATION)) ?? 1;
  return value >= 1 && value <= 8 ? (value as Orientation) : 1;
}

// Places beyond 2^53 are beyond any file's end, and stay so when they are rounded.
function unsigned(bytes: Buffer, at: number, size: number, little: boolean): number {
  if (size === 8) return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  return little ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
}
