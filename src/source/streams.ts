// Owns the choice among the video streams of a file, and the words for what there is. Pure. Must not run ffprobe.
import { UsageError } from '../base/errors.js';
import { printable } from '../base/printable.js';

/** What ffprobe says of a stream, as far as it is looked at. */
export interface RawStream {
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly pix_fmt?: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_aspect_ratio?: string;
  readonly avg_frame_rate?: string;
  readonly nb_frames?: string;
  readonly duration?: string;
  readonly start_time?: string;
  readonly disposition?: Readonly<Record<string, number>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly side_data_list?: readonly { readonly rotation?: number }[];
}

/** The video streams of a file in order, without attached pictures (covers): what ffmpeg numbers as `V`. */
export function videoStreams(streams: readonly RawStream[]): readonly RawStream[] {
  return streams.filter((stream) => stream.codec_type === 'video' && stream.disposition?.['attached_pic'] !== 1);
}

/**
 * Index of the stream to read among the video streams, of which there is one at least: the one that is asked for, else
 * the one that ffmpeg would take by itself. That is one marked as default before others, then the largest, then the
 * first; but before all that a film before a still, and what was recognised before what was not.
 *
 * @param name how messages name the file
 * @param asked for, a whole number >= 0; undefined where nobody did
 * @throws UsageError when there is no stream of the index that is asked for
 */
export function chooseStream(name: string, videos: readonly RawStream[], asked: number | undefined): number {
  if (asked !== undefined) {
    if (asked < videos.length) return asked;
    const has = videos.length === 1 ? 'one video stream' : `${videos.length} video streams`;
    throw new UsageError(
      `${name} has ${has}, ${listed(videos)}: there is no ${asked}. Set source.stream to one of them, or ` +
        `leave it out.`,
    );
  }
  const ranked = videos.map((stream, index) => ({ index, rank: rankOf(stream) }));
  ranked.sort((a, b) => firstDifference(b.rank, a.rank) || a.index - b.index);
  return (ranked[0] as { index: number }).index;
}

/** What is said of a file with several video streams; undefined where there is nothing to choose. */
export function streamRemark(videos: readonly RawStream[], chosen: number): string | undefined {
  if (videos.length < 2) return undefined;
  return `video stream ${chosen} was read, of ${listed(videos)}; source.stream chooses another`;
}

function rankOf({ pix_fmt: format, nb_frames: frames, disposition = {}, width = 0, height = 0 }: RawStream): number[] {
  const still = disposition['still_image'] === 1 || disposition['timed_thumbnails'] === 1 || frames === '1';
  return [Number(format !== undefined), Number(!still), disposition['default'] ?? 0, width * height];
}

function firstDifference(a: readonly number[], b: readonly number[]): number {
  return a.map((value, i) => value - (b[i] as number)).find((difference) => difference !== 0) ?? 0;
}

/** Streams that are named at most. */
const MOST_NAMED = 10;

function listed(videos: readonly RawStream[]): string {
  const named = videos.slice(0, MOST_NAMED).map((stream, i) => `${i} (${described(stream)})`);
  const rest = videos.length - named.length;
  return rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(videos.length === 2 ? ' and ' : ', ');
}

function described({
  codec_name: codec = 'unknown',
  width = 0,
  height = 0,
  nb_frames,
  disposition,
}: RawStream): string {
  const said = [printable(codec, 40), `${width}x${height}`];
  if (nb_frames === '1') said.push('1 frame');
  if (disposition?.['default'] === 1) said.push('default');
  return said.join(', ');
}
