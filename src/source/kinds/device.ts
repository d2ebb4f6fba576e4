// Owns the kind `device`: a camera of this machine, by Video4Linux.
import { printable } from '../../base/printable.js';
import type { SourceKind } from './kind.js';
import { AT_ONCE, CALLED, liveTraits, type LiveInputOf } from './live.js';

/** A camera of this machine. */
export type DeviceInput = LiveInputOf<'device'>;

const NAME = /^\/dev\/(?:video\d+|v4l\/.+)$/;

/**
 * Takes /dev/video0 and the names that are links to such, whether the camera is plugged in or not; and any other name
 * of a character device that is asked for as a device.
 */
export const device: SourceKind<DeviceInput> = {
  kind: 'device',
  waits: false,
  takes: ['device'],
  match: async ({ text, stats, asked: { device: form } }) => {
    const isNamed = NAME.test(text);
    if (!isNamed && !(form && (await stats())?.isCharacterDevice())) return undefined;
    // A file that has such a name is a file.
    if (isNamed && (await stats().catch(() => undefined))?.isFile()) return undefined;
    const { format, size, rate } = form ?? {};
    const args = [
      ...['-f', 'v4l2'],
      ...(format === undefined ? [] : ['-input_format', format]),
      ...(size === undefined ? [] : ['-video_size', size.join('x')]),
      ...(rate === undefined ? [] : ['-framerate', String(rate)]),
    ];
    const traits = liveTraits({ connect: CALLED, hide: (said) => said, hasCredentials: false });
    return [{ kind: 'device', name: printable(text), url: text, args: [...AT_ONCE, ...args], traits }];
  },
};
