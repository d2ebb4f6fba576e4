// Owns where a user and a password come from, where the address does not hold them: a file, or the environment. No
// message of it holds either.
import { readBoundedText } from '../../base/bounded-file.js';
import { DocumentError } from '../../base/document-error.js';
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import type { Credentials } from './address.js';

/** Bytes of a file with a user and a password at most. */
const MOST = 4096;

/**
 * The user and the password of a file that holds nothing else: `USER:PASSWORD` on one line, in UTF-8. The first colon
 * parts them.
 * @throws UsageError when it can't be read, or holds something else.
 */
export function readCredentials(file: string): Credentials {
  const name = `--credentials ${printable(file)}`;
  try {
    return split(readBoundedText(file, { most: MOST, from: 'stream' }), name);
  } catch (error) {
    if (error instanceof DocumentError) throw new UsageError(`${name} ${error.message}.`, { cause: error });
    throw error;
  }
}

/**
 * Those that the environment has in `LQ_SOURCE_USER` and `LQ_SOURCE_PASSWORD`; undefined where it has neither.
 * @throws UsageError where it has a password alone.
 */
export function credentialsOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Credentials | undefined {
  const { LQ_SOURCE_USER: user = '', LQ_SOURCE_PASSWORD: password = '' } = environment;
  if (user === '' && password === '') return undefined;
  if (user === '') throw new UsageError('LQ_SOURCE_PASSWORD is set and LQ_SOURCE_USER is not: set both, or neither.');
  return { user, password };
}

function split(text: string, name: string): Credentials {
  const [, user, password] = /^([^:\r\n]+):([^\r\n]*)\r?\n?$/.exec(text) ?? [];
  if (user === undefined || password === undefined)
    throw new UsageError(`${name} must hold USER:PASSWORD on one line and nothing else.`);
  return { user, password };
}
