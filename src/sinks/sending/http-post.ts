// One POST over HTTP with a bounded time and a bounded answer, and what its status says of what was sent. It must not
// try again.
import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Credentials } from '../../base/credentials.js';
import { systemClock, type Clock } from '../../base/clock.js';
import type { Outcome } from './delivery.js';
import { failureText } from './failures.js';

/** Milliseconds that an answer is waited for, its body included. */
export const ANSWER_MS = 10_000;

/** Bytes of an answer that are read: whatever else there is, is not wanted. */
const ANSWER_BYTES = 4_096;

/** Seconds that another side may ask for at most, before it is tried again. */
const LONGEST_WAIT = 3_600;

/** What is posted. */
export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** Posts one after the other, over one connection that is kept. */
export class Poster {
  readonly #agent: HttpAgent;
  readonly #secure: boolean;
  readonly #clock: Clock;
  /** Milliseconds since 1970, for a date that it is told to wait for. */
  readonly #now: () => number;
  /** Which statuses stand for something that is never taken. */
  readonly #refuses: (status: number) => boolean;

  constructor({
    url,
    ca,
    refuses,
    clock = systemClock,
    now = Date.now,
  }: {
    readonly url: URL;
    readonly ca?: Buffer | undefined;
    readonly refuses: (status: number) => boolean;
    readonly clock?: Clock | undefined;
    readonly now?: (() => number) | undefined;
  }) {
    this.#secure = url.protocol === 'https:';
    const kept = { keepAlive: true, maxSockets: 1 };
    this.#agent = this.#secure ? new HttpsAgent({ ...kept, ...(ca && { ca }) }) : new HttpAgent(kept);
    this.#clock = clock;
    this.#now = now;
    this.#refuses = refuses;
  }

  /** Posts; never throws. */
  async post(post: Post, signal: AbortSignal): Promise<Outcome> {
    const over = new AbortController();
    const stopTimer = this.#clock.after(ANSWER_MS, () => over.abort());
    try {
      const response = await this.#answer(post, AbortSignal.any([signal, over.signal]));
      return this.#outcome(response, await firstBytes(response));
    } catch (error) {
      return { is: 'later', why: over.signal.aborted ? `no answer within ${ANSWER_MS / 1000} s` : failureText(error) };
    } finally {
      stopTimer();
    }
  }

  /** Closes the connection. Idempotent. */
  close(): void {
    this.#agent.destroy();
  }

  #answer({ url, headers, body }: Post, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = this.#secure ? requestHttps : requestHttp;
      const length = { 'content-length': String(Buffer.byteLength(body)) };
      const sent = request(
        url,
        { method: 'POST', agent: this.#agent, headers: { ...headers, ...length }, signal },
        resolve,
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }

  #outcome({ statusCode: status = 0, headers }: IncomingMessage, body: string): Outcome {
    if (status >= 200 && status < 300) return { is: 'sent' };
    const said = /[^\s\0][^\n\r]*/.exec(body)?.[0].slice(0, 160);
    const why = `answered ${status}${said === undefined ? '' : `: ${said}`}`;
    if (this.#refuses(status)) return { is: 'refused', why };
    const after = waitOf(headers['retry-after'], this.#now());
    return { is: 'later', why, ...(after !== undefined && { after }) };
  }
}

/** The header that lets in a user with a password. */
export function basicOf({ user, password }: Credentials): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** The seconds of `Retry-After`, which has a number of them or a date (RFC 9110, 10.2.3). */
function waitOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  return Number.isFinite(seconds) ? Math.min(LONGEST_WAIT, Math.max(0, seconds)) : undefined;
}

async function firstBytes(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    // Leaving the loop closes the connection: an answer without an end is not read to it.
    if (length >= ANSWER_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, ANSWER_BYTES).toString();
}
