// Owns the run of a source: argument in, Observable of frames out, and nothing left behind when it ends.
// Must not know what the frames are for. Processes, bytes, names and logs are each read in a file of their own.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Observable, type Subscriber } from 'rxjs';
import { SourceError, UsageError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { ffmpegProgram, ffprobeProgram } from '../base/programs.js';
import { ROTATIONS, type Box, type Frame, type Rotation } from '../types.js';
import type { Size } from './crop.js';
import { decodeInput, notStartedIn, type Decoding, type DecodingSetup } from './decoding.js';
import type { ShownFrame } from './ffmpeg-log.js';
import type { Policy } from './handover.js';
import { resolveInputs, type Inputs, type OpenInput } from './inputs.js';
import type { LiveAsked, SourceKind } from './kinds/kind.js';
import type { Input } from './kinds/list.js';
import { shownSource } from './live/address.js';
import { realTime, type LiveClock } from './live/clock.js';
import { LIVE_DEFAULTS, LiveRun, type LiveInput, type LiveSettings } from './live/live-run.js';
import { SourceMonitor } from './monitor.js';
import { Passage } from './passage.js';
import { probe, type SourceInfo, type VideoStream } from './probe.js';
import { RateLimit } from './rate.js';
import { checkRepeats, Passes } from './repeat.js';
import { RewindableInput } from './rewindable.js';
import { shapeRemark } from './shape.js';
import { checkFfmpeg } from './version.js';

export type { Size } from './crop.js';
export type { Policy } from './handover.js';
export { SourceMonitor } from './monitor.js';
export type { SourceInfo } from './probe.js';
export type { Rotation } from '../types.js';

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
   * (`latest`). A live source never waits: it is read under `latest`, and `all` is refused. Default: `all`, of a live
   * source `latest`.
   */
  readonly policy?: Policy;
  /** Reads a video at its own speed, like a camera. Default false. */
  readonly realtime?: boolean;
  /**
   * Reads a video file again from its beginning each time that it has ended, until the run is ended. Indices and times
   * go on, a frame's step from one pass to the next (`Frame.pass`). Default false.
   */
  readonly repeat?: boolean;
  /**
   * Which video stream of a file is read, an integer >= 0: its index among them, attached pictures (covers) not
   * counted. Default: the one that ffmpeg would take, but a film before a still.
   */
  readonly stream?: number;
  /** Degrees by which the upright picture is turned on, clockwise. Default 0. */
  readonly rotate?: Rotation;
  /**
   * The part of the picture to decode, in source pixels (upright, and square); or a function that says so once the size
   * is known, and again for each new size. Only what was probed is cropped; a still image and a live picture come
   * whole, but must hold the box as well. Default: all of it.
   */
  readonly crop?: Box | ((size: Size) => Box | undefined);
  /**
   * Longer side in pixels, an integer >= 1, above which a picture of a video comes halved where its sides are even
   * (`Frame.scale`); each pixel is then the rounded mean of 2 x 2. Default: all detail.
   */
  readonly longestSide?: number;
  /** How a live source is watched. Defaults: see {@link LiveSettings}. */
  readonly watch?: LiveSettings;
  /** What is asked of a live source beside its name. Default: nothing. */
  readonly asked?: LiveAsked;
  /** What a live source goes by. Default: real time. */
  readonly clock?: LiveClock;
  /** Number of frame buffers, an integer >= 1 (`latest`: >= 3). Default 4, of a live source 3. */
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
   * Programs to run. Default: the environment's FFMPEG_PATH and FFPROBE_PATH, else (or where these are empty) `ffmpeg`
   * and `ffprobe` from the PATH. An ffmpeg older than 5.1 is refused.
   */
  readonly ffmpeg?: string;
  readonly ffprobe?: string;
}

/**
 * Frames of a source in presentation order. Cold: each subscription opens the source and runs ffmpeg of its own, which
 * is killed on unsubscribe, error and limit. Each frame holds a buffer of a small pool until its `release`; a consumer
 * that keeps them all stops the source.
 *
 * Pictures come upright by the orientation that they are tagged with, and with square pixels.
 *
 * A live source (a camera, an address) comes back after every fault by itself and does not end; what it does is told in
 * `monitor.state`. Its frames have an `arrival`.
 *
 * @param source path of a video or image, a directory or glob of images, an address, a camera, or `-` for stdin
 * @returns errors with SourceError (what decodes is delivered first) or UsageError (options, no such stream, crop
 *   outside the picture, `repeat` of what is no video file)
 */
export function frames(source: string, options: SourceOptions = {}): Observable<Frame> {
  return new Observable((subscriber) => {
    const run = new Run(source, options, subscriber);
    void run.start();
    return () => run.end();
  });
}

/** What a source stands for: its inputs, those of a single file already opened. */
interface Opened extends Inputs {
  readonly single: readonly (Input | SourceError)[];
}

class Run {
  readonly #monitor: SourceMonitor;
  #passage: Passage | undefined;
  #decoding: Decoding | undefined;
  #live: LiveRun | undefined;
  #bytes: RewindableInput | undefined;
  readonly #passes: Passes | undefined;
  readonly #rate: RateLimit | undefined;
  #ended = false;
  #index = 0;

  constructor(
    private readonly source: string,
    private readonly options: SourceOptions,
    private readonly subscriber: Subscriber<Frame>,
  ) {
    this.#monitor = checked(options).monitor ?? new SourceMonitor();
    if (!options.repeat) return;
    this.#passes = new Passes(options.clock ?? realTime);
    // Of the seconds of all passes together.
    this.#rate = new RateLimit(options.fps);
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
    // What came before the failure is delivered first; of a live source it is old by then.
    if (!this.#ended && !this.#live) await this.#passage?.empty();
    if (failed) this.#live?.stop((error.reason as Error).message.replace(/\.$/, ''));
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
    this.#live?.stop();
    this.#monitor.processes.kill();
    this.#passage?.end();
    this.#decoding?.stop();
    this.#bytes?.stop();
    this.#passes?.stop();
  };

  async #read(): Promise<void> {
    const { ffmpeg = ffmpegProgram() } = this.options;
    // Asked while the source is looked at, it costs no time.
    const usable = checkFfmpeg(ffmpeg, { processes: this.#monitor.processes });
    // What is wrong with the source comes first.
    usable.catch(() => undefined);
    const opened = await this.#open();
    if (this.#ended) return;
    const passage = (this.#passage = this.#openPassage(opened.waits));
    this.#monitor.buffers = passage.pool;
    const [input] = opened.single;
    if (isLive(input)) {
      await usable;
      return await this.#watch(input, passage);
    }
    await this.#playOnce(opened, passage, usable);
    if (this.#passes) await this.#playAgain(this.#passes, passage, usable);
  }

  // What the source stands for now.
  async #open(): Promise<Opened> {
    const { stdin, kinds, asked, watch, repeat } = this.options;
    const { list, waits } = await resolveInputs(this.source, {
      stdin: () => stdin ?? process.stdin,
      kinds,
      asked: { ...asked, stall: watch?.stall ?? LIVE_DEFAULTS.stall },
    });
    const [only, ...others] = list;
    const single = only && others.length === 0 ? await only() : [];
    if (repeat) checkRepeats(printable(shownSource(this.source)), single, waits);
    return { list, waits, single };
  }

  // From its beginning to its end.
  async #playOnce({ list, single }: Opened, passage: Passage, usable: Promise<unknown>): Promise<void> {
    const [input] = single;
    if (single.length === 1 && input && !(input instanceof SourceError)) {
      await this.#play(input, { passage, usable, count: 1 });
      return;
    }
    await usable;
    await this.#playAll(single.length > 0 ? [() => Promise.resolve(single)] : list, passage, usable);
  }

  // Each time looked at anew: it may have gone meanwhile, or be another.
  async #playAgain(passes: Passes, passage: Passage, usable: Promise<unknown>): Promise<void> {
    for (;;) {
      await passes.pause();
      if (this.#ended) return;
      passes.next(this.#index);
      await this.#playOnce(await this.#open(), passage, usable);
    }
  }

  #openPassage(waits: boolean): Passage {
    // Of a live source one frame at a time is looked at, so that none gets old while it waits for the one before.
    const { policy = waits ? 'all' : 'latest', buffers = waits ? 4 : 3 } = this.options;
    if (!waits && policy === 'all')
      throw new UsageError(
        `--policy all would show older and older pictures of ${printable(shownSource(this.source))}, which is live: ` +
          `leave it out (live sources are read under latest).`,
      );
    return new Passage(policy, buffers, {
      filling: () => (this.#live ?? this.#decoding)?.filling ?? false,
      room: () => (this.#live ?? this.#decoding)?.resume(),
      ready: () => this.#live?.caughtUp ?? true,
      deliver: (frame) => this.#deliver(frame),
      overwritten: () => (this.#monitor.overwritten += 1),
    });
  }

  // A live input: one process after another, until somebody ends it.
  async #watch(input: LiveInput, passage: Passage): Promise<void> {
    if (this.#ended) return;
    const { watch = {}, clock = realTime } = this.options;
    this.#live = new LiveRun({
      input,
      setup: this.#setup(passage),
      settings: watch,
      monitor: this.#monitor,
      clock,
      shown: (frame) => this.#shown(frame, {}),
      take: (frame) => this.#take(frame, passage),
      child: (child) => this.#child(child),
    });
    await this.#live.run();
  }

  // A damaged image does not keep the others from being read; it is reported when they are.
  async #playAll(list: readonly OpenInput[], passage: Passage, usable: Promise<unknown>): Promise<void> {
    const failures: SourceError[] = [];
    let count = 0;
    for (const open of list) {
      if (this.#ended) return;
      const inputs = await open().catch((error: unknown) => [asFailure(error)]);
      count += inputs.length;
      for (const input of inputs) {
        const play = { passage, usable, count: list.length - 1 + inputs.length };
        const failure =
          input instanceof SourceError ? input : await this.#play(input, play).then(() => undefined, asFailure);
        if (failure) failures.push(failure);
      }
    }
    const [first, ...others] = failures;
    if (!first || this.#ended) return;
    // Of one file, what is wrong with a page says all.
    if (list.length > 1 || others.length > 0)
      throw new SourceError(`${failures.length} of ${count} images could not be read. The first: ${first.message}`, {
        cause: first,
      });
    throw first;
  }

  // One of `count` inputs.
  async #play(
    input: Input,
    { passage, usable, count }: { passage: Passage; usable: Promise<unknown>; count: number },
  ): Promise<void> {
    if (this.#ended) return;
    const bytes = (this.#bytes = input.open && new RewindableInput(input.open(), input.name));
    try {
      const stream = this.#presumed(input) ?? (await this.#probe(input, bytes));
      await usable;
      await this.#decode(input, stream, bytes, passage, count);
    } finally {
      bytes?.stop();
    }
  }

  #presumed({ name, look, traits: { presumed, most } }: Input): VideoStream | undefined {
    const { stream = 0 } = this.options;
    if (presumed && most !== undefined && stream > 0)
      throw new UsageError(
        `${name} is a picture and has one video stream, 0: there is no ${stream}. Leave source.stream out.`,
      );
    return presumed && { ...presumed, at: stream, ...(look && { look }) };
  }

  async #probe(input: Input, bytes: RewindableInput | undefined): Promise<VideoStream> {
    const { stream: asked, rotate = 0 } = this.options;
    const ffprobe = this.options.ffprobe ?? ffprobeProgram();
    try {
      const { processes } = this.#monitor;
      const stream = await probe(input, { ffprobe, processes, stream: asked, rotate, bytes });
      if (stream.info) this.#monitor.info = this.#passes ? withoutEnd(stream.info) : stream.info;
      this.#monitor.remark(stream.remark);
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
    const decoding = decodeInput(
      { ...this.#setup(passage), input, stream, bytes: bytes?.play(), firstIndex: this.#index },
      {
        shown: (shown) => this.#shown(shown, expected(input, count)),
        frame: (frame) => this.#take(frame, passage),
        child: (child) => this.#child(child),
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

  #setup({ pool }: Passage): Omit<DecodingSetup, 'input' | 'stream' | 'bytes' | 'firstIndex' | 'arrived'> {
    const { crop, longestSide, fps, realtime = false, rotate = 0, ffmpeg = ffmpegProgram() } = this.options;
    return {
      pool,
      ffmpeg,
      cropFor: (size) => (typeof crop === 'function' ? crop(size) : crop),
      longestSide,
      rotate,
      rate: this.#rate ?? new RateLimit(fps),
      realtime,
      passes: this.#passes,
    };
  }

  #child(child: ChildProcess): void {
    this.#monitor.processes.add(child);
    if (this.#ended) this.#monitor.processes.kill();
  }

  #shown({ width, height, pixel = 1 }: ShownFrame, expected: { readonly frames?: number }): void {
    // A live picture may change its size; what it is now counts.
    if (this.#live) this.#monitor.info = { width, height };
    else this.#monitor.info ??= { width, height, ...expected };
    // What can be made square is so by now.
    this.#monitor.remark(shapeRemark({ width, height }, pixel));
  }

  // One decoded frame, or undefined for one that `fps` leaves out.
  #take(frame: Frame | undefined, passage: Passage): void {
    this.#monitor.decoded += 1;
    if (frame) passage.offer(frame);
    else this.#monitor.skipped += 1;
  }

  #deliver(frame: Frame): void {
    const { limit = Infinity } = this.options;
    if (this.#live?.isTooOld(frame)) {
      this.#monitor.outdated += 1;
      frame.release();
      return;
    }
    this.#monitor.delivered += 1;
    this.subscriber.next(frame);
    if (this.#monitor.delivered >= limit) this.end();
  }
}

function isLive(input: Input | SourceError | undefined): input is LiveInput {
  return input !== undefined && !(input instanceof SourceError) && input.traits.live !== undefined;
}

// What is read again and again has no length.
function withoutEnd({ duration: _duration, frames: _frames, ...info }: SourceInfo): SourceInfo {
  return info;
}

// An error that keeps one of many from being read; throws what will happen to the others as well.
function asFailure(error: unknown): SourceError {
  if (!(error instanceof SourceError) || notStartedIn(error)) throw error;
  return error;
}

// How many frames `count` inputs like this one will give, as far as that is known without a probe.
function expected({ traits: { most } }: Input, count: number): { readonly frames?: number } {
  return most === undefined ? {} : { frames: most * count };
}

function checked(options: SourceOptions): SourceOptions {
  const { fps, limit, longestSide, buffers, stream, rotate } = options;
  if (fps !== undefined && !(fps > 0 && Number.isFinite(fps)))
    throw new UsageError(`fps must be a number > 0, got ${fps}.`);
  for (const [name, value] of Object.entries({ limit, longestSide, buffers }))
    if (value !== undefined && !(Number.isInteger(value) && value >= 1))
      throw new UsageError(`${name} must be an integer >= 1, got ${value}.`);
  if (stream !== undefined && !(Number.isInteger(stream) && stream >= 0))
    throw new UsageError(`stream must be an integer >= 0, got ${stream}.`);
  if (rotate !== undefined && !ROTATIONS.includes(rotate))
    throw new UsageError(`rotate must be one of ${ROTATIONS.join(', ')}, got ${String(rotate)}.`);
  return options;
}
