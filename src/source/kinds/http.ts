// Owns the kind `http`: video that a web server sends without an end, MJPEG or a stream in a container.
import { SourceError } from '../../base/errors.js';
import type { OpenedInput } from '../ffmpeg-log.js';
import { hasScheme, readAddress, type Address } from '../live/address.js';
import { contentType } from '../live/content-type.js';
import type { SourceKind } from './kind.js';
import { liveInput, microseconds, type LiveInputOf } from './live.js';

/** Video of a web server. */
export type HttpInput = LiveInputOf<'http'>;

/** Addresses that this kind and snapshots are for. */
export const WEB = ['http', 'https'];

/**
 * Takes http:// and https://. ffmpeg could connect again by itself, but says nothing of it and does not in all cases: a
 * new process does, as for all kinds.
 */
export const http: SourceKind<HttpInput> = {
  kind: 'http',
  waits: false,
  schemes: WEB,
  takes: ['credentials'],
  match: async ({ text, asked: { credentials, stall } }) => {
    if (!hasScheme(text, WEB)) return undefined;
    const address = readAddress(text, credentials);
    return [
      liveInput('http', address, {
        options: webOptions(stall),
        refuse: (opened) => refusal(address.name, opened),
        explain: () => explain(address),
      }),
    ];
  },
};

/** ffmpeg's options for a web server. */
export function webOptions(stall: number): Readonly<Record<string, string>> {
  return { rw_timeout: microseconds(2 * stall) };
}

/** What is wrong with what a server sends, by what ffmpeg takes it for. */
function refusal(name: string, { format, duration }: OpenedInput): SourceError | undefined {
  if (/^(?:hls|dash)/.test(format)) return new SourceError(playlist(name));
  if (/_pipe$|^image2/.test(format)) return new SourceError(single(name));
  if (duration === undefined) return undefined;
  return new SourceError(
    `${name} is a recording of ${duration} s, not a live picture: save it, and give the file's name.`,
  );
}

/** What a server sends that ffmpeg finds no picture in, by what the server says. */
async function explain(address: Address): Promise<SourceError | undefined> {
  const type = (await contentType(address)) ?? '';
  const { name } = address;
  if (/^text\/html|^application\/xhtml/.test(type))
    return new SourceError(
      `${name} is a web page, not a video: look in the camera's manual, or in the page, for the address of its stream.`,
    );
  if (/mpegurl|dash\+xml/i.test(type)) return new SourceError(playlist(name));
  if (/^image\/(?!svg)/.test(type)) return new SourceError(single(name));
  if (/^(?:text|application)\/(?:plain|json|xml)/.test(type))
    return new SourceError(`${name} is text (${type}), not a video.`);
  return undefined;
}

function playlist(name: string): string {
  return (
    `${name} is a playlist (HLS or DASH): its pictures are many seconds old when they are listed, so it is not read ` +
    `as live. Give the camera's RTSP or MJPEG address, or pipe it in through ffmpeg.`
  );
}

function single(name: string): string {
  return `${name} is a single picture, not a video: --every 5 asks for a new one every 5 seconds.`;
}
