// Owns shares with their intervals, and how they read. It must not know what is counted.
import { clopperPearson } from '../../base/statistics.js';

/** A share of a count, with its exact 95 % interval (Clopper-Pearson). */
export interface Share {
  readonly count: number;
  readonly of: number;
  /** In [0, 1]; NaN (null in JSON) when `of` is 0. */
  readonly share: number;
  readonly interval: readonly [lo: number, hi: number];
}

/** The share that `count` is of `of`. */
export function shareOf(count: number, of: number): Share {
  return { count, of, share: count / of, interval: clopperPearson(count, of) };
}

/** A share in words, `12.3 %`; a dash where there is none. */
export function percent(share: number | undefined, decimals = 1): string {
  return share === undefined || !Number.isFinite(share) ? '-' : `${(100 * share).toFixed(decimals)} %`;
}

/** A share and its interval in words, `12.3 % (10.1-14.8)`. */
export function withInterval({ share, interval: [lo, hi], of }: Share, decimals = 1): string {
  return of === 0
    ? '-'
    : `${percent(share, decimals)} (${(100 * lo).toFixed(decimals)}-${(100 * hi).toFixed(decimals)})`;
}

/** A number in a few digits: `6.60`, `18.2`, `320`; `inf` beyond what can be said. */
export function short(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '-';
  if (Math.abs(value) >= 1e6) return value > 0 ? 'inf' : '-inf';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
