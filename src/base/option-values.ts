// Owns what the text of an option may be: rules that read it and the words for what they ask. One form of message for
// every command: `--name must be ..., found "..."`. It must not know any option.
import { UsageError } from './errors.js';

/** What a text may be. */
export interface OptionRule<T> {
  /** What it must be, for messages: `a whole number of at least 1`. */
  readonly words: string;
  /** The value; undefined when the text is none. */
  read(text: string): T | undefined;
}

/**
 * The value of an option; undefined where it is not given.
 * @param name Without `--`.
 * @throws UsageError with the name, the rule and what was found.
 */
export function optionValue<T>(name: string, text: string, rule: OptionRule<T>): T;
export function optionValue<T>(name: string, text: string | undefined, rule: OptionRule<T>): T | undefined;
export function optionValue<T>(name: string, text: string | undefined, rule: OptionRule<T>): T | undefined {
  if (text === undefined) return undefined;
  const value = rule.read(text);
  if (value === undefined) throw new UsageError(`--${name} must be ${rule.words}, found "${text}"`);
  return value;
}

/** A rule of its own words. */
export function rule<T>(words: string, read: (text: string) => T | undefined): OptionRule<T> {
  return { words, read };
}

/** `3`: digits alone, which JavaScript holds exactly. */
const WHOLE = /^\d+$/;

/** A whole number from `least` on. */
export function wholeNumber(least: number): OptionRule<number> {
  return rule(`a whole number of at least ${least}`, (text) => {
    const value = WHOLE.test(text) ? Number(text) : NaN;
    return Number.isSafeInteger(value) && value >= least ? value : undefined;
  });
}

/** What all chance follows from. */
export const seedNumber: OptionRule<number> = rule(
  `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
  wholeNumber(0).read,
);

/** A decimal number as people write it; no `0x10`, no `Infinity`, no empty text. */
const DECIMAL = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** Any finite number. */
export const number: OptionRule<number> = rule('a number', (text) => {
  const trimmed = text.trim();
  return DECIMAL.test(trimmed) && Number.isFinite(Number(trimmed)) ? Number(trimmed) : undefined;
});

/** Where a number must lie; absent: there is no such end. */
export interface Range {
  readonly above?: number;
  readonly least?: number;
  readonly below?: number;
  readonly most?: number;
}

/** A number in a range. */
export function numberIn({ above, least, below, most }: Range): OptionRule<number> {
  const ends = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(least === undefined ? [] : [`of at least ${least}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
    ...(most === undefined ? [] : [`at most ${most}`]),
  ];
  return rule(`a number ${ends.join(' and ')}`, (text) => {
    const value = number.read(text);
    if (value === undefined) return undefined;
    const inside =
      (above === undefined || value > above) &&
      (least === undefined || value >= least) &&
      (below === undefined || value < below) &&
      (most === undefined || value <= most);
    return inside ? value : undefined;
  });
}

/** A share that is neither nothing nor all. */
export const properShare: OptionRule<number> = numberIn({ above: 0, below: 1 });

/** `0.005`, or `0.5%`. */
export const shareOrPercentage: OptionRule<number> = rule('a share between 0 and 1, or a percentage (0.5%)', (text) => {
  const [, digits = '', sign = ''] = /^(.*?)\s*(%?)$/.exec(text.trim()) ?? [];
  const value = number.read(digits);
  const share = value === undefined ? NaN : value / (sign === '%' ? 100 : 1);
  return share >= 0 && share <= 1 ? share : undefined;
});

/** `LO:HI`, the smaller one first. */
export const numberRange: OptionRule<readonly [lo: number, hi: number]> = rule(
  'LO:HI, two numbers with LO below HI',
  (text) => {
    const [lo, hi, ...rest] = text.split(':').map((part) => number.read(part));
    return lo !== undefined && hi !== undefined && rest.length === 0 && lo < hi ? [lo, hi] : undefined;
  },
);

/** One of these words. */
export function oneOf<const T extends string>(...words: readonly T[]): OptionRule<T> {
  return rule(words.join(' or '), (text) => words.find((word) => word === text));
}

/**
 * The parts of a list with commas between them, each by the same rule.
 * @throws UsageError that names the first part that is wrong.
 */
export function optionList<T>(name: string, text: string, each: OptionRule<T>): T[] {
  return namesIn(text).map((part) => optionValue(name, part, each));
}

/** The names in a list with commas between them, without the spaces around them. */
export function namesIn(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}
