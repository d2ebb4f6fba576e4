// Owns the kind `rtmp`: a stream that is fetched from a server, or that a camera or an encoder sends here.
import { hasScheme, readAddress } from '../live/address.js';
import type { SourceKind } from './kind.js';
import { CALLED, CALLS, liveInput, microseconds, type LiveInputOf } from './live.js';

/** A stream over RTMP. */
export type RtmpInput = LiveInputOf<'rtmp'>;

const SCHEMES = ['rtmp', 'rtmps'];

/**
 * Takes rtmp:// and rtmps://. ffmpeg's `-timeout` would make it a server here: its patience is `-rw_timeout`; one that
 * listens has none, for nobody may call for long.
 */
export const rtmp: SourceKind<RtmpInput> = {
  kind: 'rtmp',
  waits: false,
  schemes: SCHEMES,
  takes: ['credentials', 'listen'],
  match: async ({ text, asked: { credentials, listen = false, stall } }) => {
    if (!hasScheme(text, SCHEMES)) return undefined;
    const options = listen ? { listen: '1' } : { rw_timeout: microseconds(2 * stall), rtmp_live: 'live' };
    return [
      liveInput('rtmp', readAddress(text, credentials), { options, connect: listen ? CALLS : CALLED, trueTimes: true }),
    ];
  },
};
