// Owns the kind `udp`: MPEG-TS that somebody sends to this machine, or to a group.
import { hasScheme, readAddress } from '../live/address.js';
import type { SourceKind } from './kind.js';
import { CALLS, liveInput, microseconds, type LiveInputOf } from './live.js';

/** MPEG-TS over UDP. */
export type UdpInput = LiveInputOf<'udp'>;

/** Packets of 188 bytes that may wait: what comes while ffmpeg decodes a keyframe. Beyond, they are lost, not an end. */
const WAITING = { fifo_size: '57344', overrun_nonfatal: '1' };

const SCHEMES = ['udp'];

/** Takes udp://, with ffmpeg's own parameters after `?`. */
export const udp: SourceKind<UdpInput> = {
  kind: 'udp',
  waits: false,
  schemes: SCHEMES,
  match: async ({ text, asked: { stall } }) => {
    if (!hasScheme(text, SCHEMES)) return undefined;
    const options = { timeout: microseconds(2 * Math.max(stall, CALLS)), ...WAITING };
    return [liveInput('udp', readAddress(text), { options, connect: CALLS, trueTimes: true })];
  },
};
