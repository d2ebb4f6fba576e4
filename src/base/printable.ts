// Owns how text that came from outside (names, paths, what other programs say) is shown to people: no character in it
// may steer a terminal or hide another, and none of it is longer than a reader can use. It must not know what is said.

/**
 * Characters that a terminal obeys or that change how others are read, by Unicode's categories: controls, format
 * characters (bidirectional, zero-width, tags), halves of surrogate pairs, line and paragraph separators.
 */
const CATEGORIES = '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}';
const STEERING = new RegExp(`[${CATEGORIES}]`, 'gu');

/** A text in which nothing steers a terminal. */
export const PLAIN = new RegExp(`^[^${CATEGORIES}]*$`, 'u');

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${hex(code, 0)}}`;
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
}

/** Characters of a name that are shown at most. */
export const NAME_LENGTH = 200;

/** What stands for the middle of a name that is too long. */
const GAP = ' ... ';

/**
 * A name or value from outside, for use within a line: what steers a terminal is written as an escape (`\n`, `\x1b`,
 * `\u202e`), and of a long one beginning and end are shown.
 * @param most Characters at most before escaping, >= 20. Default {@link NAME_LENGTH}.
 */
export function printable(name: string, most = NAME_LENGTH): string {
  // Cut before it is escaped: a name of megabytes is not gone through.
  const half = Math.ceil((most - GAP.length) / 2);
  const cut = name.length > most ? `${name.slice(0, half)}${GAP}${name.slice(half - most + GAP.length)}` : name;
  return cut.replace(STEERING, escaped);
}

/** Whole lines for a terminal: newlines stay, all else that steers it is written as an escape. */
export function printableLines(text: string): string {
  return text.replace(STEERING, (character) => (character === '\n' ? character : escaped(character)));
}

/** Bold on and off (ECMA-48, SGR): what of our own making steers a terminal. */
export const BOLD = { on: '\x1b[1m', off: '\x1b[0m' } as const;

/** As {@link printableLines}; {@link BOLD} stays, which does no harm whoever wrote it. */
export function printableBoldLines(text: string): string {
  return printableLines(text).replaceAll('\\x1b[1m', BOLD.on).replaceAll('\\x1b[0m', BOLD.off);
}

/** A value as JSON text in which nothing steers a terminal; on one line unless `indent` is given. */
export function toPrintableJson(value: unknown, indent?: number): string {
  return printableJson(JSON.stringify(value, undefined, indent));
}

/**
 * JSON text of the same value in which nothing steers a terminal: JSON itself escapes only the characters below U+0020.
 */
export function printableJson(json: string): string {
  return ASCII.test(json)
    ? json
    : json.replace(STEERING, (character) => (character === '\n' ? '\n' : units(character)));
}

/** What most lines are. */
const ASCII = /^[\n\x20-\x7e]*$/;

/** The UTF-16 units as JSON escapes them. */
function units(character: string): string {
  return Array.from({ length: character.length }, (_, i) => `\\u${hex(character.charCodeAt(i), 4)}`).join('');
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
