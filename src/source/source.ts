// Owns the run of a source: argument in, Observable of frames out, and nothing left behind when it ends.
// Must not know what the frames are for. Processes, bytes, names and logs are each read in a file of their own.
import type { Readable } from 'node:stream';
import { Observable, type Subscriber } from 'rxjs';
import { SourceError, UsageError } from '../base/errors.js';
import type { Box, Frame } from '../types.js';
import type { Size } from './crop.js';
import { decodeInput, notStartedIn, type Decoding } from './decoding.js';
import type { Policy } from './handover.js';
import { resolveInputs, type OpenInput } from './inputs.js';
import type { SourceKind } from './kinds/kind.js';
import type { Input } from './kinds/list.js';
import { SourceMonitor } from './monitor.js';
import { Passage } from './passage.js';
import { probe, type VideoStream } from './probe.js';
import { RateLimit } from './rate.js';
import { RewindableInput } from './rewindable.js';

export type { Size } from './crop.js';
export type { Policy } from './handover.js';
export { SourceMonitor } from './monitor.js';
export type { SourceInfo } from './probe.js';

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
   * (`latest`). A live source never waits: it is read under `latest` whatever is asked for.
   */
  readonly policy?: Policy;
  /** Reads a video at its own speed, like a camera. Default false. */
  readonly realtime?: boolean;
  /**
   * The part of the picture to decode, in source pixels after rotation; or a function that says so once the size is
   * known, and again for each new size. Only what was probed is cropped; a still image and a live picture come whole,
   * but must hold the box as well. Default: all of it.
   */
  readonly crop?: Box | ((size: Size) => Box | undefined);
  /**
   * Longer side in pixels, an integer >= 1, above which a picture of a video comes halved where its sides are even
   * (`Frame.scale`); each pixel is then the rounded mean of 2 x 2. Default: all detail.
   */
  readonly longestSide?: number;
  /** Number of frame buffers, an integer >= 1 (`latest`: >= 3). Default 4. */
  readonly buffers?: number;
  /** Ends the run as if the source had come to its end: what was delivered stays delivered. */
  readonly signal?: AbortSignal;
  /** Filled while the run goes on. */
  readonly monitor?: SourceMonitor;
  /** What the source `-` reads. Default process.stdin. */
  readonly stdin?: Readable;
  /** The kinds that the source may be of, in order of preference. Default: all. */
  readonly kinds?: readonly SourceKind<Input>[];
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
  #passage: Passage | undefined;
  #decoding: Decoding | undefined;
  #bytes: RewindableInput | undefined;
  #ended = false;
  #index = 0;

  constructor(
    private readonly source: string,
    private readonly options: SourceOptions,
    private readonly subscriber: Subscriber<Frame>,
  ) {
    this.#monitor = checked(options).monitor ?? new SourceMonitor();
  }

  async start(): Promise<void> {
    const { signal } = this.options;
    if (signal?.aborted) this.end();
    else signal?.addEventListener('abort', this.end, { once: true });
    const error = await this.#read().then(
      () => undefined,
      (reason: unknown) => ({ reason }),
    );
    const failed = error && !this.#ended;
    // What came before the failure is delivered first.
    if (!this.#ended) await this.#passage?.empty();
    if (failed) this.end();
    await this.#monitor.processes.idle();
    if (failed) this.subscriber.error(error.reason);
    else this.subscriber.complete();
  }

  // The teardown. Idempotent; nothing is delivered afterwards.
  readonly end = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.options.signal?.removeEventListener('abort', this.end);
    this.#monitor.processes.kill();
    this.#passage?.end();
    this.#decoding?.stop();
    this.#bytes?.stop();
  };

  async #read(): Promise<void> {
    const { stdin, kinds } = this.options;
    const { list, waits } = await resolveInputs(this.source, () => stdin ?? process.stdin, kinds);
    if (this.#ended) return;
    const passage = (this.#passage = this.#openPassage(waits));
    this.#monitor.buffers = passage.pool;
    const [only, ...others] = list;
    if (only && others.length === 0) await this.#play(only, passage, 1);
    else await this.#playAll(list, passage);
  }

  #openPassage(waits: boolean): Passage {
    const { policy = 'all', buffers = 4 } = this.options;
    return new Passage(waits ? policy : 'latest', buffers, {
      filling: () => this.#decoding?.filling ?? false,
      room: () => this.#decoding?.resume(),
      deliver: (frame) => this.#deliver(frame),
      overwritten: () => (this.#monitor.overwritten += 1),
    });
  }

  // A damaged image does not keep the others from being read; it is reported when they are.
  async #playAll(list: readonly OpenInput[], passage: Passage): Promise<void> {
    const failures: SourceError[] = [];
    for (const open of list) {
      if (this.#ended) return;
      try {
        await this.#play(open, passage, list.length);
      } catch (error) {
        if (!(error instanceof SourceError) || notStartedIn(error)) throw error;
        failures.push(error);
      }
    }
    const [first] = failures;
    if (first && !this.#ended)
      throw new SourceError(
        `${failures.length} of ${list.length} images could not be read. The first: ${first.message}`,
        { cause: first },
      );
  }

  // One of `count` inputs.
  async #play(open: OpenInput, passage: Passage, count: number): Promise<void> {
    const input = await open();
    if (this.#ended) return;
    const bytes = (this.#bytes = input.open && new RewindableInput(input.open(), input.name));
    try {
      const stream = input.traits.presumed ?? (await this.#probe(input, bytes));
      await this.#decode(input, stream, bytes, passage, count);
    } finally {
      bytes?.stop();
    }
  }

  async #probe(input: Input, bytes: RewindableInput | undefined): Promise<VideoStream> {
    const ffprobe = this.options.ffprobe ?? process.env['FFPROBE_PATH'] ?? 'ffprobe';
    const feed = bytes && ((stdin: NodeJS.WritableStream) => bytes.feed(stdin));
    try {
      const stream = await probe(input, { ffprobe, processes: this.#monitor.processes, ...(feed && { feed }) });
      if (stream.info) this.#monitor.info = stream.info;
      return stream;
    } finally {
      // That the stream was empty explains more than what ffprobe says about nothing.
      if (!this.#ended) bytes?.check();
    }
  }

  async #decode(
    input: Input,
    stream: VideoStream,
    bytes: RewindableInput | undefined,
    passage: Passage,
    count: number,
  ): Promise<void> {
    if (this.#ended) return;
    const { crop, longestSide, fps, realtime = false, ffmpeg = process.env['FFMPEG_PATH'] ?? 'ffmpeg' } = this.options;
    const decoding = decodeInput(
      {
        input,
        stream,
        bytes: bytes?.play(),
        cropFor: (size) => (typeof crop === 'function' ? crop(size) : crop),
        longestSide,
        rate: new RateLimit(fps),
        realtime,
        ffmpeg,
        pool: passage.pool,
        firstIndex: this.#index,
      },
      {
        size: (size) => (this.#monitor.info ??= { ...size, ...expected(input, count) }),
        frame: (frame) => this.#take(frame, passage),
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
      bytes?.check();
    }
  }

  // One decoded frame, or undefined for one that `fps` leaves out.
  #take(frame: Frame | undefined, passage: Passage): void {
    this.#monitor.decoded += 1;
    if (frame) passage.offer(frame);
    else this.#monitor.skipped += 1;
  }

  #deliver(frame: Frame): void {
    const { limit = Infinity } = this.options;
    this.#monitor.delivered += 1;
    this.subscriber.next(frame);
    if (this.#monitor.delivered >= limit) this.end();
  }
}

// How many frames `count` inputs like this one will give, as far as that is known without a probe.
function expected({ traits: { most } }: Input, count: number): { readonly frames?: number } {
  return most === undefined ? {} : { frames: most * count };
}

function checked(options: SourceOptions): SourceOptions {
  const { fps, limit, longestSide, buffers } = options;
  if (fps !== undefined && !(fps > 0 && Number.isFinite(fps)))
    throw new UsageError(`fps must be a number > 0, got ${fps}.`);
  for (const [name, value] of Object.entries({ limit, longestSide, buffers }))
    if (value !== undefined && !(Number.isInteger(value) && value >= 1))
      throw new UsageError(`${name} must be an integer >= 1, got ${value}.`);
  return options;
}
