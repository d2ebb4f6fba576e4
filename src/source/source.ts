// Owns the run of a source: argument in, Observable of frames out, and nothing left behind when it ends.
// Must not know what the frames are for. Processes, bytes, names and logs are each read in a file of their own.
import type { Readable } from 'node:stream';
import { Observable, type Subscriber } from 'rxjs';
import { SourceError, UsageError } from '../base/errors.js';
import type { Box, Frame } from '../types.js';
import { decodeInput, notStartedIn, type Decoding } from './decoding.js';
import { Handover, RESERVED, type Policy } from './handover.js';
import { resolveInputs, type Input, type OpenInput } from './inputs.js';
import { SourceMonitor } from './monitor.js';
import { FramePool } from './pool.js';
import { probe, type SourceInfo, type VideoStream } from './probe.js';
import { RateLimit } from './rate.js';
import { Reread } from './rewindable.js';

export type { Policy } from './handover.js';
export { SourceMonitor } from './monitor.js';
export type { SourceInfo } from './probe.js';

/** Size of a picture in pixels. */
export type Size = Pick<SourceInfo, 'width' | 'height'>;

/** Options of `frames`. */
export interface SourceOptions {
  /**
   * Most frames per second of presentation time, > 0. Frames between are dropped; times stay as they are. Default: all.
   */
  readonly fps?: number;
  /** Ends after so many delivered frames, an integer >= 1. Default: none. */
  readonly limit?: number;
  /**
   * What gives when the consumer is slow: the source waits (`all`, default) or frames are overwritten unread
   * (`latest`).
   */
  readonly policy?: Policy;
  /** Reads a video at its own speed, like a camera. Default false. */
  readonly realtime?: boolean;
  /**
   * The part of the picture to decode, in source pixels after rotation; or a function that says so once the size is
   * known. Only videos are cropped; a still image comes whole, but must hold the box as well. Default: all of it.
   */
  readonly crop?: Box | ((size: Size) => Box | undefined);
  /**
   * Longer side in pixels that is enough, an integer >= 1: a larger picture of a video comes halved, as often as its
   * sides are even and the longer one is above it (`Frame.scale`); each pixel is then the rounded mean of 2 x 2.
   * Default: all detail.
   */
  readonly detail?: number;
  /** Number of frame buffers, an integer >= 1 (`latest`: >= 3). Default 4. */
  readonly buffers?: number;
  /** Ends the run as if the source had come to its end: what was delivered stays delivered. */
  readonly signal?: AbortSignal;
  /** Filled while the run goes on. */
  readonly monitor?: SourceMonitor;
  /** What the source `-` reads. Default process.stdin. */
  readonly stdin?: Readable;
  /**
   * Programs to run. Default: the environment's FFMPEG_PATH and FFPROBE_PATH, else `ffmpeg` and `ffprobe` from the
   * PATH.
   */
  readonly ffmpeg?: string;
  readonly ffprobe?: string;
}

/**
 * Frames of a source in presentation order. Cold: each subscription opens the source and runs ffmpeg of its own, which
 * is killed on unsubscribe, error and limit. Each frame holds a buffer of a small pool until its `release`; a consumer
 * that keeps them all stops the source.
 *
 * @param source path of a video or image, a directory or glob of images, or `-` for stdin
 * @returns errors with SourceError (what decodes is delivered first) or UsageError (options, crop outside the picture)
 */
export function frames(source: string, options: SourceOptions = {}): Observable<Frame> {
  return new Observable((subscriber) => {
    const run = new Run(source, options, subscriber);
    void run.start();
    return () => run.end();
  });
}

class Run {
  readonly #monitor: SourceMonitor;
  readonly #options: SourceOptions;
  readonly #pool: FramePool;
  readonly #handover: Handover;
  #decoding: Decoding | undefined;
  #reread: Reread | undefined;
  #ended = false;
  #wake: (() => void) | undefined;
  #index = 0;

  constructor(
    private readonly source: string,
    options: SourceOptions,
    private readonly subscriber: Subscriber<Frame>,
  ) {
    const { policy = 'all', buffers = 4, monitor = new SourceMonitor() } = checked(options);
    const pool = new FramePool(policy === 'latest' ? Math.max(buffers, RESERVED + 1) : buffers);
    const held = (): number => pool.out - (this.#decoding?.filling ? 1 : 0) - 1;
    const hasRoom = policy === 'all' ? () => true : () => held() < pool.size - RESERVED;
    this.#options = options;
    this.#monitor = monitor;
    this.#pool = pool;
    this.#handover = new Handover(hasRoom, this.#deliver, () => (monitor.overwritten += 1));
    pool.onReturn = () => {
      this.#handover.drain();
      this.#decoding?.resume();
      if (this.#handover.empty) this.#wake?.();
    };
  }

  async start(): Promise<void> {
    const { signal } = this.#options;
    if (signal?.aborted) this.end();
    else signal?.addEventListener('abort', this.end, { once: true });
    try {
      const inputs = await resolveInputs(this.source, () => this.#options.stdin ?? process.stdin);
      if (inputs.length === 1 && inputs[0]) await this.#play(inputs[0], 1);
      else await this.#playAll(inputs);
      await this.#handedOver();
      await this.#monitor.processes.idle();
      this.subscriber.complete();
    } catch (error) {
      const ended = this.#ended;
      if (!ended) await this.#handedOver();
      this.end();
      await this.#monitor.processes.idle();
      if (ended) this.subscriber.complete();
      else this.subscriber.error(error);
    }
  }

  // The teardown. Idempotent; nothing is delivered afterwards.
  readonly end = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.signal?.removeEventListener('abort', this.end);
    this.#monitor.processes.kill();
    this.#decoding?.stop();
    this.#reread?.stop();
    this.#handover.clear();
    this.#pool.onReturn = undefined;
    this.#wake?.();
  };

  // A damaged image does not keep the others from being read; it is reported when they are.
  async #playAll(inputs: readonly OpenInput[]): Promise<void> {
    const failures: SourceError[] = [];
    for (const open of inputs) {
      if (this.#ended) return;
      try {
        await this.#play(open, inputs.length);
      } catch (error) {
        if (!(error instanceof SourceError) || notStartedIn(error)) throw error;
        failures.push(error);
      }
    }
    const [first] = failures;
    if (first && !this.#ended)
      throw new SourceError(
        `${failures.length} of ${inputs.length} images could not be read. The first: ${first.message}`,
        { cause: first },
      );
  }

  async #play(open: OpenInput, count: number): Promise<void> {
    const input = await open();
    if (this.#ended) return;
    const reread = input.open && (this.#reread = new Reread(input.open(), input.name));
    try {
      const stream = input.still ? undefined : await this.#probe(input, reread);
      await this.#decode(input, stream, reread, count);
    } finally {
      reread?.stop();
    }
  }

  async #probe(input: Input, reread: Reread | undefined): Promise<VideoStream> {
    const ffprobe = this.#options.ffprobe ?? process.env['FFPROBE_PATH'] ?? 'ffprobe';
    const feed = reread && ((stdin: NodeJS.WritableStream) => reread.feed(stdin));
    try {
      return await probe(input, { ffprobe, processes: this.#monitor.processes, ...(feed && { feed }) });
    } finally {
      // That the stream was empty explains more than what ffprobe says about nothing.
      if (!this.#ended) reread?.check();
    }
  }

  async #decode(
    input: Input,
    stream: VideoStream | undefined,
    reread: Reread | undefined,
    count: number,
  ): Promise<void> {
    if (this.#ended) return;
    const { crop, detail, fps, realtime = false, ffmpeg = process.env['FFMPEG_PATH'] ?? 'ffmpeg' } = this.#options;
    const cropFor = (size: Size): Box | undefined => (typeof crop === 'function' ? crop(size) : crop);
    if (stream) this.#monitor.info = stream.info;
    const decoding = decodeInput(
      {
        input,
        stream,
        bytes: reread?.play(),
        cropFor,
        detail,
        rate: new RateLimit(fps),
        realtime,
        ffmpeg,
        pool: this.#pool,
        firstIndex: this.#index,
      },
      {
        size: (size) => (this.#monitor.info ??= { ...size, frames: count }),
        frame: (frame) => this.#take(frame),
        child: (child) => {
          this.#monitor.processes.add(child);
          if (this.#ended) this.#monitor.processes.kill();
        },
      },
    );
    this.#decoding = decoding;
    try {
      await decoding.done;
    } finally {
      this.#index += decoding.decoded;
      this.#decoding = undefined;
      reread?.check();
    }
  }

  // One decoded frame, or undefined for one that `fps` leaves out.
  #take(frame: Frame | undefined): void {
    this.#monitor.decoded += 1;
    if (frame) this.#handover.offer(frame);
    else this.#monitor.skipped += 1;
  }

  readonly #deliver = (frame: Frame): void => {
    const { limit = Infinity } = this.#options;
    this.#monitor.delivered += 1;
    this.subscriber.next(frame);
    if (this.#monitor.delivered >= limit) this.end();
  };

  // Under `latest` the last frame may still wait for the consumer when ffmpeg is done.
  async #handedOver(): Promise<void> {
    if (this.#ended || this.#handover.empty) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

function checked(options: SourceOptions): SourceOptions {
  const { fps, limit, detail, buffers } = options;
  if (fps !== undefined && !(fps > 0 && Number.isFinite(fps)))
    throw new UsageError(`fps must be a number > 0, got ${fps}.`);
  for (const [name, value] of Object.entries({ limit, detail, buffers }))
    if (value !== undefined && !(Number.isInteger(value) && value >= 1))
      throw new UsageError(`${name} must be an integer >= 1, got ${value}.`);
  return options;
}
