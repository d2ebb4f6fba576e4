// Owns what the end of a recording means, and the messages for one that can't be read: what kinds with an end share.
// Must not know any kind. Pure.
import { SourceError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import type { Ending } from './kind.js';

/** Words that differ from kind to kind. */
export interface Wording {
  /** What one frame of it is called. Default `frame`. */
  readonly picture?: string;
  /** Follows the message that nothing decodes. Default: nothing. */
  readonly hint?: string;
}

/** Judges what has an end that it must reach: undefined when it did. Order: the most telling first. */
export function judgeRecording(ending: Ending, wording: Wording = {}): SourceError | undefined {
  const { name, code, cut, incomplete } = ending;
  const fault = judgeStart(ending, wording);
  if (fault) return fault;
  if (code !== 0) return new SourceError(`${name} broke off ${after(ending)}${said(ending)}.`);
  const why = cut ?? (incomplete ? 'the last frame is incomplete' : tooShort(ending));
  if (why === undefined) return undefined;
  return new SourceError(
    `${name} is cut off: it ends ${after(ending)}, before it should (${printable(why, MOST_SAID)}).`,
  );
}

/** Judges what may end at any time: undefined unless ffmpeg was killed or nothing came at all. */
export function judgeStart(ending: Ending, { picture = 'frame', hint = '' }: Wording = {}): SourceError | undefined {
  const { name, decoded, killed } = ending;
  if (killed !== undefined)
    return new SourceError(`ffmpeg was killed (${killed}) while it read ${name}, ${after(ending)}.`);
  if (decoded > 0) return undefined;
  return new SourceError(`${name} holds no ${picture} that ffmpeg can decode${said(ending)}.${hint}`);
}

/** The message for what is no video or image. `line` is what ffprobe said of it, if it said something. */
export function unreadable(name: string, line: string | undefined, hint = ''): string {
  return `${name} is not a video or image that ffmpeg can read${said({ problem: line })}.${hint}`;
}

/** Characters of them that are shown. */
const MOST_SAID = 300;

/** ffmpeg's own words behind a message, in brackets; empty where there are none. */
export function said({ problem }: Pick<Ending, 'problem'>): string {
  return problem === undefined ? '' : ` (ffmpeg: ${printable(problem, MOST_SAID)})`;
}

function after({ decoded }: Ending): string {
  return `after ${decoded} decoded frame${decoded === 1 ? '' : 's'}`;
}

// Both the number of frames and the time must fall well short: edit lists, fields and dropped pictures change one of
// them in files that are whole.
function tooShort({ stream: { info, start }, decoded, reached }: Ending): string | undefined {
  const { frames, duration } = info ?? {};
  if (frames === undefined || duration === undefined || decoded >= 0.9 * frames) return undefined;
  if (start + duration - reached <= Math.max(0.5, 0.05 * duration)) return undefined;
  return `its header promises ${frames} frames in ${duration} s`;
}
