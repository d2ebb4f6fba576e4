// Medians, spread, and how a cost grows. Pure numbers.
import { quantile } from '../../src/base/statistics.js';
import type { Figure } from './bench.js';

/** Median and quartiles of one or more runs. */
export function figure(runs: readonly number[]): Figure {
  return { median: quantile(runs, 0.5), lower: quantile(runs, 0.25), upper: quantile(runs, 0.75), runs: runs.length };
}

/** Run by run `a` over `b`, which were interleaved: what slowed both of a round down cancels out. */
export function ratios(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length) throw new RangeError(`${a.length} runs against ${b.length}: they were not interleaved`);
  return a.map((value, round) => value / b[round]!);
}

/** How y grows with x. */
export interface Growth {
  /** Least squares of y = fixed + each * x. */
  readonly fixed: number;
  readonly each: number;
  /** Slope of log y over log x: 1 is linear, below 1 less than that. A fixed part pulls it down. */
  readonly exponent: number;
}

/** Fits the growth over two or more points with x > 0 and y > 0. */
export function growth(x: readonly number[], y: readonly number[]): Growth {
  const [each, fixed] = line(x, y);
  return { fixed, each, exponent: line(x.map(Math.log), y.map(Math.log))[0] };
}

/** Slope and intercept of the least-squares line. */
function line(x: readonly number[], y: readonly number[]): readonly [slope: number, intercept: number] {
  if (x.length !== y.length || new Set(x).size < 2)
    throw new RangeError('a line needs two or more points at different x');
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const slope = mean(x.map((value, i) => (value - mx) * (y[i]! - my))) / mean(x.map((value) => (value - mx) ** 2));
  return [slope, my - slope * mx];
}
