// Owns what is said of a document that can't be taken: why, and in which line. It must not know what the document is
// for; the room that does makes an error of its own of it.
import type { UserError } from './errors.js';

/** What is wrong with a document, in words that follow its name: `is larger than ...`, `not valid YAML: ...`. */
export class DocumentError extends Error {
  /** Counted from 1; undefined where it is the whole. */
  readonly line: number | undefined;

  constructor(message: string, { line, cause }: { readonly line?: number; readonly cause?: unknown } = {}) {
    super(message, { cause });
    this.name = 'DocumentError';
    this.line = line;
  }
}

/**
 * What `work` gives; what it says of the document becomes an error for the user.
 * @param name The document's name in messages, fit to be printed: `pipeline my.yaml`. Line and reason follow.
 * @param Refusal The kind of error, which decides the exit code.
 */
export function ofDocument<T>(
  name: string,
  Refusal: new (message: string, options?: ErrorOptions) => UserError,
  work: () => T,
): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof DocumentError)) throw cause;
    const place = cause.line === undefined ? name : `${name}:${cause.line}`;
    throw new Refusal(`${place}: ${cause.message}`, { cause });
  }
}
