// What a check of the surroundings says, and how a list of them is shown. It checks nothing.
import { UserError } from '../base/errors.js';
import { printable } from '../base/printable.js';

/** What was found of one thing that a run needs. */
export interface Finding {
  /** What was looked at: `ffmpeg`, `sink mqtt`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found and, where it is wrong, what to do: a line without an end. */
  readonly said: string;
}

/** One thing to look at. */
export interface Check {
  readonly name: string;
  /** Resolves to what was found; rejects with UserError, which says what to do, where it is wrong. In bounded time. */
  look(): Promise<string>;
}

/** Does a check. Never rejects: what nobody foresaw is wrong too. */
export async function finding({ name, look }: Check): Promise<Finding> {
  try {
    return { name, ok: true, said: await look() };
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error));
    const said = error instanceof UserError ? message : printable(message, 200);
    return { name, ok: false, said: said.replace(/\.$/, '') };
  }
}

/** One line each, ending in a newline. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ name }) => name.length));
  return findings.map(({ name, ok, said }) => `${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(width)}  ${said}\n`).join('');
}
