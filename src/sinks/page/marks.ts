// Owns the folder of crops that a person has marked: IDX files as MNIST has them, which `train --data` takes, and those
// that are no digit beside them. It must not know where crops come from.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readBounded } from '../../base/bounded-file.js';
import { UsageError } from '../../base/errors.js';
import { reasonOf, writeOutput } from '../../base/output/file.js';
import { printable } from '../../base/printable.js';
import { isDigit, NO_DIGIT, PIXELS, SIDE } from '../../types.js';
import type { Label } from './protocol.js';

/** Crops in a folder at most. */
export const MOST_MARKS = 20_000;

/** Every so many-th digit is for testing, as of MNIST. */
const TEST_EVERY = 7;

/** The files, by what is in them: digits to train and to test with, and what is none, which needs no labels. */
const PARTS = ['train', 't10k', 'no-digit'] as const;
type Part = (typeof PARTS)[number];

interface Marked {
  readonly pixels: Uint8Array;
  label: number;
  /** Where it is kept as long as it is a digit. */
  readonly part: Exclude<Part, 'no-digit'>;
}

/** Marked crops of one folder: those of runs before, and new ones. */
export class MarkFolder {
  readonly folder: string;
  readonly #marked: Marked[];
  /** The crops of this run by their number. */
  readonly #own = new Map<number, Marked>();
  #writing: Promise<void> = Promise.resolve();

  private constructor(folder: string, marked: Marked[]) {
    this.folder = folder;
    this.#marked = marked;
  }

  /**
   * Opens a folder, which is made where there is none.
   * @throws UsageError where it can't be made, or holds files of these names that are no such crops.
   */
  static open(folder: string): MarkFolder {
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw new UsageError(`--crops ${printable(folder)} can't be made: ${reasonOf(cause)}`, { cause });
    }
    return new MarkFolder(
      folder,
      PARTS.flatMap((part) => readPart(folder, part)),
    );
  }

  /** Crops that the folder holds. */
  get count(): number {
    return this.#marked.length;
  }

  /**
   * Keeps a crop with what it shows; one that was marked before in this run is marked anew.
   * @param pixels `[784]` bytes, light ink on dark ground.
   * @throws UsageError where the folder is full or can't be written.
   */
  async mark(crop: number, pixels: Uint8Array, label: Label): Promise<void> {
    const code = label === 'none' ? NO_DIGIT : label;
    const before = this.#own.get(crop);
    const changed = new Set<Part>(before && [partOf(before)]);
    const mark = before ?? this.#add(crop, pixels, code);
    mark.label = code;
    changed.add(partOf(mark));
    const writing = this.#writing.then(() => this.#write(changed));
    this.#writing = writing.catch(() => undefined);
    await writing;
  }

  #add(crop: number, pixels: Uint8Array, label: number): Marked {
    if (this.count >= MOST_MARKS)
      throw new UsageError(`${printable(this.folder)} holds ${MOST_MARKS} crops, which is the most: take another.`);
    const digits = this.#marked.filter((one) => isDigit(one.label)).length;
    const part = digits % TEST_EVERY === TEST_EVERY - 1 ? 't10k' : 'train';
    const mark: Marked = { pixels: Uint8Array.from(pixels), label, part };
    this.#marked.push(mark);
    this.#own.set(crop, mark);
    return mark;
  }

  async #write(parts: ReadonlySet<Part>): Promise<void> {
    for (const part of parts) {
      const own = this.#marked.filter((mark) => partOf(mark) === part);
      const { images, labels } = namesOf(part);
      const pixels = own.map((mark) => mark.pixels);
      await writeOutput(join(this.folder, images), [header([own.length, SIDE, SIDE]), ...pixels]);
      const said = Uint8Array.from(own, ({ label }) => label);
      if (labels !== undefined) await writeOutput(join(this.folder, labels), [header([own.length]), said]);
    }
  }
}

function partOf({ label, part }: Pick<Marked, 'label' | 'part'>): Part {
  return isDigit(label) ? part : 'no-digit';
}

function namesOf(part: Part): { readonly images: string; readonly labels?: string } {
  const images = `${part}-images-idx3-ubyte`;
  return part === 'no-digit' ? { images } : { images, labels: `${part}-labels-idx1-ubyte` };
}

/** The header of an IDX file of bytes: magic 0, 0, 8, number of axes; then the axes, big endian. */
function header(shape: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * shape.length);
  bytes.writeUInt32BE(0x0800 + shape.length);
  shape.forEach((size, k) => bytes.writeUInt32BE(size, 4 + 4 * k));
  return bytes;
}

function readPart(folder: string, part: Part): Marked[] {
  const { images, labels } = namesOf(part);
  const files = [images, ...(labels === undefined ? [] : [labels])].map((name) => join(folder, name));
  if (!files.some((file) => existsSync(file))) return [];
  const most = 16 + MOST_MARKS * PIXELS;
  const pixels = readBounded(files[0]!, { most });
  const count = (pixels.length - 16) / PIXELS;
  const said = files[1] === undefined ? undefined : readBounded(files[1], { most });
  const whole =
    Number.isInteger(count) &&
    count >= 0 &&
    pixels.subarray(0, 16).equals(header([count, SIDE, SIDE])) &&
    (!said || (said.length === 8 + count && said.subarray(0, 8).equals(header([count]))));
  if (!whole)
    throw new UsageError(`--crops ${printable(folder)} holds ${images} that is no file of such crops: take another.`);
  return Array.from({ length: count }, (_, k) => ({
    pixels: pixels.subarray(16 + k * PIXELS, 16 + (k + 1) * PIXELS),
    label: said?.[8 + k] ?? NO_DIGIT,
    part: part === 'no-digit' ? 'train' : part,
  }));
}
