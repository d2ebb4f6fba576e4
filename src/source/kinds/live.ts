// Owns the kind `live`: what is taken while it happens. It is never probed (its first frame says the size), never waits
// (its pipe is always drained, the newest frame wins) and has no end to fall short of. No argument means one yet.
import { printable } from '../../base/printable.js';
import { judgeStart, unreadable } from './ending.js';
import type { InputOf, SourceKind, Traits } from './kind.js';

/** A picture that is taken while it is read. */
export type LiveInput = InputOf<'live'>;

const STREAM: Traits = {
  // Cameras have no alpha; any format is converted.
  presumed: { pixelFormat: 'unknown', format: '', start: 0, at: 0, square: false },
  timed: true,
  paced: false,
  // Of all complaints only those of a transport count, and no ending is judged by them.
  log: () => 'transport',
  unreadable,
  // A server that is gone makes ffmpeg exit with 0 or 1, within a frame or not: it says nothing about the picture.
  judge: judgeStart,
};

/**
 * The live input at a url.
 *
 * @param url with its protocol, as ffmpeg takes it
 * @param args options before the url. Default: none
 */
export function liveInput(url: string, args: readonly string[] = []): LiveInput {
  return { kind: 'live', traits: STREAM, name: printable(url), url, args };
}

/** Takes no argument yet: a source of this kind is given by its maker (`SourceOptions.kinds`). */
export const live: SourceKind<LiveInput> = {
  kind: 'live',
  waits: false,
  match: () => Promise.resolve(undefined),
};
