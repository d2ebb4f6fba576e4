// What people see while a report is made: a line a section on stderr, and on a terminal one that is rewritten.
import type { Amount } from '../lab/report/open-context.js';
import { timeLeft } from './time-left.js';
import type { ReportStream } from './training-report.js';

/** Tells how far a report is. */
export interface ReportProgress {
  /** A sentence on a line of its own. */
  say(text: string): void;
  /** What is being done and how far it is; on a terminal only, over what was said of it before. */
  show(what: string, amount?: Amount): void;
}

/** Milliseconds between two updates of the line. */
const REFRESH = 200;

/**
 * Reports to a stream, each line with the time since the start.
 * @param now A clock in milliseconds.
 */
export function reportProgress(stream: ReportStream, now: () => number): ReportProgress {
  const start = now();
  let shown = -Infinity;
  const paceOf = createPace(now);
  const clear = stream.isTTY ? '\r\u001b[K' : '';
  const stamp = (): string => {
    const seconds = Math.floor((now() - start) / 1000);
    return `[${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}]`;
  };
  return {
    say: (text) => void stream.write(`${clear}${stamp()} ${text}\n`),
    show: (what, amount) => {
      const pace = amount && paceOf(what, amount);
      if (!stream.isTTY || now() - shown < REFRESH) return;
      shown = now();
      stream.write(`${clear}${stamp()} ${what}${amount ? `: ${words(amount)}${pace}` : ''}`);
    },
  };
}

function words({ done, total, unit, kept }: Amount): string {
  return `${done} of ${total} ${unit}${kept > 0 ? `, ${kept} kept from before` : ''}`;
}

/** Tells the rate and the time left since what is being done was first told of; nothing before some of it is done. */
function createPace(now: () => number): (what: string, amount: Amount) => string {
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
