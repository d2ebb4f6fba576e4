// An error -> what people read of it, and the exit code. Writes nothing and ends nothing.
import { UsageError, UserError } from '../base/errors.js';
import { printable, printableLines } from '../base/printable.js';

/** What is said of an error. */
export interface Failure {
  /** For stderr: one line of a `UserError`; of any other error also what to do, or with `debug` its stack. */
  readonly text: string;
  readonly exitCode: number;
}

const NO_FOLDER = new UsageError(
  'The working folder is not there any more: it was deleted or moved. Change into another one (cd) and run it again.',
);

/** Says what went wrong. `debug` shows where an error happened that nobody foresaw. */
export function failureOf(error: unknown, debug: boolean): Failure {
  if (error instanceof UserError) return { text: `lq-stream: ${error.message}\n`, exitCode: error.exitCode };
  // Thrown wherever a relative path is resolved.
  if ((error as NodeJS.ErrnoException | undefined)?.syscall === 'uv_cwd') return failureOf(NO_FOLDER, debug);
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const hint = 'This is a fault of lq-stream. Run it again with LQ_DEBUG=1 to see where it happened.';
  return {
    text: debug ? `lq-stream: ${printableLines(stack ?? message)}\n` : `lq-stream: ${printable(message)}\n${hint}\n`,
    exitCode: 1,
  };
}
