// Owns how a gate's thresholds are set from outputs on digits that were not trained on. Pure. Never give it test digits.
import { ModelError } from '../errors.js';
import { OUTPUT_SIZE } from '../model/network.js';
import { evidence } from '../stream/gate.js';
import type { Evidence, Thresholds } from '../types.js';
import type { CalibrationPlan } from './recipe.js';

/** Significant digits of a threshold: enough to place it, few enough to read. */
const DIGITS = 4;

/**
 * Thresholds that accept at least `coverage` of the regular digits (clean and read right; REFERENCE, Groups): first the
 * range, which leaves out the share `outside` of them, half at each end; then the largest ratio that keeps the coverage.
 * @param outputs `[n, 10]`.
 * @param labels `[n]`.
 * @throws ModelError when no ratio of 1 or more keeps the coverage.
 */
export function calibrate(outputs: Float32Array, labels: Uint8Array, { coverage, outside }: CalibrationPlan): Thresholds {
  const regular = regularEvidence(outputs, labels);
  const tops = regular.map(({ top }) => top).sort(ascending);
  const cut = Math.floor((outside / 2) * tops.length);
  const lo = round(tops[cut] ?? NaN, Math.floor);
  const hi = round(tops[tops.length - 1 - cut] ?? NaN, Math.ceil);
  const ratios = regular.flatMap(({ top, ratio }) => (top >= lo && top <= hi ? [ratio] : [])).sort((a, b) => b - a);
  const needed = Math.max(1, Math.ceil(coverage * regular.length));
  const ratio = round(ratios[needed - 1] ?? NaN, Math.floor);
  if (!(ratio >= 1)) {
    throw new ModelError(`No thresholds keep ${coverage * 100} % of the ${regular.length} held-out digits that are read right: their range keeps ${ratios.length}. Lower calibration.coverage or calibration.outside, or train longer.`);
  }
  return { ratio, range: [lo, hi] };
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
