// What a camera has read and the broker does not have yet, bounded: beyond the bound the oldest predictions go first
// and readings last, and all that goes is counted. It sends nothing.
import { LOGS, type LogName } from './broker.js';

/** Messages of one camera that are stored together. */
export interface Parcel {
  /** The camera's numbers of the first message and of the last. */
  readonly first: number;
  readonly last: number;
  /** One JSON object a line, without a newline at the end. */
  readonly text: string;
}

/** How much an outbox holds, over both logs. */
export interface OutboxLimits {
  /** Messages, >= 1. */
  readonly messages: number;
  /** Characters of text, >= 1. */
  readonly size: number;
}

/** Enough for 10 minutes of readings, or some minutes of predictions at 30 frames a second. */
export const OUTBOX_LIMITS: OutboxLimits = { messages: 20_000, size: 8 * 2 ** 20 };

/** Characters up to which parcels that wait are stored as one. */
const TOGETHER = 32_768;

/** Figures of an outbox. */
export interface OutboxFigures {
  /** Messages that wait. */
  readonly waiting: number;
  /** Messages that were dropped, by log. */
  readonly dropped: Readonly<Record<LogName, number>>;
}

/** One camera's outbox. */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #parcels: Record<LogName, Parcel[]> = { predictions: [], readings: [] };
  /** What is being sent: whether it is stored is not known, so it stays. */
  readonly #sending: Record<LogName, boolean> = { predictions: false, readings: false };
  readonly #dropped: Record<LogName, number> = { predictions: 0, readings: 0 };
  #messages = 0;
  #size = 0;

  readonly #told: (log: LogName, messages: number) => void;

  /** @param told Told of messages that were dropped. */
  constructor(limits: OutboxLimits = OUTBOX_LIMITS, told: (log: LogName, messages: number) => void = () => {}) {
    this.#limits = limits;
    this.#told = told;
  }

  get figures(): OutboxFigures {
    return { waiting: this.#messages, dropped: { ...this.#dropped } };
  }

  /** Adds a parcel; what no longer fits is dropped. Whether something was. */
  push(log: LogName, parcel: Parcel): boolean {
    this.#parcels[log].push(parcel);
    this.#count(parcel, 1);
    let dropped = false;
    while (this.#messages > this.#limits.messages || this.#size > this.#limits.size) {
      if (!this.#drop()) break;
      dropped = true;
    }
    return dropped;
  }

  /**
   * What is to be sent next, which stays here until `sent`; small parcels that follow each other are one. The same until
   * then.
   */
  next(log: LogName): Parcel | undefined {
    const parcels = this.#parcels[log];
    if (!this.#sending[log] && log === 'predictions') joinFirst(parcels);
    this.#sending[log] = parcels.length > 0;
    return parcels[0];
  }

  /** The parcel that was to be sent is stored. */
  sent(log: LogName): void {
    const parcel = this.#parcels[log].shift();
    this.#sending[log] = false;
    if (parcel) this.#count(parcel, -1);
  }

  /** Whether nothing waits. */
  get empty(): boolean {
    return this.#messages === 0;
  }

  /** Drops all that waits; it is counted. */
  clear(): void {
    for (const log of LOGS) {
      for (const parcel of this.#parcels[log]) this.#gone(log, parcel);
      this.#parcels[log] = [];
      this.#sending[log] = false;
    }
    [this.#messages, this.#size] = [0, 0];
  }

  #drop(): boolean {
    for (const log of LOGS) {
      const [oldest] = this.#parcels[log].splice(this.#sending[log] ? 1 : 0, 1);
      if (!oldest) continue;
      this.#count(oldest, -1);
      this.#gone(log, oldest);
      return true;
    }
    return false;
  }

  #gone(log: LogName, { first, last }: Parcel): void {
    const messages = last - first + 1;
    this.#dropped[log] += messages;
    this.#told(log, messages);
  }

  #count({ first, last, text }: Parcel, sign: 1 | -1): void {
    this.#messages += sign * (last - first + 1);
    this.#size += sign * text.length;
  }
}

/** Makes one parcel of those at the beginning that follow each other and are small together. */
function joinFirst(parcels: Parcel[]): void {
  const [head] = parcels;
  if (!head) return;
  let [count, size, last] = [1, head.text.length, head.last];
  for (const { first, last: end, text } of parcels.slice(1)) {
    if (first !== last + 1 || size + text.length > TOGETHER) break;
    [count, size, last] = [count + 1, size + text.length, end];
  }
  if (count === 1) return;
  const texts = parcels.slice(0, count).map(({ text }) => text);
  parcels.splice(0, count, { first: head.first, last, text: texts.join('\n') });
}
