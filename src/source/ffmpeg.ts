// Owns the ffmpeg command line and process: an input goes in, luma bytes and log lines come out.
// The only file that knows fluent-ffmpeg, so that it can be replaced. Must not know about frames.
import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import type { Box } from '../types.js';
import { SQUARE_FILTER } from './shape.js';

/** What to decode. */
export interface DecodeJob {
  /** Program to run. */
  readonly ffmpeg: string;
  /** A url for ffmpeg, or the bytes of the file. */
  readonly input: string | Readable;
  /** Options before the input. */
  readonly inputArgs: readonly string[];
  /** Which of its video streams, attached pictures not counted. */
  readonly stream: number;
  /** The filter chain, see `lumaFilter`. */
  readonly filter: string;
  /** Options of the output. */
  readonly outputArgs: readonly string[];
}

/** What the decoder tells. `start` comes first, `exit` last and once; nothing after `exit`. */
export interface DecodeEvents {
  /** The process exists. Synchronous with its creation, before any of its output is read. */
  start(child: ChildProcess): void;
  /** One line of stderr, without its end. */
  line(text: string): void;
  /** The process is gone and stderr is read to its end; stdout may still be on its way to the sink. */
  exit(code: number | null, signal: NodeJS.Signals | null): void;
  /** The process could not be started: the only event then. */
  readonly fail: (error: NodeJS.ErrnoException) => void;
}

// Formats whose first plane is 8-bit luma: extractplanes copies it as it is, where swscale would convert
// (a third less time for frames of 1080p).
const LUMA_PLANE = [
  'gray',
  'yuv420p',
  'yuvj420p',
  'yuv422p',
  'yuvj422p',
  'yuv444p',
  'yuvj444p',
  'yuv440p',
  'yuvj440p',
  'yuv411p',
  'yuvj411p',
  'yuv410p',
];
// yuva420p, rgba, argb, gbrap12le, ya8, ...; pal8 carries alpha in its palette. Not gray, not bayer.
const ALPHA = /^(?:yuva|ya\d|rgba|bgra|argb|abgr|gbrap|ayuv|vuya|pal8)/;

/** True when the pixel format has an alpha channel. */
export function hasAlpha(pixelFormat: string): boolean {
  return ALPHA.test(pixelFormat);
}

/** What the bytes of a picture are to be. */
export interface LumaPlan {
  /** Two bytes a pixel, luma and alpha, in place of one of luma. */
  readonly alpha: boolean;
  /** Filters that bring it upright. */
  readonly turns: readonly string[];
  /** True when its pixels are known to be square; else they are made so. */
  readonly square: boolean;
  /** The part of the upright picture that is wanted; undefined for all of it. */
  readonly crop: Box | undefined;
  /**
   * Longer side in pixels above which a picture is halved, see `scaleFor`. Undefined for all detail. Not with alpha.
   */
  readonly longestSide: number | undefined;
}

/**
 * Source pixels per pixel, along each side, of a picture (or the part that is wanted) that is halved where it is longer
 * than `longestSide` pixels: 1 or 2. Odd sides can't be halved evenly.
 */
export function scaleFor(
  { width, height }: { readonly width: number; readonly height: number },
  longestSide = Infinity,
): 1 | 2 {
  return Math.max(width, height) > longestSide && width % 2 === 0 && height % 2 === 0 ? 2 : 1;
}

// The size is looked at picture by picture, as a stream may change it; a picture that is left as it is costs nothing.
function halving(longestSide: number): string {
  const wanted = `gt(max(iw,ih),${longestSide})*eq(mod(iw,2),0)*eq(mod(ih,2),0)`;
  // At exactly half the size `area` is the rounded mean of 2 x 2.
  return `scale=w='if(${wanted},iw/2,iw)':h='if(${wanted},ih/2,ih)':flags=area+accurate_rnd`;
}

/**
 * The filter chain from decoded pictures to bytes: one byte of luma a pixel, or with alpha two (luma, alpha). showinfo
 * sees the whole picture, upright and with square pixels, so its size is the source's; the crop comes after it.
 */
export function lumaFilter(pixelFormat: string, { alpha, turns, square, crop, longestSide }: LumaPlan): string {
  const shown = 'showinfo=checksum=0';
  const shape = [...turns, ...(square ? [] : [SQUARE_FILTER])];
  const cropped = crop ? [`crop=${crop[2]}:${crop[3]}:${crop[0]}:${crop[1]}:exact=1`] : [];
  const halved = longestSide === undefined || alpha ? [] : [halving(longestSide)];
  // Cropping planes moves pointers and copies nothing, so only what is left is extracted. Packed pixels in pairs can't
  // be cut anywhere: they are converted first.
  // A stream may change its format on the way: the list then makes ffmpeg convert, and the plane still exists.
  const plane = [`format=${LUMA_PLANE.join('|')}`, 'extractplanes=y'];
  const filters =
    alpha || !LUMA_PLANE.includes(pixelFormat)
      ? [alpha ? 'format=ya8' : 'format=gray', ...shape, shown, ...cropped, ...halved]
      : shape.length > 0
        ? [...plane, ...shape, shown, ...cropped, ...halved]
        : [shown, ...cropped, ...plane, ...halved];
  return filters.join(',');
}

/**
 * Starts ffmpeg. Its stdout is piped into `sink`, which paces it; the caller kills the child that `start` handed over.
 */
export function decode(job: DecodeJob, sink: Writable, events: DecodeEvents): void {
  const command = ffmpeg();
  trustCapabilities(command);
  command.setFfmpegPath(job.ffmpeg);
  command.input(job.input);
  command.inputOptions('-hide_banner', '-nostats', '-loglevel', 'repeat+level+info', '-copyts', ...job.inputArgs);
  if (typeof job.input === 'string') command.inputOptions('-nostdin');
  command.videoFilters(job.filter);
  command.outputOptions('-map', `0:V:${job.stream}`, '-f', 'rawvideo', ...job.outputArgs);
  command.on('stderr', (text: string) => events.line(text));
  watch(command, events);
  command.output(sink).run();
}

// fluent-ffmpeg says `end` or `error` once the process is gone and stderr is closed, but keeps code and signal to
// itself.
function watch(command: ffmpeg.FfmpegCommand, events: DecodeEvents): void {
  let child: ChildProcess | undefined;
  command.once('start', () => {
    child = (command as unknown as { ffmpegProc: ChildProcess }).ffmpegProc;
    // A program that can't be started has no pid; fluent-ffmpeg's own listener throws a TypeError there.
    if (child.pid === undefined) child.removeAllListeners('error').once('error', events.fail);
    else events.start(child);
  });
  const ended = (error?: NodeJS.ErrnoException): void => {
    const { exitCode = null, signalCode = null } = child ?? {};
    if (error && exitCode === null && signalCode === null) events.fail(error);
    else events.exit(exitCode, signalCode);
  };
  command.once('end', () => ended());
  command.once('error', ended);
}

// fluent-ffmpeg runs `ffmpeg -formats` and `ffmpeg -encoders` before the first command: two processes and a fifth of a
// second, only to know that rawvideo exists.
function trustCapabilities(command: ffmpeg.FfmpegCommand): void {
  const every = new Proxy({}, { has: () => true, get: () => ({ canMux: true, canDemux: true }) });
  // The types know no success: they ask for an error.
  const none = null as unknown as Error;
  command.availableFormats = (callback) => callback(none, every);
  command.availableEncoders = (callback) => callback(none, {});
}
