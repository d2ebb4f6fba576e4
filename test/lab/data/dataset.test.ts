// Tests of src/lab/data/dataset.ts: MNIST as published, other IDX files, and what is said of damaged ones.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SourceError } from '../../../src/base/errors.js';
import { imagesFile, loadDataset, parseDigits, parseImages, pixelsOf, slice } from '../../../src/lab/data/dataset.js';

function idx(magic: number, shape: number[], body: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(magic, 0);
  shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, body]);
}

/** `count` digits whose label is their index mod 10 and whose pixels all are their index. */
const images = (count: number): Buffer =>
  idx(
    0x803,
    [count, 28, 28],
    Uint8Array.from({ length: count * 784 }, (_, i) => Math.floor(i / 784)),
  );
const labels = (count: number): Buffer =>
  idx(
    0x801,
    [count],
    Uint8Array.from({ length: count }, (_, i) => i % 10),
  );

describe('MNIST', () => {
  it('is whole and cut into training, held-out and test digits', async () => {
    const { name, training, heldOut, test, hashes } = await loadDataset();
    expect(name).toBe('MNIST');
    expect([training.count, heldOut.count, test.count]).toEqual([55_000, 5_000, 10_000]);
    // The first labels of the published files, and how many of each class the test file has.
    expect([...training.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect([...test.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    const counts = new Array<number>(10).fill(0);
    for (const label of test.labels) counts[label]! += 1;
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect(Object.keys(hashes)).toHaveLength(4);
  });
});

describe('a folder of IDX files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lq-dataset-'));
    await writeFile(join(folder, 'train-images-idx3-ubyte'), images(24));
    await writeFile(join(folder, 'train-labels-idx1-ubyte'), labels(24));
    await writeFile(join(folder, 't10k-images-idx3-ubyte.gz'), gzipSync(images(11)));
    await writeFile(join(folder, 't10k-labels-idx1-ubyte.gz'), gzipSync(labels(11)));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is read plain or gzipped, the last twelfth held out', async () => {
    const { training, heldOut, test } = await loadDataset(folder);
    expect([training.count, heldOut.count, test.count]).toEqual([22, 2, 11]);
    expect([...heldOut.labels]).toEqual([2, 3]);
    expect(heldOut.images[0]).toBe(22);
    expect(test.images.at(-1)).toBe(10);
  });

  it('says which file is missing, and which is no gzip', async () => {
    await rm(join(folder, 'train-labels-idx1-ubyte'));
    await expect(loadDataset(folder)).rejects.toThrow(
      /train-labels-idx1-ubyte is missing, and so is train-labels-idx1-ubyte\.gz/,
    );
    await writeFile(join(folder, 'train-labels-idx1-ubyte.gz'), 'no gzip');
    await expect(loadDataset(folder)).rejects.toThrow(/can't be unpacked/);
    await writeFile(join(folder, 'train-labels-idx1-ubyte.gz'), gzipSync(labels(24)).subarray(0, -12));
    await expect(loadDataset(folder)).rejects.toThrow(
      /train-labels-idx1-ubyte\.gz can't be unpacked: unexpected end of file/,
    );
    await expect(loadDataset(folder)).rejects.toBeInstanceOf(SourceError);
  });
});

describe('a folder sorted by label', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lq-sorted-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (sorted: Uint8Array): Promise<void> => {
    await writeFile(
      join(folder, 'train-images-idx3-ubyte'),
      idx(0x803, [sorted.length, 28, 28], new Uint8Array(sorted.length * 784)),
    );
    await writeFile(join(folder, 'train-labels-idx1-ubyte'), idx(0x801, [sorted.length], sorted));
    await writeFile(join(folder, 't10k-images-idx3-ubyte'), images(11));
    await writeFile(join(folder, 't10k-labels-idx1-ubyte'), labels(11));
  };

  it('is refused where a class is only among the held-out digits, or the held-out digits lack one', async () => {
    await write(Uint8Array.from({ length: 24 }, (_, i) => (i < 22 ? i % 9 : 9)));
    await expect(loadDataset(folder)).rejects.toThrow(
      /No digit 9 among the 22 labels in the training files .* but for their last twelfth.*sorted by label/,
    );
    await write(Uint8Array.from({ length: 2400 }, (_, i) => Math.floor(i / 240)));
    await expect(loadDataset(folder)).rejects.toThrow(/No digit 0 among the 200 labels in the last twelfth/);
  });
});

describe('damaged files', () => {
  const parse = (i: Buffer, l: Buffer): unknown => parseDigits(i, l, 'here');

  it.each([
    ['a wrong magic number', labels(10), labels(10), /starts with 0x00000801; .* starts with 0x00000803/],
    [
      'a gzip file by the name of a plain one',
      gzipSync(images(10)),
      labels(10),
      /is gzipped; its name must end in \.gz/,
    ],
    ['a cut file', images(10).subarray(0, 7000), labels(10), /has 7000 bytes; its header says 7856/],
    ['a cut header', images(10).subarray(0, 7), labels(10), /ends within its header, after 7 bytes/],
    ['other counts', images(11), labels(10), /11 images but 10 labels/],
    ['another size', idx(0x803, [10, 14, 56], new Uint8Array(7840)), labels(10), /are 56x14; they must be 28x28/],
    ['a missing class', images(9), labels(9), /No digit 9 among the 9 labels/],
    [
      'a label that is no digit',
      images(10),
      idx(0x801, [10], Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 12)),
      /A label in here is 12/,
    ],
  ])('%s is named', (_name, i, l, message) => {
    expect(() => parse(i, l)).toThrow(message);
    expect(() => parse(i, l)).toThrow(SourceError);
  });
});

describe('digits', () => {
  const digits = parseDigits(images(20), labels(20), 'here');

  it('are cut without copying', () => {
    const cut = slice(digits, 3, 5);
    expect([cut.count, cut.labels[0], cut.images[784]]).toEqual([2, 3, 4]);
    expect(cut.images.buffer).toBe(digits.images.buffer);
  });

  it('become pixels in [0, 1]', () => {
    const pixels = pixelsOf(digits, 18, 20);
    expect(pixels).toHaveLength(2 * 784);
    expect([pixels[0], pixels[784]]).toEqual([Math.fround(18 / 255), Math.fround(19 / 255)]);
  });
});

describe('files of images', () => {
  it('are written as they are read, byte by byte', () => {
    const body = Uint8Array.from({ length: 3 * 784 }, (_, i) => (i * 7) % 256);
    expect(Buffer.compare(imagesFile(body), idx(0x803, [3, 28, 28], body))).toBe(0);
    expect(Buffer.compare(parseImages(imagesFile(body), 'here'), body)).toBe(0);
    expect(parseImages(imagesFile(new Uint8Array(0)), 'here')).toHaveLength(0);
  });

  it('are read without the bytes of the file: those may be reused', () => {
    const file = imagesFile(new Uint8Array(784).fill(5));
    const read = parseImages(file, 'here');
    file.fill(0);
    expect(read.every((value) => value === 5)).toBe(true);
  });

  it.each([
    ['cut off', images(3).subarray(0, 2000), /images, here has 2000 bytes; its header says 2368/],
    ['labels', labels(10), /starts with 0x00000801/],
    ['of another size', idx(0x803, [10, 14, 56], new Uint8Array(7840)), /Images in here are 56x14; they must be 28x28/],
    ['empty', Buffer.alloc(0), /ends within its header, after 0 bytes/],
  ])('that are %s are refused', (_name, file, message) => {
    expect(() => parseImages(file, 'here')).toThrow(SourceError);
    expect(() => parseImages(file, 'here')).toThrow(message);
  });
});
