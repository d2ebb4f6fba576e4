// Owns how often an accepted digit may be wrong: the exact bound on it, and the ratio that keeps it below a limit.
// Pure. Never give it test digits.
import { ModelError } from '../../base/errors.js';
import { judge } from '../../gate/gate.js';
import { CLASSES, type Thresholds } from '../../types.js';
import { clopperPearsonUpper } from '../../base/statistics.js';

/** A limit on P(wrong | accepted). */
export interface RiskLimit {
  /** In (0, 1). */
  readonly maxRisk: number;
  /** With which the exact upper bound must hold, in (0, 1). */
  readonly confidence: number;
}

/** What a gate does on labelled digits. */
export interface Risk {
  /** How many it accepts. */
  readonly accepted: number;
  /** How many of these are wrong: read as another digit, or no digit at all (`NO_DIGIT`). */
  readonly wrong: number;
  /** One-sided Clopper-Pearson upper bound on P(wrong | accepted); 1 when none is accepted. */
  readonly bound: number;
}

/** The risk of a gate. `outputs` is `[n, 10]`, `labels` `[n]`, with `NO_DIGIT` for what is none. */
export function riskOf(outputs: Float32Array, labels: Uint8Array, thresholds: Thresholds, confidence: number): Risk {
  const found = acceptedOf(outputs, labels, thresholds);
  const wrong = found.filter((each) => each.wrong).length;
  return { accepted: found.length, wrong, bound: clopperPearsonUpper(wrong, found.length, confidence) };
}

/**
 * The ratios that are tried, strictest first: 1.02^k with four digits, from about a million down to 1. They are the
 * same for every model: a sequence chosen by its results would make the bound too low.
 */
const LADDER: readonly number[] = Array.from({ length: 700 }, (_, i) => Number((1.02 ** (699 - i)).toPrecision(4)));

/**
 * The first ratio tried is one that accepts at least this share of what a ratio of 1 accepts: with a handful, one
 * mistake ends the search that thousands would have borne, and a gate that strict is of no use anyway.
 */
const FIRST_SHARE = 1 / 2;

/**
 * The smallest ratio whose upper bound on P(wrong | accepted) is at or below the limit. To take the best of several
 * thresholds is to test several hypotheses; here they are tested in a fixed order, strictest first, up to the first
 * that fails, and then each may have the whole error of 1 - confidence (fixed-sequence testing: Angelopoulos, Bates,
 * Candes, Jordan and Lei, "Learn then Test", 2021). Where the order begins follows from how many are accepted alone,
 * not from which of them are wrong: enough for a bound, and `FIRST_SHARE`.
 * @param range Accepted range of the top output, not chosen by what is wrong.
 * @throws ModelError when even the strictest ratio that accepts enough fails, or none does: with the digits that it
 *   would take.
 */
export function ratioForRisk(
  outputs: Float32Array,
  labels: Uint8Array,
  range: Thresholds['range'],
  limit: RiskLimit,
): number {
  const { maxRisk, confidence } = limit;
  const found = acceptedOf(outputs, labels, { ratio: 1, range }).sort((a, b) => b.ratio - a.ratio);
  const first = Math.max(leastAccepted(limit), found.length * FIRST_SHARE);
  let [best, accepted, wrong]: [number | undefined, number, number] = [undefined, 0, 0];
  for (const ratio of LADDER) {
    for (let next = found[accepted]; next && next.ratio >= ratio; next = found[++accepted]) if (next.wrong) wrong++;
    if (accepted < first) continue;
    if (clopperPearsonUpper(wrong, accepted, confidence) > maxRisk) break;
    best = ratio;
  }
  if (best === undefined)
    throw new ModelError(
      explain(labels.length, { accepted, wrong, bound: clopperPearsonUpper(wrong, accepted, confidence) }, limit),
    );
  return best;
}

/** How many must be accepted, none of them wrong, before the bound comes down to the limit. */
function leastAccepted({ maxRisk, confidence }: RiskLimit): number {
  return Math.ceil(Math.log1p(-confidence) / Math.log1p(-maxRisk));
}

function acceptedOf(
  outputs: Float32Array,
  labels: Uint8Array,
  thresholds: Thresholds,
): { ratio: number; wrong: boolean }[] {
  return Array.from(labels).flatMap((label, i) => {
    const { accepted, ratio, digit } = judge(outputs.subarray(i * CLASSES, (i + 1) * CLASSES), thresholds);
    return accepted ? [{ ratio, wrong: digit !== label }] : [];
  });
}

/** Why the limit can't be shown to hold on so many digits, and what would help. `at` is where the search ended. */
function explain(digits: number, { accepted, wrong, bound }: Risk, { maxRisk, confidence }: RiskLimit): string {
  const asked =
    `A risk of at most ${maxRisk} can't be shown with ${percent(confidence)} ` + `confidence on ${digits} digits`;
  const least = leastAccepted({ maxRisk, confidence });
  if (accepted === 0) return `${asked}: no gate from a ratio of 1 on accepts any of them. Train longer.`;
  if (accepted < least) {
    return (
      `${asked}: were none of the ${accepted} wrong that a ratio of 1 accepts, the upper bound would ` +
      `still be ${brief(clopperPearsonUpper(0, accepted, confidence))}. It takes at ` +
      `least ${roughly((least * digits) / accepted)} digits, or a larger risk.`
    );
  }
  const surest =
    `${asked}: of the ${accepted} that are read most surely ${wrong} ${wrong === 1 ? 'is' : 'are'} ` +
    `wrong, and the upper bound is ${brief(bound)}`;
  if (wrong / accepted >= maxRisk)
    return `${surest}. More digits would not help: ask for a larger risk, or train a better model.`;
  return (
    `${surest}. At that rate it takes ` +
    `about ${roughly((acceptedNeeded(wrong / accepted, { maxRisk, confidence }) * digits) / accepted)} ` +
    `digits; or ask for a larger risk.`
  );
}

/** How many must be accepted, this share of them wrong, until the bound comes down to the limit; to a tenth. */
function acceptedNeeded(share: number, { maxRisk, confidence }: RiskLimit): number {
  let count = leastAccepted({ maxRisk, confidence });
  while (clopperPearsonUpper(Math.round(share * count), count, confidence) > maxRisk) count = Math.ceil(count * 1.1);
  return count;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(4))} %`;
const brief = (value: number): number => Number(value.toPrecision(2));

/** Two digits, upwards. */
function roughly(count: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return Math.ceil(count / unit) * unit;
}
