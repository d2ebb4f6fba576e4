// The line on a terminal that says how far a run is. Not a terminal, or --quiet: nothing at all.
import type { Stats } from '../types.js';

/** Milliseconds between two updates. */
const EVERY = 200;

/** The part of stderr that is used. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A line that is being rewritten. */
export interface Progress {
  /** Removes the line and stops. Idempotent. */
  stop(): void;
}

/** Rewrites a line on `terminal` until stopped; `total` is the number of frames to come, where that is known. */
export function showProgress(terminal: Terminal, stats: () => Stats, total: () => number | undefined): Progress {
  if (terminal.isTTY !== true) return { stop() {} };
  const timer = setInterval(() => {
    const line = progressLine(stats(), total()).slice(0, (terminal.columns ?? 80) - 1);
    terminal.write(`\r\x1b[K${line}`);
  }, EVERY);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      terminal.write('\r\x1b[K');
    },
  };
}

/** `frame 120 of 300 (40 %), 59.5 frames/s, 3 s left, 84 digits accepted`; the middle parts where they are known. */
export function progressLine({ frames, accepted, fps, truth }: Stats, total: number | undefined): string {
  const known = total !== undefined && total >= frames && total > 0;
  const parts = [
    known ? `frame ${frames} of ${total} (${Math.floor((100 * frames) / total)} %)` : `frame ${frames}`,
    `${fps.toFixed(1)} frames/s`,
  ];
  if (known && fps > 0) parts.push(`${Math.ceil((total - frames) / fps)} s left`);
  const leaks = truth ? [`${truth.leaked} of ${truth.digits} leaked`] : [];
  return [...parts, `${accepted} digits accepted`, ...leaks].join(', ');
}
