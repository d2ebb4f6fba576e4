// Owns where a user and a password come from, where an address does not hold them: a file, or the environment. No
// message of it holds either.
import { readBoundedText } from './bounded-file.js';
import { DocumentError } from './document-error.js';
import { UsageError } from './errors.js';
import { printable } from './printable.js';

/** A user and a password. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Bytes of a file with a user and a password at most. */
const MOST = 4096;

/**
 * The user and the password of a file that holds nothing else: `USER:PASSWORD` on one line, in UTF-8. The first colon
 * parts them.
 * @param option How messages call what named the file.
 * @throws UsageError when it can't be read, or holds something else.
 */
export function readCredentials(file: string, option = '--credentials'): Credentials {
  const name = `${option} ${printable(file)}`;
  try {
    return split(readBoundedText(file, { most: MOST, from: 'stream' }), name);
  } catch (error) {
    if (error instanceof DocumentError) throw new UsageError(`${name} ${error.message}.`, { cause: error });
    throw error;
  }
}

/**
 * Those that the environment has in `LQ_SOURCE_USER` and `LQ_SOURCE_PASSWORD`; undefined where it has neither.
 * @param prefix What the two names begin with.
 * @throws UsageError where it has a password alone.
 */
export function credentialsOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  prefix = 'LQ_SOURCE',
): Credentials | undefined {
  const { [`${prefix}_USER`]: user = '', [`${prefix}_PASSWORD`]: password = '' } = environment;
  if (user === '' && password === '') return undefined;
  if (user === '') throw new UsageError(`${prefix}_PASSWORD is set and ${prefix}_USER is not: set both, or neither.`);
  return { user, password };
}

function split(text: string, name: string): Credentials {
  const [, user, password] = /^([^:\r\n]+):([^\r\n]*)\r?\n?$/.exec(text) ?? [];
  if (user === undefined || password === undefined)
    throw new UsageError(`${name} must hold USER:PASSWORD on one line and nothing else.`);
  return { user, password };
}
