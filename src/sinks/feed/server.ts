// The feed's server: who is connected, what they are sent and when it ends. It must not judge, count or wait for a
// client.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { parseSince, parseTarget, refuseAccess, type Refusal } from './access.js';
import { answerRoute, refuseOthers } from './answer.js';
import { FeedClient } from './client.js';
import { systemClock, type Clock } from '../../base/clock.js';
import { DEFAULT_HOST, formatAddress, type ListenAddress } from './listen.js';
import { Listening } from './listening.js';
import type { EndReason, Identity, SourceChange, Stats } from '../../types.js';
import {
  FIRST_SEQ,
  PROTOCOL,
  statsFields,
  toLine,
  toSourceMessage,
  type FeedMessage,
  type PredictionMessage,
  type ReadingDoubtMessage,
  type ReadingMessage,
} from '../messages.js';
import type { Past } from '../sink.js';
import { openSocket } from './open-socket.js';
import { refuse, refuseSocket } from './refuse.js';
import { Ring, type RingLimits } from './ring.js';
import { routeOf, type Route, type SocketRoute } from './routes.js';
import type { Thresholds } from '../../types.js';

/** Milliseconds between two pings; a client that has not answered one by the next is cut. */
export const PING_EVERY_MS = 30_000;

/** Largest message in bytes that a client may send; it is ignored, and a larger one closes its connection with 1009. */
export const MAX_CLIENT_MESSAGE = 1_024;

/**
 * Places at the door beyond `maxClients`: all clients may come back at the same moment, while others ask how the run
 * goes.
 */
const SPARE_PLACES = 32;

/** Numbers whose last reading is kept for clients that come later, at most. */
export const MOST_NUMBERS = 64;

/** What a run goes by. */
type RunNow = Identity & { readonly thresholds: Thresholds };

/** Settings of the feed. */
export interface ServeOptions extends Partial<ListenAddress> {
  /** Default `DEFAULT_HOST`. Any other than a loopback host needs a token. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /**
   * What clients must show: printable ASCII without spaces. Default: none, and only this machine's programs and pages
   * are served.
   */
  readonly token?: string;
  /** What `hello` says of the run: now, where that may change. */
  readonly run: RunNow | (() => RunNow);
  /** The run's figures now: asked for `/healthz` and at the end. It must not throw. */
  readonly stats: () => Stats;
  /** Default real time. */
  readonly clock?: Clock;
  /** What a replay can reach back to. Default 10,000 messages in 8 MiB, whichever is less. */
  readonly ring?: RingLimits;
  /** Bytes that may wait for one client before it is cut with 1013. Default 1 MiB. */
  readonly maxBuffered?: number;
  /** Clients at once; more are refused with 503. Default 100. */
  readonly maxClients?: number;
  /** What is kept of runs before: numbers go on after it, and replays reach back into it. Default: nothing. */
  readonly past?: Past | undefined;
  /** What is answered beside `/feed` and `/healthz`. Default: nothing. */
  readonly routes?: readonly Route[];
  /** WebSockets beside `/feed`. Default: none. */
  readonly sockets?: readonly SocketRoute[];
}

/** A running feed. Disposing of it without an `end` ends it as `failed`. */
export interface FeedServer extends AsyncDisposable {
  /** The host asked for and the port that is really listened on. */
  readonly address: ListenAddress;
  /** What clients connect to, such as `ws://127.0.0.1:8080/feed`; without the token. */
  readonly url: string;
  /** Number of clients connected. */
  readonly clients: number;
  /**
   * Sends a prediction to every client and keeps it for replays. Returns at once. Throws RangeError when `seq` is not
   * the one after the last (`FIRST_SEQ`, or what goes on from the past, at first), Error after `end`.
   * @param bytes The message's line in UTF-8, where that has been made already. It is kept: don't change it.
   */
  publish(message: PredictionMessage, bytes?: Buffer): void;
  /**
   * Sends a reading, or a question about one, to every client. The last reading of each number is kept for those that
   * come later. Returns at once; throws Error after `end`.
   * @param bytes As of {@link publish}.
   */
  publishNumber(message: ReadingMessage | ReadingDoubtMessage, bytes?: Buffer): void;
  /** Sends figures to every client. Returns at once; does nothing after `end`. */
  tell(figures: Stats): void;
  /**
   * Sends what a live source does to every client, and to each that comes later after its `hello`. Returns at once; does
   * nothing after `end`.
   */
  tellSource(change: SourceChange): void;
  /**
   * Sends what is left and `end` to every client, waits until each has read it and closed (at most `CLOSE_GRACE_MS`),
   * then closes everything. Idempotent: later calls give the first one's promise.
   */
  end(reason: EndReason): Promise<void>;
}

/**
 * Serves `ws://HOST:PORT/feed` and `GET /healthz`; resolves when it listens. Throws UsageError when the address can't
 * be listened on, when a host that is not loopback has no token, or when the token can't be sent.
 */
export async function serve(options: ServeOptions): Promise<FeedServer> {
  const { host = DEFAULT_HOST, port = 0, token, clock = systemClock, maxClients = 100 } = options;
  return new Feed(await Listening.open({ host, port, token, clock, places: maxClients + SPARE_PLACES }), options);
}

class Feed implements FeedServer {
  readonly address: ListenAddress;
  readonly url: string;
  readonly #listening: Listening;
  readonly #options: ServeOptions;
  readonly #clock: Clock;
  readonly #ring: Ring;
  readonly #clients = new Set<FeedClient>();
  readonly #stopPings: () => void;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_CLIENT_MESSAGE,
  });
  /** The last reading of each number, by its id, in the order in which they were told. */
  readonly #numbers = new Map<string, Buffer>();
  #ended: Promise<void> | undefined;
  /** What a live source does, as it was told last. */
  #source: Buffer | undefined;

  constructor(listening: Listening, options: ServeOptions) {
    this.address = listening.address;
    this.url = `ws://${formatAddress(this.address)}/feed`;
    this.#listening = listening;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const first = options.past ? options.past.last.prediction + 1 : FIRST_SEQ;
    this.#ring = new Ring(options.ring ?? { messages: 10_000, bytes: 8 * 2 ** 20 }, first);
    listening.answer({
      request: (request, response) => this.#answer(request, response),
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    });
    this.#stopPings = this.#clock.every(PING_EVERY_MS, () => this.#ping());
  }

  get clients(): number {
    return this.#clients.size;
  }

  publish(message: PredictionMessage, bytes = encode(message)): void {
    if (this.#ended) throw new Error('publish() after end(): the feed has ended');
    if (message.seq !== this.#ring.next)
      throw new RangeError(`publish(): expected seq ${this.#ring.next}, got ${message.seq}`);
    this.#ring.push(bytes);
    for (const client of this.#clients) client.offer(bytes);
  }

  publishNumber(message: ReadingMessage | ReadingDoubtMessage, bytes = encode(message)): void {
    if (this.#ended) throw new Error('publishNumber() after end(): the feed has ended');
    if (message.type === 'reading') this.#keep(message.id, bytes);
    for (const client of this.#clients) client.tell(bytes);
  }

  /** The newest is last; of more numbers than are kept those go that were told longest ago. */
  #keep(id: string, bytes: Buffer): void {
    this.#numbers.delete(id);
    this.#numbers.set(id, bytes);
    for (const oldest of this.#numbers.keys()) {
      if (this.#numbers.size <= MOST_NUMBERS) break;
      this.#numbers.delete(oldest);
    }
  }

  tell(figures: Stats): void {
    if (this.#ended || this.#clients.size === 0) return;
    const bytes = encode({ type: 'stats', ...statsFields(figures) });
    for (const client of this.#clients) client.tell(bytes);
  }

  tellSource(change: SourceChange): void {
    if (this.#ended) return;
    const bytes = (this.#source = encode(toSourceMessage(change)));
    for (const client of this.#clients) client.tell(bytes);
  }

  end(reason: EndReason): Promise<void> {
    return (this.#ended ??= this.#end(reason));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('failed');
  }

  async #end(reason: EndReason): Promise<void> {
    this.#stopPings();
    const { frames, truncated, regions, accepted, rejected } = this.#options.stats();
    const goodbye = encode({ type: 'end', reason, frames, truncated, regions, accepted, rejected });
    const clients = [...this.#clients];
    for (const client of clients) client.finish(goodbye);
    await this.#listening.close(Promise.all(clients.map((client) => client.gone)));
  }

  #ping(): void {
    for (const client of this.#clients) client.ping();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { path, query } = parseTarget(request.url);
    const route = routeOf(this.#options.routes ?? [], path);
    if (route) return void answerRoute(route, this.#options.token, request, response, query);
    if (path !== '/feed' && path !== '/healthz')
      return refuse(response, { status: 404, message: 'There is /feed (a WebSocket) and /healthz here.' });
    if (request.method !== 'GET')
      return refuse(response, { status: 405, message: 'Only GET works here.', headers: { Allow: 'GET' } });
    if (path === '/healthz') return this.#answerHealth(request, response);
    refuse(
      response,
      refuseAccess(this.#options.token, request, query) ?? {
        status: 426,
        message: 'This is a WebSocket.',
        headers: { Upgrade: 'websocket' },
      },
    );
  }

  /** Needs no token: it tells figures, not predictions. */
  #answerHealth(request: IncomingMessage, response: ServerResponse): void {
    const stranger = refuseOthers(this.#options.token, request);
    if (stranger) return refuse(response, stranger);
    const health = { ok: true, protocol: PROTOCOL, clients: this.clients, ...statsFields(this.#options.stats()) };
    response
      .writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
      .end(JSON.stringify(health) + '\n');
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until ws has taken the socket over, nobody else would hear its error.
    const ignore = (): void => {};
    socket.on('error', ignore);
    const { path, query } = parseTarget(request.url);
    const other = this.#options.sockets?.find((one) => one.path === path);
    if (other) {
      const ended = this.#ended && { status: 503, message: 'The run has ended.' };
      const admit = (entered: Duplex): void => this.#listening.admit(entered);
      const upgrade = { request, socket, head, taken: () => socket.off('error', ignore) };
      return openSocket(other, upgrade, { token: this.#options.token, ended, admit });
    }
    const refusal = this.#refuseUpgrade(request, path, query);
    if (refusal) return refuseSocket(socket, refusal);
    const start = parseSince(query);
    if ('status' in start) return refuseSocket(socket, start);
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignore);
      this.#listening.admit(socket);
      const { past, maxBuffered = 2 ** 20 } = this.#options;
      const client = new FeedClient(webSocket, { ring: this.#ring, past, clock: this.#clock, maxBuffered });
      this.#clients.add(client);
      void client.gone.then(() => this.#clients.delete(client));
      const source = this.#source ? [this.#source] : [];
      client.start([this.#hello(), ...source, ...this.#numbers.values()], start.since);
    });
  }

  #refuseUpgrade(request: IncomingMessage, path: string, query: URLSearchParams): Refusal | undefined {
    const { maxClients = 100 } = this.#options;
    if (path !== '/feed') return { status: 404, message: 'The feed is at /feed.' };
    const refusal = refuseAccess(this.#options.token, request, query);
    if (refusal) return refusal;
    if (this.#ended) return { status: 503, message: 'The run has ended.' };
    if (this.clients >= maxClients) return { status: 503, message: `All ${maxClients} places are taken.` };
    return undefined;
  }

  #hello(): Buffer {
    const { run } = this.#options;
    const { model, pipeline, thresholds } = typeof run === 'function' ? run() : run;
    return encode({ type: 'hello', protocol: PROTOCOL, model, pipeline, thresholds, next: this.#ring.next });
  }
}

/** Serialised once, for all clients. */
function encode(message: FeedMessage): Buffer {
  return Buffer.from(toLine(message));
}
