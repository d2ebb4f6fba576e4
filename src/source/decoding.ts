// Owns the decoding of one input: log lines and bytes become frames, and the way ffmpeg ended becomes an answer.
// Must not know about other inputs, policies or subscribers, nor which kind of input it has.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { SourceError, UsageError } from '../base/errors.js';
import type { Frame, Rotation } from '../types.js';
import { notStarted } from './ask.js';
import { chooseGround, flatten, type Ground } from './alpha.js';
import { Crop, type CropFor } from './crop.js';
import { FfmpegLog, type OpenedInput, type ShownFrame } from './ffmpeg-log.js';
import { decode, hasAlpha, lumaFilter, scaleFor, type DecodeJob } from './ffmpeg.js';
import { FrameCutter, type Announcement } from './frame-cutter.js';
import type { Input } from './kinds/list.js';
import { PooledFrame, type FramePool, type FrameStamp } from './pool.js';
import type { VideoStream } from './probe.js';
import type { RateLimit } from './rate.js';
import type { Passes } from './repeat.js';
import { turnFilters } from './shape.js';

/** What to decode and how. */
export interface DecodingSetup {
  readonly input: Input;
  /** What was probed, or what the input's kind presumes. */
  readonly stream: VideoStream;
  /** The bytes, for an input that ffmpeg reads from stdin. */
  readonly bytes: Readable | undefined;
  readonly cropFor: CropFor;
  /** Longer side in pixels that is enough; undefined for all detail. */
  readonly longestSide: number | undefined;
  /** How far the upright picture is turned, clockwise. */
  readonly rotate: Rotation;
  readonly rate: RateLimit;
  readonly realtime: boolean;
  readonly ffmpeg: string;
  readonly pool: FramePool;
  /** Index of the first frame. */
  readonly firstIndex: number;
  /** Where frames of a file that is read again stand. Default: where its stream says. */
  readonly passes?: Pick<Passes, 'place'> | undefined;
  /**
   * Looks at each picture as soon as all of it is there, and says where it stands in time; also at those that the rate
   * leaves out, without their bytes. Default: where its stream says.
   */
  readonly arrived?: ((stamp: FrameStamp, shown: ShownFrame, gray: Uint8Array | undefined) => FrameStamp) | undefined;
}

/** Who listens. */
export interface DecodingEvents {
  /** What ffmpeg says of the input while it opens it: each time that it knows more. Default: nobody listens. */
  opened?(input: OpenedInput): void;
  /** The picture as ffmpeg showed it, once per frame. */
  shown(frame: ShownFrame): void;
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
  /** What ffmpeg said of the input when it opened it. */
  readonly opened: OpenedInput;
  /** The complaint that explains best why it ended, see `Ending.problem`. */
  readonly problem: string | undefined;
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
interface Exit {
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
  readonly #cutter: FrameCutter;
  readonly #alpha: boolean;
  readonly #crop: Crop;
  readonly #longestSide: number | undefined;
  #announced = 0;
  /** Of the latest frame, on the source's own clock. */
  #lastTime = 0;
  #ground: Ground | undefined;
  #stopped = false;
  #child: ChildProcess | undefined;
  #failure: SourceError | UsageError | undefined;

  constructor(
    private readonly setup: DecodingSetup,
    private readonly events: DecodingEvents,
  ) {
    const { stream, input, pool, cropFor, longestSide } = setup;
    this.#alpha = stream.decoder !== undefined || hasAlpha(stream.pixelFormat);
    this.#crop = new Crop(input.name, cropFor, stream.info);
    this.#longestSide = this.#alpha ? undefined : longestSide;
    this.#log = new FfmpegLog(input.traits.log(stream));
    this.#cutter = new FrameCutter(pool, (announced, buffer) => this.#finished(announced, buffer));
    this.done = this.#run();
  }

  get filling(): boolean {
    return this.#cutter.filling;
  }

  get opened(): OpenedInput {
    return this.#log.opened;
  }

  get problem(): string | undefined {
    return this.#log.problem;
  }

  resume(): void {
    this.#cutter.resume();
  }

  stop(): void {
    this.#stopped = true;
    this.#cutter.stop();
  }

  async #run(): Promise<void> {
    const drained = new Promise<void>((resolve) => this.#cutter.once('finish', resolve));
    const exit = await this.#exit();
    if (exit.failed) {
      this.#cutter.stop();
      throw notStarted(this.setup.ffmpeg, exit.failed);
    }
    this.#cutter.close();
    await drained;
    const error = this.#failure ?? (this.#stopped ? undefined : this.#judge(exit));
    this.#cutter.stop();
    if (error) throw error;
  }

  async #exit(): Promise<Exit> {
    return await new Promise((resolve) => {
      decode(jobOf(this.setup, this.#filter()), this.#cutter, {
        start: (child) => this.#started(child),
        line: (text) => this.#line(text),
        exit: (code, signal) => resolve({ code, signal }),
        fail: (failed) => resolve({ code: null, signal: null, failed }),
      });
    });
  }

  #filter(): string {
    const { stream, rotate } = this.setup;
    return lumaFilter(stream.pixelFormat, {
      alpha: this.#alpha,
      turns: turnFilters({ look: stream.look, rotate }),
      square: stream.square,
      crop: this.#crop.cut,
      longestSide: this.#longestSide,
    });
  }

  #started(child: ChildProcess): void {
    this.#child = child;
    this.events.child(child);
  }

  #line(text: string): void {
    const before = this.#log.opened;
    const shown = this.#log.line(text);
    if (this.#log.opened !== before && !this.#stopped) this.events.opened?.(this.#log.opened);
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
    const { input, rate } = this.setup;
    // ffmpeg may decode ahead of `-frames:v`.
    if (this.#announced >= (input.traits.most ?? Infinity)) return;
    this.events.shown(shown);
    if (input.traits.live) this.#log.forget();
    const stamp = this.#stamp(shown);
    this.#announced += 1;
    const bytes = stamp.width * stamp.height * (this.#alpha ? 2 : 1);
    this.#cutter.announce({ stamp, shown, bytes, keep: rate.keep(stamp.time) });
  }

  #stamp(shown: ShownFrame): FrameStamp {
    const { input, firstIndex, passes } = this.setup;
    const time = input.traits.timed ? shown.time : 0;
    const [left, top, width, height] = this.#crop.place(shown, this.#announced);
    const scale = scaleFor({ width, height }, this.#longestSide);
    return {
      index: firstIndex + this.#announced,
      ...(passes?.place(time, this.#log.step) ?? { time }),
      width: width / scale,
      height: height / scale,
      left,
      top,
      scale,
      file: input.file,
    };
  }

  #finished({ stamp, shown }: Announcement, buffer: Uint8Array | undefined): void {
    const { arrived, pool, input } = this.setup;
    this.decoded += 1;
    if (shown && input.traits.timed) this.#lastTime = shown.time;
    if (buffer && this.#alpha) this.#flatten(buffer, stamp.width * stamp.height);
    const placed = arrived && shown ? arrived(stamp, shown, buffer) : stamp;
    this.events.frame(buffer && PooledFrame.over(buffer, placed, pool));
  }

  // A video keeps the ground that its first frame with both ink and transparency asked for.
  #flatten(buffer: Uint8Array, count: number): void {
    this.#ground ??= chooseGround(buffer, count);
    flatten(buffer, count, this.#ground ?? 255);
  }

  #judge({ code, signal }: Exit): SourceError | undefined {
    const { input, stream } = this.setup;
    const { problem, cut, step, signal: stopped } = this.#log;
    return input.traits.judge({
      name: input.name,
      stream,
      decoded: this.decoded,
      reached: this.#lastTime + step,
      code,
      killed: signal ?? (stopped === undefined ? undefined : `signal ${stopped}`),
      problem,
      cut,
      incomplete: this.#cutter.broken,
    });
  }
}

function jobOf({ input, stream, bytes, realtime, ffmpeg }: DecodingSetup, filter: string): DecodeJob {
  const { most, paced, live } = input.traits;
  const decoder = stream.decoder === undefined ? [] : ['-c:v', stream.decoder];
  const turned = stream.look === undefined ? [] : ['-noautorotate'];
  return {
    ffmpeg,
    input: bytes ?? input.url,
    inputArgs: [...(realtime && paced ? ['-re'] : []), ...turned, ...decoder, ...input.args],
    stream: stream.at,
    filter,
    // None doubled or dropped for a constant rate, none scaled to the size of the first.
    outputArgs: [
      ...(most === undefined ? ['-fps_mode', 'passthrough', '-noautoscale'] : ['-frames:v', String(most)]),
      // The encoder of raw pictures holds one back for each thread but the first.
      ...(live ? ['-threads', '1'] : []),
    ],
  };
}
