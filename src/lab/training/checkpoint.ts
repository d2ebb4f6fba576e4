// Owns checkpoint files: a training's snapshot on disk, whole or not at all, and checked when it comes back. It must not
// know what is trained.
import fs from 'node:fs/promises';
import { readBounded } from '../../base/bounded-file.js';
import type { DocumentError } from '../../base/document-error.js';
import { ModelError, UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import type { Layer, Network } from '../../model/network.js';
import { writeOutput } from '../../base/output/file.js';
import type { Snapshot } from './train.js';

/** First line of a checkpoint file. */
interface Header {
  readonly format: 'lq-stream checkpoint 1';
  /** What the training depends on (a hash); another key means another training. */
  readonly key: string;
  readonly step: number;
  readonly parts: number;
}

/** How the name of a checkpoint file ends. */
export const CHECKPOINT = '.checkpoint';

const FORMAT = 'lq-stream checkpoint 1';

/** Bytes of the first line at most, its end included; a key has 64. */
const HEADER_BYTES = 512;

const REMEDY = 'Delete it, or train without --resume.';

/**
 * Writes a snapshot in place of the one before; a reader sees either the old one or the new one.
 * @throws ModelError when a number in it is not finite (the cost shows that one step later) or it can't be written; the
 *   checkpoint before stays as it is.
 */
export async function writeCheckpoint(file: string, key: string, { step, parts }: Snapshot): Promise<void> {
  const header: Header = { format: FORMAT, key, step, parts: parts.length };
  const arrays = parts.flatMap(arraysOf);
  if (!arrays.every((array) => array.every(Number.isFinite))) {
    throw new ModelError(
      `Training broke off at step ${step}: the weights, or Adam's moments, are no longer finite numbers. ` +
        `Lower training.rate or add training.warmUp. The checkpoint before this step, if any, is unchanged.`,
    );
  }
  const bytes = [
    Buffer.from(`${JSON.stringify(header)}\n`),
    ...arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)),
  ];
  try {
    await writeOutput(file, bytes);
  } catch (cause) {
    throw new ModelError(
      `The checkpoint of step ${step} is not kept: ${(cause as Error).message} The one before, if any, is ` +
        `unchanged; --resume goes on from it.`,
      { cause },
    );
  }
}

/** The training that a checkpoint must be of. */
export interface Resumed {
  /** As it was written. */
  readonly key: string;
  /** A network of the same architecture. */
  readonly shape: Network;
  /** Steps of the training in all. */
  readonly steps: number;
  /** Networks in a snapshot of it (see `partsOf`). */
  readonly parts: number;
  /** The training's masks, if it has some. */
  readonly masks?: readonly Float32Array[] | undefined;
}

/**
 * Reads the snapshot of a training; undefined when there is none.
 * @throws UsageError when the file can't be read, belongs to another training or is damaged.
 */
export function readCheckpoint(file: string, training: Resumed): Snapshot | undefined {
  let bytes: Buffer;
  try {
    bytes = readBounded(file, { most: HEADER_BYTES + sizeOf(training.shape) * training.parts });
  } catch (error) {
    const { message, cause } = error as DocumentError;
    if ((cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw new UsageError(`The checkpoint ${printable(file)} ${message}. ${REMEDY}`, { cause: error });
  }
  return parseCheckpoint(bytes, training, `The checkpoint ${printable(file)}`);
}

/**
 * The snapshot of a training from the bytes of its checkpoint file.
 * @param where Names it in messages, fit to be printed.
 * @throws UsageError, and nothing else, for any other bytes: of another training, cut off, too long, or with a step,
 *   parts or numbers that no snapshot of this training has.
 */
export function parseCheckpoint(bytes: Buffer, training: Resumed, where: string): Snapshot {
  const end = bytes.subarray(0, HEADER_BYTES).indexOf(0x0a);
  const line = bytes.toString('utf8', 0, Math.max(0, end));
  const { key, step, parts } = parseHeader(line, where);
  if (key !== training.key)
    throw new UsageError(
      `${where} belongs to another training: the recipe, the seed, the data, the parent or the backend is not the ` +
        `same. Train without --resume to start over.`,
    );
  if (!Number.isSafeInteger(step) || step < 1 || step > training.steps)
    throw damaged(where, `its step is ${said(step)}; it must be a whole number from 1 to ${training.steps}`);
  if (parts !== training.parts)
    throw damaged(where, `it says that it has ${said(parts)} parts; this training has ${training.parts}`);
  // Of a key that is there twice, or is another's, nothing was seen so far.
  if (line !== JSON.stringify({ format: FORMAT, key, step, parts } satisfies Header))
    throw damaged(where, 'its first line says more than is ever written');
  const size = sizeOf(training.shape);
  const body = bytes.subarray(end + 1);
  if (body.length !== size * parts)
    throw damaged(where, `it holds ${body.length} bytes of numbers; this training has ${size * parts}`);
  const networks = Array.from({ length: parts }, (_, i) =>
    networkFrom(training.shape, body.subarray(i * size, (i + 1) * size)),
  );
  checkNumbers(networks, training.masks, where);
  return { step, parts: networks };
}

/** Names of the checkpoint files in `folder` that begin with `prefix`; none when there is no such folder. */
export async function listCheckpoints(folder: string, prefix: string): Promise<string[]> {
  try {
    return (await fs.readdir(folder)).filter((name) => name.startsWith(prefix) && name.endsWith(CHECKPOINT)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new UsageError(`The folder of checkpoints ${printable(folder)} can't be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Deletes a checkpoint, if there is one. */
export async function removeCheckpoint(file: string): Promise<void> {
  await fs.rm(file, { force: true });
}

function arraysOf(network: Network): Float32Array[] {
  return network.layers.flatMap(({ weights, bias }) => [weights, bias]);
}

/** Bytes of a network's numbers. */
function sizeOf(shape: Network): number {
  return arraysOf(shape).reduce((sum, array) => sum + array.byteLength, 0);
}

/** What the first line says; whether it can be so is not checked yet. */
function parseHeader(line: string, where: string): Header {
  try {
    const header = JSON.parse(line) as Header;
    if ((header.format as string) === FORMAT) return header;
  } catch {
    // Not JSON, or null.
  }
  throw new UsageError(`${where} is not a checkpoint of this version. ${REMEDY}`);
}

/** The parts are weights, Adam's two moments, and the average if there is one. */
function checkNumbers(parts: readonly Network[], masks: readonly Float32Array[] | undefined, where: string): void {
  if (!parts.flatMap(arraysOf).every((array) => array.every(Number.isFinite)))
    throw damaged(where, 'not all of its numbers are finite');
  const [weights, , square, average] = parts;
  if (square && !arraysOf(square).every((array) => array.every((value) => value >= 0)))
    throw damaged(where, 'some of its mean squares are below 0');
  for (const part of [weights, average])
    if (masks && part && !part.layers.every((layer, i) => layer.weights.every((w, j) => w === 0 || masks[i]![j] !== 0)))
      throw damaged(where, 'some weights that were pruned are not 0');
}

function damaged(where: string, found: string): UsageError {
  return new UsageError(`${where} is damaged: ${found}. ${REMEDY}`);
}

/** A value of the header in a message. */
function said(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'number' ? String(value) : printable(JSON.stringify(value));
}

function networkFrom(shape: Network, bytes: Buffer): Network {
  // A copy, because the numbers after the header line may not lie on a multiple of four bytes.
  const numbers = new Float32Array(Uint8Array.from(bytes).buffer);
  let at = 0;
  const take = (count: number): Float32Array => numbers.slice(at, (at += count));
  const layers = shape.layers.map((layer): Layer => ({
    ...layer,
    weights: take(layer.weights.length),
    bias: take(layer.bias.length),
  }));
  return { layers };
}
