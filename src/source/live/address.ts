// Owns addresses of live sources: what is in one, how it is shown without what is secret in it, and how ffmpeg gets it
// without showing it to every user of the machine. Must not connect to anything.
import { Readable } from 'node:stream';
import type { Credentials } from '../../base/credentials.js';
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';

/** An address that has been read. */
export interface Address {
  /** `rtsp`, `https`, ...: in small letters, without `:`. */
  readonly scheme: string;
  /** For messages, lines and logs: no user, no password, no secret parameter; printable. */
  readonly name: string;
  /** For ffmpeg: with all that is secret. */
  readonly url: string;
  /** The parameters after `?`. */
  readonly query: URLSearchParams;
  /** There is a user or a password in it. */
  readonly hasCredentials: boolean;
  /** There is something in it that nobody else should see. */
  readonly isSecret: boolean;
  /** A text without what is secret here. */
  hide(text: string): string;
}

const SCHEME = /^([a-z][a-z\d+.-]*):\/\//i;

/** Parameters whose values are not shown. */
const SECRET_PARAMETER = /pass|pwd|secret|token|auth|key|sign|user|login|account/i;

/** What stands for a secret. */
const HIDDEN = '***';

/** The scheme of what looks like an address; undefined for what is none. */
export function schemeOf(text: string): string | undefined {
  return SCHEME.exec(text)?.[1]?.toLowerCase();
}

/** Whether something is an address of one of these schemes. */
export function hasScheme(text: string, schemes: readonly string[]): boolean {
  const scheme = schemeOf(text);
  return scheme !== undefined && schemes.includes(scheme);
}

/**
 * Reads an address.
 *
 * @param credentials for it; one that has some of its own does not take them
 * @throws UsageError when it is none
 */
export function readAddress(text: string, credentials?: Credentials): Address {
  const scheme = schemeOf(text) ?? '';
  const url = parsed(text, scheme);
  if (credentials && url.username === '' && url.password === '') {
    url.username = encoded(credentials.user);
    url.password = encoded(credentials.password);
  }
  const hasCredentials = url.username !== '' || url.password !== '';
  const secrets = secretsOf(url);
  const name = shownOf(url);
  return {
    scheme,
    name: printable(name),
    // A quote would end the word in a script.
    url: url.href.replaceAll("'", '%27'),
    query: url.searchParams,
    hasCredentials,
    isSecret: secrets.length > 0,
    hide: (said) => hideIn(said.replaceAll(url.href, name).replace(/(\/\/)[^/\s@]*@/g, '$1'), secrets),
  };
}

/** An address without user, password and fragment, secret parameters hidden. */
function shownOf(url: URL): string {
  const shown = new URL(url);
  [shown.username, shown.password, shown.hash] = ['', '', ''];
  for (const name of new Set(shown.searchParams.keys()))
    if (SECRET_PARAMETER.test(name)) shown.searchParams.set(name, HIDDEN);
  return shown.href;
}

/** An address as it is shown where it may have to be read by nobody; what is none is shown as it is. */
export function shownSource(text: string): string {
  if (schemeOf(text) === undefined) return text;
  try {
    return readAddress(text).name;
  } catch {
    // What stands before an @ may be a password, in whatever is wrong with the rest.
    return text.replace(/(:\/\/).*@/, '$1');
  }
}

function parsed(text: string, scheme: string): URL {
  // `:9000` stands for this machine, whatever its addresses; so does `@:9000`.
  const whole = text.replace(/^([^:]+:\/\/)@?(?=:\d)/, '$10.0.0.0');
  let url: URL;
  try {
    url = new URL(whole);
    decodeURI(url.href);
  } catch (cause) {
    throw badAddress(text, scheme, cause);
  }
  if (url.hostname === '') throw badAddress(text, scheme);
  return url;
}

function badAddress(text: string, scheme: string, cause?: unknown): UsageError {
  const shown = printable(text.replace(/(:\/\/).*@/, '$1'));
  return new UsageError(
    `${shown} is no address: it must be ${scheme}://HOST[:PORT][/PATH], a user and a password before HOST as ` +
      `USER:PASSWORD@ with %-escapes for / : @ # ? and %, or apart with --credentials FILE.`,
    { cause },
  );
}

/** A part before the host; `encodeURIComponent` leaves ' as it is. */
function encoded(part: string): string {
  return encodeURIComponent(part).replaceAll("'", '%27');
}

/** All that is secret, as it may stand in a text: escaped or not. The longest first, for one may be within another. */
function secretsOf(url: URL): string[] {
  return longestFirst([...bothForms(url.password), ...parametersOf(url), ...bothForms(url.username)]);
}

function parametersOf(url: URL): string[] {
  const values = [...url.searchParams].flatMap(([name, value]) => (SECRET_PARAMETER.test(name) ? [value] : []));
  return values.flatMap((value) => [value, encodeURIComponent(value)]);
}

function bothForms(part: string): string[] {
  return [part, decodeURIComponent(part)];
}

function longestFirst(parts: readonly string[]): string[] {
  return [...new Set(parts)].filter((part) => part !== '').sort((a, b) => b.length - a.length);
}

/** Shorter ones stand in many a word; they are hidden with the address around them. */
const SHORTEST_HIDDEN = 4;

function hideIn(text: string, secrets: readonly string[]): string {
  return secrets
    .filter(({ length }) => length >= SHORTEST_HIDDEN)
    .reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text);
}

/** Options of ffmpeg for one input, by name, without `-`. */
export type InputOptions = Readonly<Record<string, string>>;

/** Protocols that an address may stand for, and those that they are made of. */
const PROTOCOLS =
  'pipe,rtsp,rtsps,rtp,srtp,udp,tcp,tls,http,https,httpproxy,crypto,rtmp,rtmps,rtmpt,rtmpts,ffrtmphttp,srt';

/**
 * The arguments that make ffmpeg open an address with options. One with secrets does not appear among them, where every
 * user of the machine could read it: it goes in through stdin, as a script of the concat demuxer.
 */
export function openArguments(
  { url, isSecret }: Pick<Address, 'url' | 'isSecret'>,
  options: InputOptions,
): { readonly url: string; readonly args: readonly string[]; readonly open?: () => Readable } {
  const entries = Object.entries(options);
  if (!isSecret) return { url, args: entries.flatMap(([name, value]) => [`-${name}`, value]) };
  const script = [
    'ffconcat version 1.0',
    `file '${url}'`,
    ...entries.map(([name, value]) => `option ${name} ${value}`),
  ];
  return {
    url: 'pipe:0',
    args: ['-f', 'concat', '-safe', '0', '-protocol_whitelist', PROTOCOLS],
    open: () => Readable.from([Buffer.from(`${script.join('\n')}\n`)]),
  };
}
