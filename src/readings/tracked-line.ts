// Owns a line of digits over time: which mark of a frame is which of its places, and when it is another line. It must
// not judge values.
import { centreOf, unionBox } from '../base/boxes.js';
import type { Box, Sighting } from '../types.js';
import type { Agreement } from './asked.js';
import type { Moment } from './keeper.js';
import type { Run } from './runs.js';

/** A place of a line. */
export interface LinePlace {
  /** Id of its region, as it was last seen. */
  readonly region: string;
  readonly box: Box;
  /** Whether it was ever a digit that the gate accepted. */
  readonly clear: boolean;
  /** When it was last there. */
  readonly seen: Moment;
}

/** A line as it is after a frame. */
export interface LineNow {
  readonly places: readonly LinePlace[];
  /** What was seen of each place in this frame; undefined where it is missing. */
  readonly sightings: readonly (Sighting | undefined)[];
  /** For each place its index before this frame; undefined for a new one. */
  readonly from: readonly (number | undefined)[];
}

/** A mark is the one at a place where its middle is no farther from it than this, in heights. */
const REACH = 0.5;

/** A place is missing for good after so many times the looks that count, and when looks of that time no longer do. */
const GONE = 2;

/** How many marks of a run are places of a line, by their names. */
export function sharedRegions(places: readonly LinePlace[], { sightings }: Run): number {
  const names = new Set(places.map(({ region }) => region));
  return sightings.filter(({ digit }) => names.has(digit.region.id)).length;
}

/** Whether a run lies where a line lay, and is as long: what was out of sight for a moment. */
export function liesAt(places: readonly LinePlace[], { sightings, box }: Run): boolean {
  const own = unionBox(places.map((place) => place.box));
  const [width, height] = [0, 1].map(
    (k) => Math.min(own[k]! + own[k + 2]!, box[k]! + box[k + 2]!) - Math.max(own[k]!, box[k]!),
  );
  const shared = Math.max(0, width!) * Math.max(0, height!);
  return sightings.length === places.length && shared >= 0.5 * Math.max(own[2] * own[3], box[2] * box[3]);
}

/** A new line. */
export function beginLine({ sightings }: Run, now: Moment): LineNow {
  return {
    places: sightings.map((sighting) => newPlace(sighting, now)),
    sightings,
    from: sightings.map(() => undefined),
  };
}

/**
 * The line with what a frame shows of it; undefined where it is another line from now on: one of its digits has gone. As
 * long as one is hidden, what is left is not the number. A place that never was a digit and is missing was a speck.
 */
export function followLine(
  places: readonly LinePlace[],
  run: Run,
  now: Moment,
  { of, within }: Agreement,
): LineNow | undefined {
  const mine = assigned(places, run);
  // The same line, but nothing is known of which digit is which: no look counts for what is there now.
  if (isMixedUp(mine, run)) return beginLine(run, now);
  const taken = new Set(mine.filter((one) => one !== undefined));
  const next: { place: LinePlace; sighting: Sighting | undefined; from: number | undefined }[] = places.map(
    (place, from) => ({ place: seen(place, mine[from], now), sighting: mine[from], from }),
  );
  for (const sighting of run.sightings)
    if (!taken.has(sighting)) next.push({ place: newPlace(sighting, now), sighting, from: undefined });
  const missing = ({ seen: last }: LinePlace): number => now.frame - last.frame;
  const kept = next.filter(({ place }) => place.clear || missing(place) < of);
  const isGone = (place: LinePlace): boolean =>
    missing(place) >= GONE * of && (now.time ?? Infinity) - (place.seen.time ?? 0) > within;
  if (kept.some(({ place }) => isGone(place))) return undefined;
  kept.sort((a, b) => centreOf(a.place.box)[0] - centreOf(b.place.box)[0]);
  return {
    places: kept.map(({ place }) => place),
    sightings: kept.map(({ sighting }) => sighting),
    from: kept.map(({ from }) => from),
  };
}

/** Whether marks go by names that would have had to pass each other: digits of a line never do, a jolt mixes names up. */
function isMixedUp(mine: readonly (Sighting | undefined)[], { sightings }: Run): boolean {
  const order = mine.flatMap((one) => (one ? [sightings.indexOf(one)] : []));
  return order.some((rank, k) => k > 0 && rank < order[k - 1]!);
}

function newPlace({ digit: { region }, verdict }: Sighting, now: Moment): LinePlace {
  return { region: region.id, box: region.box, clear: verdict.accepted, seen: now };
}

function seen(place: LinePlace, sighting: Sighting | undefined, now: Moment): LinePlace {
  return sighting ? { ...newPlace(sighting, now), clear: place.clear || sighting.verdict.accepted } : place;
}

/** The mark of each place: by its name, else by where it stands among the others. */
function assigned(places: readonly LinePlace[], { sightings }: Run): (Sighting | undefined)[] {
  const byName = new Map(sightings.map((sighting) => [sighting.digit.region.id, sighting]));
  const mine = places.map(({ region }) => byName.get(region));
  const [dx, dy] = shift(places, mine);
  const free = new Set(sightings.filter((sighting) => !mine.includes(sighting)));
  for (const [k, place] of places.entries()) {
    if (mine[k]) continue;
    const [x, y] = centreOf(place.box);
    const near = [...free].find(({ digit: { region } }) => {
      const [ownX, ownY] = centreOf(region.box);
      return Math.hypot(ownX - x - dx, ownY - y - dy) <= REACH * place.box[3];
    });
    if (!near) continue;
    mine[k] = near;
    free.delete(near);
  }
  return mine;
}

/** How far the places with a mark moved, on average. */
function shift(places: readonly LinePlace[], mine: readonly (Sighting | undefined)[]): readonly [x: number, y: number] {
  let [sumX, sumY, count] = [0, 0, 0];
  for (const [k, sighting] of mine.entries()) {
    if (!sighting) continue;
    const [now, then] = [centreOf(sighting.digit.region.box), centreOf(places[k]!.box)];
    [sumX, sumY, count] = [sumX + now[0] - then[0], sumY + now[1] - then[1], count + 1];
  }
  return count === 0 ? [0, 0] : [sumX / count, sumY / count];
}
