// Owns the kind `rtsp`: network cameras and recorders.
import { hasScheme, readAddress } from '../live/address.js';
import type { SourceKind } from './kind.js';
import { liveInput, microseconds, type LiveInputOf } from './live.js';

/** A stream of an RTSP server. */
export type RtspInput = LiveInputOf<'rtsp'>;

const SCHEMES = ['rtsp', 'rtsps'];

/**
 * Takes rtsp:// and rtsps://. Over TCP, where nothing is lost and no firewall is in the way, unless UDP is asked for.
 * `-timeout` is what ffmpeg calls its patience since version 5, older ones called it `-stimeout` and are not taken.
 */
export const rtsp: SourceKind<RtspInput> = {
  kind: 'rtsp',
  waits: false,
  schemes: SCHEMES,
  takes: ['credentials', 'transport'],
  match: async ({ text, asked: { credentials, transport = 'tcp', stall } }) => {
    if (!hasScheme(text, SCHEMES)) return undefined;
    const options = { rtsp_transport: transport, timeout: microseconds(2 * stall), allowed_media_types: 'video' };
    return [liveInput('rtsp', readAddress(text, credentials), { options, trueTimes: true })];
  },
};
