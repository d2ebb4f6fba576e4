// Reads the certificates of authorities that a person trusts. It must not connect.
import { readBounded } from '../../base/bounded-file.js';
import { DocumentError } from '../../base/document-error.js';
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';

/** Bytes of a file at most: all authorities of a system are a quarter of this. */
const MOST = 2 ** 20;

/**
 * Certificates in PEM.
 * @param option How messages call what named the file.
 * @throws UsageError when it can't be read, or holds none.
 */
export function readAuthorities(file: string, option: string): Buffer {
  const name = `${option} ${printable(file)}`;
  try {
    const bytes = readBounded(file, { most: MOST });
    if (!bytes.includes('-----BEGIN CERTIFICATE-----'))
      throw new UsageError(`${name} must hold certificates in PEM (-----BEGIN CERTIFICATE-----); found none.`);
    return bytes;
  } catch (error) {
    if (error instanceof DocumentError) throw new UsageError(`${name} ${error.message}.`, { cause: error });
    throw error;
  }
}
