// Adds up what came out of the pipe: frames, regions, outcomes. Keeps no clock.
import { scan, type OperatorFunction } from 'rxjs';
import { noCounts, type Counts } from '../types.js';
import type { FrameReadings } from '../types.js';

/** `counts` with one more frame. regions = accepted + the sum of rejected, by construction. */
export function addFrame(counts: Counts, { readings }: Pick<FrameReadings, 'readings'>): Counts {
  const rejected = { ...counts.rejected };
  let accepted = counts.accepted;
  for (const { verdict } of readings) {
    if (verdict.accepted) accepted++;
    else rejected[verdict.rejected]++;
  }
  return { frames: counts.frames + 1, regions: counts.regions + readings.length, accepted, rejected };
}

/** The running totals after every frame; nothing for a source without frames. */
export function count(): OperatorFunction<FrameReadings, Counts> {
  return scan(addFrame, noCounts());
}
