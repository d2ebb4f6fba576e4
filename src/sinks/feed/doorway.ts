// Who is at the feed's door: connections that are no client of it (yet). Few are let wait and none for long, so that
// those who ask for nothing never keep others out. It must not know what is asked, nor how it is answered.
import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/clock.js';

/** Milliseconds that a connection has for each request, from its beginning or the request before. */
export const REQUEST_MS = 5_000;

/** What a doorway needs. */
export interface DoorwayOptions {
  readonly clock: Clock;
  /** Connections that may be here at once; where one more comes, the one that has been silent for longest has to go. */
  readonly places: number;
}

/**
 * The connections at the door, each for `REQUEST_MS` at most since it came or last asked for something. A byte now and
 * then is no request, and what is no request moves no deadline.
 */
export class Doorway {
  readonly #options: DoorwayOptions;
  /** In the order in which they came or last asked, each with what stops its deadline. */
  readonly #visitors = new Map<Duplex, () => void>();

  constructor(options: DoorwayOptions) {
    this.#options = options;
  }

  /** Connections that are here. */
  get size(): number {
    return this.#visitors.size;
  }

  /** A connection has come. Where there is no place, that of another is made free. */
  enter(socket: Duplex): void {
    const [oldest] = this.#visitors.keys();
    if (oldest && this.size >= this.#options.places) this.#turnAway(oldest);
    this.#wait(socket);
    socket.once('close', () => this.leave(socket));
  }

  /** A connection has shown the head of a request; it may show another. */
  asked(socket: Duplex): void {
    if (!this.#visitors.has(socket)) return;
    this.leave(socket);
    this.#wait(socket);
  }

  /** A connection is no longer here: it has become a client, or is gone. */
  leave(socket: Duplex): void {
    this.#visitors.get(socket)?.();
    this.#visitors.delete(socket);
  }

  /** Cuts every connection that is here. */
  clear(): void {
    for (const socket of this.#visitors.keys()) this.#turnAway(socket);
  }

  #wait(socket: Duplex): void {
    this.#visitors.set(
      socket,
      this.#options.clock.after(REQUEST_MS, () => this.#turnAway(socket)),
    );
  }

  #turnAway(socket: Duplex): void {
    this.leave(socket);
    socket.destroy();
  }
}
