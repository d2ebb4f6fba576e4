// Owns which sources the page shows: this server's own, and others that a person adds. Kept for the session, tokens too,
// and never in the address.
import { Connection } from './connection.js';

/** Sources at once. */
export const MOST_SOURCES = 12;

const KEY = 'lq-stream.sources';

interface Kept {
  readonly address: string;
  readonly token?: string | undefined;
}

/** The address of the server that the page came from. */
export function ownAddress(): string {
  return new URL('watch', location.href.replace(/[?#].*$/, '')).href.replace(/^http/, 'ws');
}

/** What a person writes for a source, as the address of its WebSocket; undefined for what can't be one. */
export function addressOf(text: string): string | undefined {
  const whole = /^[a-z]+:\/\//i.test(text.trim()) ? text.trim() : `http://${text.trim()}`;
  try {
    const url = new URL(whole);
    const secure = url.protocol === 'https:' || url.protocol === 'wss:';
    if (!secure && url.protocol !== 'http:' && url.protocol !== 'ws:') return undefined;
    if (url.hostname === '' || url.username !== '' || url.password !== '') return undefined;
    const path = url.pathname.replace(/(?:feed|watch)?\/?$/, '');
    return `${secure ? 'wss' : 'ws'}://${url.host}${path.endsWith('/') ? path : `${path}/`}watch`;
  } catch {
    return undefined;
  }
}

/** The sources of this session. */
export class Sources {
  list: readonly Connection[];
  readonly #subscribers = new Set<() => void>();

  constructor() {
    const kept = read();
    const own = ownAddress();
    const others = kept.filter(({ address }) => address !== own);
    this.list = [{ address: own, token: kept.find(({ address }) => address === own)?.token }, ...others].map(
      ({ address, token }) => new Connection(address, token),
    );
  }

  /** Calls back when there is another source, or one less. */
  subscribe(changed: () => void): () => void {
    this.#subscribers.add(changed);
    return () => void this.#subscribers.delete(changed);
  }

  /** Adds a source, where it is not there already. */
  add(address: string, token: string | undefined): void {
    if (this.list.some((one) => one.address === address) || this.list.length >= MOST_SOURCES) return;
    this.#set([...this.list, new Connection(address, token)]);
  }

  /** Takes a source away; the page's own stays. */
  remove(connection: Connection): void {
    if (connection === this.list[0]) return;
    connection.close();
    this.#set(this.list.filter((one) => one !== connection));
  }

  /** Keeps the tokens for the session. */
  keep(): void {
    const kept: Kept[] = this.list.map(({ address, token }) => ({ address, token }));
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  }

  #set(list: readonly Connection[]): void {
    this.list = list;
    this.keep();
    for (const changed of this.#subscribers) changed();
  }
}

function read(): Kept[] {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return Array.isArray(found) ? (found as Kept[]).filter(({ address }) => typeof address === 'string') : [];
  } catch {
    return [];
  }
}
