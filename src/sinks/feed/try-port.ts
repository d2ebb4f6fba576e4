// Tries whether the feed could listen at a place: listens, and ends at once.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import { failureText } from '../sending/failures.js';
import type { ListenAddress } from './listen.js';

/**
 * Whether a port is free.
 * @returns `port 8080 is free`.
 * @throws UsageError, with what to do.
 */
export async function tryPort({ host, port }: ListenAddress): Promise<string> {
  const server = createServer();
  try {
    await once(server.listen({ host, port }), 'listening');
    return port === 0 ? 'takes any free port' : `port ${port} is free`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new UsageError(`port ${port} is in use: end what has it, or serve on another one`, { cause: error });
    throw new UsageError(`${printable(host)}:${port}: ${failureText(error)}`, { cause: error });
  } finally {
    server.close();
  }
}
