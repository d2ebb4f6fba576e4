// Owns the cut of ffmpeg's byte stream into frames: announced by the log, filled from stdout, in whatever order the two
// arrive.
import { Writable } from 'node:stream';
import type { ShownFrame } from './ffmpeg-log.js';
import type { FramePool, FrameStamp } from './pool.js';

/** A frame that ffmpeg's log says will come next on stdout. */
export interface Announcement {
  readonly stamp: FrameStamp;
  /** What the log said of it, where somebody wants to know once it is there. */
  readonly shown?: ShownFrame;
  /** Bytes on stdout, >= 1. */
  readonly bytes: number;
  /** False for a frame that `fps` leaves out: its bytes are passed over and it needs no buffer. */
  readonly keep: boolean;
}

type Finished = (announced: Announcement, buffer: Uint8Array | undefined) => void;

// Enough for ffmpeg to write on while a frame is being looked at; far less than a frame of 1080p.
const HIGH_WATER = 256 * 1024;

/**
 * The sink of ffmpeg's stdout. It takes a buffer before it reads a frame, and waits where none is free: the pipe fills
 * and ffmpeg blocks. Bytes are copied once, from the chunk into the buffer.
 */
export class FrameCutter extends Writable {
  readonly #announced: Announcement[] = [];
  #current: { readonly frame: Announcement; readonly buffer: Uint8Array | undefined; filled: number } | undefined;
  #chunk: Buffer | undefined;
  #offset = 0;
  #done: (() => void) | undefined;
  #busy = false;
  #stopped = false;
  #lastLine = false;
  #surplus = false;

  /**
   * @param pool where buffers come from
   * @param finished takes over each complete frame and, where it is kept, its buffer
   */
  constructor(
    private readonly pool: FramePool,
    private readonly finished: Finished,
  ) {
    // No `close` event: fluent-ffmpeg kills the process on it, also when it has come to its end by itself.
    super({ highWaterMark: HIGH_WATER, emitClose: false, autoDestroy: false });
  }

  /** True while a buffer is being filled. */
  get filling(): boolean {
    return this.#current?.buffer !== undefined;
  }

  /** True when the stream ended within a frame, or went on without one being announced. */
  get broken(): boolean {
    return this.#surplus || (this.#current?.filled ?? 0) > 0;
  }

  /** The next frame of the stream. To be called in order. */
  announce(frame: Announcement): void {
    this.#announced.push(frame);
    this.resume();
  }

  /** Nothing more will be announced: bytes that no frame claims are dropped and count as broken. */
  close(): void {
    this.#lastLine = true;
    this.resume();
  }

  /** Reads on if it can; to be called when a buffer came back. */
  resume(): void {
    // `finished` and the callback of a chunk both lead back here; the loop that runs sees what they changed.
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#chunk && this.#begin()) this.#fill(this.#chunk);
    } finally {
      this.#busy = false;
    }
  }

  /** Gives the buffer back and drops whatever else comes, so that the process can end. Idempotent. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const buffer = this.#current?.buffer;
    this.#current = undefined;
    this.#announced.length = 0;
    if (buffer) this.pool.give(buffer);
    this.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunk = chunk;
    this.#offset = 0;
    this.#done = done;
    this.resume();
  }

  // True when there is a frame to fill.
  #begin(): boolean {
    if (this.#stopped) return this.#drop();
    if (this.#current) return true;
    const frame = this.#announced[0];
    if (!frame) {
      if (!this.#lastLine) return false;
      this.#surplus = true;
      return this.#drop();
    }
    const buffer = frame.keep ? this.pool.take(frame.bytes) : undefined;
    if (frame.keep && !buffer) return false;
    this.#announced.shift();
    this.#current = { frame, buffer, filled: 0 };
    return true;
  }

  #fill(chunk: Buffer): void {
    const current = this.#current;
    if (!current) return;
    const count = Math.min(current.frame.bytes - current.filled, chunk.length - this.#offset);
    if (current.buffer) chunk.copy(current.buffer, current.filled, this.#offset, this.#offset + count);
    current.filled += count;
    this.#offset += count;
    if (current.filled === current.frame.bytes) {
      this.#current = undefined;
      this.finished(current.frame, current.buffer);
    }
    if (this.#offset === chunk.length) this.#drop();
  }

  // Is done with the chunk. Returns true so that the loop looks whether the callback brought the next one.
  #drop(): boolean {
    const done = this.#done;
    this.#chunk = undefined;
    this.#done = undefined;
    done?.();
    return true;
  }
}
