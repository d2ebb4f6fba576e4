// Owns the figures of a replay: what was read of every digit in, shares with their intervals out. Pure; it must not
// decode.
import { clopperPearson, quantile } from '../base/statistics.js';
import { REJECTIONS, type Rejection } from '../types.js';
import type { Seen, Showing } from './play.js';

/** Says whether a gate accepts what was read. */
export type AcceptsSeen = (seen: Seen) => boolean;

/** The verdict of the pipeline itself. */
export const byVerdict: AcceptsSeen = ({ verdict }) => verdict.accepted;

/** Digits that were shown under an attack or a control, one a frame, or one for as long as its picture stands. */
export interface Attacked {
  readonly digits: number;
  /** Of these, those where no region was found. */
  readonly missed: number;
  /**
   * Read wrong, accepted or not: without it a leak flatters the gate that meets a weak attack. Null for what is no
   * digit.
   */
  readonly corrupted: number | null;
  /** Accepted, right or wrong. */
  readonly accepted: number;
  /** Accepted and wrong; of what is no digit, accepted at all. */
  readonly leaked: number;
  /** 95 % interval of `leaked / digits`, Clopper and Pearson. */
  readonly leaked95: readonly [lo: number, hi: number];
}

/** Digits that were shown clear, one a frame. */
export interface Clear {
  readonly digits: number;
  /** Accepted and right, and nothing else said of them. */
  readonly accepted: number;
  /** Accepted and wrong. */
  readonly leaked: number;
  /** `accepted / digits`; null when none was shown clear. */
  readonly coverage: number | null;
}

/**
 * Seconds from a digit's first frame to the first clear one that is accepted and right. Null: never within the clip.
 */
export interface Wait {
  readonly p50: number | null;
  readonly p95: number | null;
  /** Digits that were shown clear and never accepted. */
  readonly never: number;
  /** Digits that were shown clear. */
  readonly of: number;
}

/** Reasons that the pipeline has by itself: no program brings rules along to a replay. */
type OwnReason = Exclude<Rejection, 'rule'>;
const OWN_REASONS = REJECTIONS.filter((reason) => reason !== 'stale' && reason !== 'rule');

/** Regions that the gate rejected, by reason, of attacked and of clear digits alike. */
export type Rejected = Readonly<Record<OwnReason, number>>;

/**
 * Showings in which a picture that stands for several frames on end (the same digit, image and attack) is one, with all
 * that was read of it: an adversary over time has got through once any of its frames has, and only once. Digits without
 * an image in the truth stay one a frame. In the order of their first frames.
 */
export function asPictures(showings: readonly Showing[]): Showing[] {
  const pictures: Showing[] = [];
  const open = new Map<string, { at: number; last: number }>();
  for (const showing of [...showings].sort((a, b) => a.frame - b.frame)) {
    const { id, image, attack } = showing.digit;
    const key = JSON.stringify([id, image, attack]);
    const before = image === undefined ? undefined : open.get(key);
    if (before && showing.frame === before.last + 1) {
      const first = pictures[before.at]!;
      pictures[before.at] = { ...first, sightings: [...first.sightings, ...showing.sightings] };
      before.last = showing.frame;
    } else {
      open.set(key, { at: pictures.length, last: showing.frame });
      pictures.push(showing);
    }
  }
  return pictures;
}

/** Counts digits under attack. */
export function countAttacked(showings: readonly Showing[], accepts: AcceptsSeen): Attacked {
  let [missed, corrupted, accepted, leaked, digit] = [0, 0, 0, 0, true];
  for (const {
    digit: { label },
    sightings,
  } of showings) {
    digit &&= label !== null;
    missed += Number(sightings.length === 0);
    corrupted += Number(
      sightings.some(({ verdict }) => verdict.digit !== label && (verdict.accepted || verdict.rejected !== 'blank')),
    );
    accepted += Number(sightings.some(accepts));
    leaked += Number(isLeak(label, sightings, accepts));
  }
  return {
    digits: showings.length,
    missed,
    corrupted: digit ? corrupted : null,
    accepted,
    leaked,
    leaked95: clopperPearson(leaked, showings.length),
  };
}

/** Counts digits shown clear. */
export function countClear(showings: readonly Showing[], accepts: AcceptsSeen): Clear {
  const leaked = showings.filter(({ digit, sightings }) => isLeak(digit.label, sightings, accepts)).length;
  const accepted = showings.filter((showing) => isRight(showing, accepts)).length;
  return {
    digits: showings.length,
    accepted,
    leaked,
    coverage: showings.length === 0 ? null : accepted / showings.length,
  };
}

/**
 * How long a reader waits for a digit, over the digits that are shown clear at all. `showings` are of one clip, in
 * order.
 */
export function waits(showings: readonly Showing[], accepts: AcceptsSeen): Wait {
  const from = new Map<string, number>();
  const until = new Map<string, number>();
  for (const showing of showings) {
    const {
      digit: { id, attack },
      time,
    } = showing;
    if (!from.has(id)) from.set(id, time);
    if (attack !== undefined) continue;
    if (!until.has(id)) until.set(id, Infinity);
    if (until.get(id) === Infinity && isRight(showing, accepts)) until.set(id, time - from.get(id)!);
  }
  const each = [...until.values()];
  const at = (share: number): number | null => finiteOrNull(quantile(each, share));
  return { p50: at(0.5), p95: at(0.95), never: each.filter((value) => value === Infinity).length, of: each.length };
}

/** Counts rejections of the pipeline by reason. */
export function countRejected(showings: readonly Showing[]): Rejected {
  const counts = Object.fromEntries(OWN_REASONS.map((reason) => [reason, 0])) as Record<OwnReason, number>;
  for (const { verdict } of showings.flatMap(({ sightings }) => sightings))
    if (!verdict.accepted && verdict.rejected !== 'rule') counts[verdict.rejected]++;
  return counts;
}

/** Whether something accepted of a digit is not that digit. `label` null: no digit. */
export function isLeak(label: number | null, sightings: readonly Seen[], accepts: AcceptsSeen): boolean {
  return sightings.some((seen) => accepts(seen) && seen.verdict.digit !== label);
}

function isRight({ digit: { label }, sightings }: Showing, accepts: AcceptsSeen): boolean {
  const said = sightings.filter(accepts);
  return said.length > 0 && said.every(({ verdict }) => verdict.digit === label);
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
