// A worker's port: /healthz, and routes that it is given, by the same rules of who may ask as the feed's. Read only.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.js';
import { parseTarget, type Refusal } from '../sinks/feed/access.js';
import { answerRoute } from '../sinks/feed/answer.js';
import { formatAddress, type ListenAddress } from '../sinks/feed/listen.js';
import { Listening } from '../sinks/feed/listening.js';
import { refuse } from '../sinks/feed/refuse.js';
import { routeOf, type Route } from '../sinks/feed/routes.js';

/** Connections at once: those that ask are few, and are served at once. */
const PLACES = 32;

/** What it needs. */
export interface StatusServerOptions extends ListenAddress {
  readonly token: string | undefined;
  readonly routes: readonly Route[];
  readonly clock: Clock;
}

/** A server that listens. */
export interface StatusServer extends AsyncDisposable {
  /** Without a path at the end. */
  readonly url: string;
}

/** Serves; resolves when it listens. @throws UsageError for a host beyond this machine without a token, or no port. */
export async function serveStatus(options: StatusServerOptions): Promise<StatusServer> {
  const listening = await Listening.open({ ...options, places: PLACES, served: SERVED });
  listening.answer({ request: (request, response) => answer(options, request, response) });
  return {
    url: `http://${formatAddress(listening.address)}`,
    [Symbol.asyncDispose]: () => listening.close(),
  };
}

const SERVED = 'metrics';

function answer({ token, routes }: StatusServerOptions, request: IncomingMessage, response: ServerResponse): void {
  const { path, query } = parseTarget(request.url);
  const route = path === '/healthz' ? HEALTH : routeOf(routes, path);
  if (route) void answerRoute(route, token, request, response, query);
  else refuse(response, NOTHING);
}

const HEALTH: Route = {
  path: '/healthz',
  open: true,
  answer: (_, response) => void response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"ok":true}\n'),
};

const NOTHING: Refusal = { status: 404, message: 'There are /metrics, /readyz and /healthz here.' };
