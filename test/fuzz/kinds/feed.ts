// What a stranger sends to the feed, in pieces, while an honest client reads: requests that nearly are some, frames
// against the rules. In this process only: it is both ends of the connection.
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import fc from 'fast-check';
import type { WebSocket } from 'ws';
import { toLine } from '../../../src/sinks/messages.js';
import type { FeedServer } from '../../../src/sinks/feed/server.js';
import { connect, prediction, startFeed, turn } from '../../sinks/feed/feed.js';
import { hurt, hurts, strangeText, type Hurt } from '../damage.js';
import { kind } from '../kind.js';

const GOOD_HOSTS = ['localhost', '127.0.0.1', 'LOCALHOST:8080', '[::1]', '127.0.0.1:80'];
const GOOD_ORIGINS = ['http://localhost', 'https://127.0.0.1:3000', 'http://[::1]:5173'];
const BAD_HOSTS = [
  'evil.example',
  '127.0.0.1/.evil.example',
  'evil.example@127.0.0.1',
  '127.0.0.1#x',
  'localhost.',
  '',
  '[::1',
  '::1',
];
const BAD_ORIGINS = [
  'null',
  'http://evil.example',
  'http://localhost.evil.example',
  'http://evil.example@localhost',
  '',
];

interface Frame {
  readonly first: number;
  readonly masked: boolean;
  /** What the frame says of its length; undefined: the truth. */
  readonly claim: number | undefined;
  readonly size: number;
}

interface Case {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly upgrade: boolean;
  readonly headers: readonly (readonly [string, string])[];
  readonly frames: readonly Frame[];
  readonly times: number;
  readonly changes: readonly Hurt[];
  /** In how many pieces it is sent. */
  readonly pieces: number;
  readonly ending: 'end' | 'reset' | 'destroy';
}

/** Answers that the feed and HTTP itself have for a request. */
const ANSWERS = [100, 101, 200, 400, 403, 404, 405, 408, 413, 417, 426, 431, 503];

const cases: fc.Arbitrary<Case> = fc.record({
  method: fc.oneof(
    { weight: 8, arbitrary: fc.constant('GET') },
    fc.constantFrom('POST', 'HEAD', 'CONNECT', 'get', 'PRI'),
  ),
  target: fc.oneof(
    {
      weight: 8,
      arbitrary: fc.constantFrom('/feed', '/feed?since=0', '/feed?since=x', '/healthz', '*', '//', 'http://x/feed'),
    },
    strangeText,
  ),
  version: fc.oneof({ weight: 8, arbitrary: fc.constant('1.1') }, fc.constantFrom('1.0', '0.9', '2.0', '')),
  hosts: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...GOOD_HOSTS).map((host) => [host]) },
    fc.array(fc.oneof(fc.constantFrom(...GOOD_HOSTS), fc.constantFrom(...BAD_HOSTS), strangeText), { maxLength: 3 }),
  ),
  origins: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    fc.array(fc.oneof(fc.constantFrom(...GOOD_ORIGINS), fc.constantFrom(...BAD_ORIGINS), strangeText), {
      maxLength: 2,
    }),
  ),
  upgrade: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  headers: fc.array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom('Content-Length', 'Transfer-Encoding', 'Expect', 'Sec-WebSocket-Key', 'Connection'),
        strangeText,
      ),
      fc.oneof(
        fc.constantFrom('0', '5', '-1', 'chunked', '100-continue', 'close', '99999999999999999999'),
        strangeText,
      ),
    ),
    { maxLength: 3 },
  ),
  frames: fc.array(
    fc.record({
      first: fc.oneof(fc.constantFrom(0x81, 0x82, 0x88, 0x89, 0x8a, 0x01, 0x00), fc.nat(255)),
      masked: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
      claim: fc.option(fc.constantFrom(0, 126, 1_025, 65_536, 2 ** 40, 2 ** 53), { nil: undefined, freq: 4 }),
      size: fc.oneof(fc.nat(200), fc.constantFrom(0, 1_024, 1_025, 70_000)),
    }),
    { maxLength: 6 },
  ),
  times: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.constantFrom(2, 1_000)),
  changes: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, hurts),
  pieces: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 30 })),
  ending: fc.constantFrom('end', 'reset', 'destroy'),
});

/** The feed, with an honest client of it. */
export const feed = kind<Case>({
  name: 'feed',
  about: 'what a stranger sends to the feed',
  step: { inside: 200, outside: 0 },
  async open() {
    const { feed: server } = await startFeed();
    const { socket: reader } = await connect(server);
    let seq = 0;
    return {
      cases,
      files: (one) => ({ 'sent.bin': bytesOf(one) }),
      async inside(_, one) {
        const stranger = connectTcp(server.address);
        const answer = await send(stranger, one);
        const lost = await readsOn(server, reader, ++seq);
        stranger.destroy();
        return lost ?? wrongAnswer(answer(), one);
      },
      async close() {
        reader.terminate();
        await server.end('done');
      },
    };
  },
});

/** Sends a case; what gives its answer so far. */
async function send(stranger: Socket, one: Case): Promise<() => string> {
  let answer = '';
  stranger
    .on('error', () => {})
    .on('data', (chunk: Buffer) => {
      if (answer.length < 10_000) answer += chunk.toString('latin1');
    });
  await once(stranger, 'connect');
  const bytes = bytesOf(one);
  const length = Math.max(1, Math.ceil(bytes.length / one.pieces));
  for (let at = 0; at < bytes.length && !stranger.destroyed; at += length) {
    stranger.write(bytes.subarray(at, at + length));
    await turn();
  }
  if (one.ending === 'end') stranger.end();
  if (one.ending === 'reset') stranger.resetAndDestroy();
  for (let i = 0; i < 3; i++) await turn();
  return () => answer;
}

/** Whether the honest client still gets what is published, and the very bytes; what is wrong if not. */
async function readsOn(server: FeedServer, reader: WebSocket, seq: number): Promise<string | undefined> {
  const stop = new AbortController();
  const next = once(reader, 'message', stop);
  const cut = once(reader, 'close', stop).then(() => undefined);
  for (const ending of [next, cut]) ending.catch(() => {});
  server.publish(prediction(seq));
  const got = await Promise.race([next, cut]);
  stop.abort();
  if (got === undefined) return 'an honest client was cut';
  const line = String(got[0]);
  return line === toLine(prediction(seq)) ? undefined : `an honest client got ${JSON.stringify(line.slice(0, 200))}`;
}

function wrongAnswer(answer: string, { hosts, origins, changes, headers }: Case): string | undefined {
  if (answer === '') return undefined;
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
  if (!ANSWERS.includes(status)) return `answered ${JSON.stringify(answer.slice(0, 200))}`;
  if (status !== 101 || changes.length > 0 || headers.length > 0) return undefined;
  const good = hosts.length === 1 && GOOD_HOSTS.includes(hosts[0]!) && origins.length < 2;
  const known = origins.every((origin) => GOOD_ORIGINS.includes(origin));
  return good && known ? undefined : `let in ${JSON.stringify({ hosts, origins }).slice(0, 200)}`;
}

function bytesOf({ method, target, version, hosts, origins, upgrade, headers, frames, times, changes }: Case): Buffer {
  const lines = [
    `${method} ${target} HTTP/${version}`,
    ...hosts.map((host) => `Host: ${host}`),
    ...origins.map((origin) => `Origin: ${origin}`),
    ...(upgrade ? ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'] : []),
    ...(upgrade ? ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='] : []),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  const request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  const whole = Buffer.concat([request, ...frames.map(frameOf)]);
  return hurt(Buffer.concat(Array<Buffer>(whole.length > 3_000 ? 1 : times).fill(whole)), changes);
}

/** A frame of RFC 6455, 5.2, with a mask of zeros. */
function frameOf({ first, masked, claim, size }: Frame): Buffer {
  const length = claim ?? size;
  const mask = masked ? 0x80 : 0;
  const short = length < 126 ? [mask | length] : length < 65_536 ? [mask | 126] : [mask | 127];
  const long = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8);
  if (long.length === 2) long.writeUInt16BE(length);
  if (long.length === 8) long.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([Buffer.from([first, ...short]), long, Buffer.alloc((masked ? 4 : 0) + size)]);
}
