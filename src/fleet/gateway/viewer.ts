// One client of the gateway: hello, then a camera's messages out of the log as fast as it reads, figures in between. It
// holds no more than the socket's own bounded buffer.
import { WebSocket } from 'ws';
import { CLOSE_GRACE_MS } from '../../sinks/feed/client.js';
import { FIRST_SEQ } from '../../sinks/messages.js';
import type { FleetClock } from '../core/timing.js';
import { linesOf, startAfter, type LogReader } from './replay.js';

/** What a viewer needs. */
export interface ViewerOptions {
  readonly camera: string;
  /** The number after which it wants predictions; undefined: only those to come. */
  readonly since: number | undefined;
  readonly predictions: LogReader;
  readonly readings: LogReader;
  /** The first message, given the number of the camera's next prediction. */
  readonly hello: (next: number) => string;
  /** What else it is told at first: as it is when the first message goes out. */
  readonly greetings: () => readonly string[];
  readonly clock: FleetClock;
  /** Bytes that may wait for it. Log messages wait from half of it on; figures are left out. */
  readonly maxBuffered: number;
}

/** One connection. */
export class Viewer {
  readonly #socket: WebSocket;
  readonly #options: ViewerOptions;
  readonly #gone = new AbortController();
  #ponged = true;
  #greeted = false;
  /** Resolves when the connection is gone, however it went. */
  readonly gone: Promise<void>;

  constructor(socket: WebSocket, options: ViewerOptions) {
    this.#socket = socket;
    this.#options = options;
    this.gone = new Promise((resolve) => {
      socket.once('close', () => {
        this.#gone.abort();
        resolve();
      });
    });
    socket.on('error', () => this.#socket.terminate());
    socket.on('pong', () => (this.#ponged = true));
  }

  /** The camera that it looks at. */
  get camera(): string {
    return this.#options.camera;
  }

  /** Sends until the connection is gone. */
  async run(): Promise<void> {
    const { camera, predictions, readings, since, hello, greetings } = this.#options;
    const { signal } = this.#gone;
    try {
      const latest = await predictions.latest(camera);
      const next = (latest?.last ?? FIRST_SEQ - 1) + 1;
      const after = Math.min(since ?? Infinity, next - 1);
      const from = since === undefined ? (latest?.sequence ?? 0) + 1 : await startAfter(predictions, camera, after);
      const reading = await readings.latest(camera);
      await this.#send(hello(next));
      this.#greeted = true;
      for (const greeting of greetings()) await this.#send(greeting);
      for (const { line } of reading ? linesOf(reading).slice(-1) : []) await this.#send(line);
      await Promise.all([
        this.#follow(predictions, from, after),
        this.#follow(readings, (reading?.sequence ?? 0) + 1, undefined),
      ]);
    } catch (error) {
      if (!signal.aborted) this.close(1011, 'the broker does not answer; come back with ?since=');
      if (!(error instanceof Error)) throw error;
    }
  }

  /** Sends a message that is not part of the log, unless it reads too slowly for that, or has not heard hello yet. */
  tell(message: string): void {
    if (this.#greeted && this.#socket.bufferedAmount < this.#options.maxBuffered / 2) void this.#send(message);
  }

  /** Cuts a client that has not answered the last ping, else sends the next. */
  ping(): void {
    if (!this.#ponged) return this.#socket.terminate();
    this.#ponged = false;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  /** Closes the connection, and cuts it when the other side does not. */
  close(code: number, reason: string): void {
    this.#gone.abort();
    this.#socket.close(code, reason);
    const stop = this.#options.clock.after(CLOSE_GRACE_MS, () => this.#socket.terminate());
    void this.gone.then(stop);
  }

  /** @param after The number that came last; holes after it are told. Undefined: the log has no numbers to keep to. */
  async #follow(reader: LogReader, from: number, after: number | undefined): Promise<void> {
    const { camera } = this.#options;
    let last = after;
    for await (const record of reader.follow(camera, from, this.#gone.signal)) {
      for (const { seq, line } of linesOf(record)) {
        if (last !== undefined && seq <= last) continue;
        if (last !== undefined && seq > last + 1)
          await this.#send(JSON.stringify({ type: 'gap', from: last + 1, to: seq - 1 }));
        if (last !== undefined) last = seq;
        await this.#send(line);
      }
      if (this.#gone.signal.aborted) return;
    }
  }

  /** Sends; resolves when there is room for more, or the connection is gone. */
  async #send(message: string): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) return;
    const full = socket.bufferedAmount + message.length >= this.#options.maxBuffered / 2;
    if (!full) return socket.send(message);
    await Promise.race([this.gone, new Promise<void>((resolve) => socket.send(message, () => resolve()))]);
  }
}
