// Owns what the line on a terminal says of a run: how far it is. Not a terminal: nothing at all.
import type { Stats } from '../types.js';
import { REFRESH, terminalLine, type Terminal } from './terminal-line.js';
import { timeLeft } from './time-left.js';

/** A line that is being rewritten. */
export interface ShownProgress {
  /** Removes the line and stops. Idempotent. */
  stop(): void;
}

/** Rewrites a line on `terminal` until stopped; `total` is the number of frames to come, where that is known. */
export function showProgress(terminal: Terminal, stats: () => Stats, total: () => number | undefined): ShownProgress {
  if (terminal.isTTY !== true) return { stop() {} };
  const line = terminalLine(terminal);
  const timer = setInterval(() => line.show(() => progressLine(stats(), total())), REFRESH);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      line.clear();
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
  if (known && fps > 0) parts.push(`${timeLeft((total - frames) / fps)} left`);
  const leaks = truth ? [`${truth.leaked} of ${truth.digits} leaked`] : [];
  return [...parts, `${accepted} digits accepted`, ...leaks].join(', ');
}
