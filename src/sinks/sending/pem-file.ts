// Reads a file of certificates or keys whole, of bounded size. What is in it is for who asked.
import { readBounded } from '../../base/bounded-file.js';
import { DocumentError } from '../../base/document-error.js';
import { UsageError } from '../../base/errors.js';

/** Bytes at most: all authorities of a system are a quarter of this, a chain of several certificates a hundredth. */
const MOST = 2 ** 20;

/**
 * The bytes of a file.
 * @param name How messages call it.
 * @throws UsageError when it can't be read.
 */
export function readPemFile(file: string, name: string): Buffer {
  try {
    return readBounded(file, { most: MOST });
  } catch (error) {
    if (error instanceof DocumentError) throw new UsageError(`${name} ${error.message}.`, { cause: error });
    throw error;
  }
}
