// Owns the way of frames from the decoder to the consumer: the pool they lie in and the hand-over under a policy, for
// one run. Must not know where frames come from.
import type { Frame } from '../types.js';
import { Handover, RESERVED, type Policy } from './handover.js';
import { FramePool } from './pool.js';

/** What is at the two ends of a passage. */
export interface PassageEnds {
  /** True while a buffer is being filled. */
  filling(): boolean;
  /** Called when a buffer came back: the decoder may read on. */
  room(): void;
  /** Whether a frame may be passed on now: a live source has to catch up first. Default: always. */
  ready?(): boolean;
  /** Takes a frame over. */
  deliver(frame: Frame): void;
  /** A frame was replaced unread. */
  overwritten(): void;
}

/** The pool and the hand-over of one run. */
export class Passage {
  readonly pool: FramePool;
  readonly #handover: Handover;
  #wake: (() => void) | undefined;

  /**
   * @param policy what gives when the consumer is slow
   * @param buffers number of frame buffers, >= 1; `latest` takes two more than the consumer may hold, 3 at least
   * @param ends decoder and consumer
   */
  constructor(policy: Policy, buffers: number, ends: PassageEnds) {
    const pool = new FramePool(policy === 'latest' ? Math.max(buffers, RESERVED + 1) : buffers);
    const held = (): number => pool.out - (ends.filling() ? 1 : 0) - 1;
    const isReady = (): boolean => ends.ready?.() ?? true;
    const hasRoom = policy === 'all' ? () => true : () => held() < pool.size - RESERVED && isReady();
    this.pool = pool;
    this.#handover = new Handover(hasRoom, ends.deliver, ends.overwritten);
    pool.onReturn = () => {
      this.#handover.drain();
      ends.room();
      if (this.#handover.empty) this.#wake?.();
    };
  }

  /** Takes a decoded frame. */
  offer(frame: Frame): void {
    this.#handover.offer(frame);
  }

  /** Resolves when no frame waits: under `latest` the last may do so when the decoder is done. At once after `end`. */
  async empty(): Promise<void> {
    if (this.#handover.empty) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** Drops what waits and delivers nothing more. Idempotent. */
  end(): void {
    this.pool.onReturn = undefined;
    this.#handover.clear();
    this.#wake?.();
  }
}
