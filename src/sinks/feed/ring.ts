// The latest messages, by sequence number, bounded in number and in bytes. It must not know what they say or who reads
// them.

/** How much a ring holds. */
export interface RingLimits {
  /** Messages, >= 1. */
  readonly messages: number;
  /** Bytes over all messages, >= 1. A message larger than this is never held. */
  readonly bytes: number;
}

/** Consecutive messages `first` .. `next - 1`; adding one drops as many of the oldest as the limits ask. */
export class Ring {
  readonly #limits: RingLimits;
  readonly #slots: (Buffer | undefined)[];
  #first: number;
  #next: number;
  #bytes = 0;

  /** An empty ring whose first message will have the number `next`. Throws RangeError on limits below 1. */
  constructor(limits: RingLimits, next: number) {
    for (const [name, value] of Object.entries(limits)) {
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`ring ${name} must be a whole number >= 1, got ${value}`);
    }
    this.#limits = limits;
    this.#slots = new Array<Buffer | undefined>(limits.messages);
    this.#first = next;
    this.#next = next;
  }

  /** Number of the oldest message held; equal to `next` when none is. */
  get first(): number {
    return this.#first;
  }

  /** Number that the next message added will have. */
  get next(): number {
    return this.#next;
  }

  /** Adds a message and returns its number. The ring keeps the buffer: don't change it. */
  push(message: Buffer): number {
    const { messages, bytes } = this.#limits;
    while (this.#first < this.#next && (this.#next - this.#first >= messages || this.#bytes + message.length > bytes))
      this.#drop();
    const number = this.#next++;
    this.#slots[number % messages] = message;
    this.#bytes += message.length;
    if (message.length > bytes) this.#drop();
    return number;
  }

  /** The message with this number, undefined when it is not held. */
  get(number: number): Buffer | undefined {
    return number >= this.#first && number < this.#next ? this.#slots[number % this.#limits.messages] : undefined;
  }

  #drop(): void {
    const slot = this.#first++ % this.#limits.messages;
    this.#bytes -= this.#slots[slot]?.length ?? 0;
    this.#slots[slot] = undefined;
  }
}
