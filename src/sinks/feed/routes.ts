// What the feed's server answers beside /feed and /healthz: the contract of a path and who may ask for it. No sockets,
// no state.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** One path of the feed's server. */
export interface Route {
  /** The path, such as `/metrics`; one that ends in `/` stands for everything below it as well. */
  readonly path: string;
  /** Methods that it takes, in capitals; others get 405. Default: GET alone. */
  readonly methods?: readonly string[];
  /** Whether it is answered without the token, to who may come in without one where there is none. Default false. */
  readonly open?: boolean;
  /** Answers a request that may come in. It must end the response; where it throws, or rejects, the answer is 500. */
  answer(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void | Promise<void>;
}

/** The route that a path belongs to: its own, else the longest one that it is below of. */
export function routeOf(routes: readonly Route[], path: string): Route | undefined {
  const above = routes.filter((route) => route.path.endsWith('/') && path.startsWith(route.path));
  return routes.find((route) => route.path === path) ?? above.sort((a, b) => b.path.length - a.path.length)[0];
}
