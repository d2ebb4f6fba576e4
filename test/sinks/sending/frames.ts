// Frames with numbers in them, for sinks that send. No test in here.
import type { FrameReadings, FrameSightings } from '../../../src/types.js';
import { grayFrame, sighting, shown } from '../drawing/sightings.js';

/** A frame with one digit that is accepted. */
export function digitFrame(index: number): FrameSightings {
  return shown(grayFrame(64, 48, 128, { index, time: index / 10 }), sighting([4, 4, 20, 28], 7, 18));
}

/** A frame in which these numbers are told. */
export function numberFrame(index: number, told: Readonly<Record<string, string>>): FrameSightings {
  return {
    ...shown(grayFrame(64, 48, 128, { index, time: index / 10 })),
    readings: {
      told: Object.entries(told).map(([id, value]) => ({
        id,
        value,
        box: [0, 0, 40, 20] as const,
        places: [{ region: 'r0', digit: 4 as const, frames: 3, of: 3 }],
        confirmed: { frames: 3, of: 3, since: 0 },
      })),
      refused: [],
      doubts: [],
      views: Object.entries(told).map(([id, value]) => ({ id, shown: value, box: [0, 0, 40, 20] as const })),
    } satisfies FrameReadings,
  };
}

/** A frame in which these numbers are in sight, and none is told. */
export function viewFrame(index: number, views: Readonly<Record<string, string>>): FrameSightings {
  const frame = numberFrame(index, views);
  return { ...frame, readings: { ...frame.readings!, told: [] } };
}
