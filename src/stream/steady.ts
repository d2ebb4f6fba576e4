// Owns the rule over time: in a video, a digit must stand still and stay the same from one frame to the next.
import { map, type MonoTypeOperatorFunction } from 'rxjs';
import type { FrameReadings, Reading } from '../types.js';
import { displacement } from './track.js';

/** Frames further apart than this, in seconds, say nothing of each other's motion: they are judged alone. */
export const NEIGHBOURS = 0.25;

/** Options of {@link steady}. */
export interface SteadyOptions {
  /** How far a digit may have moved since the frame before, as a share of its longer side, >= 0. 0: the rule is off. */
  readonly shift: number;
}

/**
 * Rejects as `unsteady` what the gate accepted when the frame before, at most {@link NEIGHBOURS} seconds earlier, did not
 * show the same digit in the same region at nearly the same place: a thing in motion is smeared (a smeared 7 looks like a
 * clear 1), and what flickers is no digit. The first frame, still images and frames far apart are judged alone.
 * The distance is how much too far it moved; 0 when the frame before showed nothing there, or another digit.
 */
export function steady({ shift }: SteadyOptions): MonoTypeOperatorFunction<FrameReadings> {
  if (shift === 0) return map((readings) => readings);
  return (source) => {
    let before: FrameReadings | undefined;
    return source.pipe(
      map((now) => {
        const judged = neighbours(before, now) ? { ...now, readings: now.readings.map((reading) => judge(reading, before!, shift)) } : now;
        // As the gate saw it: a digit that was unsteady itself still speaks for the next frame.
        before = now;
        return judged;
      }),
    );
  };
}

function neighbours(before: FrameReadings | undefined, { frame }: FrameReadings): boolean {
  if (!before || before.frame.file !== frame.file) return false;
  const gap = frame.time - before.frame.time;
  return gap >= 0 && gap <= NEIGHBOURS;
}

function judge(reading: Reading, before: FrameReadings, shift: number): Reading {
  const { verdict, digit } = reading;
  if (!verdict.accepted) return reading;
  const same = before.readings.find((other) => other.digit.region.id === digit.region.id);
  const moved = same ? displacement(same.digit.region.box, digit.region.box) : 0;
  if (same?.verdict.accepted && same.verdict.digit === verdict.digit && moved <= shift) return reading;
  return { ...reading, verdict: { ...verdict, accepted: false, rejected: 'unsteady', distance: Math.max(0, moved - shift) } };
}
