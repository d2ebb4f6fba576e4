// Owns what people see while a report, a set or a replay is made: lines on stderr with the time since the start, and on
// a terminal one that is rewritten.
import type { Progress } from '../../base/progress.js';
import { terminalLine, type Terminal } from '../terminal-line.js';
import { timeLeft } from '../time-left.js';

/** Tells how far a report is. */
export interface ReportProgress {
  /** A sentence on a line of its own. */
  say(text: string): void;
  /** What is being done and how far it is; on a terminal only, over what was said of it before. */
  show(what: string, progress?: Progress): void;
}

/**
 * Reports to a stream, each line with the time since the start.
 * @param now A clock in milliseconds.
 */
export function reportProgress(stream: Terminal, now: () => number): ReportProgress {
  const start = now();
  const line = terminalLine(stream, now);
  const paceOf = createPace(now);
  const stamp = (): string => {
    const seconds = Math.floor((now() - start) / 1000);
    return `[${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}]`;
  };
  return {
    say: (text) => line.say(`${stamp()} ${text}`),
    show: (what, progress) => {
      // Told of everything, shown or not: it measures from the first of a kind on.
      const pace = progress && paceOf(what, progress);
      line.show(() => `${stamp()} ${what}${progress ? `: ${words(progress)}${pace}` : ''}`);
    },
  };
}

function words({ done, total, unit, kept }: Progress): string {
  return `${done} of ${total} ${unit}${kept > 0 ? `, ${kept} kept from before` : ''}`;
}

/** Tells the rate and the time left since what is being done was first told of; nothing before some of it is done. */
function createPace(now: () => number): (what: string, progress: Progress) => string {
  let first: { readonly key: string; readonly at: number; readonly done: number } | undefined;
  return (what, { done, total, unit }) => {
    const key = `${what} ${unit}`;
    if (first?.key !== key || done < first.done) first = { key, at: now(), done };
    const seconds = (now() - first.at) / 1000;
    const rate = seconds > 0 ? (done - first.done) / seconds : 0;
    return rate > 0 && done < total
      ? `, ${rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2)} a second, ${timeLeft((total - done) / rate)} left`
      : '';
  };
}
