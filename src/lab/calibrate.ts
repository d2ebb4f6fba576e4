// Owns how a gate's thresholds are set from outputs on digits that were not trained on. Pure. Never give it test digits.
import { ModelError } from '../errors.js';
import { OUTPUT_SIZE } from '../model/network.js';
import { evidence } from '../stream/gate.js';
import type { Evidence, Thresholds } from '../types.js';
import type { CalibrationPlan } from './recipe.js';

/** Significant digits of a threshold: enough to place it, few enough to read. */
const DIGITS = 4;

/** Thresholds, and what they are known to keep. */
export interface Calibration extends Thresholds {
  /** Share of the regular digits that is kept: the one asked for, or less where even a ratio of 1 keeps no more. */
  readonly coverage: number;
}

/**
 * Thresholds that accept at least `coverage` of the regular digits (clean and read right; REFERENCE, Groups): first the
 * range, which leaves out the share `outside` of them, half at each end or as it says; then the largest ratio, from 1 on, that keeps the coverage.
 * @param outputs `[n, 10]`.
 * @param labels `[n]`; what is no digit has a label above 9 and sets no threshold.
 * @throws ModelError when no digit is read right.
 */
export function calibrate(outputs: Float32Array, labels: Uint8Array, { coverage, outside }: CalibrationPlan): Calibration {
  const regular = regularEvidence(outputs, labels);
  if (regular.length === 0) throw new ModelError(`None of the ${labels.length} held-out digits is read right, so no thresholds can be set. Train longer, or with another training.rate.`);
  const tops = regular.map(({ top }) => top).sort(ascending);
  const [below, above] = (typeof outside === 'number' ? [outside / 2, outside / 2] : outside).map((share) => Math.floor(share * tops.length)) as [number, number];
  const lo = round(tops[below] ?? NaN, Math.floor);
  const hi = round(tops[tops.length - 1 - above] ?? NaN, Math.ceil);
  const ratios = regular.flatMap(({ top, ratio }) => (top >= lo && top <= hi ? [ratio] : [])).sort((a, b) => b - a);
  const needed = Math.max(1, Math.ceil(coverage * regular.length));
  // Below 1 the second output is larger in magnitude than the top one: no gate may accept that.
  const ratio = Math.max(1, round(ratios[needed - 1] ?? 0, Math.floor));
  const kept = ratios.filter((each) => each >= ratio).length / regular.length;
  return { ratio, range: [lo, hi], coverage: Math.min(coverage, round(kept, Math.floor)) };
}

function regularEvidence(outputs: Float32Array, labels: Uint8Array): Evidence[] {
  const found: Evidence[] = [];
  labels.forEach((label, i) => {
    const each = evidence(outputs, i * OUTPUT_SIZE);
    if (each.digit === label && each.top > 0) found.push(each);
  });
  return found;
}

/** To a few digits, always towards accepting more, so that rounding never costs coverage. */
function round(value: number, towards: (value: number) => number): number {
  if (value === 0 || Number.isNaN(value)) return value;
  // An unbounded ratio (a second output of exactly 0) can't be a threshold in JSON.
  if (value === Infinity) return Number.MAX_VALUE;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - DIGITS + 1);
  return Number((towards(value / unit) * unit).toPrecision(DIGITS));
}

function ascending(a: number, b: number): number {
  return a - b;
}
