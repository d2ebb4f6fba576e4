// Who may open the feed, and from where in it: an HTTP request in, a refusal or a starting point out. No sockets, no
// state.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { hostOf, hostOfOrigin } from './authority.js';
import { isLoopback } from './listen.js';

/** Why a request is not served. */
export interface Refusal {
  /** HTTP status, 4xx or 5xx. */
  readonly status: number;
  /** One line for the person who reads the response. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request's target, split. Not decoded further: an odd path is simply an unknown one. */
export interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Splits a request target, such as `/feed?since=3`. Never throws. */
export function parseTarget(url = '/'): Target {
  const mark = url.indexOf('?');
  return mark < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

/**
 * Whether a request may reach a feed without a token. A browser lets any page open a WebSocket to this machine, so a
 * page's `Origin` must be of this machine too (`null`, which sandboxed pages and files send, is not). `Host` is held to
 * the same, or a page whose own name was re-pointed at 127.0.0.1 (DNS rebinding) would pass. Programs send no Origin.
 * @param rawHeaders Names and values in turn, as they were sent: of a header that is there twice, readers of requests
 *   keep one and never tell.
 */
export function refuseStranger(rawHeaders: readonly string[]): Refusal | undefined {
  const [host = '', ...hosts] = valuesOf(rawHeaders, 'host');
  const named = hosts.length === 0 ? hostOf(host) : undefined;
  if (named === undefined) {
    return { status: 400, message: 'There must be one Host header, a name or address with or without a port.' };
  }
  if (!isLoopback(named)) {
    return { status: 403, message: 'The Host header must name this machine (localhost, 127.0.0.1 or [::1]).' };
  }
  const [origin, ...origins] = valuesOf(rawHeaders, 'origin');
  if (origin === undefined) return undefined;
  const page = origins.length === 0 ? (origin === 'null' ? origin : hostOfOrigin(origin)) : undefined;
  if (page === undefined) {
    return { status: 400, message: 'Origin must be there once at most, as SCHEME://HOST or SCHEME://HOST:PORT.' };
  }
  if (!isLoopback(page)) {
    return {
      status: 403,
      message: 'Pages of other sites may not read this feed. Serve it with a token to allow them.',
    };
  }
  return undefined;
}

/** Every value that a header (in lower case) was sent with. */
function valuesOf(rawHeaders: readonly string[], header: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === header);
}

/** Whether a request carries the token, as `Authorization: Bearer TOKEN` or `?token=TOKEN` (URL-encoded). */
export function refuseWithoutToken(
  token: string,
  headers: Pick<IncomingHttpHeaders, 'authorization'>,
  query: URLSearchParams,
): Refusal | undefined {
  const given = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? query.get('token');
  if (given !== null && sameSecret(given, token)) return undefined;
  return {
    status: 401,
    message:
      `${given === null ? 'A token is needed' : 'The token is wrong'}: send "Authorization: Bearer ` +
      `TOKEN", or add ?token=TOKEN to the address.`,
    headers: { 'WWW-Authenticate': 'Bearer' },
  };
}

/**
 * Whether a request comes from a page of the very server that it asks, or from a program: both headers name one host and
 * port, each once.
 */
export function isOwnPage(rawHeaders: readonly string[]): boolean {
  const [origin, ...origins] = valuesOf(rawHeaders, 'origin');
  if (origin === undefined) return true;
  const [host, ...hosts] = valuesOf(rawHeaders, 'host');
  if (host === undefined || origins.length > 0 || hosts.length > 0) return false;
  if (hostOfOrigin(origin) === undefined || hostOf(host) === undefined) return false;
  return /^https?:\/\/(.*)$/i.exec(origin)?.[1]?.toLowerCase() === host.toLowerCase();
}

/** What a request has to show: the token, where there is one, else that it comes from this machine. */
export function refuseAccess(
  token: string | undefined,
  { headers, rawHeaders }: Pick<IncomingMessage, 'headers' | 'rawHeaders'>,
  query: URLSearchParams,
): Refusal | undefined {
  return token === undefined ? refuseStranger(rawHeaders) : refuseWithoutToken(token, headers, query);
}

/** Where a client wants to start. */
export interface Start {
  /** Send the predictions after this `seq`; undefined: only those to come. */
  readonly since: number | undefined;
}

/** Reads `since` from a query: absent or a whole number >= 0, and the refusal of anything else. */
export function parseSince(query: URLSearchParams): Start | Refusal {
  const [text, ...more] = query.getAll('since');
  if (text === undefined) return { since: undefined };
  if (more.length === 0 && /^\d{1,15}$/.test(text)) return { since: Number(text) };
  const found = more.length > 0 ? 'it more than once' : JSON.stringify(text.slice(0, 40));
  return {
    status: 400,
    message: `since must be the seq of the last prediction received, a whole number >= 0; found ${found}.`,
  };
}

/** Compares digests, so that the time taken tells nothing of how much, or how long, a guess got right. */
export function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
