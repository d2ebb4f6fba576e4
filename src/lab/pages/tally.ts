// Owns the counting: what was read of a frame against what stands in it, by box. Pure; it must not run a pipeline.
import { match, type Matched } from '../../truth/match.js';
import type { TruthDigit } from '../../truth/truth.js';
import { REJECTIONS, type Box, type Rejection, type Verdict } from '../../types.js';

/** What stands in a frame: a digit, or something else (null). */
export interface Standing {
  readonly label: number | null;
  readonly box: Box;
}

/** What the pipeline said of one region. */
export interface Said {
  readonly box: Box;
  readonly verdict: Verdict;
}

/** What one reason refused. */
export interface Refused {
  /** Regions on digits that were not read, and would have been right. */
  lost: number;
  /** Regions on what is no digit, or that would have been wrong. */
  kept: number;
}

/** Counts of a kind, or of many. A digit counts once in each frame in which it stands. */
export interface Tally {
  pictures: number;
  frames: number;
  /** Digits there. */
  digits: number;
  /** Regions accepted: right + wrong + false. */
  accepted: number;
  /** Digits read right, each once. */
  right: number;
  /** Accepted on a digit as another one, or on one that was read already. */
  wrong: number;
  /** Accepted where no digit stands. */
  false: number;
  /** Digits without any region. */
  notFound: number;
  /** Digits that have regions, of which none leans to what they are. */
  mistaken: number;
  /** By reason; every reason is there. */
  refused: Record<Rejection, Refused>;
}

/** Counts of nothing. */
export function noTally(): Tally {
  const refused = Object.fromEntries(REJECTIONS.map((reason) => [reason, { lost: 0, kept: 0 }]));
  return {
    pictures: 0,
    frames: 0,
    digits: 0,
    accepted: 0,
    right: 0,
    wrong: 0,
    false: 0,
    notFound: 0,
    mistaken: 0,
    refused: refused as Record<Rejection, Refused>,
  };
}

/** What was said of each thing, and of no thing: by where the middle of a region lies. */
export function matched(things: readonly Standing[], said: readonly Said[]): Matched<Said> {
  const named = things.map(({ label, box: [x, y, width, height] }, k): TruthDigit => ({
    id: `${k}`,
    label,
    box: [x, y, width, height],
  }));
  return match(named, said);
}

/** Adds one frame: what stands in it, and what was said of its regions. */
export function addFrame(tally: Tally, things: readonly Standing[], said: readonly Said[]): void {
  const { digits, stray } = matched(things, said);
  tally.frames++;
  for (const { digit, sightings } of digits) {
    if (digit.label === null) addNoDigit(tally, sightings);
    else addDigit(tally, digit.label, sightings);
  }
  addNoDigit(tally, stray);
}

function addDigit(tally: Tally, label: number, sightings: readonly Said[]): void {
  tally.digits++;
  if (sightings.length === 0) tally.notFound++;
  const accepted = sightings.filter(({ verdict }) => verdict.accepted);
  const read = accepted.some(({ verdict }) => verdict.digit === label);
  tally.accepted += accepted.length;
  if (read) tally.right++;
  tally.wrong += accepted.length - (read ? 1 : 0);
  // A digit is lost once, however many regions of it were refused: to the first reason.
  let lost = read;
  for (const { verdict } of sightings) {
    if (verdict.accepted) continue;
    const would = verdict.digit === label && !lost;
    tally.refused[verdict.rejected][would ? 'lost' : 'kept']++;
    lost ||= would;
  }
  if (sightings.length > 0 && !lost) tally.mistaken++;
}

function addNoDigit(tally: Tally, sightings: readonly Said[]): void {
  for (const { verdict } of sightings) {
    if (!verdict.accepted) tally.refused[verdict.rejected].kept++;
    else {
      tally.accepted++;
      tally.false++;
    }
  }
}

/** The sum of tallies. */
export function sumOf(tallies: Iterable<Tally>): Tally {
  const sum = noTally();
  for (const tally of tallies) {
    for (const key of [
      'pictures',
      'frames',
      'digits',
      'accepted',
      'right',
      'wrong',
      'false',
      'notFound',
      'mistaken',
    ] as const)
      sum[key] += tally[key];
    for (const reason of REJECTIONS) {
      sum.refused[reason].lost += tally.refused[reason].lost;
      sum.refused[reason].kept += tally.refused[reason].kept;
    }
  }
  return sum;
}
