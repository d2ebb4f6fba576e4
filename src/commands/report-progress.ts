// What people see while a report is made: a line a section on stderr, and on a terminal one that is rewritten.
import type { ReportStream } from './training-report.js';

/** Tells how far a report is. */
export interface ReportProgress {
  /** A sentence on a line of its own. */
  say(text: string): void;
  /** What is being done; on a terminal only, over what was said of it before. */
  show(text: string): void;
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
  const clear = stream.isTTY ? '\r\u001b[K' : '';
  const stamp = (): string => {
    const seconds = Math.floor((now() - start) / 1000);
    return `[${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}]`;
  };
  return {
    say: (text) => void stream.write(`${clear}${stamp()} ${text}\n`),
    show: (text) => {
      if (!stream.isTTY || now() - shown < REFRESH) return;
      shown = now();
      stream.write(`${clear}${stamp()} ${text}`);
    },
  };
}
