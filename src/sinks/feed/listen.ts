// Where the feed listens: reads [HOST:]PORT, knows loopback, and says why listening failed. It opens no socket.
import { BlockList, isIP, isIPv6 } from 'node:net';
import { UsageError } from '../../base/errors.js';
import { LONGEST_TOKEN, wrongWithToken } from './token.js';

/** The host that the feed listens on unless told otherwise: this machine only. */
export const DEFAULT_HOST = '127.0.0.1';

/** A place to listen. */
export interface ListenAddress {
  /** Name or address, an IPv6 one without brackets. */
  readonly host: string;
  /** 0-65535; 0 lets the system choose a free one. */
  readonly port: number;
}

/**
 * Reads `[HOST:]PORT`: `8080`, `localhost:8080`, `0.0.0.0:0`, `[::1]:8080`. HOST defaults to `DEFAULT_HOST`.
 * Throws UsageError.
 * @param option What the error calls it.
 */
export function parseListen(text: string, option = '--serve'): ListenAddress {
  const bad = (found: string): UsageError => badListen(option, text, found);
  const match = /^(?:(?:\[(?<v6>[^\]]*)\]|(?<name>[^:[\]]*)):)?(?<port>\d{1,5})$/.exec(text);
  const { v6, name, port: digits } = match?.groups ?? {};
  const port = Number(digits);
  if (digits === undefined)
    throw bad(
      isIPv6(text) || isIPv6(text.replace(/:\d+$/, '')) ? 'an IPv6 address goes in brackets' : 'this has another form',
    );
  if (port > 65535) throw bad('a port is a number from 0 to 65535');
  if (v6 !== undefined && !isIPv6(v6)) throw bad('what is in brackets is not an IPv6 address');
  if (name !== undefined && !isHostName(name))
    throw bad(name === '' ? 'the host is empty' : 'the host is not a name or an address');
  return { host: v6 ?? name ?? DEFAULT_HOST, port };
}

/**
 * Whether only this machine can reach the host: `localhost`, 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104. Names are not
 * looked up.
 */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** `host:port` as URLs have it, an IPv6 address in brackets. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Throws UsageError when a host that others can reach has no token, or when the token can't be sent in a header. */
export function checkToken(host: string, token: string | undefined, served = 'feed'): void {
  if (token === undefined && !isLoopback(host)) {
    throw new UsageError(
      `The ${served} on ${host} could be reached from other machines and has no token: add --token or --token-file, ` +
        `set LQ_TOKEN, or serve on ${DEFAULT_HOST}.`,
    );
  }
  const wrong = token === undefined ? undefined : wrongWithToken(token);
  if (wrong !== undefined) {
    throw new UsageError(
      `The token of the ${served} must be 1 to ${LONGEST_TOKEN} printable ASCII characters without spaces, for it is ` +
        `sent in a header; this one ${wrong}.`,
    );
  }
}

/** The error for the user when listening on the address failed with `cause`. */
export function listenError(address: ListenAddress, cause: NodeJS.ErrnoException, served = 'feed'): UsageError {
  return new UsageError(`Can't serve the ${served} on ${formatAddress(address)}: ${listenAdvice(address, cause)}`, {
    cause,
  });
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isHostName(name: string): boolean {
  return isIP(name) !== 0 || /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?$/i.test(name);
}

function badListen(option: string, text: string, found: string): UsageError {
  return new UsageError(
    `${option} "${text}": expected [HOST:]PORT, such as 8080, localhost:8080 or [::1]:8080; ${found}.`,
  );
}

function listenAdvice({ host, port }: ListenAddress, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is in use. Choose another one, or 0 for any free one.`;
    case 'EADDRNOTAVAIL':
      return `${host} is not an address of this machine. Use one of its own, or ${DEFAULT_HOST}.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name ${host} has no address. Use one of this machine's addresses, or ${DEFAULT_HOST}.`;
    case 'EACCES':
      return `port ${port} needs privileges that this program doesn't have. Choose one above 1023.`;
    default:
      return `${message}.`;
  }
}
