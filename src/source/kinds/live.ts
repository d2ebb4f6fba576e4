// Owns what all kinds of live source share: nothing is probed (the first frame says the size), nothing waits (the pipe
// is always drained, the newest frame wins), no end is one that it should come to. Must not know any of these kinds.
import type { UserError } from '../../base/errors.js';
import { openArguments, type Address, type InputOptions } from '../live/address.js';
import type { OpenedInput } from '../ffmpeg-log.js';
import type { VideoStream } from '../probe.js';
import { unreadable } from './ending.js';
import type { InputOf, LiveTraits, Traits } from './kind.js';

/** Traits of a live input. */
export type AllLiveTraits = Traits & { readonly live: LiveTraits; readonly presumed: VideoStream };

/** A picture that is taken while it is read. */
export interface LiveInputOf<K extends string> extends InputOf<K> {
  readonly traits: AllLiveTraits;
}

/** Seconds in which the first picture must come: that of a camera which is asked, and of one that comes by itself. */
export const [CALLED, CALLS] = [15, 60];

/**
 * Options with which ffmpeg gives each picture as soon as it can: it looks at no more of a stream than it needs to know
 * what it is, holds nothing back, and drops packets that it knows to be damaged. Its own estimate of the rate, for which
 * it would wait, is not needed: pictures come when they come.
 */
export const AT_ONCE = [
  ...['-fflags', '+nobuffer+discardcorrupt', '-flags', 'low_delay'],
  ...['-analyzeduration', '0', '-probesize', '32', '-fpsprobesize', '0'],
];

/** What differs from one kind to the next. */
export interface LiveForm {
  /** ffmpeg's options for the address. */
  readonly options?: InputOptions;
  /** How ffmpeg reads. Default {@link AT_ONCE}. */
  readonly reading?: readonly string[];
  /** Default {@link CALLED}. */
  readonly connect?: number;
  readonly every?: number | undefined;
  /** See {@link LiveTraits.trueTimes}. */
  readonly trueTimes?: boolean;
  refuse?(opened: OpenedInput): UserError | undefined;
  explain?(): Promise<UserError | undefined>;
}

/** The live input at an address. */
export function liveInput<K extends string>(kind: K, address: Address, form: LiveForm = {}): LiveInputOf<K> {
  const { options = {}, reading = AT_ONCE, connect = CALLED, every, trueTimes, refuse, explain } = form;
  const { url, args, open } = openArguments(address, options);
  return {
    kind,
    name: address.name,
    url,
    args: [...reading, ...args],
    ...(open && { open }),
    traits: liveTraits({
      connect,
      hide: (text) => address.hide(text),
      hasCredentials: address.hasCredentials,
      ...(every !== undefined && { every }),
      ...(trueTimes && { trueTimes }),
      ...(refuse && { refuse }),
      ...(explain && { explain }),
    }),
  };
}

/** The traits of any live input. */
export function liveTraits(live: LiveTraits): AllLiveTraits {
  return {
    // Any format is converted to one whose first plane is luma, where it is none.
    presumed: { pixelFormat: 'yuv420p', format: '', start: 0, at: 0, square: false },
    timed: true,
    paced: false,
    live,
    log: () => 'transport',
    unreadable,
    // Its end says nothing about its pictures: what it means is told in live/faults.
    judge: () => undefined,
  };
}

/** ffmpeg's own patience with a server, in microseconds, as its options have it: a backstop, for orphans. */
export function microseconds(seconds: number): string {
  return String(Math.round(seconds * 1e6));
}
