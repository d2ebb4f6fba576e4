// Owns the addresses that sinks send to: what is wrong with one, how it is shown without secrets, who it lets in. It must
// not connect.
import type { Credentials } from '../../base/credentials.js';
import { UsageError } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';
import { printable } from '../../base/printable.js';

/** An address of a sink. */
export interface SinkAddress {
  /** Without user, password, query and fragment: for messages. */
  readonly name: string;
  /** The whole, without user, password and fragment. */
  readonly url: URL;
  /** What stood before the host. */
  readonly credentials: Credentials | undefined;
}

/**
 * Reads an address.
 * @param option How messages call what gave it.
 * @param schemes Those that it may have, without `:`.
 * @throws UsageError that names the scheme which is nearest, and shows no secret.
 */
export function readSinkAddress(option: string, text: string, schemes: readonly string[]): SinkAddress {
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  // What stands before an @ may be a password, in whatever is wrong with the rest, and a path or a query a key.
  const shown = printable(
    text.replace(/^([a-z\d+.-]*:\/*)?.*@/i, '$1').replace(/^([a-z\d+.-]*:\/*)?([^/?#]*).*$/is, '$1$2'),
  );
  const bad = (found: string): UsageError =>
    new UsageError(
      `${option} must be ${schemes.map((one) => `${one}://`).join(' or ')}HOST[:PORT], ${found}: ${shown}`,
    );
  if (scheme === undefined) throw bad('found no scheme');
  if (!schemes.includes(scheme)) {
    const guess = nearest(scheme, schemes);
    throw bad(`found another scheme${guess === undefined ? '' : ` (did you mean ${guess}://?)`}`);
  }
  let url: URL;
  try {
    url = new URL(text);
    decodeURIComponent(url.username + url.password);
  } catch {
    throw bad('found what is no address');
  }
  if (url.hostname === '') throw bad('found no host');
  const credentials =
    url.username === '' && url.password === ''
      ? undefined
      : { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  [url.username, url.password, url.hash] = ['', '', ''];
  const name = new URL(url);
  name.search = '';
  return { name: printable(name.href.replace(/\/$/, '')), url, credentials };
}
