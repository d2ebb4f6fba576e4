// Digits as MNIST's files, for the tests of commands that read a folder of them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digits } from '../../../src/lab/data/dataset.js';

/** Writes the images and labels of a part (`train`, `t10k`) as IDX files. */
export async function writeIdx(folder: string, part: string, { count, images, labels }: Digits): Promise<void> {
  const header = (...numbers: number[]): Buffer => Buffer.from(Uint32Array.from(numbers).buffer).swap32();
  await writeFile(join(folder, `${part}-images-idx3-ubyte`), Buffer.concat([header(0x803, count, 28, 28), images]));
  await writeFile(join(folder, `${part}-labels-idx1-ubyte`), Buffer.concat([header(0x801, count), labels]));
}
