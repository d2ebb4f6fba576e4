// Owns checkpoint files: a training's snapshot on disk, whole or not at all. It must not know what is trained.
import fs from 'node:fs/promises';
import { ModelError, UsageError } from '../../base/errors.js';
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

/**
 * Reads the snapshot of a training of `shape`; undefined when there is none.
 * @throws UsageError when the file belongs to another training or is damaged.
 */
export async function readCheckpoint(file: string, key: string, shape: Network): Promise<Snapshot | undefined> {
  let bytes: Buffer;
  try {
    bytes = await fs.readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`The checkpoint ${file} can't be read: ${(error as Error).message}`, { cause: error });
  }
  const end = bytes.indexOf(0x0a);
  const header = parseHeader(bytes.subarray(0, Math.max(0, end)).toString());
  if (header === undefined)
    throw new UsageError(`${file} is not a checkpoint of this version. Delete it, or train without --resume.`);
  if (header.key !== key)
    throw new UsageError(
      `The checkpoint ${file} belongs to another training: the recipe, the seed, the data, the parent or ` +
        `the backend is not the same. Train without --resume to start over.`,
    );
  const size = arraysOf(shape).reduce((sum, array) => sum + array.byteLength, 0);
  const body = bytes.subarray(end + 1);
  if (body.length !== size * header.parts)
    throw new UsageError(
      `The checkpoint ${file} holds ${body.length} bytes of numbers; this training ` +
        `has ${size * header.parts}. Delete it, or train without --resume.`,
    );
  return {
    step: header.step,
    parts: Array.from({ length: header.parts }, (_, i) => networkFrom(shape, body.subarray(i * size, (i + 1) * size))),
  };
}

/** Names of the checkpoint files in `folder` that begin with `prefix`; none when there is no such folder. */
export async function listCheckpoints(folder: string, prefix: string): Promise<string[]> {
  try {
    return (await fs.readdir(folder)).filter((name) => name.startsWith(prefix) && name.endsWith(CHECKPOINT)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new UsageError(`The folder of checkpoints ${folder} can't be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Deletes a checkpoint, if there is one. */
export async function removeCheckpoint(file: string): Promise<void> {
  await fs.rm(file, { force: true });
}

/** On the disk when it is done, not only in the system's cache: a full disk may show as late as that. */
function arraysOf(network: Network): Float32Array[] {
  return network.layers.flatMap(({ weights, bias }) => [weights, bias]);
}

function parseHeader(line: string): Header | undefined {
  try {
    const header = JSON.parse(line) as Header;
    return (header.format as string) === FORMAT ? header : undefined;
  } catch {
    return undefined;
  }
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
