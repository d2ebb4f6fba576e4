// The running leak rate: what it adds to the figures of a run that has a truth. Counting is tested with its counter.
import { describe, expect, it } from 'vitest';
import { createLeaks } from '../../src/sinks/leaks.js';
import type { Fixture } from '../../src/truth/truth.js';
import type { Box, Leaks } from '../../src/types.js';
import { digit, truth } from '../replay/hands.js';
import { grayFrame, sighting, shown } from './drawing/sightings.js';
import { published, testRun } from './runs.js';

const [left, right, beside]: Box[] = [
  [0, 0, 10, 10],
  [20, 0, 10, 10],
  [20, 16, 10, 10],
];

/** Two digits in frame 0 and one in frame 1. */
const FIXTURE = {
  truth: truth({
    attacks: [],
    frames: [
      { frame: 0, digits: [digit('a', 3, undefined, left), digit('b', 5, undefined, right)] },
      { frame: 1, digits: [digit('a', 3, undefined, left)] },
    ],
  }),
} as unknown as Fixture;

/** Frame 0: 3 read right, 5 read as 8. Frame 1: 3 refused, and a 1 where there is nothing. */
const FRAMES = published([
  shown(grayFrame(40, 30, 0, { index: 0 }), sighting(left!, 3, 20), sighting(right!, 8, 20)),
  shown(grayFrame(40, 30, 0, { index: 1 }), sighting(left!, 9, 1.1, 'ratio'), sighting(beside!, 1, 20)),
]);

describe('leaks', () => {
  it('stand in the figures from the beginning, and grow with the frames', async () => {
    const leaks = createLeaks();
    await leaks.open(testRun({ truth: FIXTURE }).info);
    const seen: (Leaks | undefined)[] = [leaks.figures?.().truth];
    for (const frame of FRAMES) {
      await leaks.frame(frame);
      seen.push(leaks.figures?.().truth);
    }
    expect(seen).toEqual([
      { digits: 0, leaked: 0, rate: 0, stray: 0 },
      { digits: 2, leaked: 1, rate: 1 / 2, stray: 0 },
      { digits: 3, leaked: 1, rate: 1 / 3, stray: 1 },
    ]);
  });

  it('of a run without a truth are not told', async () => {
    const leaks = createLeaks();
    await leaks.open(testRun().info);
    for (const frame of FRAMES) await leaks.frame(frame);
    expect(leaks.figures?.()).toEqual({});
  });

  it('are counted before the run reads on', () => expect(createLeaks().pace).toBe('waits'));
});
