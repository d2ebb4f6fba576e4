// Owns the rule for ink that is still being drawn: in a video, a stroke that grew a moment ago is not the whole digit
// yet. Half a 4 is a clear 1, half an 8 a clear 0.
import { map, type MonoTypeOperatorFunction } from 'rxjs';
import { quantile } from '../base/statistics.js';
import type { FrameSightings, Gain, Sighting } from '../types.js';
import { areNeighbours, momentOf, type Moment } from './neighbours.js';
import { inkMaskOf, stillThere, type InkMask } from './ink-mask.js';

/** Seconds for which ink must have kept its size. */
export const SETTLED = 0.6;

/** The same for a 1: a single stroke may be the first one of any digit, and a pen pauses before the next. */
export const SETTLED_STROKE = 2.5;

/** How much the longer side of a box may gain within that time, and the length of its ink: as noise moves them. */
export const SIDE_GAIN = 0.1;
/** See {@link SIDE_GAIN}. */
export const LENGTH_GAIN = 0.25;

/** Ink of another contrast, by more than this factor, was out of focus or in another light: its size says nothing. */
const SAME_INK = 1.2;

/** Ink grew where at least this share of what was there is there still: else it is another digit at the same place. */
const STILL_THERE = 0.8;

/** With so many regions in sight, what most of them gain is the camera coming closer. */
const MANY = 3;

/** A region as it was. */
interface Snapshot {
  readonly time: number;
  /** Longer side of its box, and length of its ink, source pixels. */
  readonly side: number;
  readonly length: number;
  readonly contrast: number;
  readonly mask: InkMask;
}

/**
 * Rejects as `growing` what the gate accepted when, within the last {@link SETTLED} seconds ({@link SETTLED_STROKE} for
 * a 1), the same ink and its box were smaller by more than noise makes them: what most regions of the frame gain is
 * taken off, since a camera that comes closer makes all of them grow. A digit that took another one's place has not
 * grown, and frames further apart than `NEIGHBOURS` say nothing of each other. Only regions with ink measures are
 * judged, images of a directory and still images are not. The distance is by how much the gain exceeded its bound.
 * Memory: the snapshots of that time of the regions in sight.
 */
export function settled(): MonoTypeOperatorFunction<FrameSightings> {
  return (source) => {
    let before: Moment | undefined;
    let seen = new Map<string, readonly Snapshot[]>();
    return source.pipe(
      map((now) => {
        const moment = momentOf(now.frame);
        const { time } = moment;
        if (!before || !areNeighbours(before, moment)) seen = new Map();
        before = moment;
        const next = new Map<string, readonly Snapshot[]>();
        for (const [id, snapshots] of seen) {
          const kept = snapshots.filter((snapshot) => time - snapshot.time <= SETTLED_STROKE);
          if (kept.length > 0) next.set(id, kept);
        }
        const snapshots = now.sightings.map((sighting) => snapshotOf(sighting, time));
        const own = gainsOf(now.sightings, snapshots, next);
        now.sightings.forEach(({ digit: { region } }, k) => remember(region.id, snapshots[k], next));
        seen = next;
        return { ...now, sightings: now.sightings.map((sighting, k) => rejectGrowing(sighting, own[k])), gains: own };
      }),
    );
  };
}

function snapshotOf({ digit }: Sighting, time: number): Snapshot | undefined {
  const { box, ink } = digit.region;
  if (!ink) return undefined;
  const side = Math.max(box[2], box[3]);
  return { time, side, length: ink.area / ink.stroke, contrast: ink.contrast, mask: inkMaskOf(digit) };
}

function remember(id: string, snapshot: Snapshot | undefined, seen: Map<string, readonly Snapshot[]>): void {
  if (snapshot) seen.set(id, [...(seen.get(id) ?? []), snapshot]);
}

// How much each sighting gained beyond what most did; undefined for one that was not seen before in this light.
function gainsOf(
  sightings: readonly Sighting[],
  snapshots: readonly (Snapshot | undefined)[],
  seen: ReadonlyMap<string, readonly Snapshot[]>,
): (Gain | undefined)[] {
  const within = (seconds: number) =>
    sightings.map(({ digit: { region } }, k) => before(snapshots[k], seen.get(region.id) ?? [], seconds));
  const [short, long] = [within(SETTLED), within(SETTLED_STROKE)];
  const [common, commonLong] = [short, long].map((list) => commonGain(list.map((all, k) => gain(snapshots[k], all))));
  return sightings.map(({ verdict }, k) => {
    const [all, most] = verdict.digit === 1 ? [long[k]!, commonLong!] : [short[k]!, common!];
    const now = snapshots[k];
    const own = beyond(gain(now, all), most);
    // Most regions keep their size: the pictures are laid over each other only where it matters.
    if (!now || !own || excessOf(own) <= 0) return own;
    const same = all.filter(({ mask }) => stillThere(mask, now.mask) >= STILL_THERE);
    return beyond(gain(now, same), most);
  });
}

function before(now: Snapshot | undefined, all: readonly Snapshot[], seconds: number): readonly Snapshot[] {
  return now ? all.filter(({ time, contrast }) => now.time - time <= seconds && alike(contrast, now.contrast)) : [];
}

function gain(now: Snapshot | undefined, all: readonly Snapshot[]): Gain | undefined {
  if (!now || all.length === 0) return undefined;
  return {
    side: now.side / Math.min(...all.map(({ side }) => side)) - 1,
    length: now.length / Math.min(...all.map(({ length }) => length)) - 1,
  };
}

function alike(a: number, b: number): boolean {
  return a <= SAME_INK * b && b <= SAME_INK * a;
}

function commonGain(gains: readonly (Gain | undefined)[]): Gain {
  const known = gains.filter((gain) => gain !== undefined);
  if (known.length < MANY) return { side: 0, length: 0 };
  const median = (of: (gain: Gain) => number): number => Math.max(0, quantile(known.map(of), 0.5));
  return { side: median(({ side }) => side), length: median(({ length }) => length) };
}

function beyond(own: Gain | undefined, common: Gain): Gain | undefined {
  return own && { side: own.side - common.side, length: own.length - common.length };
}

function excessOf({ side, length }: Gain): number {
  return Math.max(side - SIDE_GAIN, length - LENGTH_GAIN);
}

function rejectGrowing(sighting: Sighting, own: Gain | undefined): Sighting {
  const { verdict } = sighting;
  const distance = own && verdict.accepted ? excessOf(own) : 0;
  return distance <= 0
    ? sighting
    : { ...sighting, verdict: { ...verdict, accepted: false, rejected: 'growing', distance } };
}
