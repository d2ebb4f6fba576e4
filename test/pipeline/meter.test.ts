import { describe, expect, it } from 'vitest';
import { Meter } from '../../src/pipeline/meter.js';
import { progressLine, showProgress } from '../../src/cli/progress.js';
import { noCounts } from '../../src/types.js';
import { addFrame } from '../../src/pipeline/count.js';
import type { Reading, Rejection } from '../../src/types.js';

const outcome = (rejected?: Rejection): Reading =>
  ({ verdict: rejected ? { accepted: false, rejected } : { accepted: true } }) as Reading;

describe('addFrame', () => {
  it('adds up: regions = accepted + the sum of the reasons', () => {
    const frames = [
      [],
      [outcome(), outcome('ratio'), outcome('unsteady')],
      [outcome('ratio'), outcome('range'), outcome('blank'), outcome('not-finite'), outcome()],
    ];
    const counts = frames.reduce((sum, readings) => addFrame(sum, { readings }), noCounts());
    expect(counts).toEqual({
      frames: 3,
      regions: 8,
      accepted: 2,
      rejected: { 'not-finite': 1, blank: 1, range: 1, ratio: 2, unsteady: 1 },
    });
    expect(counts.regions).toBe(counts.accepted + Object.values(counts.rejected).reduce((a, b) => a + b));
  });
});

describe('Meter', () => {
  it('tells frames a second over the last two seconds, and the lag of the last frame', () => {
    let now = 0;
    const meter = new Meter(() => now);
    for (let i = 1; i <= 100; i++) {
      now = i * 100 - 40;
      meter.decoded();
      now = i * 100;
      meter.published({ ...noCounts(), frames: i });
    }
    expect(meter.stats()).toMatchObject({ frames: 100, fps: 10, lag: 0.04 });
    now += 1000;
    expect(meter.stats().fps).toBe(5);
    now += 5000;
    expect(meter.stats()).toMatchObject({ frames: 100, fps: 0 });
  });

  it('takes the lag of the frame that was published, not of the one decoded last', () => {
    let now = 0;
    const meter = new Meter(() => now);
    meter.decoded();
    now = 500;
    meter.decoded();
    now = 2000;
    meter.published(noCounts());
    expect(meter.stats().lag).toBe(2);
  });
});

describe('progress', () => {
  const stats = { ...noCounts(), frames: 120, accepted: 84, fps: 60, lag: 0 };

  it('says how far, how fast and how long still, where the total is known', () => {
    expect(progressLine(stats, 300)).toBe('frame 120 of 300 (40 %), 60.0 frames/s, 3 s left, 84 digits accepted');
    expect(progressLine(stats, undefined)).toBe('frame 120, 60.0 frames/s, 84 digits accepted');
    expect(progressLine(stats, 100)).toBe('frame 120, 60.0 frames/s, 84 digits accepted');
  });

  it('writes nothing to what is no terminal', () => {
    const written: string[] = [];
    showProgress(
      { write: (text) => written.push(text) },
      () => stats,
      () => undefined,
    ).stop();
    expect(written).toEqual([]);
  });
});
