// Owns how a gate's thresholds are set from outputs on digits that were not trained on. Pure. Never give it test
// digits.
import { ModelError } from '../../base/errors.js';
import { evidence } from '../../gate/gate.js';
import { CLASSES, isDigit, type Evidence, type Thresholds } from '../../types.js';
import type { CalibrationPlan } from '../training/recipe.js';
import { ratioForRisk } from './risk.js';

/** Significant digits of a threshold: enough to place it, few enough to read. */
const DIGITS = 4;

/** Thresholds, and what they are known to keep. */
export interface Calibration extends Thresholds {
  /**
   * Share of the regular digits that is kept. Where it was asked for: that, or less where even a ratio of 1 keeps no
   * more.
   */
  readonly coverage: number;
  /** When set for a risk: the share of wrong ones among what is accepted is at most this, */
  readonly maxRisk?: number;
  /** with this confidence. */
  readonly confidence?: number;
}

/**
 * Thresholds for what a plan asks for: first the range, which leaves out the share `outside` of the regular digits
 * (clean and read right, as in the article "Output analysis"), half at each end or as it says; then the ratio, from 1
 * on. For a coverage it is the largest that keeps that share of the regular digits; for a risk the smallest that
 * `ratioForRisk` finds. With a limit on non-digits (`nonDigits`) the coverage is one to start from: both thresholds then
 * rise as far as the limit asks, in the way that gives up fewest digits.
 * @param outputs `[n, 10]`.
 * @param labels `[n]`; what is no digit (`NO_DIGIT`) sets no coverage, and is a mistake where it is
 *   accepted.
 * @throws ModelError when no digit is read right, or the digits can't show that the risk is kept.
 */
export function calibrate(outputs: Float32Array, labels: Uint8Array, plan: CalibrationPlan): Calibration {
  const regular = regularEvidence(outputs, labels);
  const range = rangeOf(regular, plan.outside);
  const ratios = regular
    .flatMap(({ top, ratio }) => (top >= range[0] && top <= range[1] ? [ratio] : []))
    .sort((a, b) => b - a);
  const kept = (ratio: number): number =>
    round(ratios.filter((each) => each >= ratio).length / regular.length, Math.floor);
  if ('coverage' in plan) {
    const needed = Math.max(1, Math.ceil(plan.coverage * regular.length));
    // Below 1 the second output is larger in magnitude than the top one: no gate may accept that.
    const ratio = Math.max(1, round(ratios[needed - 1] ?? 0, Math.floor));
    const set = { ratio, range };
    if (plan.nonDigits === undefined) return { ...set, coverage: Math.min(plan.coverage, kept(ratio)) };
    const { share, ...tightened } = tighten(set, regular, nonDigitEvidence(outputs, labels), plan.nonDigits);
    return { ...tightened, coverage: Math.min(plan.coverage, round(share, Math.floor)) };
  }
  const { maxRisk, confidence } = plan;
  const ratio = ratioForRisk(outputs, labels, range, { maxRisk, confidence });
  return { ratio, range, coverage: kept(ratio), maxRisk, confidence };
}

/** Low ends of the range that are tried for a limit on non-digits: those that cut off this share of digits more each. */
const FINENESS = 0.001;

/** Low ends beyond this share of the digits are not tried: a gate that strict is of no use. */
const MOST_CUT = 0.5;

/**
 * Thresholds at or above those given that accept at most the share `limit` of the non-digits. For each low end of the
 * range that is tried, the smallest ratio that does it; of these the pair that keeps most digits.
 */
function tighten(
  { ratio: least, range: [lowest, hi] }: Thresholds,
  regular: readonly Evidence[],
  others: readonly Evidence[],
  limit: number,
): Thresholds & { readonly share: number } {
  const tops = regular.map(({ top }) => top).sort(ascending);
  const allowed = Math.floor(limit * others.length);
  const within = ({ top }: Evidence, lo: number): boolean => top >= lo && top <= hi;
  const best = { ratio: least, range: [lowest, hi] as [number, number], share: -1 };
  for (let cut = 0; cut <= MOST_CUT; cut += FINENESS) {
    const lo = Math.max(lowest, round(tops[Math.floor(cut * tops.length)]!, Math.floor));
    const worst = others
      .flatMap((each) => (within(each, lo) ? [each.ratio] : []))
      .sort((a, b) => b - a)
      .at(allowed);
    // Just above the ratio of the first one too many.
    const ratio = worst === undefined || worst < least ? least : round(worst, (units) => Math.floor(units) + 1);
    const share = regular.filter((each) => within(each, lo) && each.ratio >= ratio).length / regular.length;
    if (share > best.share) Object.assign(best, { ratio, range: [lo, hi], share });
  }
  return best;
}

/** The evidence of what is no digit. */
function nonDigitEvidence(outputs: Float32Array, labels: Uint8Array): Evidence[] {
  return Array.from(labels).flatMap((label, i) => (isDigit(label) ? [] : [evidence(outputs, i * CLASSES)]));
}

/**
 * The evidence of the regular digits: read right, all that it depends on finite, the top output above 0.
 * Parameters as for `calibrate`. @throws ModelError when there are none.
 */
export function regularEvidence(outputs: Float32Array, labels: Uint8Array): Evidence[] {
  const found: Evidence[] = [];
  labels.forEach((label, i) => {
    const each = evidence(outputs, i * CLASSES);
    if (each.digit === label && each.top > 0 && Number.isFinite(each.top + each.second)) found.push(each);
  });
  if (found.length === 0)
    throw new ModelError(
      `None of the ${labels.length} held-out digits is read right, so no thresholds can be set. Train ` +
        `longer, or with another training.rate.`,
    );
  return found;
}

/** The range of the top output that leaves out the share `outside` of the regular digits; at least one digit. */
export function rangeOf(regular: readonly Evidence[], outside: CalibrationPlan['outside']): [lo: number, hi: number] {
  const tops = regular.map(({ top }) => top).sort(ascending);
  const [below, above] = (typeof outside === 'number' ? [outside / 2, outside / 2] : outside).map((share) =>
    Math.floor(share * tops.length),
  ) as [number, number];
  return [round(tops[below] ?? NaN, Math.floor), round(tops[tops.length - 1 - above] ?? NaN, Math.ceil)];
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
