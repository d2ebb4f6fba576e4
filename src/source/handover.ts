// Owns the moment a finished frame passes to the consumer: at once (`all`), or the newest when there is room
// (`latest`).
import type { Frame } from '../types.js';

/**
 * What happens to frames when the consumer is slower than the source. `all` waits; `latest` overwrites the oldest
 * unread frame.
 */
export type Policy = 'all' | 'latest';

/** Buffers that `latest` keeps from the consumer: one being filled and one waiting to be read. */
export const RESERVED = 2;

/** Passes frames on under a policy. Order is kept; one frame waits unread at most. */
export class Handover {
  #waiting: Frame | undefined;
  #draining = false;

  /**
   * @param hasRoom says whether the consumer may be given one more frame now; always true under `all`, where the pool
   *   is the bound
   * @param deliver takes a frame over
   * @param overwritten called once for each frame that a newer one replaced unread
   */
  constructor(
    private readonly hasRoom: () => boolean,
    private readonly deliver: (frame: Frame) => void,
    private readonly overwritten: () => void,
  ) {}

  /** True when no frame waits. */
  get empty(): boolean {
    return this.#waiting === undefined;
  }

  /** Takes a finished frame, in place of the one that waits. */
  offer(frame: Frame): void {
    const stale = this.#waiting;
    this.#waiting = frame;
    if (stale) {
      this.overwritten();
      stale.release();
    }
    this.drain();
  }

  /** Delivers what waits if there is room now; to be called when a frame came back. */
  drain(): void {
    // A consumer that releases inside `deliver` comes back in here: the loop below sees it, no recursion.
    if (this.#draining) return;
    this.#draining = true;
    try {
      while (this.#waiting && this.hasRoom()) {
        const frame = this.#waiting;
        this.#waiting = undefined;
        this.deliver(frame);
      }
    } finally {
      this.#draining = false;
    }
  }

  /** Drops what waits, giving its buffer back. */
  clear(): void {
    const frame = this.#waiting;
    this.#waiting = undefined;
    frame?.release();
  }
}
