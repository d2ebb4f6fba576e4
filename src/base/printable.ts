// Owns how text that came from outside (names, paths, what other programs say) is shown to people: no character in it
// may steer a terminal or hide another, and none of it is longer than a reader can use. It must not know what is said.

/**
 * Characters that a terminal obeys or that change how others are read (Unicode's categories): controls, format
 * characters (bidirectional, zero-width, tags), line and paragraph separators, halves of surrogate pairs.
 */
const STEERING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code > 0xffff) return `\\u{${hex}}`;
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`);
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
