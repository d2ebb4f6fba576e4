// What waits to be sent: the contract of a queue, and one in memory. It must not know what is in it, nor who it is for.

/** What waits to be sent. The bound of a queue is its own; what is beyond it is dropped, and counted. */
export interface SendQueue {
  /** Messages that wait, those that are being sent included. */
  readonly length: number;
  /** Messages dropped so far. */
  readonly dropped: number;
  /** Where what waits is when the program has ended: kept for the next run, or gone. */
  readonly keeps: boolean;
  /** What may wait, in words: `10000 messages or 8 MiB`. */
  readonly bound: string;
  /** Takes a message, or drops one. Returns at once. */
  push(message: string): void;
  /** The oldest messages, `most` at most, in order; the same ones again until some of them are `done`. */
  first(most: number): Promise<readonly string[]>;
  /** The oldest `count` messages need not be kept any longer; at most as many as `first` gave. */
  done(count: number): void;
  /** Keeps what it can and closes what it has open. Idempotent. */
  close(): Promise<void>;
}

/** Messages that wait in memory, and the bytes of their text in UTF-8, at most. */
export interface MemoryLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** Five minutes of 30 messages a second. */
export const MEMORY_LIMITS: MemoryLimits = { messages: 10_000, bytes: 8 * 2 ** 20 };

interface Waiting {
  readonly text: string;
  readonly bytes: number;
}

/** A queue in memory: where it is full the oldest message that is not being sent is dropped, for the newest says most. */
export class MemoryQueue implements SendQueue {
  readonly keeps = false;
  readonly bound: string;
  readonly #limits: MemoryLimits;
  /** Taken from the front by an index: shifting thousands of messages one by one would cost as much as they do. */
  #waiting: (Waiting | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  /** Messages that `first` gave and that are not done. */
  #held: readonly Waiting[] = [];
  #dropped = 0;

  constructor(limits: MemoryLimits = MEMORY_LIMITS) {
    this.#limits = limits;
    this.bound = `${limits.messages} messages or ${limits.bytes / 2 ** 20} MiB`;
  }

  get length(): number {
    return this.#held.length + this.#waiting.length - this.#head;
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.#waiting.push({ text, bytes });
    this.#bytes += bytes;
    while (this.length > this.#limits.messages || this.#bytes > this.#limits.bytes) {
      if (!this.#take()) return;
      this.#dropped += 1;
    }
  }

  async first(most: number): Promise<readonly string[]> {
    if (this.#held.length === 0) {
      const held: Waiting[] = [];
      for (let next = this.#take(false); next; next = held.length < most ? this.#take(false) : undefined)
        held.push(next);
      this.#held = held;
    }
    return this.#held.map(({ text }) => text);
  }

  done(count: number): void {
    for (const { bytes } of this.#held.slice(0, count)) this.#bytes -= bytes;
    this.#held = this.#held.slice(count);
  }

  async close(): Promise<void> {}

  /** The oldest that is not held. */
  #take(forGood = true): Waiting | undefined {
    const next = this.#waiting[this.#head];
    if (!next) return undefined;
    this.#waiting[this.#head++] = undefined;
    if (forGood) this.#bytes -= next.bytes;
    if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return next;
  }
}
