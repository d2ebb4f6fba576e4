// Owns what may be asked of numbers: how many looks have to agree, which rules a value has to keep. Data only.

/** Agreement of the looks at one place. */
export interface Agreement {
  /** Clear looks that have to show the same digit, >= 1; more than half of `of`. */
  readonly frames: number;
  /** Of so many of the last clear looks, >= `frames`. */
  readonly of: number;
  /** Least share of the ratios of these looks that stands behind that digit, [0.5, 1]. */
  readonly share: number;
  /** Least seconds over which `of` looks are spread: those that follow closer on each other are not counted. */
  readonly seconds: number;
  /** Seconds after which a look is no longer counted, > 0. */
  readonly within: number;
}

/** What a value has to keep; absent rules are off. */
export interface Rules {
  /** Fewest and most digits. */
  readonly length?: readonly [least: number, most: number] | undefined;
  /** What may stand before the number: zeros; blank windows and no zeros; both. */
  readonly leading: 'zeros' | 'blanks' | 'any';
  /** Least and largest value, both allowed. */
  readonly range?: readonly [lo: number, hi: number] | undefined;
  /** The value is a whole multiple of it. */
  readonly step?: number | undefined;
  /** Whether it may fall: always, never, or only from the top tenth of what its places hold to the lowest. */
  readonly falls: 'allow' | 'never' | 'rollover';
  /** It changes by at most `most` in `per` seconds. */
  readonly change?: { readonly most: number; readonly per: number } | undefined;
}

/** What is asked of one number. */
export interface AskedNumber {
  readonly id: string;
  /** Places behind the decimal point. */
  readonly decimals: number;
  /** Its places are wheels: they turn, and one moves on only as its right neighbour passes from 9 to 0. */
  readonly wheels: boolean;
  /** Told again after so many seconds, unchanged. Absent: only when it changes. */
  readonly every?: number | undefined;
  readonly agree: Agreement;
  readonly rules: Rules;
  /** What becomes of refused values that agree for long: a question, or the new value. */
  readonly heal: 'ask' | 'auto';
  /** Seconds for which they have to agree. */
  readonly healAfter: number;
}
