// Reads the one form of `HOST[:PORT]` that Host and Origin headers have, and nothing that merely looks like it to a
// lenient reader. It must not know which hosts are allowed.
import { isIPv6 } from 'node:net';

/** Characters of an authority at most: a name of DNS has 253, brackets and port come on top. */
const LONGEST = 262;

const LABEL = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?';
const AUTHORITY = new RegExp(
  `^(?:\\[(?<v6>[0-9a-f:.]+)\\]|(?<name>${LABEL}(?:\\.${LABEL})*))(?::(?<port>\\d{1,5}))?$`,
  'i',
);

/**
 * The host of `HOST` or `HOST:PORT`: a name, an IPv4 address or, in brackets, an IPv6 one (given back without them);
 * the port from 1 to 65535. Undefined for everything else, which includes much that a reader of URLs would take for a
 * host of this machine: user names, paths, fragments, percent-escapes, zones, spaces, a dot at the end.
 */
export function hostOf(authority: string): string | undefined {
  const { v6, name, port } = (authority.length <= LONGEST && AUTHORITY.exec(authority)?.groups) || {};
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return undefined;
  return v6 === undefined || isIPv6(v6) ? (v6 ?? name) : undefined;
}

/**
 * The host of an origin as browsers write it, `SCHEME://HOST[:PORT]`. Undefined for everything else, `null` (of pages
 * in a sandbox and of files) included.
 */
export function hostOfOrigin(origin: string): string | undefined {
  const authority = /^[a-z][a-z0-9+.-]{0,31}:\/\/(.*)$/i.exec(origin)?.[1];
  return authority === undefined ? undefined : hostOf(authority);
}
