// One connection of the page: who it is, what it looks at, and how much is under way to it. It must not hold messages of
// its own, nor wait for the other side.
import { WebSocket } from 'ws';
import type { Clock } from '../../base/clock.js';
import { WATCH_CLOSE, type Looks, type ServerMessage } from './protocol.js';

/** Pictures that may be under way to one page: the next is sent when one of them was drawn. */
const UNDER_WAY = 2;

/** Bytes of text that may wait for one page before it is cut. */
const MOST_WAITING = 4 * 2 ** 20;

/** Milliseconds that a page has to take its last words. */
const CLOSE_GRACE_MS = 2_000;

/** What a page may do. */
export interface Rights {
  /** Changes of the pipeline; else why not. */
  readonly edit: true | string;
  readonly mark: true | string;
}

/** A page that has shown what it must. */
export class WatchClient {
  readonly rights: Rights;
  looks: Looks = { picture: false, distribution: false, crops: false };
  /** Numbers of the last crop and event that it has. */
  crops = 1;
  events = 1;
  /** It is being answered with windows of the picture. */
  probing = false;
  /** Resolves when the connection is gone, however it went. */
  readonly gone: Promise<void>;
  readonly #socket: WebSocket;
  #underWay = 0;
  #alive = true;

  constructor(socket: WebSocket, rights: Rights) {
    this.#socket = socket;
    this.rights = rights;
    this.gone = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('pong', () => (this.#alive = true));
  }

  /** It is there, and takes text. */
  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Whether one more picture may be sent: none waits here, and few are under way. */
  get ready(): boolean {
    return this.open && this.looks.picture && this.#underWay < UNDER_WAY && this.#socket.bufferedAmount === 0;
  }

  /** Sends a message; a page that reads too slowly for text is cut. */
  say(message: ServerMessage | string): void {
    if (!this.open) return;
    if (this.#socket.bufferedAmount > MOST_WAITING) return this.close(WATCH_CLOSE.tooSlow, 'reads too slowly');
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Sends a picture. */
  show(picture: Buffer): void {
    this.#underWay++;
    this.#socket.send(picture, { binary: true });
  }

  /** A picture has been drawn. */
  drawn(): void {
    this.#underWay = Math.max(0, this.#underWay - 1);
  }

  /** Cuts a page that has not answered the last ping, else sends the next. */
  ping(): void {
    if (!this.#alive) return this.#socket.terminate();
    this.#alive = false;
    if (this.open) this.#socket.ping();
  }

  /** Closes the connection; `reason` is for people. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#socket.terminate();
  }
}

/** Closes connections; resolves when all are gone. Those that don't take their last words in time are cut. */
export async function closeAll(
  clients: Iterable<WatchClient>,
  code: number,
  reason: string,
  clock: Pick<Clock, 'after'>,
): Promise<void> {
  const all = [...clients];
  for (const client of all) client.close(code, reason);
  const stop = clock.after(CLOSE_GRACE_MS, () => {
    for (const client of all) client.terminate();
  });
  await Promise.all(all.map(({ gone }) => gone));
  stop();
}
