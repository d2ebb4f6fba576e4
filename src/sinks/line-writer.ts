// Lines to a Writable, as fast as its reader takes them. It must not know what the lines say, nor close what it did not
// open.
import type { Writable } from 'node:stream';
import { UserError } from '../base/errors.js';

/** The reader of the output has gone (`| head -1`). Not a failure: the program stops its work and ends with 0. */
export class OutputClosed extends Error {
  constructor(options?: ErrorOptions) {
    super('The reader of the output has closed it.', options);
    this.name = 'OutputClosed';
  }
}

/**
 * The output can't be written for another reason: a full disk, say. Exit 1, as none of the documented codes means this.
 */
export class OutputError extends UserError {
  readonly exitCode = 1;
}

/** Writes whole lines to one stream. */
export interface LineWriter {
  /**
   * Writes the lines in order, each with a newline added; they must hold none themselves. Resolves when the stream has
   * handed all bytes over: a caller that awaits it holds one batch in memory at most, however slow the reader.
   * Rejects with OutputClosed when the reader has gone, OutputError when the stream failed, Error after `end`.
   */
  write(lines: readonly string[]): Promise<void>;
  /**
   * Resolves when everything written has been handed over, or can't be any more; later writes are refused, and `closed`
   * hears of nothing more. Idempotent.
   * Leaves the stream open: stdout is not ours to close.
   */
  end(): Promise<void>;
  /** Resolves when the reader is found to have gone; pending for ever when it never goes. It never rejects. */
  readonly closed: Promise<void>;
}

/** What a stream says when the other side no longer reads, or did so before. */
const READER_GONE: ReadonlySet<string> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/** A `LineWriter` over a pipe, file, terminal or any other Writable, whether it writes synchronously or not. */
export function lineWriter(stream: Writable): LineWriter {
  let ended = false;
  let last: Promise<void> = Promise.resolve();
  let sayClosed = (): void => {};
  const closed = new Promise<void>((resolve) => (sayClosed = resolve));
  const fail = (cause: Error): OutputClosed | OutputError => {
    const failure = explain(cause);
    if (failure instanceof OutputClosed) sayClosed();
    return failure;
  };
  const listeners = listenersOf(stream).add(fail);

  return {
    closed,
    async write(lines) {
      if (ended) throw new Error('write() after end(): the output has ended');
      if (lines.length === 0) return;
      // The callback rather than 'drain': it also comes when the stream fails or is destroyed, so no write waits for
      // ever.
      const written = new Promise<void>((resolve, reject) => {
        stream.write(lines.join('\n') + '\n', (error) => (error ? reject(fail(error)) : resolve()));
      });
      last = written.catch(() => {});
      await written;
    },
    end() {
      ended = true;
      void last.then(() => listeners.delete(fail));
      return last;
    },
  };
}

/** What writers want to hear of their stream, of which a program may have many one after the other. */
const LISTENERS = new WeakMap<Writable, Set<(cause: Error) => void>>();

function listenersOf(stream: Writable): Set<(cause: Error) => void> {
  const known = LISTENERS.get(stream);
  if (known) return known;
  const listeners = new Set<(cause: Error) => void>();
  LISTENERS.set(stream, listeners);
  // Stays for the stream's life: its error comes after the write's own callback, and unheard it would kill the process.
  stream.on('error', (cause) => {
    for (const listen of listeners) listen(cause);
  });
  return listeners;
}

function explain(cause: Error): OutputClosed | OutputError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  if (READER_GONE.has(code)) return new OutputClosed({ cause });
  return new OutputError(
    `The output could not be written: ${cause.message}. Its last line may be incomplete: make room or ` +
      `write elsewhere, and run again.`,
    { cause },
  );
}
