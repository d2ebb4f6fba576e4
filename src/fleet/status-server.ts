// A worker's port: /healthz, and routes that it is given, by the same rules of who may ask as the feed's. Read only.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '../base/clock.js';
import { parseTarget, refuseStranger, refuseWithoutToken, type Refusal } from '../sinks/feed/access.js';
import { Doorway } from '../sinks/feed/doorway.js';
import { checkToken, formatAddress, listenError, type ListenAddress } from '../sinks/feed/listen.js';
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
  const { host, port, token, clock } = options;
  checkToken(host, token, SERVED);
  const http = createServer();
  try {
    await once(http.listen({ host, port }), 'listening');
  } catch (cause) {
    throw listenError({ host, port }, cause as NodeJS.ErrnoException, SERVED);
  }
  const door = new Doorway({ clock, places: PLACES });
  http.on('error', () => {});
  http.on('connection', (socket: Socket) => door.enter(socket));
  http.on('request', (request: IncomingMessage, response: ServerResponse) => {
    door.asked(request.socket);
    void answer(options, request, response);
  });
  return {
    url: `http://${formatAddress({ host, port: (http.address() as AddressInfo).port })}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => http.close(resolve));
      door.clear();
      await closed;
    },
  };
}

const SERVED = 'metrics';

async function answer(
  { token, routes }: Pick<StatusServerOptions, 'token' | 'routes'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path, query } = parseTarget(request.url);
  const route = path === '/healthz' ? HEALTH : routeOf(routes, path);
  const refusal = route ? refuseRoute(route, token, request, query) : NOTHING;
  if (!route || refusal) return refuse(response, refusal ?? NOTHING);
  await answerRoute(route, request, response, query);
}

/** Answers a request that may come in, whatever comes of it. */
export async function answerRoute(
  route: Route,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  try {
    await route.answer(request, response, query);
  } catch {
    if (response.headersSent) response.destroy();
    else refuse(response, { status: 500, message: 'This could not be answered.' });
  }
}

const HEALTH: Route = {
  path: '/healthz',
  open: true,
  answer: (_, response) => void response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"ok":true}\n'),
};

const NOTHING: Refusal = { status: 404, message: 'There are /metrics, /readyz and /healthz here.' };

/** Why a request for a route is not served; undefined where it is. */
export function refuseRoute(
  route: Pick<Route, 'open'>,
  token: string | undefined,
  { method, headers, rawHeaders }: Pick<IncomingMessage, 'method' | 'headers' | 'rawHeaders'>,
  query: URLSearchParams,
): Refusal | undefined {
  if (method !== 'GET') return { status: 405, message: 'Only GET works here.', headers: { Allow: 'GET' } };
  if (token === undefined) return refuseStranger(rawHeaders);
  return route.open ? undefined : refuseWithoutToken(token, headers, query);
}
