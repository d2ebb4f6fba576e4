// Owns the words for why a connection to a live source is over. Pure. It decides nothing but whether somebody has to mend
// something.
import { SourceError, type UserError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import type { LiveTraits } from '../kinds/kind.js';
import type { Fault } from './supervisor.js';

/** How an attempt ended. */
export interface AttemptEnd {
  /** How messages name the source. */
  readonly name: string;
  /** What was found wrong with what was opened, or with what is asked of it. */
  readonly refusal: UserError | undefined;
  /** ffmpeg's complaint since the last picture. */
  readonly problem: string | undefined;
  /** Pictures that came. */
  readonly pictures: number;
  readonly live: Pick<LiveTraits, 'hide' | 'hasCredentials' | 'once'>;
}

/** Characters of ffmpeg's own words that are shown. */
const MOST_SAID = 160;

/** The fault that an attempt ended with. ffmpeg's exit code says nothing about a live source: every end is one. */
export function faultOf({ name, refusal, problem, pictures, live }: AttemptEnd): Fault {
  if (refusal) return { reason: withoutEnd(live.hide(refusal.message)), kind: 'refused', error: refusal };
  const fault = faultIn(problem, pictures, live);
  if (!live.once) return fault;
  const after = `after ${pictures} picture${pictures === 1 ? '' : 's'}`;
  return { ...fault, final: true, error: new SourceError(`${name} has ended ${after}: ${fault.reason}.`) };
}

function faultIn(problem: string | undefined, pictures: number, live: AttemptEnd['live']): Fault {
  if (problem === undefined)
    return { kind: 'ended', reason: pictures > 0 ? 'the stream has ended' : 'it ended before a picture came' };
  if (/\b401\b|Unauthorized/i.test(problem)) {
    const reason = live.hasCredentials
      ? 'the user or the password is wrong (401)'
      : 'a user and a password are needed (401): --credentials FILE, or LQ_SOURCE_USER and LQ_SOURCE_PASSWORD';
    return { kind: 'credentials', reason };
  }
  if (/\b403\b|Forbidden/i.test(problem)) return { kind: 'forbidden', reason: 'access is forbidden (403)' };
  if (/^Invalid data found/.test(problem))
    return { kind: 'unreadable', reason: 'what it sends is no video that ffmpeg can read' };
  // The address stands before it.
  const words = live.hide(problem).replace(/^[a-z][\w+.-]*:\/\/\S*: (?=[A-Z])/i, '');
  return { kind: 'failed', reason: `ffmpeg: ${printable(withoutEnd(words), MOST_SAID)}` };
}

function withoutEnd(text: string): string {
  return text.replace(/[.\s]+$/, '');
}
