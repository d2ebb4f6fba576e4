// Owns the kind `srt`: MPEG-TS over Secure Reliable Transport, called or waited for.
import { hasScheme, readAddress } from '../live/address.js';
import type { SourceKind } from './kind.js';
import { CALLED, CALLS, liveInput, microseconds, type LiveInputOf } from './live.js';

/** A stream over SRT. */
export type SrtInput = LiveInputOf<'srt'>;

const SCHEMES = ['srt'];

/** Takes srt://, with libsrt's own parameters after `?`. */
export const srt: SourceKind<SrtInput> = {
  kind: 'srt',
  waits: false,
  schemes: SCHEMES,
  takes: ['listen'],
  match: async ({ text, asked: { listen = false, stall } }) => {
    if (!hasScheme(text, SCHEMES)) return undefined;
    const address = readAddress(text);
    const waits = listen || address.query.get('mode') === 'listener';
    const options = { timeout: microseconds(2 * stall), ...(listen && { mode: 'listener' }) };
    return [liveInput('srt', address, { options, connect: waits ? CALLS : CALLED, trueTimes: true })];
  },
};
