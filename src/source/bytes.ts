// Owns the reading of a file at any place, in pieces. Must not know what is in it.
import { open, type FileHandle } from 'node:fs/promises';
import { denied } from './denied.js';

/** Bytes that can be read at any place. */
export interface Bytes {
  /** How many there are. */
  readonly size: number;
  /** The bytes from `at` on: `length` of them, fewer where they end before. Not to be changed. */
  read(at: number, length: number): Promise<Buffer>;
}

/** Bytes read at a time: who walks from mark to mark reads a file of small parts in large ones. */
const BLOCK = 65_536;

/**
 * Opens a file for the time that `use` takes.
 *
 * @throws SourceError where it can't be opened or read, and whatever `use` throws
 */
export async function withBytes<T>(name: string, use: (bytes: Bytes) => Promise<T>): Promise<T> {
  const handle = await open(name, 'r').catch((error: unknown) => {
    throw denied(name, error);
  });
  try {
    return await use(await fileBytes(name, handle));
  } finally {
    await handle.close();
  }
}

/** The bytes of an open file; `name` is what messages call it. */
export async function fileBytes(name: string, handle: FileHandle): Promise<Bytes> {
  const { size } = await handle.stat();
  let start = 0;
  let block: Buffer = Buffer.alloc(0);
  return {
    size,
    read: async (at, length) => {
      const end = Math.min(at + length, size);
      if (at >= end) return Buffer.alloc(0);
      if (at < start || end > start + block.length) {
        block = await readAt(name, handle, at, Math.max(length, BLOCK));
        start = at;
      }
      return block.subarray(at - start, end - start);
    },
  };
}

/** Bytes that are in memory. */
export function heldBytes(held: Buffer): Bytes {
  return { size: held.length, read: (at, length) => Promise.resolve(held.subarray(at, at + length)) };
}

async function readAt(name: string, handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  try {
    const { bytesRead } = await handle.read(buffer, 0, length, at);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw denied(name, error);
  }
}
