// The feed of a fleet: every camera's messages over WebSockets, out of the logs, by the same protocol as that of one
// run. It keeps no messages, so any number of gateways are as good as one.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { parseSince, parseTarget, refuseAccess, type Refusal } from '../../sinks/feed/access.js';
import { answerRoute, refuseOthers } from '../../sinks/feed/answer.js';
import { formatAddress, type ListenAddress } from '../../sinks/feed/listen.js';
import { Listening } from '../../sinks/feed/listening.js';
import { openSocket } from '../../sinks/feed/open-socket.js';
import { refuse, refuseSocket } from '../../sinks/feed/refuse.js';
import { routeOf, type Route, type SocketRoute } from '../../sinks/feed/routes.js';
import { MAX_CLIENT_MESSAGE, PING_EVERY_MS } from '../../sinks/feed/server.js';
import { PROTOCOL } from '../../sinks/messages.js';
import type { FleetClock } from '../core/timing.js';
import type { FleetStatus } from '../status.js';
import type { LogReader } from './replay.js';
import { Viewer } from './viewer.js';

/** Places at the door beyond those of clients. */
const SPARE_PLACES = 32;

/** What a gateway needs. */
export interface GatewayOptions extends ListenAddress {
  readonly token: string | undefined;
  readonly readers: Readonly<Record<'predictions' | 'readings', LogReader>>;
  readonly status: () => FleetStatus;
  /** Whether the camera is one of the fleet. */
  readonly knows: (camera: string) => boolean;
  /** The last figures that were told of a camera, as they came. */
  readonly figures: (camera: string) => Readonly<Record<string, unknown>> | undefined;
  /** Whether the broker is there. */
  readonly connected: () => boolean;
  readonly clock: FleetClock;
  /** What is answered beside the feed, given the number of its clients. Default: nothing. */
  readonly routes?: (clients: () => number) => readonly Route[];
  /** WebSockets beside the feed. Default: none. */
  readonly sockets?: readonly SocketRoute[];
  /** Bytes that may wait for one client. Default 1 MiB. */
  readonly maxBuffered?: number;
  /** Clients at once. Default 100. */
  readonly maxClients?: number;
}

/** Serves `/feed?camera=ID`, `/cameras` and `/healthz`; resolves when it listens. @throws UsageError. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { host, port, token, clock, maxClients = 100 } = options;
  return new Gateway(await Listening.open({ host, port, token, clock, places: maxClients + SPARE_PLACES }), options);
}

/** A running gateway. */
export class Gateway implements AsyncDisposable {
  /** What clients connect to, without a camera and without the token. */
  readonly url: string;
  readonly #listening: Listening;
  readonly #options: GatewayOptions;
  readonly #viewers = new Set<Viewer>();
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_CLIENT_MESSAGE, perMessageDeflate: false });
  readonly #stopPings: () => void;
  readonly #routes: readonly Route[];
  #ended: Promise<void> | undefined;

  constructor(listening: Listening, options: GatewayOptions) {
    this.url = `ws://${formatAddress(listening.address)}/feed`;
    this.#listening = listening;
    this.#options = options;
    this.#routes = options.routes?.(() => this.clients) ?? [];
    listening.answer({
      request: (request, response) => this.#answer(request, response),
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    });
    this.#stopPings = options.clock.every(PING_EVERY_MS, () => {
      for (const viewer of this.#viewers) viewer.ping();
    });
  }

  /** Clients that are connected. */
  get clients(): number {
    return this.#viewers.size;
  }

  /** Tells those who look at a camera something that is not part of its log. */
  tell(camera: string, message: string): void {
    for (const viewer of this.#viewers) if (viewer.camera === camera) viewer.tell(message);
  }

  /** Closes all connections, and listens no more. Idempotent. */
  end(): Promise<void> {
    return (this.#ended ??= this.#end());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #end(): Promise<void> {
    this.#stopPings();
    const viewers = [...this.#viewers];
    for (const viewer of viewers) viewer.close(1012, 'the gateway ends; come back with ?since=');
    await this.#listening.close(Promise.all(viewers.map((viewer) => viewer.gone)));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { path, query } = parseTarget(request.url);
    const route = routeOf(this.#routes, path);
    if (route) return void answerRoute(route, this.#options.token, request, response, query);
    const known = path === '/feed' || path === '/healthz' || path === '/cameras';
    if (!known)
      return refuse(response, {
        status: 404,
        message: 'There is /feed?camera=ID (a WebSocket), /cameras and /healthz here.',
      });
    if (request.method !== 'GET')
      return refuse(response, { status: 405, message: 'Only GET works here.', headers: { Allow: 'GET' } });
    const { token, status, connected } = this.#options;
    if (path === '/healthz') {
      const stranger = refuseOthers(token, request);
      if (stranger) return refuse(response, stranger);
      const { fleet, cameras, workers } = status();
      const owned = cameras.filter(({ worker }) => worker !== undefined).length;
      return json(response, {
        ok: true,
        protocol: PROTOCOL,
        clients: this.clients,
        fleet,
        broker: connected(),
        workers: workers.length,
        cameras: cameras.length,
        owned,
      });
    }
    const refusal = refuseAccess(this.#options.token, request, query);
    if (refusal) return refuse(response, refusal);
    if (path === '/cameras') return json(response, status());
    refuse(response, { status: 426, message: 'This is a WebSocket.', headers: { Upgrade: 'websocket' } });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ignore = (): void => {};
    socket.on('error', ignore);
    const { path, query } = parseTarget(request.url);
    const other = this.#options.sockets?.find((one) => one.path === path);
    if (other) {
      const ended = this.#ended && { status: 503, message: 'The gateway ends.' };
      const admit = (entered: Duplex): void => this.#listening.admit(entered);
      const upgrade = { request, socket, head, taken: () => socket.off('error', ignore) };
      return openSocket(other, upgrade, { token: this.#options.token, ended, admit });
    }
    const refusal = this.#refuseUpgrade(request, path, query);
    if (refusal) return refuseSocket(socket, refusal);
    const start = parseSince(query);
    if ('status' in start) return refuseSocket(socket, start);
    const camera = query.get('camera') ?? '';
    const { readers, clock, maxBuffered = 2 ** 20, figures } = this.#options;
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignore);
      this.#listening.admit(socket);
      const viewer = new Viewer(webSocket, {
        camera,
        since: start.since,
        ...readers,
        hello: (next) => this.#hello(camera, next),
        greetings: () => {
          const source = figures(camera)?.['source'];
          return source === undefined ? [] : [JSON.stringify({ type: 'source', ...(source as object) })];
        },
        clock,
        maxBuffered,
      });
      this.#viewers.add(viewer);
      void viewer.gone.then(() => this.#viewers.delete(viewer));
      void viewer.run();
    });
  }

  #refuseUpgrade(request: IncomingMessage, path: string, query: URLSearchParams): Refusal | undefined {
    const { maxClients = 100, knows, figures } = this.#options;
    if (path !== '/feed') return { status: 404, message: 'The feed is at /feed?camera=ID.' };
    const refusal = refuseAccess(this.#options.token, request, query);
    if (refusal) return refusal;
    if (this.#ended) return { status: 503, message: 'The gateway ends.' };
    if (this.clients >= maxClients) return { status: 503, message: `All ${maxClients} places are taken.` };
    const [camera, ...more] = query.getAll('camera');
    if (camera === undefined || more.length > 0)
      return { status: 400, message: 'Which camera? /feed?camera=ID, once; /cameras has them.' };
    if (!knows(camera)) return { status: 404, message: 'There is no such camera; /cameras has them.' };
    if (figures(camera)?.['model'] === undefined)
      return { status: 503, message: 'Nothing was told of this camera yet: nobody reads it, or it begins just now.' };
    return undefined;
  }

  #hello(camera: string, next: number): string {
    const { model, pipeline, thresholds } = this.#options.figures(camera) ?? {};
    return JSON.stringify({ type: 'hello', protocol: PROTOCOL, model, pipeline, thresholds, next, camera });
  }
}

function json(response: ServerResponse, value: unknown): void {
  response
    .writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    .end(`${JSON.stringify(value)}\n`);
}
