// Owns the pages of TIFF files, and one page as a file of its own: ffmpeg reads the first page only, and no BigTIFF.
// Must not know ffmpeg, nor how pixels are packed.
import type { Bytes } from './bytes.js';
import type { Orientation } from './shape.js';
import {
  begin,
  lengthOf,
  LONG,
  LONGEST_VALUE,
  numbers,
  orientationOf,
  raw,
  readDirectory,
  valueOf,
  type Directory,
  type Entry,
  type Form,
} from './tiff.js';

/** Most directories that are followed in one file. */
export const MOST_PAGES = 1000;

/** Most bytes that the values of all pages may have, but for pixels: offsets and lengths of 2 million tiles. */
const MOST_VALUES = LONGEST_VALUE;

/** Bytes of the largest page, which is what ffmpeg takes as one. */
const LARGEST_PAGE = 2 ** 31 - 1;

/** A part of the file, in bytes. */
export interface Span {
  readonly start: number;
  readonly length: number;
}

/** One page as a TIFF file of its own: `head`, and after it the pixels. */
export interface TiffPage {
  /** Number of the page in its file, from 1. */
  readonly number: number;
  /** Of the file of its own, in bytes. */
  readonly size: number;
  readonly orientation: Orientation;
  readonly head: Buffer;
  /** Where in the file its pixels lie. */
  readonly pixels: readonly Span[];
}

/** What a TIFF file holds. */
export interface TiffPages {
  /** True for a BigTIFF. */
  readonly big: boolean;
  /**
   * Its pages in order, without small copies and masks of others; of a file that has nothing else, its first. A page
   * that can't be taken out is left out, and is a fault.
   */
  readonly pages: readonly TiffPage[];
  /** What is wrong, as the end of a sentence about the file; empty for a whole one. */
  readonly faults: readonly string[];
}

// The kind of a page, and the bits of it that make it none: a small copy, a mask.
const KIND = 254;
const NO_PAGE = 0b101;
// Where the pixels are: offsets, and their lengths.
const PIXELS = [
  { offsets: 273, lengths: 279 },
  { offsets: 324, lengths: 325 },
] as const;
// These lead to other places in the file: free bytes, sub-directories, JPEG of the old way, EXIF, GPS, and others.
const LEADING_AWAY = new Set([288, 289, 330, 513, 514, 519, 520, 521, 34_665, 34_853, 40_965]);

/** The pages of a TIFF file; undefined where it is none, or has no directory that can be read. */
export async function tiffPages(bytes: Bytes): Promise<TiffPages | undefined> {
  const start = await begin(bytes);
  if (!start) return undefined;
  const { form } = start;
  const faults: string[] = [];
  const directories = await follow(bytes, form, start.first, faults);
  const [first] = directories;
  if (!first) return undefined;
  const proper: Directory[] = [];
  for (const directory of directories)
    if ((((await valueOf(bytes, form, directory, KIND)) ?? 0) & NO_PAGE) === 0) proper.push(directory);
  const pages: TiffPage[] = [];
  const left = { values: MOST_VALUES, pixels: 2 * bytes.size };
  for (const [i, directory] of (proper.length > 0 ? proper : [first]).entries()) {
    const page = await takeOut(bytes, form, directory, { number: i + 1, left });
    if (typeof page === 'string') faults.push(`page ${i + 1} ${page}`);
    else pages.push(page);
  }
  return { big: form.big, pages, faults };
}

// All directories of the chain. It ends where it goes wrong, which is a fault.
async function follow(bytes: Bytes, form: Form, first: number, faults: string[]): Promise<Directory[]> {
  const found: Directory[] = [];
  const seen = new Set<number>();
  for (let at = first; at !== 0; at = found.at(-1)!.next) {
    const number = found.length + 1;
    const directory = seen.has(at) ? undefined : await readDirectory(bytes, form, at);
    if (seen.has(at)) faults.push(`after page ${found.length} its pages begin again`);
    else if (found.length === MOST_PAGES) faults.push(`it has more than ${MOST_PAGES} pages, which is the most`);
    else if (!directory) faults.push(`page ${number} is not whole`);
    if (!directory || found.length === MOST_PAGES) break;
    seen.add(at);
    found.push(directory);
  }
  return found;
}

/** What all pages of a file may still have, in bytes: pages that are far more than the file share what they have. */
interface Left {
  values: number;
  pixels: number;
}

/** A page as a file of its own, of the same byte order; or why that can't be, as the end of a sentence about it. */
async function takeOut(
  bytes: Bytes,
  form: Form,
  directory: Directory,
  { number, left }: { readonly number: number; readonly left: Left },
): Promise<TiffPage | string> {
  const entries = directory.entries.filter(({ tag }) => !LEADING_AWAY.has(tag));
  left.values -= entries.reduce((sum, entry) => sum + lengthOf(entry), 0);
  if (left.values < 0) return `has more than ${MOST_VALUES / 2 ** 20} MB beside its pixels`;
  const pixels = await pixelsOf(bytes, form, entries);
  if (typeof pixels === 'string') return pixels;
  const { tags, spans } = pixels;
  left.pixels -= spans.reduce((sum, { length }) => sum + length, 0);
  if (left.pixels < 0) return 'has more pixels than the file has bytes';
  const values: Value[] = [];
  const lengths = spans.map(({ length }) => length);
  for (const entry of entries) {
    const isPlace = entry.tag === tags.offsets || entry.tag === tags.lengths;
    const value = isPlace ? longs(entry.tag, lengths, form) : await narrowed(bytes, form, entry);
    if (value) values.push(value);
  }
  const size = sizeOf(values);
  let end = size;
  const starts = lengths.map((length) => (end += length) - length);
  if (end > LARGEST_PAGE) return 'is larger than 2 GB';
  const moved = values.map((value) => (value.tag === tags.offsets ? longs(value.tag, starts, form) : value));
  const orientation = await orientationOf(bytes, form, directory);
  return { number, size: end, orientation, head: written(moved, size, form), pixels: spans };
}

async function pixelsOf(
  bytes: Bytes,
  form: Form,
  entries: readonly Entry[],
): Promise<{ tags: (typeof PIXELS)[number]; spans: Span[] } | string> {
  const tags = PIXELS.find(({ offsets }) => entries.some(({ tag }) => tag === offsets));
  const entry = tags && entries.find(({ tag }) => tag === tags.offsets);
  const starts = entry && (await numbers(bytes, form, entry));
  if (!tags || !starts) return 'has no pixels that can be found';
  const counted = entries.find(({ tag }) => tag === tags.lengths);
  const lengths = counted && (await numbers(bytes, form, counted));
  if (lengths?.length !== starts.length) return 'does not say how long its pixels are';
  const spans = starts.map((start, i): Span => ({ start, length: lengths[i] as number }));
  if (spans.some(({ start, length }) => start + length > bytes.size))
    return 'is cut off: its pixels lie beyond the end';
  return { tags, spans };
}

/** An entry as it is in a page of its own. */
interface Value {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly bytes: Buffer;
}

// The numbers of BigTIFF become those of TIFF. What is not in the file is left out: ffmpeg says what it misses.
async function narrowed(bytes: Bytes, form: Form, entry: Entry): Promise<Value | undefined> {
  const wide = [16, 18].includes(entry.type) ? await numbers(bytes, form, entry) : undefined;
  if (wide) return longs(entry.tag, wide, form);
  const held = await raw(bytes, entry);
  // A copy, for what was read is part of a larger block.
  return held && { tag: entry.tag, type: entry.type, count: entry.count, bytes: Buffer.from(held) };
}

function longs(tag: number, values: readonly number[], { little }: Form): Value {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) put(bytes, 4 * i, 4, Math.min(value, 0xffff_ffff), little);
  return { tag, type: LONG, count: values.length, bytes };
}

// Header, directory, and the values that do not fit into it, each at an even place.
function sizeOf(values: readonly Value[]): number {
  return values.reduce((sum, { bytes: { length } }) => sum + 12 + outside(length), 14);
}

function outside(length: number): number {
  return length <= 4 ? 0 : length + (length % 2);
}

function written(values: readonly Value[], size: number, { little }: Form): Buffer {
  const page = Buffer.alloc(size);
  page.write(little ? 'II' : 'MM', 'latin1');
  put(page, 2, 2, 42, little);
  put(page, 4, 4, 8, little);
  put(page, 8, 2, values.length, little);
  let free = 14 + 12 * values.length;
  for (const [i, { tag, type, count, bytes }] of values.entries()) {
    const at = 10 + 12 * i;
    put(page, at, 2, tag, little);
    put(page, at + 2, 2, type, little);
    put(page, at + 4, 4, count, little);
    if (bytes.length > 4) put(page, at + 8, 4, free, little);
    bytes.copy(page, bytes.length > 4 ? free : at + 8);
    free += outside(bytes.length);
  }
  return page;
}

function put(bytes: Buffer, at: number, size: 2 | 4, value: number, little: boolean): void {
  if (little) bytes.writeUIntLE(value, at, size);
  else bytes.writeUIntBE(value, at, size);
}
