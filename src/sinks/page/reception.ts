// How a connection of the page is let in: its first message has to show the token. It must not know what is served.
import type { WebSocket } from 'ws';
import { parsePageMessage } from './page-message.js';
import { WATCH_CLOSE, type PageMessage } from './protocol.js';

/** Who lets in, and what becomes of it. */
export interface Reception<C> {
  /** Whether a page shows what it must: the token, where there is one. */
  readonly mayEnter: (token: string | undefined) => boolean;
  /** Why no more can be let in, in words; undefined where they can. */
  readonly full: () => string | undefined;
  /** It has shown it. */
  readonly admitted: () => C;
  readonly hear: (client: C, message: PageMessage) => void;
  readonly left: (client: C) => void;
}

/** Takes a connection over. */
export function receive<C extends object>(socket: WebSocket, reception: Reception<C>): void {
  let client: C | undefined;
  // A frame against the rules or over the size limit closes the connection.
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer, binary: boolean) => {
    const message = binary ? undefined : parsePageMessage(data.toString());
    if (!message) return socket.close(WATCH_CLOSE.badMessage, 'no message of this version of the page');
    if (client) return reception.hear(client, message);
    client = admit(socket, message, reception);
  });
  socket.once('close', () => client && reception.left(client));
}

function admit<C>(socket: WebSocket, message: PageMessage, { mayEnter, full, admitted }: Reception<C>): C | undefined {
  const refused = (code: number, why: string): undefined => {
    socket.close(code, why);
  };
  if (message.type !== 'open') return refused(WATCH_CLOSE.badMessage, 'the first message must be open');
  if (!mayEnter(message.token))
    return refused(WATCH_CLOSE.badToken, message.token === undefined ? 'a token is needed' : 'the token is wrong');
  const why = full();
  return why === undefined ? admitted() : refused(WATCH_CLOSE.tooSlow, why);
}
