// Owns ffprobe: what a source is before it is decoded. Must not decode, and must not know about frames.
import { spawn } from 'node:child_process';
import { SourceError } from '../base/errors.js';
import { lastLine } from './ffmpeg-log.js';
import type { Input } from './kinds/list.js';
import type { Processes } from './processes.js';

/** What is known of a source before (a video) or with (an image) its first frame. */
export interface SourceInfo {
  /** Size in pixels after rotation metadata is applied. */
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
  /** True when ffmpeg is older than 5.1, which calls `-fps_mode` `-vsync`. */
  readonly old: boolean;
}

interface RawStream {
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly pix_fmt?: string;
  readonly width?: number;
  readonly height?: number;
  readonly avg_frame_rate?: string;
  readonly nb_frames?: string;
  readonly duration?: string;
  readonly start_time?: string;
  readonly disposition?: { readonly attached_pic?: number };
  readonly tags?: Readonly<Record<string, string>>;
  readonly side_data_list?: readonly { readonly rotation?: number }[];
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
  /** Feeds the child's stdin, for an input that is read from stdin. */
  readonly feed?: (stdin: NodeJS.WritableStream) => void;
}

/**
 * Looks at an input without decoding it.
 *
 * @throws SourceError when it is no video, has no video stream, or ffprobe is missing
 */
export async function probe(input: Input, options: ProbeOptions): Promise<VideoStream> {
  const { out, err, code } = await run(input, options);
  if (code !== 0) throw new SourceError(input.traits.unreadable(input.name, lastLine(err)));
  const raw = JSON.parse(out) as RawProbe;
  const streams = raw.streams ?? [];
  const video = streams.find((stream) => stream.codec_type === 'video' && stream.disposition?.attached_pic !== 1);
  if (!video) throw new SourceError(noVideo(input, streams));
  return describe(video, raw);
}

async function run(
  input: Input,
  { ffprobe, processes, feed }: ProbeOptions,
): Promise<{ out: string; err: string; code: number | null }> {
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
  const child = spawn(ffprobe, args, { stdio: [feed ? 'pipe' : 'ignore', 'pipe', 'pipe'], windowsHide: true });
  processes.add(child);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  // Damaged files complain without end: the tail is what explains.
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err = (err + text).slice(-8192)));
  if (child.stdin) feed?.(child.stdin);
  return await new Promise((resolve, reject) => {
    child.once('error', (error) => reject(notStarted(ffprobe, error)));
    child.once('close', (code) => resolve({ out, err, code }));
  });
}

function describe(video: RawStream, raw: RawProbe): VideoStream {
  const turned = Math.abs(rotation(video)) % 180 === 90;
  const [width, height] = [video.width ?? 0, video.height ?? 0];
  const duration = positive(video.duration);
  const frameRate = ratio(video.avg_frame_rate);
  const frames = positive(video.nb_frames);
  const decoder = alphaDecoder(video);
  return {
    info: {
      width: turned ? height : width,
      height: turned ? width : height,
      ...(frameRate !== undefined && { frameRate }),
      ...(duration !== undefined && { duration }),
      ...(frames !== undefined && { frames }),
    },
    pixelFormat: video.pix_fmt ?? 'unknown',
    ...(decoder !== undefined && { decoder }),
    format: raw.format?.format_name ?? '',
    start: Number(video.start_time ?? 0) || 0,
    old: isOld(raw.program_version?.version ?? ''),
  };
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

// Builds from git are named N-12345-g...; they count as new.
function isOld(version: string): boolean {
  const match = /^n?(\d+)\.(\d+)/.exec(version);
  return match !== null && (Number(match[1]) < 5 || (Number(match[1]) === 5 && Number(match[2]) < 1));
}

function noVideo({ name }: Input, streams: readonly RawStream[]): string {
  const kinds = new Set(
    streams.map((stream) =>
      stream.disposition?.attached_pic === 1 ? 'a cover picture' : (stream.codec_type ?? 'data'),
    ),
  );
  const found = kinds.size > 0 ? `only ${[...kinds].join(' and ')}` : 'no streams';
  return `${name} has no video: found ${found}. Give a video file, an image, or a directory of images.`;
}

/** The message for a program of the ffmpeg family that did not start: how to install it where it is missing. */
export function notStarted(program: string, error: NodeJS.ErrnoException): SourceError {
  const why =
    error.code === 'ENOENT'
      ? `${program} was not found. Install ffmpeg: npm run setup, or apt install ffmpeg, or brew install ffmpeg.`
      : `${program} could not be started (${error.code ?? error.message}). Check that it is an executable file.`;
  return new SourceError(why, { cause: error });
}
