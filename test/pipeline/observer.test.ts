import { describe, expect, it } from 'vitest';
import { addFrame, RunObserver } from '../../src/pipeline/observer.js';
import { noCounts, type Frame, type Sighting, type Rejection } from '../../src/types.js';

const outcome = (rejected?: Rejection): Sighting =>
  ({ verdict: rejected ? { accepted: false, rejected } : { accepted: true } }) as Sighting;
const frame = {} as Frame;

describe('addFrame', () => {
  it('adds up: regions = accepted + the sum of the reasons', () => {
    const frames = [
      [],
      [outcome(), outcome('ratio'), outcome('unsteady')],
      [outcome('ratio'), outcome('range'), outcome('blank'), outcome('not-finite'), outcome()],
    ];
    const counts = frames.reduce((sum, sightings) => addFrame(sum, { sightings }), noCounts());
    expect(counts).toEqual({
      frames: 3,
      truncated: 0,
      regions: 8,
      accepted: 2,
      rejected: { ...noCounts().rejected, 'not-finite': 1, blank: 1, range: 1, ratio: 2, unsteady: 1 },
    });
    expect(counts.regions).toBe(counts.accepted + Object.values(counts.rejected).reduce((a, b) => a + b));
  });
});

describe('RunObserver', () => {
  let now = 0;
  const watch = (): RunObserver => new RunObserver({ clock: { now: () => now, idle: () => 0 } });

  it('tells frames a second over the last two seconds, and the lag of the last frame', () => {
    const observer = watch();
    for (let i = 1; i <= 100; i++) {
      now = i * 100 - 40;
      observer.arrived(frame);
      now = i * 100;
      observer.published({ sightings: [] });
    }
    expect(observer.stats()).toMatchObject({ frames: 100, fps: 10, lag: 0.04 });
    now += 1000;
    expect(observer.stats().fps).toBe(5);
    now += 5000;
    expect(observer.stats()).toMatchObject({ frames: 100, fps: 0 });
  });

  it('takes the lag of the frame that was published, not of the one that arrived last', () => {
    now = 0;
    const observer = watch();
    observer.arrived(frame);
    now = 500;
    observer.arrived(frame);
    now = 2000;
    observer.published({ sightings: [outcome()] });
    expect(observer.stats()).toMatchObject({ lag: 2, accepted: 1 });
  });

  it('times the stages only when asked', () => {
    expect(watch().profile).toBeUndefined();
    expect(new RunObserver({ profile: true }).profile?.report(0).frames).toBe(0);
  });
});
