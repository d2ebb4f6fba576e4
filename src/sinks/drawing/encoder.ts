// Owns the ffmpeg process that turns raw frames into a video, H.264 in mp4 or FFV1 in Matroska; the only file that
// starts it. Must not draw.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SourceError, UsageError } from '../../base/errors.js';
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
}

/** A video being written. Nothing stands under its name until `close` has succeeded. */
export interface Encoder {
  /** Takes one whole frame; resolves when ffmpeg has it, so that the bytes may be reused. */
  write(frame: Uint8Array): Promise<void>;
  /** Finishes the file and gives it its name. Idempotent. */
  close(): Promise<void>;
  /** Ends ffmpeg and leaves no file. Idempotent; does nothing after `close`. */
  abort(): Promise<void>;
}

/**
 * Starts ffmpeg (`FFMPEG_PATH`, or `ffmpeg` on the path) writing to `path`.
 * @throws SourceError when ffmpeg is missing; UsageError when the file can't be written.
 */
export async function startEncoder(path: string, options: EncoderOptions): Promise<Encoder> {
  const partial = `${path}.${process.pid}.part`;
  await mkdir(dirname(path), { recursive: true }).catch((cause: Error) => {
    throw new UsageError(`Can't make the folder of ${path}: ${cause.message}.`, { cause });
  });
  // Detached: Ctrl-C on a terminal must not reach ffmpeg, so that the file can still be finished. It ends with its
  // stdin at the latest.
  const child = spawn(ffmpegProgram(), argumentsFor(partial, options), {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  return new FfmpegEncoder(child, path, partial);
}

function argumentsFor(partial: string, options: EncoderOptions): string[] {
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
    partial,
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
  readonly #partial: string;
  /** The exit code, or the error that kept ffmpeg from starting. Never rejects. */
  readonly #ended: Promise<number | Error>;
  #stderr = '';
  #finish: Promise<void> | undefined;

  constructor(child: ChildProcess, path: string, partial: string) {
    this.#child = child;
    this.#path = path;
    this.#partial = partial;
    this.#ended = once(child, 'close').then(
      ([code]) => (code as number | null) ?? -1,
      (error: Error) => error,
    );
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2000);
    });
    // A broken pipe is told through the exit code.
    child.stdin?.on('error', () => undefined);
  }

  async write(frame: Uint8Array): Promise<void> {
    const failed = await new Promise<boolean>((resolve) =>
      this.#child.stdin?.write(frame, (error) => resolve(error != null)),
    );
    if (failed) throw this.#failure(await this.#ended);
  }

  close(): Promise<void> {
    return (this.#finish ??= this.#complete());
  }

  abort(): Promise<void> {
    // Whoever called `close` hears of its failure.
    if (this.#finish) return this.#finish.catch(() => undefined);
    return (this.#finish = this.#discard());
  }

  async #complete(): Promise<void> {
    this.#child.stdin?.end();
    const ended = await this.#ended;
    try {
      if (ended !== 0) throw this.#failure(ended);
      await rename(this.#partial, this.#path).catch((cause: Error) => {
        throw new UsageError(`Can't write ${this.#path}: ${cause.message}.`, { cause });
      });
    } catch (error) {
      // What is in the way may be in the way of this too; the first reason is the one to tell.
      await rm(this.#partial, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  async #discard(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    await rm(this.#partial, { force: true });
  }

  #failure(ended: number | Error): Error {
    if (ended instanceof Error)
      return new SourceError(`ffmpeg can't be started (${ended.message}). Install ffmpeg, or set FFMPEG_PATH to it.`, {
        cause: ended,
      });
    const said = this.#stderr.trim().split('\n').at(-1) ?? '';
    return new UsageError(
      `Can't write ${this.#path}: ffmpeg ended with ${ended}${said ? `, saying "${said}"` : ''}. Is the ` +
        `folder writable, and does ffmpeg have its encoder (libx264, ffv1)?`,
    );
  }
}
