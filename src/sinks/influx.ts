// InfluxDB as a sink, and whatever else takes its line protocol over HTTP. What a line is like is told in influx/, how
// what waits is sent in sending/.
import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { UsageError } from '../base/errors.js';
import { createRandom } from '../base/random.js';
import { messagePoint, statsPoint, type PointPlace } from './influx/line-protocol.js';
import { readSinkAddress, type SinkAddress } from './sending/address.js';
import { readAuthorities } from './sending/authority-file.js';
import { Delivery, patienceFor } from './sending/delivery.js';
import { Numbering, sentOf } from './sending/messages.js';
import { MemoryQueue, type MemoryLimits } from './sending/queue.js';
import { readSecret } from './sending/secret.js';
import { sink, sinkKind, type RunInfo, type Sink } from './sink.js';

/** --influx: predictions, readings and figures as points. */
export const influx = sinkKind({
  name: 'influx',
  about: "predictions, readings and figures in InfluxDB's line protocol, over HTTP",
  options: {
    url: {
      flag: 'influx',
      value: 'URL',
      help: 'points to InfluxDB: http://HOST:8086/?org=ORG&bucket=BUCKET, of version 1 http://HOST:8086/?db=DB',
      schema: z.string().min(1).meta({ writeOnly: true }),
    },
    tokenFile: {
      flag: 'influx-token-file',
      value: 'FILE',
      help: 'a file with the token of InfluxDB; or set LQ_INFLUX_TOKEN',
      schema: z.string().min(1),
    },
    ca: {
      flag: 'influx-ca',
      value: 'FILE.pem',
      help: 'the authority that has signed its certificate',
      schema: z.string().min(1),
    },
  },
  enabledBy: 'url',
  create: async ({ url = '', ...options }) => createInflux({ url, ...options }),
  async check({ url = '', ca }) {
    const address = readSinkAddress('--influx', url, ['http', 'https']);
    const write = writeUrl(address);
    const { askStatus, Unreached } = await import('./sending/reach.js');
    const own = ca === undefined ? undefined : readAuthorities(ca, '--influx-ca');
    // Versions 1 and 2 have it, beside the path that is written to.
    const ping = new URL(write.pathname.replace(/(\/api\/v2)?\/write$/, '/ping'), write.origin);
    const status = await askStatus(ping, own);
    if (status >= 200 && status < 300) return `${write.origin} answers /ping`;
    throw new Unreached(`${write.origin}: /ping answered ${status}; is it InfluxDB, and is the path right?`);
  },
});

/** Options of {@link createInflux}. */
export interface InfluxOptions {
  /** With `bucket` (and `org`), or with `db`; a path that does not end in `/write` gets that of the version. */
  readonly url: string;
  /** A file with the token. Default: LQ_INFLUX_TOKEN, else a user and a password of the address, else none. */
  readonly tokenFile?: string | undefined;
  /** A file with certificates of authorities, PEM. Default: those that Node knows. */
  readonly ca?: string | undefined;
  /** What may wait while it is away. Default `MEMORY_LIMITS`. */
  readonly limits?: MemoryLimits | undefined;
  /** Of the run, in every point. Default: of chance. */
  readonly run?: string | undefined;
  /** Default real time. */
  readonly clock?: Clock | undefined;
  /** Milliseconds since 1970. Default the system's. */
  readonly now?: (() => number) | undefined;
}

/** Points in a request at most. */
const BATCH = 500;

/** Seconds between two figures. */
const STATS_EVERY = 10;

/**
 * Writes a point for each prediction and reading, and some for the figures. A point that is written twice is the same
 * point; what waits is bounded, and the oldest is dropped beyond.
 * @throws UsageError for an address or a file that can't be used.
 */
export function createInflux(options: InfluxOptions): Sink {
  const address = readSinkAddress('--influx', options.url, ['http', 'https']);
  const url = writeUrl(address);
  const ca = options.ca === undefined ? undefined : readAuthorities(options.ca, '--influx-ca');
  const { now = Date.now } = options;
  const numbering = new Numbering(options.run);
  let [delivery, info, ticks]: [Delivery | undefined, RunInfo | undefined, number] = [undefined, undefined, 0];
  const add = (made: (place: PointPlace) => string): void => {
    if (!info) return;
    delivery?.add(made({ name: info.name, run: numbering.run, n: numbering.next(), at: now() }));
  };
  return sink({
    pace: 'late',
    failure: 'goes-on',
    async open(run) {
      info = run;
      const places = { option: '--influx-token-file', variable: 'LQ_INFLUX_TOKEN', sink: 'influx', say: run.say };
      const token = await readSecret({ ...places, file: options.tokenFile });
      const { basicOf, Poster } = await import('./sending/http-post.js');
      const { credentials } = address;
      const basic = credentials ? basicOf(credentials) : {};
      const allowed = token === undefined ? basic : { authorization: `Token ${token}` };
      const headers = { ...allowed, 'content-type': 'text/plain; charset=utf-8' };
      const poster = new Poster({ url, ca, refuses, clock: options.clock, now });
      delivery = new Delivery({
        sink: 'influx',
        queue: new MemoryQueue(options.limits),
        target: {
          name: url.origin,
          batch: BATCH,
          send: (lines, signal) => poster.post({ url, headers, body: `${lines.join('\n')}\n` }, signal),
          close: async () => poster.close(),
        },
        say: run.say,
        random: createRandom(0).fork(`influx ${run.name}`),
        ...(options.clock && { clock: options.clock }),
      });
      run.say(`influx: ${url.origin}\n`);
    },
    async frame(published) {
      for (const one of sentOf(published, info?.readings ?? 'off')) add((place) => messagePoint(one, place));
    },
    async stats(figures) {
      if (ticks++ % STATS_EVERY === 0) add((place) => statsPoint(figures, place));
    },
    async end({ reason }) {
      await delivery?.end(patienceFor(reason));
    },
    abort: async () => delivery?.abort(),
    figures: () => (delivery ? { sinks: { influx: delivery.figures } } : {}),
  });
}

/** Points that can't be read, or are too many: they will never be taken. A wrong token can be mended meanwhile. */
function refuses(status: number): boolean {
  return status === 400 || status === 413 || status === 422;
}

/** `/api/v2/write` for a bucket, `/write` for a database; times are in nanoseconds. */
function writeUrl({ url: given, name }: SinkAddress): URL {
  const url = new URL(given);
  const { searchParams: query } = url;
  if (query.has('bucket') === query.has('db')) {
    throw new UsageError(
      `--influx needs a bucket (?org=ORG&bucket=BUCKET) or, of version 1, a database (?db=DB), found ` +
        `${query.has('db') ? 'both' : 'neither'}: ${name}`,
    );
  }
  if (!url.pathname.endsWith('/write'))
    url.pathname = `${url.pathname.replace(/\/$/, '')}${query.has('bucket') ? '/api/v2/write' : '/write'}`;
  query.set('precision', 'ns');
  return url;
}
