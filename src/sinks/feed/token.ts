// Where the feed's token, and the secrets of other sinks, come from besides the command line, which every user of the machine can read: a file, or the
// environment. It must not know what a token opens, and no message of it holds one.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { platform } from 'node:process';
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';

/** Characters of a token at most: with other headers it must fit into what a request may send. */
export const LONGEST_TOKEN = 4_096;

/**
 * Characters of a token at least, in a file or the environment: what is shorter was cut short, or can be guessed. One
 * that a person types as `--token` may be shorter.
 */
export const SHORTEST_TOKEN = 8;

/** Says why a text can't be a token, such as `is empty`; undefined where it can. Header and address must carry it. */
export function wrongWithToken(token: string): string | undefined {
  if (token === '') return 'is empty';
  if (token.length > LONGEST_TOKEN) return `has more than ${LONGEST_TOKEN} characters`;
  return /^[\x21-\x7e]+$/.test(token) ? undefined : 'has a space, a control character or one beyond ASCII';
}

/** A token from a file. */
export interface FileToken {
  readonly token: string;
  /** What people should know of the file, in a line; undefined where there is nothing. */
  readonly warning: string | undefined;
}

/**
 * Reads the token out of a regular file, or a link to one, that holds nothing else; a newline at its end is not part of
 * it. It reads no more than the longest token needs.
 * @param option How messages call what named the file.
 * @param sink Whose it is, for messages.
 * @throws UsageError when it can't be read, or holds no token of `SHORTEST_TOKEN` to `LONGEST_TOKEN` characters.
 */
export async function readTokenFile(file: string, option = '--token-file', sink = 'feed'): Promise<FileToken> {
  const name = `${option} ${printable(file)}`;
  // Opening a FIFO would wait for a writer, and a terminal would become ours.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  const handle = await open(file, flags).catch((cause: unknown) => {
    throw new UsageError(
      `${name} can't be read: ${REASONS[(cause as NodeJS.ErrnoException).code ?? ''] ?? 'it failed'}.`,
    );
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new UsageError(`${name} is not a regular file: a token is read from no other.`);
    const others = platform !== 'win32' && (found.mode & constants.S_IROTH) !== 0;
    return {
      token: checked(await firstBytes(handle), name),
      warning: others
        ? `${sink}: ${printable(file)} can be read by every user of this machine; chmod 600 keeps it yours`
        : undefined,
    };
  } finally {
    await handle.close();
  }
}

/**
 * The token that the environment has in `LQ_TOKEN`; undefined where it has none.
 * @param variable Its name.
 * @throws UsageError when it is no token of `SHORTEST_TOKEN` to `LONGEST_TOKEN` characters: an empty one more likely
 *   stands for a command that failed than for something without a token.
 */
export function tokenOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  variable = 'LQ_TOKEN',
): string | undefined {
  const text = environment[variable];
  return text === undefined ? undefined : checked(text, variable);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENXIO: 'it is not a regular file',
  ERR_INVALID_ARG_VALUE: 'its name has a NUL character',
};

/** As text in which each byte is a character: those beyond ASCII are refused, whatever they stand for. */
async function firstBytes(handle: FileHandle): Promise<string> {
  // Two more for the newline, one more to see that there is more.
  const buffer = Buffer.alloc(LONGEST_TOKEN + 3);
  let length = 0;
  for (let read = 1; read > 0 && length < buffer.length; length += read)
    ({ bytesRead: read } = await handle.read(buffer, length, buffer.length - length, null));
  return buffer.toString('latin1', 0, length);
}

function checked(text: string, name: string): string {
  const token = text.replace(/\r?\n$/, '');
  const wrong =
    wrongWithToken(token) ??
    (token.length < SHORTEST_TOKEN ? `has fewer than ${SHORTEST_TOKEN} characters` : undefined);
  if (wrong === undefined) return token;
  throw new UsageError(
    `${name} must hold a token and nothing else, ${SHORTEST_TOKEN} to ${LONGEST_TOKEN} printable ASCII characters ` +
      `without spaces; what it holds ${wrong}.`,
  );
}
