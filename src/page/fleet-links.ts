// Owns the connections of a fleet's page, one for each camera that somebody looks at here. It must not know what they are
// shown in.
import { Connection } from './connection.js';

/** Cameras that are looked at, at once: browsers hold no more connections to one server. */
export const MOST_LINKS = 200;

/** Milliseconds that a connection stays when nobody holds it: views change, and lists are scrolled. */
const LINGER = 1_500;

interface Held {
  readonly connection: Connection;
  holders: number;
  leaving: ReturnType<typeof setTimeout> | undefined;
}

/** Connections to the cameras of one gateway. */
export class FleetLinks {
  readonly #gateway: Connection;
  readonly #held = new Map<string, Held>();

  constructor(gateway: Connection) {
    this.#gateway = gateway;
  }

  /** A camera is looked at; undefined where too many are already. Each call is followed by one of `release`. */
  hold(camera: string): Connection | undefined {
    let held = this.#held.get(camera);
    if (!held) {
      if (this.#held.size >= MOST_LINKS) return undefined;
      const address = `${this.#gateway.address}?camera=${encodeURIComponent(camera)}`;
      held = { connection: new Connection(address, this.#gateway.token), holders: 0, leaving: undefined };
      this.#held.set(camera, held);
    }
    held.holders++;
    clearTimeout(held.leaving);
    return held.connection;
  }

  /** A camera is looked at no more by one of those who held it. */
  release(camera: string): void {
    const held = this.#held.get(camera);
    if (!held || --held.holders > 0) return;
    held.leaving = setTimeout(() => {
      this.#held.delete(camera);
      held.connection.close();
    }, LINGER);
  }
}
