// Owns the message for a file that the system does not let be read.
import { SourceError } from '../base/errors.js';
import { printable } from '../base/printable.js';

/** The error for a name that could not be looked at, opened or read, with what the system said as its cause. */
export function denied(file: string, error: unknown): SourceError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === 'EACCES' || code === 'EPERM'
      ? 'permission denied'
      : code === 'ENOENT'
        ? 'no such file'
        : (code ?? message);
  return new SourceError(`${printable(file)} can't be read: ${why}.`, { cause: error });
}
