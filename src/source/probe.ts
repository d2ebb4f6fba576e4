// Owns ffprobe: what a source is before it is decoded. Must not decode, and must not know about frames.
import { SourceError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import type { Rotation } from '../types.js';
import { ask, type Answer } from './ask.js';
import type { Size } from './crop.js';
import { lastLine } from './ffmpeg-log.js';
import { pictureTags } from './picture-tags.js';
import type { Input } from './kinds/list.js';
import type { Processes } from './processes.js';
import type { RewindableInput } from './rewindable.js';
import { isSquare, squared, swapsSides, type Look, type Turn } from './shape.js';
import { chooseStream, streamRemark, videoStreams, type RawStream } from './streams.js';

/** What is known of a source before (a video) or with (an image) its first frame. */
export interface SourceInfo {
  /** Size in pixels of the upright picture, its pixels made square. */
  readonly width: number;
  readonly height: number;
  /** Average frames per second; absent for images and where the container does not say. */
  readonly frameRate?: number;
  /** Seconds of video that the container declares; absent where it does not. */
  readonly duration?: number;
  /**
   * Number of frames that the container declares (for a directory: of images); absent where unknown. A guess for a
   * progress bar.
   */
  readonly frames?: number;
}

/** A video stream, probed or presumed: what the decoder has to know. */
export interface VideoStream {
  /** Absent where nothing was probed: the first frame says the size. */
  readonly info?: SourceInfo;
  /** ffmpeg's name of the pixel format, `unknown` where it has none. */
  readonly pixelFormat: string;
  /** Decoder that keeps the alpha plane where the usual one drops it (WebM); absent otherwise. */
  readonly decoder?: string;
  /** ffmpeg's names of the container, comma-separated. */
  readonly format: string;
  /** Presentation time at which the declared duration starts, in seconds. */
  readonly start: number;
  /** Index among the file's video streams, attached pictures not counted. */
  readonly at: number;
  /** True when its pixels are known to be square. */
  readonly square: boolean;
  /** What its pictures' tags say, where they were read here: ffmpeg turns nothing then. Absent: what ffmpeg knows. */
  readonly look?: Look;
  /** What the summary has to say of it. */
  readonly remark?: string;
}

interface RawProbe {
  readonly program_version?: { readonly version?: string };
  readonly streams?: readonly RawStream[];
  readonly format?: { readonly format_name?: string };
}

/** Options of `probe`. */
export interface ProbeOptions {
  /** Program to run. */
  readonly ffprobe: string;
  /** Where the child is registered while it runs; ending the run kills it. */
  readonly processes: Processes;
  /** The bytes of an input that is read from stdin: the child is fed with their head. */
  readonly bytes?: Pick<RewindableInput, 'feed' | 'head'> | undefined;
  /** Index of the video stream that is asked for. Default: chosen as ffmpeg would. */
  readonly stream?: number | undefined;
  /** How far the upright picture is turned. */
  readonly rotate: Rotation;
}

/** What ffmpeg takes for a text, by its name or its contents, and would show as it looked on a terminal of old. */
const TEXTS: ReadonlySet<string> = new Set(['tty', 'bin', 'xbin', 'adf', 'idf']);

/**
 * Looks at an input without decoding it.
 *
 * @throws SourceError when it is no video, has no video stream, or ffprobe is missing or something else; UsageError
 *   when it has no stream of the index that is asked for
 */
export async function probe(input: Input, options: ProbeOptions): Promise<VideoStream> {
  const said = await run(input, options);
  const raw = answerOf(input, options.ffprobe, said);
  if (said.code !== 0) throw new SourceError(input.traits.unreadable(input.name, lastLine(said.err)));
  if (TEXTS.has(raw.format?.format_name ?? ''))
    throw new SourceError(
      `${input.name} is a text, of which ffmpeg would draw the letters: no video or image. Give a video file, an ` +
        `image, or a directory of images.`,
    );
  const streams = raw.streams ?? [];
  const videos = videoStreams(streams);
  if (videos.length === 0) throw new SourceError(noVideo(input, streams));
  const at = chooseStream(input.name, videos, options.stream);
  const look = input.look ?? (await lookOf(raw, options));
  return describe(raw, videos, at, { ...(look && { look }), rotate: options.rotate });
}

// Pictures through a pipe: of several, as of a video, the first says how all lie.
async function lookOf({ format }: RawProbe, { bytes }: ProbeOptions): Promise<Look | undefined> {
  return bytes && format?.format_name?.endsWith('_pipe') ? await pictureTags(bytes.head()) : undefined;
}

// ffprobe says its version first, and whatever it is asked to read.
function answerOf({ name }: Input, ffprobe: string, { out, signal }: Answer): RawProbe {
  const raw = parsed(out);
  if (raw?.program_version?.version !== undefined) return raw;
  if (signal !== null)
    throw new SourceError(`ffprobe was killed (${signal}) while it looked at ${name}, or took too long.`);
  const answer = out.trim() === '' ? 'nothing' : 'something else';
  throw new SourceError(
    `${printable(ffprobe)} is not ffprobe: asked what ${name} is, it said ${answer}. Set FFPROBE_PATH to an ` +
      `ffprobe, or unset it to take the one on the path.`,
  );
}

function parsed(text: string): RawProbe | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds that ffprobe has for a file. What comes through a pipe comes when it comes. */
const PATIENCE = 120_000;

/** Characters that ffprobe says at most: a file of a thousand streams takes 2 million. */
const MOST = 64 * 1024 * 1024;

async function run(input: Input, { ffprobe, processes, bytes }: ProbeOptions): Promise<Answer> {
  const args = [
    '-v',
    'error',
    '-of',
    'json',
    '-show_format',
    '-show_streams',
    '-show_program_version',
    ...input.args,
    '-i',
    input.url,
  ];
  return await ask({
    program: ffprobe,
    args,
    processes,
    most: MOST,
    ...(bytes ? { feed: (stdin) => bytes.feed(stdin) } : { patience: PATIENCE }),
  });
}

function describe(raw: RawProbe, videos: readonly RawStream[], at: number, turn: Turn): VideoStream {
  const video = videos[at] as RawStream;
  const shape = shapeOf(video, turn);
  const remark = streamRemark(videos, at);
  const duration = positive(video.duration);
  const frameRate = ratio(video.avg_frame_rate);
  const frames = positive(video.nb_frames);
  const decoder = alphaDecoder(video);
  return {
    info: {
      ...squared(shape, shape.pixel),
      ...(frameRate !== undefined && { frameRate }),
      ...(duration !== undefined && { duration }),
      ...(frames !== undefined && { frames }),
    },
    pixelFormat: video.pix_fmt ?? 'unknown',
    ...(decoder !== undefined && { decoder }),
    format: raw.format?.format_name ?? '',
    start: Number(video.start_time ?? 0) || 0,
    at,
    square: isSquare(shape.pixel),
    ...(turn.look && { look: turn.look }),
    ...(remark !== undefined && { remark }),
  };
}

/** Size of the upright picture, and width over height of its pixels. */
function shapeOf(video: RawStream, turn: Turn): Size & { readonly pixel: number } {
  const [width, height] = [video.width ?? 0, video.height ?? 0];
  const pixel = turn.look?.square ? 1 : (ratio(video.sample_aspect_ratio?.replace(':', '/')) ?? 1);
  // Where the tag was read here, ffmpeg turns nothing.
  const byFfmpeg = turn.look === undefined && Math.abs(rotation(video)) % 180 === 90;
  return byFfmpeg === swapsSides(turn) ? { width, height, pixel } : { width: height, height: width, pixel: 1 / pixel };
}

function rotation(video: RawStream): number {
  const side = video.side_data_list?.find((data) => data.rotation !== undefined)?.rotation;
  return Math.round(side ?? (Number(video.tags?.['rotate'] ?? 0) || 0));
}

// The native VP8/VP9 decoders ignore the alpha channel that WebM keeps beside the picture.
function alphaDecoder({ tags, codec_name: codec }: RawStream): string | undefined {
  if (tags?.['alpha_mode'] !== '1' && tags?.['ALPHA_MODE'] !== '1') return undefined;
  return codec === 'vp8' ? 'libvpx' : codec === 'vp9' ? 'libvpx-vp9' : undefined;
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

function ratio(text: string | undefined): number | undefined {
  const [num, den] = (text ?? '').split('/').map(Number);
  return num && den ? num / den : undefined;
}

function noVideo({ name }: Input, streams: readonly RawStream[]): string {
  const kinds = new Set(
    streams.map((stream) =>
      stream.disposition?.['attached_pic'] === 1 ? 'a cover picture' : (stream.codec_type ?? 'data'),
    ),
  );
  const found = kinds.size > 0 ? `only ${[...kinds].join(' and ')}` : 'no streams';
  return `${name} has no video: found ${found}. Give a video file, an image, or a directory of images.`;
}
