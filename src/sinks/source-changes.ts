// Owns what people are told of a live source while it runs, and what of that a summary says: lines, and how often each
// fault began. Words and counts only.
import type { SourceChange, SourceFigures } from '../types.js';
import { plural } from './words.js';

/** Lines that are said at once, and milliseconds in which one more is earned: a source that flaps fills no log. */
export const [MOST_LINES, ONE_MORE_AFTER] = [10, 30_000];

/** Reasons that are counted apart. */
const MOST_REASONS = 20;

/** What other reasons are counted as. */
const OTHERS = 'others';

/** What a summary says of a live source. */
export interface LiveSummary extends Pick<SourceFigures, 'reconnects' | 'overwritten' | 'outdated'> {
  /** How often it had to be connected to anew, by why. */
  readonly faults: Readonly<Record<string, number>>;
}

/** Follows one live source. */
export class SourceChanges {
  readonly #faults = new Map<string, number>();
  #left = MOST_LINES;
  #earned: number | undefined;
  #unsaid = 0;

  /** Takes a change; the line to say of it, without an end, where one is due. */
  add(change: SourceChange): string | undefined {
    const { state, reason, at } = change;
    if (state === 'retrying') this.#count(reason ?? OTHERS);
    this.#earn(at);
    if (this.#left === 0) {
      this.#unsaid += 1;
      return undefined;
    }
    this.#left -= 1;
    const before = this.#unsaid > 0 ? ` (${plural(this.#unsaid, 'change')} before it not shown)` : '';
    this.#unsaid = 0;
    return `source: ${state}${reason === undefined ? '' : `: ${reason}`}${before}`;
  }

  /** What there is to say at the end. */
  summary({ reconnects, overwritten, outdated }: SourceFigures): LiveSummary {
    return { reconnects, overwritten, outdated, faults: Object.fromEntries(this.#faults) };
  }

  #count(reason: string): void {
    const known = this.#faults.has(reason) || this.#faults.size < MOST_REASONS;
    const key = known ? reason : OTHERS;
    this.#faults.set(key, (this.#faults.get(key) ?? 0) + 1);
  }

  #earn(at: number): void {
    this.#earned ??= at;
    // A clock on the wall may be set back.
    const more = Math.max(0, Math.floor((at - this.#earned) / ONE_MORE_AFTER));
    this.#left = Math.min(MOST_LINES, this.#left + more);
    this.#earned = at < this.#earned || this.#left === MOST_LINES ? at : this.#earned + more * ONE_MORE_AFTER;
  }
}

/** The same in a line, without an end. */
export function liveText({ reconnects, overwritten, outdated, faults }: LiveSummary): string {
  const retried = Object.entries(faults).map(([reason, count]) => `${reason} (${count})`);
  return [
    `live: ${plural(reconnects, 'reconnect')}`,
    `${plural(overwritten, 'picture')} replaced by newer ones before they were read`,
    `${outdated} too old to be read`,
    ...(retried.length > 0 ? [`retried for: ${retried.join('; ')}`] : []),
  ].join(', ');
}
