// Owns the frame buffers: a fixed number, reused; taking one is the back-pressure. Knows nothing of where frames come
// from.
import type { Arrival, Frame, SourcePass } from '../types.js';

/** A fixed number of byte buffers. Memory is bounded by `size` times the largest frame, whatever the consumer does. */
export class FramePool {
  /** Called after a buffer came back. One listener, the source that waits for it; removed by setting undefined. */
  onReturn: (() => void) | undefined;
  readonly #free: Uint8Array[] = [];
  #out = 0;

  /** @param size number of buffers, an integer >= 1. Throws RangeError otherwise. */
  constructor(readonly size: number) {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`size of a frame pool must be an integer >= 1, got ${size}`);
  }

  /** Number of buffers that are out, 0 to `size`. */
  get out(): number {
    return this.#out;
  }

  /**
   * A buffer of at least `bytes` bytes with arbitrary content, or undefined when all are out.
   * A buffer that is too small (frames grew) is replaced, so the number of buffers never changes.
   */
  take(bytes: number): Uint8Array | undefined {
    if (this.#out >= this.size) return undefined;
    this.#out += 1;
    const buffer = this.#free.pop();
    return buffer && buffer.length >= bytes ? buffer : new Uint8Array(bytes);
  }

  /** Gives a taken buffer back. Callers own the "exactly once": a frame's last holder does. */
  give(buffer: Uint8Array): void {
    this.#out -= 1;
    this.#free.push(buffer);
    this.onReturn?.();
  }
}

/** Where and when a frame was taken: a Frame without its pixels. */
export type FrameStamp = Pick<Frame, 'index' | 'time' | 'width' | 'height' | 'left' | 'top' | 'scale'> & {
  readonly file?: string | undefined;
  readonly arrival?: Arrival | undefined;
  readonly pass?: SourcePass | undefined;
};

/** A buffer and how many frames are read from it. */
class Lease {
  #holders = 1;

  constructor(
    readonly gray: Uint8Array,
    private readonly pool: FramePool,
  ) {}

  share(): this {
    this.#holders += 1;
    return this;
  }

  end(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.pool.give(this.gray);
  }
}

/** A Frame over a pooled buffer: besides its lease the one small object that is allocated per frame and holder. */
export class PooledFrame implements Frame {
  readonly index: number;
  readonly time: number;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly scale: number;
  readonly gray: Uint8Array;
  declare readonly file?: string;
  declare readonly arrival?: Arrival;
  declare readonly pass?: SourcePass;
  readonly #lease: Lease;
  #held = true;

  private constructor(stamp: FrameStamp, lease: Lease) {
    this.index = stamp.index;
    this.time = stamp.time;
    this.width = stamp.width;
    this.height = stamp.height;
    this.left = stamp.left;
    this.top = stamp.top;
    this.scale = stamp.scale;
    if (stamp.file !== undefined) this.file = stamp.file;
    if (stamp.arrival !== undefined) this.arrival = stamp.arrival;
    if (stamp.pass !== undefined) this.pass = stamp.pass;
    this.gray = lease.gray;
    this.#lease = lease;
  }

  /** The frame for its first holder. `gray` must come from `pool.take` and hold at least width * height bytes. */
  static over(gray: Uint8Array, stamp: FrameStamp, pool: FramePool): PooledFrame {
    return new PooledFrame(stamp, new Lease(gray, pool));
  }

  retain(): Frame {
    if (!this.#held)
      throw new Error(
        `Frame ${this.index} was released and can't be retained: its buffer may hold another frame by now. ` +
          `Retain a frame before its release.`,
      );
    return new PooledFrame(this, this.#lease.share());
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#lease.end();
  }
}
