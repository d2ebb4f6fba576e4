// How a server begins to listen: its host and token checked, its port taken, its door in place. It must not know what is
// asked of it, nor how that is answered.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/clock.js';
import { Doorway } from './doorway.js';
import { checkToken, listenError, type ListenAddress } from './listen.js';

/** What a server needs to listen. */
export interface ListeningOptions extends ListenAddress {
  /** What clients must show; a host that others can reach needs one. */
  readonly token: string | undefined;
  readonly clock: Clock;
  /** Connections at once that have yet to ask for something, or to show what they must. */
  readonly places: number;
  /** What errors call it. Default `feed`. */
  readonly served?: string;
}

/** Who answers. */
export interface Answers {
  request(request: IncomingMessage, response: ServerResponse): void;
  /** Default: WebSockets are refused, by Node. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** A server that listens. Nothing is answered before `answer` was called. */
export class Listening {
  /** The host that was asked for, and the port that is really listened on. */
  readonly address: ListenAddress;
  readonly #http: Server;
  readonly #door: Doorway;

  private constructor(http: Server, { host, clock, places }: ListeningOptions) {
    this.#http = http;
    this.address = { host, port: (http.address() as AddressInfo).port };
    this.#door = new Doorway({ clock, places });
    http.on('connection', (socket: Socket) => this.#door.enter(socket));
    // Once it listens, an error is about one connection that could not be accepted.
    http.on('error', () => {});
  }

  /**
   * Listens.
   * @throws UsageError when the address can't be listened on, when a host that is not loopback has no token, or when
   *   the token can't be sent.
   */
  static async open(options: ListeningOptions): Promise<Listening> {
    const { host, port, token, served } = options;
    checkToken(host, token, served);
    const http = createServer();
    try {
      await once(http.listen({ host, port }), 'listening');
    } catch (cause) {
      throw listenError({ host, port }, cause as NodeJS.ErrnoException, served);
    }
    return new Listening(http, options);
  }

  /** Says who answers from now on; each request is at the door until then. */
  answer({ request, upgrade }: Answers): void {
    this.#http.on('request', (asked: IncomingMessage, response: ServerResponse) => {
      this.#door.asked(asked.socket);
      request(asked, response);
    });
    if (!upgrade) return;
    this.#http.on('upgrade', (asked: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#door.asked(socket);
      upgrade(asked, socket, head);
    });
  }

  /** A connection has shown what it must: it is at the door no longer. */
  admit(socket: Duplex): void {
    this.#door.leave(socket);
  }

  /**
   * Listens no more; resolves when all connections are closed.
   * @param clients Resolves when those are that were admitted. Who is at the door is cut then.
   */
  async close(clients: Promise<unknown> = Promise.resolve()): Promise<void> {
    const closed = new Promise((resolve) => this.#http.close(resolve));
    await clients;
    this.#door.clear();
    await closed;
  }
}
