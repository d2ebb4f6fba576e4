// Owns attacks' outcomes on disk: finished batches, and how far a long preparation came, each whole or not at all. It
// must not know attacks or networks.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { writeOutput } from '../../base/output/file.js';
import type { Keep } from '../attacks/attack.js';
import { CLASSES } from '../../types.js';
import { digitsKey, type Facts, FORMAT, nameOf } from './run-identity.js';
import type { Digits } from '../data/dataset.js';

/** Where outcomes are kept unless another folder is given. */
export const OUTCOMES = '.cache/outcomes';

/** What is kept of one batch. */
export interface Part {
  /** Outputs `[n, 10]` of the perturbed images. */
  readonly outputs: Float32Array;
  /** Sum over all pixels of the batch of |change|. */
  readonly changeSum: number;
  /** Largest |change| of a pixel. */
  readonly changeMax: number;
}

/** The kept batches of one run. A batch is known by the bytes of its clean images and labels, and where it starts. */
export interface Parts {
  /** The batch; undefined when it is not there, or damaged. */
  read(name: string, images: number): Promise<Part | undefined>;
  write(name: string, part: Part): Promise<void>;
}

interface Header {
  readonly format: string;
  readonly images: number;
  readonly changeSum: number;
  readonly changeMax: number;
}

/**
 * The kept batches of the run that `facts` describe, under `folder`. Nothing is made before the first write.
 * @throws UsageError from `write`, when the folder can't be written.
 */
export function openParts(folder: string, facts: Facts): Parts {
  const at = join(folder, nameOf(facts));
  return {
    read: async (name, images) => {
      const bytes = await readFile(join(at, name)).catch(() => undefined);
      return bytes && parse(bytes, images);
    },
    write: async (name, { outputs, changeSum, changeMax }) => {
      const header: Header = { format: FORMAT, images: outputs.length / CLASSES, changeSum, changeMax };
      await writeWhole(join(at, 'facts.json'), Buffer.from(`${JSON.stringify(facts)}\n`));
      await writeWhole(join(at, name), Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), bytesOf(outputs)]));
    },
  };
}

/**
 * Where the preparation that `facts` describe keeps how far it came, under `folder`. @throws UsageError from `save`.
 */
export function keepUnder(folder: string, facts: Facts): Keep {
  const file = join(folder, `${nameOf(facts)}.prepared`);
  return {
    load: async () => {
      const bytes = await readFile(file).catch(() => undefined);
      return bytes && bytes.length % 4 === 0 ? floatsOf(bytes) : undefined;
    },
    save: (values) => writeWhole(file, bytesOf(values)),
  };
}

/** The name of a batch: its start and what stands for its clean images and labels. */
export function partName(start: number, digits: Digits): string {
  return `${start}-${digitsKey(digits)}.part`;
}

function parse(bytes: Buffer, images: number): Part | undefined {
  const end = bytes.indexOf(0x0a);
  const body = bytes.subarray(end + 1);
  try {
    const header = JSON.parse(bytes.subarray(0, Math.max(0, end)).toString()) as Header;
    if (header.format !== FORMAT || header.images !== images || body.length !== images * CLASSES * 4) return undefined;
    return { outputs: floatsOf(body), changeSum: header.changeSum, changeMax: header.changeMax };
  } catch {
    // Made again: cheaper than asking a person what to do with it.
    return undefined;
  }
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeOutput(file, [bytes]);
  } catch (cause) {
    throw new UsageError(
      `What the attack has done so far is not kept: ${(cause as Error).message} Make room, or make the folder ` +
        `writable.`,
      { cause },
    );
  }
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** A copy, because a buffer from a file may not lie on a multiple of four bytes. */
function floatsOf(bytes: Buffer): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
