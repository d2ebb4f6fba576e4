// Writes bytes into what is no regular file: devices, FIFOs, open descriptors. Never creates or replaces anything.
import { constants, open, write } from 'node:fs';
import fs from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Clock } from '../clock.js';
import type { Target } from './target.js';

/** Milliseconds between two looks for the reader of a FIFO. */
const LOOK = 20;

/** How long a reader is waited for. */
export interface Patience {
  /** Milliseconds without a reader, or in which the reader takes nothing, until the writing fails. */
  readonly patience: number;
  readonly clock: Clock;
}

/**
 * Writes all chunks, in order, and returns when they have been handed over.
 * @throws what the system says, or Error with the reason in a few words.
 */
export async function writeInto(
  target: Exclude<Target, { how: 'replace' }>,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  patience: Patience,
): Promise<void> {
  if (target.how === 'descriptor') return await writeDescriptor(target.descriptor, chunks);
  if (target.what === 'fifo') return await writeFifo(target.path, chunks, patience);
  // Without O_CREAT: what has gone meanwhile does not come back as a regular file.
  const handle = await fs.open(target.path, constants.O_WRONLY | (target.what === 'file' ? constants.O_TRUNC : 0));
  try {
    for await (const chunk of chunks) await handle.writeFile(chunk);
    if (target.what === 'file') await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeDescriptor(descriptor: number, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const stream = descriptor === 1 ? process.stdout : descriptor === 2 ? process.stderr : undefined;
  for await (const chunk of chunks) {
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null): void => (error ? reject(error) : resolve());
      // The streams of this process keep the order with all else that goes through them.
      if (stream) stream.write(chunk, done);
      else writeAll(descriptor, chunk, done);
    });
  }
}

/** Writes at the descriptor's own position, which others that have it see move. */
function writeAll(descriptor: number, bytes: Uint8Array, done: (error?: Error | null) => void): void {
  write(descriptor, bytes, (error, count) => {
    if (error || count === bytes.length) done(error);
    else writeAll(descriptor, bytes.subarray(count), done);
  });
}

/**
 * A FIFO is opened without blocking: a thread that waits for a reader could not be taken back, and would keep the
 * process.
 */
async function writeFifo(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { patience, clock }: Patience,
): Promise<void> {
  const descriptor = await openFifo(path, { patience, clock });
  const socket = new Socket({ fd: descriptor, readable: false, writable: true });
  // What failed is told by the callback of the write.
  socket.on('error', () => undefined);
  try {
    for await (const chunk of chunks) await handOver(socket, chunk, { patience, clock });
    await handOver(socket, undefined, { patience, clock });
  } finally {
    socket.destroy();
  }
}

async function openFifo(path: string, { patience, clock }: Patience): Promise<number> {
  for (let waited = 0; ; waited += LOOK) {
    try {
      return await openDescriptor(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      if (waited >= patience) throw new Error(`nobody reads the FIFO (waited ${patience / 1000} s)`);
    }
    await new Promise<void>((resolve) => clock.after(LOOK, resolve));
  }
}

/** A descriptor that no FileHandle closes when it is collected. */
async function openDescriptor(path: string): Promise<number> {
  return await new Promise((resolve, reject) =>
    open(path, constants.O_WRONLY | constants.O_NONBLOCK, (error, descriptor) =>
      error ? reject(error) : resolve(descriptor),
    ),
  );
}

/** Hands a chunk to the reader; without a chunk, the end. */
async function handOver(socket: Socket, chunk: Uint8Array | undefined, { patience, clock }: Patience): Promise<void> {
  let stop = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      stop = clock.after(patience, () => reject(new Error(`its reader took nothing for ${patience / 1000} s`)));
      const done = (error?: Error | null): void => (error ? reject(error) : resolve());
      if (chunk) socket.write(chunk, done);
      else socket.end(done);
    });
  } finally {
    stop();
  }
}
