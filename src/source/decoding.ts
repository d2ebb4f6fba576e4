// Owns the decoding of one input: log lines and bytes become frames, and the way ffmpeg ended becomes an answer.
// Must not know about other inputs, policies or subscribers.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { SourceError, UsageError } from '../base/errors.js';
import type { Box, Frame } from '../types.js';
import { chooseGround, flatten, type Ground } from './alpha.js';
import { FfmpegLog, type ShownFrame } from './ffmpeg-log.js';
import { decode, hasAlpha, lumaFilter, scaleFor, type DecodeJob } from './ffmpeg.js';
import type { Input } from './inputs.js';
import { PooledFrame, type FramePool } from './pool.js';
import { notStarted, PIPE_HINT, type SourceInfo, type VideoStream } from './probe.js';
import type { RateLimit } from './rate.js';
import { FrameReader, type Announcement } from './frame-cutter.js';

type Size = Pick<SourceInfo, 'width' | 'height'>;

/** What to decode and how. */
export interface DecodingSetup {
  readonly input: Input;
  /** Absent for a still image. */
  readonly stream: VideoStream | undefined;
  /** The bytes, for an input that ffmpeg reads from stdin. */
  readonly bytes: Readable | undefined;
  /** The part of a picture of a size that is wanted; undefined for all of it. */
  readonly cropFor: (size: Size) => Box | undefined;
  /** Longer side in pixels that is enough; undefined for all detail. */
  readonly detail: number | undefined;
  readonly rate: RateLimit;
  readonly realtime: boolean;
  readonly ffmpeg: string;
  readonly pool: FramePool;
  /** Index of the first frame. */
  readonly firstIndex: number;
}

/** Who listens. */
export interface DecodingEvents {
  /** Size of the source, once per frame. */
  size(size: Size): void;
  /** A decoded frame; undefined for one that the rate leaves out. */
  frame(frame: Frame | undefined): void;
  /** The process, as soon as it exists. */
  child(child: ChildProcess): void;
}

/** A decoding that goes on. */
export interface Decoding {
  /** Frames decoded so far. */
  readonly decoded: number;
  /** True while a buffer is being filled. */
  readonly filling: boolean;
  /**
   * Resolves when all frames were passed on and the process is gone; rejects with a UserError when that is not all
   * there should be.
   */
  readonly done: Promise<void>;
  /** Reads on; to be called when a buffer came back. */
  resume(): void;
  /** Passes nothing more on and lets the process end, which the caller kills. `done` then resolves. Idempotent. */
  stop(): void;
}

/** How a process ended. */
interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly failed?: NodeJS.ErrnoException;
}

/** Starts decoding. Throws UsageError when the crop is not inside the picture. */
export function decodeInput(setup: DecodingSetup, events: DecodingEvents): Decoding {
  return new InputDecoding(setup, events);
}

/** True when the error says that a program could not be started: no other input will fare better. */
export function notStartedIn(error: SourceError): boolean {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.syscall?.startsWith('spawn') ?? false;
}

class InputDecoding implements Decoding {
  readonly done: Promise<void>;
  decoded = 0;
  readonly #log: FfmpegLog;
  readonly #reader: FrameReader;
  readonly #alpha: boolean;
  readonly #crop: Box | undefined;
  readonly #detail: number | undefined;
  #announced = 0;
  #lastTime = 0;
  #ground: Ground | undefined;
  #stopped = false;
  #child: ChildProcess | undefined;
  #failure: SourceError | UsageError | undefined;

  constructor(
    private readonly setup: DecodingSetup,
    private readonly events: DecodingEvents,
  ) {
    const { stream, input, pool } = setup;
    // Pictures are small and come unprobed: they always bring their alpha along, and come whole.
    this.#alpha = !stream || stream.decoder !== undefined || hasAlpha(stream.pixelFormat);
    this.#crop = stream && this.#cropIn(stream.info);
    this.#detail = this.#alpha ? undefined : setup.detail;
    this.#log = new FfmpegLog(input.still ? 'still' : stream?.format === 'mpegts' ? 'transport' : 'file');
    this.#reader = new FrameReader(pool, (announced, buffer) => this.#finished(announced, buffer));
    this.done = this.#run();
  }

  get filling(): boolean {
    return this.#reader.filling;
  }

  resume(): void {
    this.#reader.resume();
  }

  stop(): void {
    this.#stopped = true;
    this.#reader.stop();
  }

  async #run(): Promise<void> {
    const drained = new Promise<void>((resolve) => this.#reader.once('finish', resolve));
    const ending = await new Promise<Ending>((resolve) => {
      decode(this.#job(), this.#reader, {
        start: (child) => this.#started(child),
        line: (text) => this.#line(text),
        exit: (code, signal) => resolve({ code, signal }),
        fail: (failed) => resolve({ code: null, signal: null, failed }),
      });
    });
    if (ending.failed) {
      this.#reader.stop();
      throw notStarted(this.setup.ffmpeg, ending.failed);
    }
    this.#reader.close();
    await drained;
    const error = this.#stopped && !this.#failure ? undefined : this.#judge(ending);
    this.#reader.stop();
    if (error) throw error;
  }

  #job(): DecodeJob {
    const { input, stream, bytes, realtime, ffmpeg } = this.setup;
    const decoder = stream?.decoder === undefined ? [] : ['-c:v', stream.decoder];
    const pace = realtime && stream ? ['-re'] : [];
    return {
      ffmpeg,
      input: bytes ?? input.url,
      inputArgs: [...pace, ...decoder, ...input.args],
      filter: lumaFilter(stream?.pixelFormat ?? 'unknown', {
        alpha: this.#alpha,
        crop: this.#crop,
        detail: this.#detail,
      }),
      outputArgs: stream ? pacing(stream.old) : ['-frames:v', '1'],
    };
  }

  #started(child: ChildProcess): void {
    this.#child = child;
    this.events.child(child);
  }

  #line(text: string): void {
    const shown = this.#log.line(text);
    if (!shown || this.#stopped) return;
    try {
      this.#announce(shown);
    } catch (error) {
      this.#failure = error as SourceError | UsageError;
      this.stop();
      this.#child?.kill('SIGKILL');
    }
  }

  #announce(shown: ShownFrame): void {
    const { input, rate, firstIndex, stream } = this.setup;
    // ffmpeg may decode ahead of `-frames:v 1`.
    if (input.still && this.#announced > 0) return;
    this.events.size({ width: shown.width, height: shown.height });
    if (stream) this.#checkSize(shown);
    else this.#cropIn(shown);
    const [left, top, width, height] = this.#crop ?? [0, 0, shown.width, shown.height];
    const time = input.still ? 0 : shown.time;
    const scale = scaleFor({ width, height }, this.#detail);
    const stamp = {
      index: firstIndex + this.#announced,
      time,
      width: width / scale,
      height: height / scale,
      left,
      top,
      scale,
      file: input.file,
    };
    this.#announced += 1;
    this.#reader.announce({ stamp, bytes: stamp.width * stamp.height * (this.#alpha ? 2 : 1), keep: rate.keep(time) });
  }

  #finished({ stamp }: Announcement, buffer: Uint8Array | undefined): void {
    this.decoded += 1;
    this.#lastTime = stamp.time;
    if (!buffer) return this.events.frame(undefined);
    if (this.#alpha) this.#flatten(buffer, stamp.width * stamp.height);
    this.events.frame(new PooledFrame(stamp, buffer, this.setup.pool));
  }

  // A video keeps the ground that its first frame with both ink and transparency asked for.
  #flatten(buffer: Uint8Array, count: number): void {
    this.#ground ??= chooseGround(buffer, count);
    flatten(buffer, count, this.#ground ?? 255);
  }

  #cropIn(size: Size): Box | undefined {
    const crop = this.setup.cropFor(size);
    if (crop && !inside(crop, size))
      throw new UsageError(
        `The regions span the box [${crop.join(', ')}] (x, y, width, height), which is not ` +
          `inside ${this.setup.input.name}: its frames are ${size.width}x${size.height} pixels. Move the ` +
          `regions, or give them relative to the frame.`,
      );
    return crop;
  }

  // A stream may change its size on the way; a crop that no longer fits would silently be moved by ffmpeg.
  #checkSize({ width, height }: ShownFrame): void {
    if (!this.#crop || inside(this.#crop, { width, height })) return;
    throw new SourceError(
      `${this.setup.input.name} changes to ${width}x${height} pixels after ${this.#announced} frames: the ` +
        `regions' box [${this.#crop.join(', ')}] no longer fits.`,
    );
  }

  // What the ending means, or undefined when all is well. Order: the most telling first.
  #judge({ code, signal }: Ending): SourceError | UsageError | undefined {
    if (this.#failure) return this.#failure;
    const { name, still } = this.setup.input;
    const { decoded } = this;
    const after = `after ${decoded} decoded frame${decoded === 1 ? '' : 's'}`;
    const said = this.#log.problem ? ` (ffmpeg: ${this.#log.problem})` : '';
    const killed = signal ?? (this.#log.signal !== undefined ? `signal ${this.#log.signal}` : undefined);
    if (killed) return new SourceError(`ffmpeg was killed (${killed}) while it read ${name}, ${after}.`);
    if (decoded === 0)
      return new SourceError(
        `${name} holds no ${still ? 'picture' : 'frame'} that ffmpeg can ` +
          `decode${said}.${this.setup.bytes ? PIPE_HINT : ''}`,
      );
    if (code !== 0) return new SourceError(`${name} broke off ${after}${said}.`);
    const cut = this.#log.cut ?? (this.#reader.broken ? 'the last frame is incomplete' : this.#short());
    if (cut) return new SourceError(`${name} is cut off: it ends ${after}, before it should (${cut}).`);
    return undefined;
  }

  // Both the number of frames and the time must fall well short: edit lists, fields and dropped pictures change one of
  // them in files that are whole.
  #short(): string | undefined {
    const { stream } = this.setup;
    const { frames, duration } = stream?.info ?? {};
    if (!stream || frames === undefined || duration === undefined || this.decoded >= 0.9 * frames) return undefined;
    const missing = stream.start + duration - (this.#lastTime + this.#log.step);
    if (missing <= Math.max(0.5, 0.05 * duration)) return undefined;
    return `its header promises ${frames} frames in ${duration} s`;
  }
}

// Every frame as it is: none doubled or dropped for a constant rate, none scaled to the size of the first.
function pacing(old: boolean): string[] {
  return old ? ['-vsync', 'passthrough'] : ['-fps_mode', 'passthrough', '-autoscale', '0'];
}

function inside([x, y, width, height]: Box, size: Size): boolean {
  return x >= 0 && y >= 0 && width >= 1 && height >= 1 && x + width <= size.width && y + height <= size.height;
}
