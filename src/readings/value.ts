// Owns how the digits of a number become its text and what it counts. Pure.
import type { Shown } from './place.js';

/** A number: its text, and how many units of its last place it is. */
export interface Value {
  /** Digits, leading zeros and all, with the decimal point; blanks are left out. */
  readonly text: string;
  /** In units of the last place: 4173 for `00417.3`. */
  readonly units: number;
  /** Places, blank ones included. */
  readonly places: number;
  /** Digits. */
  readonly length: number;
  /** A zero stands before another digit of the whole part. */
  readonly zeros: boolean;
  /** Digits before which, and after which, there are no blanks. */
  readonly whole: boolean;
}

/** The value of digits that are all known; blanks stand on the left of a number that is `whole`. */
export function valueOf(shown: readonly Shown[], decimals: number): Value {
  const digits = shown.filter((one) => one !== 'blank');
  const blanks = shown.length - digits.length;
  return {
    text: withPoint(digits.join(''), decimals),
    units: Number(digits.join('')),
    places: shown.length,
    length: digits.length,
    zeros: digits[0] === 0 && digits.length - decimals > 1,
    whole: digits.length > decimals && shown.slice(0, blanks).every((one) => one === 'blank'),
  };
}

/** What a number looks like, for people: `?` for what is not known, nothing for blanks. */
export function shownText(shown: readonly (Shown | undefined)[], decimals: number): string {
  return withPoint(
    shown.map((one) => (one === undefined ? '?' : one === 'blank' ? '' : String(one))).join(''),
    decimals,
  );
}

/** A number in units of the last place; the nearest, where it has more decimals. */
export function unitsOf(value: number, decimals: number): number {
  return value * 10 ** decimals;
}

function withPoint(digits: string, decimals: number): string {
  if (decimals === 0) return digits;
  const at = Math.max(0, digits.length - decimals);
  return `${digits.slice(0, at)}.${digits.slice(at)}`;
}
