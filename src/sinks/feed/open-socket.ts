// How one more WebSocket of a server is opened. Who opens it has yet to show the token. It must not know what it is for.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Refusal } from './access.js';
import { refuseOthers } from './answer.js';
import { refuseSocket } from './refuse.js';
import type { SocketRoute } from './routes.js';

/** A request for a WebSocket. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** Called when the socket has been taken over: whose errors are heard by the WebSocket from then on. */
  readonly taken: () => void;
}

/** What the server says of it. */
export interface Opening {
  readonly token: string | undefined;
  /** Why nobody may come in any more; undefined where they may. */
  readonly ended: Refusal | undefined;
  /** It has shown what it must: it is at the door no longer. */
  readonly admit: (socket: Duplex) => void;
}

/** Opens a WebSocket of a route, or refuses it. */
export function openSocket(
  { maxPayload, take }: SocketRoute,
  { request, socket, head, taken }: Upgrade,
  { token, ended, admit }: Opening,
): void {
  const refusal = refuseOthers(token, request) ?? ended;
  if (refusal) return refuseSocket(socket, refusal);
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload });
  sockets.handleUpgrade(request, socket, head, (webSocket) => {
    taken();
    take(webSocket, request, () => admit(socket));
  });
}
