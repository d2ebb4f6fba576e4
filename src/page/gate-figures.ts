// Owns what thresholds would accept of what was counted. Pure; it draws nothing.
import { RATIO_BINS, ratioPlace, TOP_BINS, topPlace, type DistributionMessage } from '../sinks/page/protocol.js';
import type { Thresholds } from '../types.js';

/** What thresholds accept of the regions that were counted. */
export interface Accepted {
  /** Regions with ink. */
  readonly regions: number;
  /** Of these, accepted: a whole number where thresholds lie at the edges of bins, else by the share of a bin. */
  readonly accepted: number;
  /** Of these, wrong by the truth. */
  readonly wrong: number;
  /** Digits that the truth had; undefined without one. */
  readonly truthDigits: number | undefined;
}

/** What these thresholds would have accepted; what other rules refused stays refused. */
export function acceptedBy(
  { cells, outcomes, truthDigits }: DistributionMessage,
  { ratio, range }: Thresholds,
): Accepted {
  const [least, lo, hi] = [ratioPlace(ratio), topPlace(range[0]), topPlace(range[1])];
  let [decided, accepted, wrong] = [0, 0, 0];
  for (const [ratioBin, topBin, count, bad] of cells) {
    const share = shareOf(ratioBin, least, RATIO_BINS, RATIO_BINS) * shareOf(topBin, lo, hi, TOP_BINS);
    decided += count;
    accepted += count * share;
    wrong += bad * share;
  }
  let others = 0;
  for (const [outcome, bins] of Object.entries(outcomes))
    if (outcome !== 'accepted' && outcome !== 'ratio' && outcome !== 'range')
      for (const [, count] of bins) others += count;
  return { regions: decided + others, accepted, wrong, truthDigits };
}

/** What share of a bin lies between two places. The last bin has no end. */
function shareOf(bin: number, from: number, to: number, bins: number): number {
  if (bin === bins - 1 && to >= bins - 1) return from <= bin + EDGE ? 1 : 0;
  const [least, most] = [near(from), near(to)];
  return Math.max(0, Math.min(bin + 1, most) - Math.max(bin, least));
}

/** Places this near to an edge are that edge: thresholds are written in few digits. */
const EDGE = 0.02;

function near(place: number): number {
  const edge = Math.round(place);
  return Math.abs(place - edge) < EDGE ? edge : place;
}

/** Counts by bin of three groups of outcomes, one upon the other, for a chart. */
export function stacked(
  by: DistributionMessage['outcomes'],
  bins: number,
): { readonly accepted: number[]; readonly thresholds: number[]; readonly others: number[] } {
  const sums = { accepted: zeros(bins), thresholds: zeros(bins), others: zeros(bins) };
  for (const [outcome, counts] of Object.entries(by)) {
    const into =
      outcome === 'accepted' ? 'accepted' : outcome === 'ratio' || outcome === 'range' ? 'thresholds' : 'others';
    for (const [bin, count] of counts) sums[into][bin]! += count;
  }
  sums.thresholds.forEach((count, bin) => (sums.thresholds[bin] = count + sums.accepted[bin]!));
  sums.others.forEach((count, bin) => (sums.others[bin] = count + sums.thresholds[bin]!));
  return sums;
}

function zeros(bins: number): number[] {
  return new Array<number>(bins).fill(0);
}

/** What of the gate's keys a change has to say: what differs, and null for what is the model's own. */
export function gateChange(now: Thresholds, wanted: Thresholds, own: Thresholds): Readonly<Record<string, unknown>> {
  const range = wanted.range[0] === own.range[0] && wanted.range[1] === own.range[1] ? null : [...wanted.range];
  return {
    ...(wanted.ratio !== now.ratio && { ratio: wanted.ratio === own.ratio ? null : wanted.ratio }),
    ...((wanted.range[0] !== now.range[0] || wanted.range[1] !== now.range[1]) && { range }),
  };
}
