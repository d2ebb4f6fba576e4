// Reads the certificates of authorities that a person trusts. It must not connect.
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import { readPemFile } from './pem-file.js';

/**
 * Certificates in PEM.
 * @param option How messages call what named the file.
 * @throws UsageError when it can't be read, or holds none.
 */
export function readAuthorities(file: string, option: string): Buffer {
  const name = `${option} ${printable(file)}`;
  const bytes = readPemFile(file, name);
  if (!bytes.includes('-----BEGIN CERTIFICATE-----'))
    throw new UsageError(`${name} must hold certificates in PEM (-----BEGIN CERTIFICATE-----); found none.`);
  return bytes;
}
