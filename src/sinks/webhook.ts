// A webhook as a sink: what is read, posted as JSON. What waits is told in sending/ and, on disk, in webhook/.
import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { createRandom } from '../base/random.js';
import { readSinkAddress } from './sending/address.js';
import { bytesOf, count, size } from './sending/amounts.js';
import { readAuthorities } from './sending/authority-file.js';
import { Delivery, patienceFor, type Target } from './sending/delivery.js';
import type { Poster } from './sending/http-post.js';
import { Numbering, numberOf, sentOf } from './sending/messages.js';
import { MemoryQueue, type MemoryLimits, type SendQueue } from './sending/queue.js';
import { readSecret } from './sending/secret.js';
import { sink, sinkKind, type RunInfo, type Sink } from './sink.js';
import { keyOf, signedHeaders } from './webhook/signature.js';
import { Spool } from './webhook/spool.js';

/** --webhook: predictions and readings, posted. */
export const webhook = sinkKind({
  name: 'webhook',
  about: 'predictions and readings, posted as JSON to an address',
  options: {
    url: {
      flag: 'webhook',
      value: 'URL',
      help: 'posts predictions and readings as JSON to an http:// or https:// address',
      schema: z.string().min(1).meta({ writeOnly: true }),
    },
    secretFile: {
      flag: 'webhook-secret-file',
      value: 'FILE',
      help: 'a file with the key that each post is signed with; or set LQ_WEBHOOK_SECRET',
      schema: z.string().min(1),
    },
    spool: {
      flag: 'webhook-spool',
      value: 'DIR',
      help: 'a folder for what waits, which outlives the program (default: it waits in memory)',
      schema: z.string().min(1),
      grows: true,
    },
    spoolSize: {
      flag: 'webhook-spool-size',
      value: 'SIZE',
      help: 'how much may wait there (default: 64MB)',
      schema: size,
    },
    batch: {
      flag: 'webhook-batch',
      value: 'N',
      help: 'messages in a post at most, where several wait (default: 32)',
      schema: count(1, 1000),
    },
    ca: {
      flag: 'webhook-ca',
      value: 'FILE.pem',
      help: 'the authority that has signed the certificate of the address',
      schema: z.string().min(1),
    },
  },
  enabledBy: 'url',
  create: async ({ url = '', ...options }) => createWebhook({ url, ...options }),
  // A post would be taken for a reading.
  async check({ url = '', ca }) {
    const address = readSinkAddress('--webhook', url, ['http', 'https']);
    const { reachHost } = await import('./sending/reach.js');
    const own = ca === undefined ? undefined : readAuthorities(ca, '--webhook-ca');
    return await reachHost(address.url, address.url.protocol === 'https:' ? 443 : 80, own);
  },
});

/** Options of {@link createWebhook}. */
export interface WebhookOptions {
  /** `http://` or `https://`, with or without `USER:PASSWORD@`. */
  readonly url: string;
  /** A file with the key of signatures. Default: LQ_WEBHOOK_SECRET; without that nothing is signed. */
  readonly secretFile?: string | undefined;
  /** A folder for what waits. Default: it waits in memory, and is lost with the program. */
  readonly spool?: string | undefined;
  /** Bytes on disk at most, as a number or as `64MB`. Default 64 MB. */
  readonly spoolSize?: string | number | undefined;
  /** Messages in a post at most, 1 to 1000. Default 32. */
  readonly batch?: string | number | undefined;
  /** A file with certificates of authorities, PEM. Default: those that Node knows. */
  readonly ca?: string | undefined;
  /** What may wait in memory. Default `MEMORY_LIMITS`. */
  readonly limits?: MemoryLimits | undefined;
  /** Of the run, in every message. Default: of chance. */
  readonly run?: string | undefined;
  /** Default real time. */
  readonly clock?: Clock | undefined;
  /** Milliseconds since 1970. Default the system's. */
  readonly now?: (() => number) | undefined;
}

/**
 * Posts predictions and readings, at least once each and in order. With a spool what was stored is posted after a
 * restart.
 * @throws UsageError for an address or a file that can't be used.
 */
export function createWebhook(options: WebhookOptions): Sink {
  const address = readSinkAddress('--webhook', options.url, ['http', 'https']);
  const ca = options.ca === undefined ? undefined : readAuthorities(options.ca, '--webhook-ca');
  let [delivery, shown]: [Delivery | undefined, RunInfo['readings']] = [undefined, 'off'];
  const numbering = new Numbering(options.run);
  return sink({
    pace: 'late',
    failure: 'goes-on',
    async open(run) {
      shown = run.readings;
      const places = { option: '--webhook-secret-file', variable: 'LQ_WEBHOOK_SECRET', sink: 'webhook', say: run.say };
      const secret = await readSecret({ ...places, file: options.secretFile });
      const { url, credentials } = address;
      const { basicOf, Poster } = await import('./sending/http-post.js');
      const poster = new Poster({ url, ca, refuses, clock: options.clock, now: options.now });
      const headers = credentials ? basicOf(credentials) : {};
      const key = secret === undefined ? undefined : keyOf(secret);
      const queue = await openQueue(options, run, () => delivery?.nudge());
      delivery = new Delivery({
        sink: 'webhook',
        queue,
        target: new WebhookTarget({
          url,
          poster,
          headers,
          key,
          name: run.name,
          batch: options.batch,
          now: options.now,
        }),
        say: run.say,
        random: createRandom(0).fork(`webhook ${run.name}`),
        ...(options.clock && { clock: options.clock }),
      });
      const left = queue.length > 0 ? `, ${queue.length} of an earlier run wait` : '';
      run.say(`webhook: ${url.origin}${secret === undefined ? ', not signed' : ''}${left}\n`);
    },
    async frame(published) {
      for (const { message, line } of sentOf(published, shown)) {
        const number = message.type === 'reading' ? numberOf(message.value) : undefined;
        delivery?.add(numbering.number(line, number === undefined ? {} : { number }).text);
      }
    },
    async end({ reason }) {
      await delivery?.end(patienceFor(reason));
    },
    abort: async () => delivery?.abort(),
    figures: () => (delivery ? { sinks: { webhook: delivery.figures } } : {}),
  });
}

async function openQueue(
  { spool, spoolSize = '64MB', limits, clock }: WebhookOptions,
  { say }: RunInfo,
  nudge: () => void,
): Promise<SendQueue> {
  if (spool === undefined) return new MemoryQueue(limits);
  return await Spool.open({ folder: spool, bytes: bytesOf(spoolSize), say, nudge, clock });
}

/** A mistake in what was sent, or in who sends it: but for these two, waiting does not mend it. */
function refuses(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

interface TargetParts extends Pick<WebhookOptions, 'batch' | 'now'> {
  readonly url: URL;
  readonly poster: Poster;
  readonly headers: Readonly<Record<string, string>>;
  readonly key: Buffer | undefined;
  /** Of the run. */
  readonly name: string;
}

class WebhookTarget implements Target {
  readonly name: string;
  readonly batch: number;
  readonly #parts: TargetParts;

  constructor(parts: TargetParts) {
    this.#parts = parts;
    // A path or a query may hold a key.
    this.name = parts.url.origin;
    this.batch = Number(parts.batch ?? 32);
  }

  send(messages: readonly string[], signal: AbortSignal): ReturnType<Target['send']> {
    const { url, poster, headers, key, name, now = Date.now } = this.#parts;
    const body = `{"name":${JSON.stringify(name)},"messages":[${messages.join(',')}]}`;
    const signed = signedHeaders({ id: idOf(messages), timestamp: Math.floor(now() / 1000), body }, key);
    return poster.post(
      { url, body, headers: { ...headers, ...signed, 'content-type': 'application/json', 'user-agent': 'lq-stream' } },
      signal,
    );
  }

  async close(): Promise<void> {
    this.#parts.poster.close();
  }
}

/** `RUN-N` of the first message, and `-N` of the last where there are several. */
function idOf(messages: readonly string[]): string {
  const [first, last] = [messages[0], messages.at(-1)].map((text) => /^\{"run":"(\w+)","n":(\d+)/.exec(text ?? ''));
  const id = `${first?.[1] ?? ''}-${first?.[2] ?? ''}`;
  return messages.length < 2 ? id : `${id}-${last?.[1] === first?.[1] ? '' : `${last?.[1]}-`}${last?.[2]}`;
}
