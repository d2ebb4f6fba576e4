// Owns the ffmpeg process that turns raw frames into a video, H.264 in mp4 or FFV1 in Matroska; the only file that
// starts it. Must not draw.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { systemClock, type Clock } from '../../base/clock.js';
import { SourceError, UsageError } from '../../base/errors.js';
import { onAbandon } from '../../base/output/abandon.js';
import { openOutput, type FinishOptions, type OutputFile } from '../../base/output/file.js';
import { printable } from '../../base/printable.js';
import { ffmpegProgram } from '../../base/programs.js';

/** What an encoder is made for. */
export interface EncoderOptions {
  /** Size of a frame in pixels, both even. */
  readonly width: number;
  readonly height: number;
  /** Frames per second, > 0. */
  readonly fps: number;
  /** Layout of the bytes that `write` gets. */
  readonly pixelFormat: 'bgra' | 'yuv420p' | 'gray';
  /** `h264` (libx264 in mp4), or `ffv1`: lossless, gray frames as they are, in Matroska. Default `h264`. */
  readonly codec?: 'h264' | 'ffv1';
  /** libx264's quality, 0 (lossless) to 51. Default 20. */
  readonly crf?: number;
  /** libx264's preset. Default `veryfast`. */
  readonly preset?: string;
  /**
   * The same bytes on every machine with the same ffmpeg: one thread, no instruction-set shortcuts, no metadata.
   * Default false.
   */
  readonly deterministic?: boolean;
  /** Further output options for ffmpeg. Default none. */
  readonly extra?: readonly string[];
  /** Default real time. */
  readonly clock?: Clock;
}

/**
 * Milliseconds that ffmpeg may show no sign of work, while it holds a frame or finishes the file, until it is held for
 * hung and ended.
 */
export const HUNG = 10_000;

/** How often it is looked at in that time. */
const LOOKS = 5;

/** A video being written. Nothing stands under its name until `close` has succeeded. */
export interface Encoder {
  /** Takes one whole frame; resolves when ffmpeg has it, so that the bytes may be reused. */
  write(frame: Uint8Array): Promise<void>;
  /** Finishes the file and gives it its name. Idempotent. */
  close(options?: FinishOptions): Promise<void>;
  /** Ends ffmpeg and leaves no file. Idempotent; does nothing after `close`. */
  abort(): Promise<void>;
}

/**
 * Starts ffmpeg (`FFMPEG_PATH`, or `ffmpeg` on the path) writing to `path`.
 * @throws SourceError when ffmpeg is missing; UsageError when the file can't be written.
 */
export async function startEncoder(path: string, options: EncoderOptions): Promise<Encoder> {
  const output = await openOutput(path);
  // Detached: Ctrl-C on a terminal must not reach ffmpeg, so that the file can still be finished. It ends with its
  // stdin at the latest.
  const child = spawn(ffmpegProgram(), argumentsFor(output.part, options), {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  return new FfmpegEncoder(child, path, output, options.clock ?? systemClock);
}

function argumentsFor(part: string, options: EncoderOptions): string[] {
  const { width, height, fps, pixelFormat, codec = 'h264', deterministic = false, extra = [] } = options;
  return [
    '-hide_banner',
    '-loglevel',
    'error',
    '-y',
    '-f',
    'rawvideo',
    '-pixel_format',
    pixelFormat,
    '-video_size',
    `${width}x${height}`,
    '-framerate',
    `${fps}`,
    '-i',
    'pipe:0',
    ...(codec === 'h264' ? h264(options) : FFV1),
    ...(deterministic ? ['-threads', '1', '-fflags', '+bitexact', '-flags:v', '+bitexact', '-map_metadata', '-1'] : []),
    ...extra,
    ...(codec === 'h264' ? ['-movflags', '+faststart', '-f', 'mp4'] : ['-f', 'matroska']),
    // With its protocol: a name such as `tcp:x.mp4` must not be taken for one.
    `file:${part}`,
  ];
}

function h264({ crf = 20, preset = 'veryfast', deterministic = false }: EncoderOptions): string[] {
  // No CPU-specific paths: x264's decisions depend on them, and on the number of threads.
  return [
    '-c:v',
    'libx264',
    '-preset',
    preset,
    '-crf',
    `${crf}`,
    '-pix_fmt',
    'yuv420p',
    ...(deterministic ? ['-x264-params', 'cpu-independent=1'] : []),
  ];
}

/** Every frame on its own, with the larger context model and checksums. */
const FFV1 = ['-c:v', 'ffv1', '-level', '3', '-context', '1', '-g', '1', '-slicecrc', '1', '-pix_fmt', 'gray'];

class FfmpegEncoder implements Encoder {
  readonly #child: ChildProcess;
  readonly #path: string;
  readonly #output: OutputFile;
  readonly #clock: Clock;
  /** The exit code, the signal that ended ffmpeg, or the error that kept it from starting. Never rejects. */
  readonly #ended: Promise<number | string | Error>;
  readonly #abandoned: Disposable;
  #stderr = '';
  /** It was ended here because it did nothing. */
  #hung = false;
  #finish: Promise<void> | undefined;

  constructor(child: ChildProcess, path: string, output: OutputFile, clock: Clock) {
    this.#child = child;
    this.#path = path;
    this.#output = output;
    this.#clock = clock;
    this.#abandoned = onAbandon(() => child.kill('SIGKILL'));
    this.#ended = once(child, 'close').then(
      ([code, signal]) => (code as number | null) ?? (signal as string),
      (error: Error) => error,
    );
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2000);
    });
    // A broken pipe is told through the exit code.
    child.stdin?.on('error', () => undefined);
  }

  async write(frame: Uint8Array): Promise<void> {
    const failed = await this.#watched(
      new Promise<boolean>((resolve) => this.#child.stdin?.write(frame, (error) => resolve(error != null))),
    );
    if (failed) throw this.#failure(await this.#ended);
  }

  close(options?: FinishOptions): Promise<void> {
    return (this.#finish ??= this.#complete(options));
  }

  abort(): Promise<void> {
    // Whoever called `close` hears of its failure.
    if (this.#finish) return this.#finish.catch(() => undefined);
    return (this.#finish = this.#discard());
  }

  async #complete(options?: FinishOptions): Promise<void> {
    this.#child.stdin?.end();
    const ended = await this.#watched(this.#ended);
    this.#abandoned[Symbol.dispose]();
    try {
      if (ended !== 0) throw this.#failure(ended);
      await this.#output.finish(options);
    } finally {
      await this.#output.discard();
    }
  }

  async #discard(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    this.#abandoned[Symbol.dispose]();
    await this.#output.discard();
  }

  /** Waits for ffmpeg, as long as it works; where it does not, it is ended. */
  async #watched<T>(work: Promise<T>): Promise<T> {
    let before = '';
    let idle = 0;
    let over = false;
    const stop = this.#clock.every(HUNG / LOOKS, () => {
      void this.#signs().then((now) => {
        idle = now === before ? idle + 1 : 1;
        before = now;
        if (over || idle < LOOKS) return;
        this.#hung = true;
        this.#child.kill('SIGKILL');
      });
    });
    try {
      return await work;
    } finally {
      over = true;
      stop();
    }
  }

  /** What changes while ffmpeg works: the file, and on Linux the processor time that it has used. */
  async #signs(): Promise<string> {
    const file = await stat(this.#output.part).catch(() => undefined);
    const process = await readFile(`/proc/${this.#child.pid}/stat`, 'utf8').catch(() => '');
    // After the name, which may hold anything: utime and stime are fields 14 and 15 (proc(5)).
    const [user = '', system = ''] = process
      .slice(process.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return `${file?.size} ${file?.mtimeMs} ${user} ${system}`;
  }

  #failure(ended: number | string | Error): Error {
    if (ended instanceof Error)
      return new SourceError(`ffmpeg can't be started (${ended.message}). Install ffmpeg, or set FFMPEG_PATH to it.`, {
        cause: ended,
      });
    const name = printable(this.#path);
    if (this.#hung)
      return new UsageError(
        `Can't write ${name}: ffmpeg did nothing for ${HUNG / 1000} s and was ended. Is the disk stuck, or the ` +
          'process stopped?',
      );
    if (typeof ended === 'string')
      return new UsageError(
        `Can't write ${name}: ffmpeg was ended by ${ended}. Somebody did that, or the system did for want of memory.`,
      );
    const said = printable(this.#stderr.trim().split('\n').at(-1) ?? '');
    return new UsageError(
      `Can't write ${name}: ffmpeg ended with ${ended}${said ? `, saying "${said}"` : ''}. Is there room on the ` +
        'disk, and does ffmpeg have its encoder (libx264, ffv1)?',
    );
  }
}
