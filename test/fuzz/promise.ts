// What lq-stream promises whatever it is given, and whether one try kept it. It starts nothing.
import { UserError } from '../../src/base/errors.js';

/** Most MB (10^6 bytes) of resident memory that the process of the command line may have had, its children aside. */
export const MOST_MEMORY = 400;

/** MB more that a training may take: what TensorFlow's own library takes where it was set up. */
const LIBRARY = 150;

/** Seconds that a case may take. */
export const MOST_SECONDS = 30;

/** Most lines that say what is wrong: ten complaints about a file, and how many more there are. */
const MOST_LINES = 11;

/** Most characters of a line of them: several names, each shown in 200 characters of which each may be escaped. */
const LONGEST_LINE = 4_000;

/** Exit codes that the documentation has. */
const EXIT_CODES: readonly (number | null)[] = [0, 2, 3, 4, 130];

/** What came of a run of the command line. */
export interface Outcome {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** It was killed, after `MOST_SECONDS`. */
  readonly late: boolean;
  /** Peak of resident memory in MB; undefined where that is not known. */
  readonly memory: number | undefined;
  /** Processes that it started and that were there after its end. */
  readonly left: number;
}

/**
 * Which promise a run broke, in a line; undefined when none.
 * @param talks Whether it is a training: it says on stderr how it gets on, and what went wrong after that.
 */
export function brokenBy({ code, out, err, late, memory, left }: Outcome, talks = false): string | undefined {
  if (late) return `took more than ${MOST_SECONDS} s`;
  if (!EXIT_CODES.includes(code)) return `exit code ${code}: ${shown(err)}`;
  if (left > 0) return `left ${left} processes behind`;
  if ((memory ?? 0) > MOST_MEMORY + (talks ? LIBRARY : 0)) return `took ${memory} MB`;
  const words = talks ? err.slice(Math.max(0, err.lastIndexOf('lq-stream: '))) : err;
  return brokenByLines(out) ?? (code !== 0 ? brokenByWords(words) : talks ? undefined : said(err));
}

/** Which promise a call broke: it may fail with an error for the user, and with no other. */
export async function brokenByCall(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return brokenByWords(`lq-stream: ${error.message}\n`);
    return `threw no error for the user: ${shown(error instanceof Error ? (error.stack ?? error.message) : String(error))}`;
  }
}

function brokenByWords(err: string): string | undefined {
  const lines = err.split('\n');
  if (lines.pop() !== '') return `stderr does not end with its line: ${shown(err)}`;
  if (lines.length === 0) return 'failed without a word';
  if (lines.length > MOST_LINES) return `${lines.length} lines on stderr: ${shown(err)}`;
  if (!err.startsWith('lq-stream: ')) return `stderr is not in our words: ${shown(err)}`;
  if (/^\s+at .*:\d+|\(node:\d+\)|fault of lq-stream/m.test(err)) return `not for the user: ${shown(err)}`;
  // All but the ends of lines: what a terminal obeys, or a reader does not see.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(lines.join(''))) return `control characters on stderr: ${shown(err)}`;
  const longest = Math.max(...lines.map(({ length }) => length));
  return longest > LONGEST_LINE ? `a line of ${longest} characters on stderr: ${shown(err)}` : undefined;
}

function said(err: string): string | undefined {
  return err === '' ? undefined : `said something for all that it succeeded, and was told to be quiet: ${shown(err)}`;
}

function brokenByLines(out: string): string | undefined {
  const lines = out.split('\n');
  if (lines.pop() !== '') return `stdout ends within a line: ${shown(out.slice(-200))}`;
  const broken = lines.find((line) => !isObject(line));
  return broken === undefined ? undefined : `a line on stdout is no JSON object: ${shown(broken)}`;
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === 'object' && !Array.isArray(value);
  } catch {
    return false;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 600 ? `${text.slice(0, 600)} ...` : text);
}
