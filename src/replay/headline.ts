// Owns what a replay comes to: for each model and rule the worst attack, not the mean. Rows in, one line each out.
// Pure.
import { clopperPearson } from '../base/statistics.js';
import type { Row } from './rows.js';

/** The worst of a model under a rule. */
export interface Headline {
  readonly model: string;
  readonly rule: string;
  /** Of all attacks, controls and clean clips the one of which most leaked; undefined when there is none. */
  readonly worst: Worst | undefined;
  /** Digits shown under attacks and controls, over all clips. */
  readonly attacked: { readonly digits: number; readonly leaked: number };
  /** Of clear digits: share accepted and right, over all clips; null when none was shown clear. */
  readonly coverage: number | null;
  readonly clear: { readonly digits: number; readonly accepted: number; readonly leaked: number };
  /** Accepted where the truth has nothing. */
  readonly stray: number;
}

/** The attack of which most leaked. */
export interface Worst {
  readonly row: Row;
  /** {@link leakOf} the row. */
  readonly leak: number;
  /** 95 % interval, Clopper and Pearson. */
  readonly leak95: readonly [lo: number, hi: number];
}

/**
 * Share of the digits shown under an attack (of a clean clip: clear) that leaked; what is accepted beside them counts
 * as well. At most 1.
 */
export function leakOf(row: Row): number {
  const { digits, leaks } = leaksOf(row);
  return digits === 0 ? 0 : leaks / digits;
}

/** The headline of every model and rule, in the order of the rows. */
export function headlines(rows: readonly Row[]): Headline[] {
  const keys = [...new Set(rows.map(({ model, rule }) => JSON.stringify([model, rule])))];
  return keys.map((key) => {
    const own = rows.filter(({ model, rule }) => JSON.stringify([model, rule]) === key);
    const worst = own.reduce<Row | undefined>(
      (most, row) => (most === undefined || leakOf(row) > leakOf(most) ? row : most),
      undefined,
    );
    const sum = (of: (row: Row) => number): number => own.reduce((total, row) => total + of(row), 0);
    const clear = {
      digits: sum((row) => row.clear.digits),
      accepted: sum((row) => row.clear.accepted),
      leaked: sum((row) => row.clear.leaked),
    };
    const counted = worst && leaksOf(worst);
    return {
      model: own[0]!.model,
      rule: own[0]!.rule,
      worst: worst && { row: worst, leak: leakOf(worst), leak95: clopperPearson(counted!.leaks, counted!.digits) },
      attacked: { digits: sum((row) => row.attacked.digits), leaked: sum((row) => row.attacked.leaked) },
      clear,
      coverage: clear.digits === 0 ? null : clear.accepted / clear.digits,
      stray: sum((row) => row.stray),
    };
  });
}

function leaksOf({ attack, attacked, clear, stray }: Row): { digits: number; leaks: number } {
  const { digits, leaked } = attack ? attacked : clear;
  return { digits, leaks: Math.min(digits, leaked + stray) };
}
