// Owns the rule for ink that is still being drawn: in a video, a stroke that grew a moment ago is not the whole digit yet.
// Half a 4 is a clear 1, half an 8 a clear 0.
import { map, type MonoTypeOperatorFunction } from 'rxjs';
import { quantile } from '../base/statistics.js';
import type { FrameReadings, Gain, Reading } from '../types.js';

/** Seconds for which ink must have kept its size. */
export const SETTLED = 0.6;

/** The same for a 1: a single stroke may be the first one of any digit, and a pen pauses before the next. */
export const SETTLED_STROKE = 2.5;

/** How much the longer side of a box, and the length of its ink, may gain within that time: as much as noise moves them. */
export const SIDE_GAIN = 0.1;
/** See {@link SIDE_GAIN}. */
export const LENGTH_GAIN = 0.25;

/** Ink of another contrast, by more than this factor, was out of focus or in another light: its size says nothing. */
export const SAME_INK = 1.2;

/** With so many regions in sight, what most of them gain is the camera coming closer. */
const MANY = 3;

/** A region as it was. */
interface Sighting {
  readonly time: number;
  /** Longer side of its box, and length of its ink, source pixels. */
  readonly side: number;
  readonly length: number;
  readonly contrast: number;
}

/**
 * Rejects as `growing` what the gate accepted when, within the last {@link SETTLED} seconds ({@link SETTLED_STROKE} for a 1), its box or its ink was
 * smaller by more than noise makes it: what most regions of the frame gain is taken off, since a camera that comes closer
 * makes all of them grow. Only regions with ink measures are judged, images of a directory and still images are not. The
 * distance is by how much the gain exceeded its bound. Memory: the sightings of that time of the regions in sight.
 */
export function settled(): MonoTypeOperatorFunction<FrameReadings> {
  return (source) => {
    let [file, turned, clock] = [undefined as string | undefined, undefined as number | undefined, -Infinity];
    let seen = new Map<string, readonly Sighting[]>();
    return source.pipe(
      map((now) => {
        const { time } = now.frame;
        if (now.frame.file !== file || now.frame.turned !== turned || time < clock) seen = new Map();
        [file, turned, clock] = [now.frame.file, now.frame.turned, time];
        const next = new Map<string, readonly Sighting[]>();
        for (const [id, sightings] of seen) {
          const kept = sightings.filter((sighting) => time - sighting.time <= SETTLED_STROKE);
          if (kept.length > 0) next.set(id, kept);
        }
        const gains = [SETTLED, SETTLED_STROKE].map((seconds) =>
          now.readings.map((reading) => gainOf(reading, next, time - seconds)),
        );
        for (const reading of now.readings) remember(reading, time, next);
        seen = next;
        const common = gains.map(commonGain);
        const own = now.readings.map(({ verdict }, k) => {
          const which = verdict.digit === 1 ? 1 : 0;
          return ownGain(gains[which]![k], common[which]!);
        });
        return { ...now, readings: now.readings.map((reading, k) => rejectGrowing(reading, own[k])), gains: own };
      }),
    );
  };
}

function sightingOf({ digit: { region } }: Reading, time: number): Sighting | undefined {
  const { box, ink } = region;
  return ink && { time, side: Math.max(box[2], box[3]), length: ink.area / ink.stroke, contrast: ink.contrast };
}

function remember(reading: Reading, time: number, seen: Map<string, readonly Sighting[]>): void {
  const [{ id }, sighting] = [reading.digit.region, sightingOf(reading, time)];
  if (sighting) seen.set(id, [...(seen.get(id) ?? []), sighting]);
}

// How much a region gained since a moment; undefined when it was not seen in this light.
function gainOf(reading: Reading, seen: ReadonlyMap<string, readonly Sighting[]>, since: number): Gain | undefined {
  const now = sightingOf(reading, since);
  if (!now) return undefined;
  const all = seen.get(reading.digit.region.id) ?? [];
  const before = all.filter(({ time, contrast }) => time >= since && alike(contrast, now.contrast));
  if (before.length === 0) return undefined;
  return {
    side: now.side / Math.min(...before.map(({ side }) => side)) - 1,
    length: now.length / Math.min(...before.map(({ length }) => length)) - 1,
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

function ownGain(gain: Gain | undefined, common: Gain): Gain | undefined {
  return gain && { side: gain.side - common.side, length: gain.length - common.length };
}

function rejectGrowing(reading: Reading, gain: Gain | undefined): Reading {
  const { verdict } = reading;
  if (!gain || !verdict.accepted) return reading;
  const distance = Math.max(gain.side - SIDE_GAIN, gain.length - LENGTH_GAIN);
  return distance <= 0
    ? reading
    : { ...reading, verdict: { ...verdict, accepted: false, rejected: 'growing', distance } };
}
