// What the feed's server answers beside /feed and /healthz: the contract of a path and who may ask for it. No sockets,
// no state.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';

/** One path of the feed's server. */
export interface Route {
  /** The path, such as `/metrics`; one that ends in `/` stands for everything below it as well, but for `/`. */
  readonly path: string;
  /** Methods that it takes, in capitals; others get 405. Default: GET alone. */
  readonly methods?: readonly string[];
  /** Whether it is answered without the token, to who may come in without one where there is none. Default false. */
  readonly open?: boolean;
  /** Answers a request that may come in. It must end the response; where it throws, or rejects, the answer is 500. */
  answer(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void | Promise<void>;
}

/** One more WebSocket of the feed's server. Without a token, who may open it is as of `/feed`. */
export interface SocketRoute {
  /** The path, such as `/watch`. */
  readonly path: string;
  /** Bytes of a message to it at most; a larger one closes its connection with 1009. */
  readonly maxPayload: number;
  /**
   * Takes a connection over, which has not shown the token: `enter` is called when it has, and until then it is cut as
   * those are that ask for nothing.
   */
  take(socket: WebSocket, request: IncomingMessage, enter: () => void): void;
}

/** The route that a path belongs to: its own, else the longest one that it is below of. */
export function routeOf(routes: readonly Route[], path: string): Route | undefined {
  const above = routes.filter((route) => route.path !== '/' && route.path.endsWith('/') && path.startsWith(route.path));
  return routes.find((route) => route.path === path) ?? above.sort((a, b) => b.path.length - a.path.length)[0];
}
