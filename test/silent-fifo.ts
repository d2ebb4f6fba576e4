// A FIFO that nobody writes to: whoever reads it waits for ever. Holds no tests.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';

/** Makes one. */
export function makeSilentFifo(path: string): void {
  execFileSync('mkfifo', [path]);
}

/**
 * Takes it away. Who still waits for a writer (a thread of this process, for which no signal is) goes on: this is one,
 * for as long as it can be opened. Opened to read and write, because to write alone fails where nobody reads yet.
 */
export function endSilence(path: string): void {
  const writer = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  rmSync(path);
  closeSync(writer);
}
