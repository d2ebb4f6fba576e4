// Owns how a request is signed, by the rules of standardwebhooks.com: its headers. It must not send.
import { createHmac } from 'node:crypto';

/** What a signature is made of. */
export interface Signed {
  /** Of the messages: the same however often they are sent. */
  readonly id: string;
  /** Seconds since 1970: when this attempt was made. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The headers `webhook-id`, `webhook-timestamp` and, with a key, `webhook-signature`: `v1,` and the HMAC-SHA256 of
 * `ID.TIMESTAMP.BODY` in base64.
 */
export function signedHeaders({ id, timestamp, body }: Signed, key: Buffer | undefined): Record<string, string> {
  const head = { 'webhook-id': id, 'webhook-timestamp': String(timestamp) };
  if (!key) return head;
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...head, 'webhook-signature': `v1,${signature}` };
}

/** The key of a secret: what is behind `whsec_` in base64, or the text itself. */
export function keyOf(secret: string): Buffer {
  const coded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  return coded === undefined ? Buffer.from(secret) : Buffer.from(coded, 'base64');
}
