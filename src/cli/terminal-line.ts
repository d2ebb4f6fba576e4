// Owns the last line of a terminal: one that is rewritten in place, below lines that stay. Where there is no terminal
// only the lines that stay come out. It must not know what is said.
import { printableLines } from '../base/printable.js';

/** The part of stderr that is used, or what stands for it in tests. */
export interface Terminal {
  readonly isTTY?: boolean;
  /** Characters in a line. Default: as many as there are. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** A line that is rewritten. */
export interface TerminalLine {
  /**
   * Rewrites the line, on a terminal only and not too often.
   * @param text Made only when it is going to be written; undefined: there is nothing to say yet.
   */
  show(text: () => string | undefined): void;
  /** Writes a line that stays, in place of the one that is rewritten. */
  say(text: string): void;
  /** Removes the line that is rewritten. Idempotent. */
  clear(): void;
}

/** Milliseconds between two writings: as fast as a person reads. */
export const REFRESH = 250;

/** To the line's beginning, and away with what stands there. */
const CLEAR = '\r\x1b[K';

/**
 * A line that is rewritten on `terminal`.
 * @param now A clock in milliseconds. Default: `show` writes every time.
 */
export function terminalLine(terminal: Terminal, now?: () => number): TerminalLine {
  const clear = terminal.isTTY === true ? CLEAR : '';
  let shown = -Infinity;
  return {
    show: (make) => {
      if (terminal.isTTY !== true) return;
      const time = now?.() ?? Infinity;
      if (time - shown < REFRESH) return;
      const made = make();
      if (made === undefined) return;
      const text = printableLines(made);
      // A line that wraps is not rewritten, but left standing again and again.
      terminal.write(clear + (terminal.columns === undefined ? text : text.slice(0, terminal.columns - 1)));
      if (now) shown = time;
    },
    say: (text) => void terminal.write(`${clear}${printableLines(text)}\n`),
    clear: () => {
      if (clear !== '') terminal.write(clear);
    },
  };
}
