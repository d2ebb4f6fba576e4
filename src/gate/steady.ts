// Owns the rule over time: in a video, a digit must stand still and stay the same from one frame to the next.
import { map, type MonoTypeOperatorFunction } from 'rxjs';
import type { FrameSightings, Motion, Sighting } from '../types.js';
import { displacement } from '../base/boxes.js';
import { areNeighbours, momentOf, type Moment } from './neighbours.js';

/**
 * Seconds for which a picture must stay as it is before it speaks for itself: cameras repeat frames, screens stand
 * still.
 */
export const STILL = 0.1;

/**
 * Normalised pixels that differ by at most this much on average, of 1, show the same picture: a lossy codec repeats
 * none exactly. Chosen so that most repeats by H.264 and MPEG-4 lie below it, and most pairs from a hand-held camera
 * above.
 */
export const RECODED = 0.003;

/** Seconds by which rounding may shorten the time between two frames: 0.5 - 0.4 is less than 0.1. */
const ROUNDING = 1e-6;

/** Options of {@link steady}. */
export interface SteadyOptions {
  /** How far a digit may have moved since the frame before, as a share of its longer side, >= 0. 0: the rule is off. */
  readonly shift: number;
}

/**
 * Rejects as `unsteady` what the gate accepted when the frame before, at most `NEIGHBOURS` seconds earlier, did
 * not show the same digit in the same region at nearly the same place: a thing in motion is smeared (a smeared 7 looks
 * like a clear 1), and what flickers is no digit. A region whose box and digit are as before, and whose pixels differ
 * by no more than coding makes them ({@link RECODED}), is the same picture once more: it stays steady or unsteady as it
 * was, until it has stood for {@link STILL} seconds. The first frame (also of each pass of a file that is read again),
 * still images and frames far apart are judged alone. The distance is how much too far it moved; 0 when the frame
 * before showed nothing there, or another digit.
 */
export function steady({ shift }: SteadyOptions): MonoTypeOperatorFunction<FrameSightings> {
  if (shift === 0) return map((sightings) => sightings);
  return (source) => {
    let before: Memory | undefined;
    return source.pipe(
      map((now) => {
        const moment = momentOf(now.frame);
        const last = before && areNeighbours(before.moment, moment) ? before : undefined;
        const watched = now.sightings.map((sighting) => watch(sighting, now.frame.time, shift, last));
        before = { moment, watched: new Map(watched.map((one) => [one.sighting.digit.region.id, one])) };
        return { ...now, sightings: watched.map(rejectUnsteady), motions: watched.map(({ motion }) => motion) };
      }),
    );
  };
}

/** One region of one frame. */
interface Watched {
  /** As the gate saw it: a digit that was unsteady itself still speaks for the next frame. */
  readonly sighting: Sighting;
  /** Undefined: steady. Else how much too far it moved. */
  readonly excess: number | undefined;
  /** Undefined where there was no frame before. */
  readonly motion?: Motion;
  /** When this very picture was first seen, in seconds. */
  readonly since: number;
}

/** What is kept of the frame before. */
interface Memory {
  readonly moment: Moment;
  readonly watched: ReadonlyMap<string, Watched>;
}

function watch(sighting: Sighting, time: number, shift: number, before: Memory | undefined): Watched {
  if (!before) return { sighting, excess: undefined, since: time };
  const last = before.watched.get(sighting.digit.region.id);
  const repeated = last !== undefined && repeats(sighting, last.sighting);
  const motion = motionOf(sighting, last?.sighting, repeated);
  if (repeated) {
    const excess = time - last.since >= STILL - ROUNDING ? undefined : last.excess;
    return { sighting, excess, motion, since: last.since };
  }
  return { sighting, excess: excessOf(sighting, motion, shift), motion, since: time };
}

function motionOf({ digit }: Sighting, last: Sighting | undefined, repeated: boolean): Motion {
  if (!last) return { repeated };
  const moved = displacement(last.digit.region.box, digit.region.box);
  return { moved, repeated, ...(last.verdict.accepted && { before: last.verdict.digit }) };
}

function repeats(now: Sighting, last: Sighting): boolean {
  const box = last.digit.region.box;
  return (
    now.verdict.digit === last.verdict.digit &&
    now.digit.region.box.every((value, k) => value === box[k]) &&
    meanDifference(now.digit.pixels, last.digit.pixels) <= RECODED
  );
}

function meanDifference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += Math.abs(a[k]! - b[k]!);
  return sum / a.length;
}

function excessOf({ verdict }: Sighting, { moved, before }: Motion, shift: number): number | undefined {
  if (moved === undefined) return 0;
  return before === verdict.digit && moved <= shift ? undefined : Math.max(0, moved - shift);
}

function rejectUnsteady({ sighting, excess }: Watched): Sighting {
  if (excess === undefined || !sighting.verdict.accepted) return sighting;
  return { ...sighting, verdict: { ...sighting.verdict, accepted: false, rejected: 'unsteady', distance: excess } };
}
