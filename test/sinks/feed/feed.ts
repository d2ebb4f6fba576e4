// What the feed's tests share: predictions to publish, a server under a manual clock, clients that remember.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { WebSocket, type ClientOptions } from 'ws';
import type { Stats } from '../../../src/types.js';
import type { FeedMessage, PredictionMessage } from '../../../src/sinks/messages.js';
import { serve, type FeedServer, type ServeOptions } from '../../../src/sinks/feed/server.js';
import { ManualClock } from './manual-clock.js';

export const STATS: Stats = {
  frames: 5,
  truncated: 0,
  regions: 9,
  accepted: 4,
  rejected: {
    'not-finite': 0,
    blank: 1,
    range: 3,
    ratio: 1,
    text: 0,
    clutter: 0,
    growing: 0,
    stale: 0,
    unsteady: 0,
    rule: 0,
  },
  fps: 25,
  lag: 0.04,
};
export const RUN = { model: 'aaaa', pipeline: 'bbbb', thresholds: { ratio: 6.5, range: [0.5, 1.25] } } as const;

/** A prediction with this number; `padding` characters longer than it need be. */
export function prediction(seq: number, padding = 0): PredictionMessage {
  return {
    type: 'prediction',
    seq,
    frame: seq * 2,
    time: seq / 25,
    ...(padding > 0 ? { file: 'f'.repeat(padding) } : {}),
    region: 'r0',
    box: [1, 2, 3, 4],
    digit: 7,
    ratio: 20,
    top: 1,
    second: 0.05,
    outputs: [0, 0, 0, 0, 0, 0, 0, 1, 0.05, 0],
    model: RUN.model,
    pipeline: RUN.pipeline,
  };
}

/** A feed on a free loopback port, and the clock that it runs by. */
export async function startFeed(
  options: Partial<ServeOptions> = {},
): Promise<{ feed: FeedServer; clock: ManualClock }> {
  const clock = new ManualClock();
  return { clock, feed: await serve({ run: RUN, stats: () => STATS, clock, ...options }) };
}

/** Publishes predictions `from` .. `to`. */
export function publish(feed: FeedServer, from: number, to: number, padding = 0): void {
  for (let seq = from; seq <= to; seq++) feed.publish(prediction(seq, padding));
}

/** A connection that keeps what it gets. */
export class TestClient {
  readonly messages: FeedMessage[] = [];
  readonly lines: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #waiting = new Set<(message: FeedMessage) => void>();

  constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) =>
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as FeedMessage;
      this.lines.push(data.toString());
      this.messages.push(message);
      for (const see of this.#waiting) see(message);
    });
  }

  /** The TCP socket below, to stop it from being read. */
  get tcp(): Socket {
    return (this.socket as unknown as { _socket: Socket })._socket;
  }

  /** Numbers of the predictions received. */
  get seqs(): number[] {
    return this.messages.flatMap((message) => (message.type === 'prediction' ? [message.seq] : []));
  }

  /** Resolves when a message of this type (and with this `seq`) has come. */
  async got(type: FeedMessage['type'], seq?: number): Promise<void> {
    const wanted = (message: FeedMessage): boolean =>
      message.type === type && (seq === undefined || ('seq' in message && message.seq === seq));
    if (this.messages.some(wanted)) return;
    await new Promise<void>((resolve, reject) => {
      const see = (message: FeedMessage): void => {
        if (!wanted(message)) return;
        this.#waiting.delete(see);
        resolve();
      };
      this.#waiting.add(see);
      void this.closed.then(({ code }) => reject(new Error(`closed with ${code} before ${type} ${seq ?? ''}`)));
    });
  }
}

/** Connects, and waits for the `hello`. */
export async function connect(feed: FeedServer, query = '', options: ClientOptions = {}): Promise<TestClient> {
  const client = begin(feed, query, options);
  await client.got('hello');
  return client;
}

/** Starts to connect. */
export function begin(feed: FeedServer, query = '', options: ClientOptions = {}): TestClient {
  return new TestClient(new WebSocket(feed.url + query, options));
}

/** HTTP status with which the feed refuses a connection, 101 when it doesn't; and what it says. */
export async function handshake(url: string, options: ClientOptions = {}): Promise<{ status: number; body: string }> {
  const socket = new WebSocket(url, options);
  socket.on('error', () => {});
  return new Promise((resolve) => {
    socket.once('open', () => {
      socket.once('close', () => resolve({ status: 101, body: '' }));
      socket.close();
    });
    socket.once('unexpected-response', (request, response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      void once(response, 'end').then(() => {
        request.destroy();
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
  });
}

/** Lets the event loop turn once, so that what the sockets have can come in. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
