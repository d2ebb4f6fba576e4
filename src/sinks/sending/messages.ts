// Which messages of a run are sent to somewhere else, and what makes each of them known for itself: the run, and its
// number. It must not send.
import { randomBytes } from 'node:crypto';
import type { NumberMessage, SightingMessage } from '../messages.js';
import type { Outgoing, PublishedFrame, ReadingsShown } from '../sink.js';

/** A message that is sent: of a digit that was accepted, of a number, or a question about one. */
export type SentMessage = Outgoing<Exclude<SightingMessage, { type: 'rejection' }> | NumberMessage>;

/** Those of a frame that are sent, in order: what the feed sends too. */
export function sentOf({ outgoing, numbers }: PublishedFrame, shown: ReadingsShown): SentMessage[] {
  const digits = shown === 'only' ? [] : outgoing.filter(({ message }) => message.type === 'prediction');
  return [...(digits as SentMessage[]), ...numbers.filter(({ message }) => message.type !== 'reading-refused')];
}

/** Numbers the messages of one run from 1: `run` and `n` say which message one is, however often it is sent. */
export class Numbering {
  #last = 0;

  /** @param run Letters and digits; by default its own, of chance. */
  constructor(readonly run: string = randomBytes(6).toString('hex')) {}

  /** The number of the next message. */
  next(): number {
    return ++this.#last;
  }

  /** The line with `run` and `n` before, and what else there is. */
  number(
    line: string,
    more: Readonly<Record<string, string | number>> = {},
  ): { readonly n: number; readonly text: string } {
    const n = this.next();
    const head = JSON.stringify({ run: this.run, n, ...more }).slice(0, -1);
    return { n, text: `${head},${line.slice(1)}` };
  }
}

/** The number of a reading where JSON can hold it exactly: `00417.3` is 417.3. */
export function numberOf(value: string): number | undefined {
  const digits = value.replace(/^[0]+(?=\d)/, '');
  return digits.replace('.', '').length <= 15 && /^\d+(\.\d+)?$/.test(digits) ? Number(digits) : undefined;
}
