// Reads the certificate and the key by which a server knows this program, and checks that they belong together. It must
// not connect, and says nothing of a key but what is wrong with it.
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import { readPemFile } from './pem-file.js';

/** A certificate with those that it is signed by, and its key; PEM. */
export interface ClientCertificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** The files that are asked for, and how messages call what named each. */
export interface CertificateFiles {
  readonly cert: { readonly option: string; readonly file: string | undefined };
  readonly key: { readonly option: string; readonly file: string | undefined };
}

/**
 * The certificate and its key; undefined where neither is asked for.
 * @throws UsageError when one is missing, can't be read, is no PEM of its kind, or they don't belong together.
 */
export function readClientCertificate({ cert, key }: CertificateFiles): ClientCertificate | undefined {
  if (cert.file === undefined && key.file === undefined) return undefined;
  if (cert.file === undefined || key.file === undefined) {
    const [given, missing] = cert.file === undefined ? [key, cert] : [cert, key];
    throw new UsageError(`${given.option} and ${missing.option} belong together: ${missing.option} is missing.`);
  }
  const named = {
    cert: `${cert.option} ${printable(cert.file)}`,
    key: `${key.option} ${printable(key.file)}`,
  };
  const [certificate, secret] = [readPemFile(cert.file, named.cert), readPemFile(key.file, named.key)];
  const own = certificateIn(certificate, named.cert);
  if (!own.checkPrivateKey(keyIn(secret, named.key)))
    throw new UsageError(
      `${named.key} is not the key of the certificate in ${named.cert}, whose subject is ` +
        `${printable(own.subject.replaceAll('\n', ', '), 200)}: give the two that were made together.`,
    );
  return { cert: certificate, key: secret };
}

/** The first certificate, which is the one that is shown; those after it have signed it. */
function certificateIn(bytes: Buffer, name: string): X509Certificate {
  if (!bytes.includes('-----BEGIN CERTIFICATE-----'))
    throw new UsageError(`${name} must hold a certificate in PEM (-----BEGIN CERTIFICATE-----); ${found(bytes)}.`);
  try {
    return new X509Certificate(bytes);
  } catch (cause) {
    throw new UsageError(`${name} holds a certificate that is damaged. Copy it again.`, { cause });
  }
}

function keyIn(bytes: Buffer, name: string): KeyObject {
  if (!/-----BEGIN (?:\w+ )?PRIVATE KEY-----/.test(bytes.toString('latin1')))
    throw new UsageError(`${name} must hold a private key in PEM (-----BEGIN PRIVATE KEY-----); ${found(bytes)}.`);
  if (/ENCRYPTED/.test(bytes.toString('latin1')))
    throw new UsageError(
      `${name} is locked with a passphrase, which is not asked for: write it without one (openssl pkey -in FILE -out ` +
        `OTHER), readable by nobody else.`,
    );
  try {
    return createPrivateKey(bytes);
  } catch (cause) {
    throw new UsageError(`${name} holds a private key that is damaged. Copy it again.`, { cause });
  }
}

/** What a file holds in the place of what it should. */
function found(bytes: Buffer): string {
  const [, what] = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(bytes.toString('latin1')) ?? [];
  return what === undefined ? 'found none' : `found ${what}`;
}
