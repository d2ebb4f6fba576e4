// Owns the kind `snapshot`: a picture that a camera is asked for every so many seconds, as meter cameras serve them. Each
// is a request and a process of its own.
import { SourceError } from '../../base/errors.js';
import { hasScheme, readAddress } from '../live/address.js';
import { WEB, webOptions } from './http.js';
import type { SourceKind } from './kind.js';
import { liveInput, type LiveInputOf } from './live.js';

/** Pictures of a web server. */
export type SnapshotInput = LiveInputOf<'snapshot'>;

/** Takes http:// and https:// where it is said how often. */
export const snapshot: SourceKind<SnapshotInput> = {
  kind: 'snapshot',
  waits: false,
  schemes: WEB,
  takes: ['credentials', 'every'],
  match: async ({ text, asked: { credentials, every, stall } }) => {
    if (every === undefined || !hasScheme(text, WEB)) return undefined;
    const address = readAddress(text, credentials);
    return [
      liveInput('snapshot', address, {
        options: webOptions(stall),
        // Of a single picture nothing may be dropped while ffmpeg finds out what it is.
        reading: ['-threads', '1'],
        every,
        refuse: ({ format }) =>
          /_pipe$|^image2|^mjpeg$/.test(format) || (address.isSecret && format === 'concat')
            ? undefined
            : new SourceError(`${address.name} is a video (${format}), not a picture: leave --every out.`),
      }),
    ];
  },
};
