// One connection to the feed: replay, out of what is kept and then of the ring, then live, within a bounded buffer. It
// must not make others wait for the other side, nor hold messages of its own but those of one batch.
import { WebSocket } from 'ws';
import type { Clock } from '../../base/clock.js';
import { toLine, type GapMessage } from '../messages.js';
import type { Past } from '../sink.js';
import type { Ring } from './ring.js';

/** Why the feed closes a connection (RFC 6455, 7.4.1, and the registry that it founds). */
export const CLOSE = { done: 1000, tooSlow: 1013 } as const;

/** Milliseconds that a closing connection has to read what is left, before it is cut. */
export const CLOSE_GRACE_MS = 10_000;

/** What a client that is cut is told. */
const COME_BACK = 'come back with ?since=';

/** Most messages that a replay hands over in one turn of the event loop, so that it delays nobody else. */
const REPLAY_BATCH = 256;

/** What a client needs from its server. */
export interface FeedClientOptions {
  readonly ring: Ring;
  /** What is kept of predictions that the ring no longer has. Default: nothing. */
  readonly past?: Past | undefined;
  readonly clock: Clock;
  /** Most bytes that may wait for this client; one more message and it is cut with 1013. */
  readonly maxBuffered: number;
}

/**
 * One connection. Predictions come to it from the ring while it replays and by `offer` once it has caught up, so each
 * is sent exactly once and in order; a replay pauses at half the buffer bound and goes on when that has been sent.
 */
export class FeedClient {
  readonly #socket: WebSocket;
  readonly #options: FeedClientOptions;
  /** Number of the next prediction to be sent, while replaying. */
  #next: number;
  #state: 'replaying' | 'live' | 'closing' = 'replaying';
  /** The last message, when the end came during the replay. */
  #goodbye: Buffer | undefined;
  #ponged = true;
  #stopGrace: (() => void) | undefined;
  /** Resolves when the connection is gone, however it went. */
  readonly gone: Promise<void>;

  constructor(socket: WebSocket, options: FeedClientOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#next = options.ring.next;
    this.gone = new Promise((resolve) => {
      socket.once('close', () => {
        this.#state = 'closing';
        this.#stopGrace?.();
        resolve();
      });
    });
    // What a client says is not for us, but a frame against the rules or over the size limit closes the connection.
    socket.on('error', () => this.#closing());
    socket.on('pong', () => (this.#ponged = true));
  }

  /**
   * Sends greetings (hello, what the source does, the numbers that hold), then the predictions after number `since`
   * (default: only those to come). Call it once.
   */
  start(greetings: readonly Buffer[], since?: number): void {
    const { ring, past } = this.#options;
    for (const greeting of greetings) this.#send(greeting);
    this.#next = Math.min((since ?? Infinity) + 1, ring.next);
    if (!past) this.#skipTo(ring.first);
    this.#replay();
  }

  /** Sends a prediction that has just entered the ring, unless the replay will come to it. */
  offer(message: Buffer): void {
    if (this.#state === 'live') this.#sendBounded(message);
  }

  /** Sends a message that is not part of the sequence. */
  tell(message: Buffer): void {
    this.#sendBounded(message);
  }

  /**
   * Sends what is left of the replay, then `goodbye`, then closes; cut after `CLOSE_GRACE_MS` if the client doesn't
   * read.
   */
  finish(goodbye: Buffer): void {
    if (this.#state === 'closing') return;
    this.#goodbye = goodbye;
    this.#startGrace();
    if (this.#state === 'live') this.#sayGoodbye(goodbye);
  }

  /** Cuts a client that has not answered the last ping, else sends the next. */
  ping(): void {
    if (!this.#ponged) return this.terminate();
    this.#ponged = false;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  /** Cuts the connection, without a word. */
  terminate(): void {
    this.#socket.terminate();
  }

  #replay(): void {
    const { ring, past, maxBuffered } = this.#options;
    if (past && this.#next < ring.first) return void this.#replayPast(past);
    const batchEnd = this.#next + REPLAY_BATCH;
    for (let pause = false; !pause;) {
      if (this.#next === ring.next) return this.#goLive();
      const message = ring.get(this.#next);
      // The ring has moved on past what this client has yet to read.
      if (message === undefined) return past ? void this.#replayPast(past) : this.#cut();
      this.#next++;
      pause = this.#next === batchEnd || this.#socket.bufferedAmount + message.length >= maxBuffered / 2;
      this.#send(message, pause ? () => setImmediate(() => this.#state === 'replaying' && this.#replay()) : undefined);
    }
  }

  /** Sends what the ring no longer has, batch after batch, each when the one before has left; then what it has. */
  async #replayPast(past: Past): Promise<void> {
    const { ring, maxBuffered } = this.#options;
    while (this.#isReplaying() && this.#next < ring.first) {
      const to = ring.first - 1;
      const found = await past.predictions(this.#next, to, REPLAY_BATCH).catch(() => undefined);
      if (!found) return this.#close(CLOSE.tooSlow, `what is kept can't be read now; ${COME_BACK}`);
      for (const [k, { seq, bytes }] of found.entries()) {
        if (!this.#isReplaying()) return;
        this.#skipTo(seq);
        this.#next = seq + 1;
        const isFull = this.#socket.bufferedAmount + bytes.length >= maxBuffered / 2;
        if (isFull || k === found.length - 1) await this.#sent(bytes);
        else this.#send(bytes);
      }
      if (found.length < REPLAY_BATCH) this.#skipTo(to + 1);
    }
    if (this.#isReplaying()) this.#replay();
  }

  #isReplaying(): boolean {
    return this.#state === 'replaying';
  }

  /** Says that there is nothing before this number to be had, where there should be. */
  #skipTo(number: number): void {
    if (number <= this.#next) return;
    const gap: GapMessage = { type: 'gap', from: this.#next, to: number - 1 };
    this.#send(Buffer.from(toLine(gap)));
    this.#next = number;
  }

  /** Resolves when the message has left, or never will. */
  #sent(message: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.readyState !== WebSocket.OPEN) return resolve();
      this.#socket.send(message, { binary: false }, () => setImmediate(resolve));
    });
  }

  #goLive(): void {
    this.#state = 'live';
    if (this.#goodbye !== undefined) this.#sayGoodbye(this.#goodbye);
  }

  #sendBounded(message: Buffer): void {
    if (this.#state === 'closing') return;
    if (this.#socket.bufferedAmount + message.length > this.#options.maxBuffered) return this.#cut();
    this.#send(message);
  }

  #send(message: Buffer, sent?: () => void): void {
    // Errors come as 'close'; a callback is given only where something waits for it.
    if (this.#socket.readyState === WebSocket.OPEN)
      this.#socket.send(message, { binary: false }, sent && ((error) => error ?? sent()));
  }

  #sayGoodbye(goodbye: Buffer): void {
    this.#send(goodbye);
    this.#close(CLOSE.done, 'the run has ended');
  }

  #cut(): void {
    this.#close(CLOSE.tooSlow, `reads too slowly; ${COME_BACK}`);
  }

  #close(code: number, reason: string): void {
    this.#closing();
    this.#socket.close(code, reason);
  }

  #closing(): void {
    this.#state = 'closing';
    this.#startGrace();
  }

  #startGrace(): void {
    this.#stopGrace ??= this.#options.clock.after(CLOSE_GRACE_MS, () => this.terminate());
  }
}
