// A port of this machine that nobody listens on: for drills and pictures, which start servers of their own. Plain Node.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** The port. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
