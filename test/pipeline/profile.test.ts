// The profile: times by a clock that the test sets, and a pipe that gives the same with and without it.
import { concatMap, from, lastValueFrom, map, pipe, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Profile } from '../../src/pipeline/profile.js';

function manual(): { now: number; idle: number; clock: { now: () => number; idle: () => number } } {
  const state = { now: 100, idle: 7, clock: { now: () => state.now, idle: () => state.idle } };
  return state;
}

describe('Profile', () => {
  it('adds up what each stage takes, and gives the rest of the busy time to the source', async () => {
    const time = manual();
    const profile = new Profile(time.clock);
    profile.start();
    const scored = profile.work('score', async (frame: number) => {
      time.now += 10 * frame;
      return frame;
    });
    const stages = pipe(
      profile.operator(
        'regions',
        map((frame: number) => ((time.now += frame), frame)),
      ),
      concatMap(scored),
      profile.operator(
        'gate',
        map((frame: number) => ((time.now += 0.5), frame * 2)),
      ),
    );
    const out = await lastValueFrom(from([1, 2, 3]).pipe(stages, toArray()));
    time.now += 40;
    time.idle += 25;
    expect(out).toEqual([2, 4, 6]);
    const { frames, wall, waiting, stages: found } = profile.report(3);
    expect({ frames, wall }).toEqual({ frames: 3, wall: 6 + 60 + 1.5 + 40 });
    expect(waiting).toBeCloseTo(25 / 3);
    expect(found.regions).toEqual({ perFrame: 2, longest: 3 });
    expect(found.score).toEqual({ perFrame: 20, longest: 30 });
    expect(found.gate).toEqual({ perFrame: 0.5, longest: 0.5 });
    expect(found.normalise).toEqual({ perFrame: 0, longest: 0 });
    expect(found.source.perFrame).toBeCloseTo((40 - 25) / 3);
    const sum = waiting + Object.values(found).reduce((total, { perFrame }) => total + perFrame, 0);
    expect(sum * frames).toBeCloseTo(wall);
  });

  it('times an engine from the turn in which it computes', async () => {
    const time = manual();
    const profile = new Profile(time.clock);
    profile.start();
    const scored = profile.engine('score', (frame: number) => {
      time.now += 1;
      return new Promise<number>((resolve) => setImmediate(() => ((time.now += 10), resolve(frame))));
    });
    const working = scored(5);
    time.now += 100;
    expect(await working).toBe(5);
    expect(profile.report(1).stages.score).toEqual({ perFrame: 10, longest: 10 });
    expect(profile.report(1).stages.source.perFrame).toBe(101);
  });

  it('counts what another stage does while one waits only once', async () => {
    const time = manual();
    const profile = new Profile(time.clock);
    profile.start();
    const search = profile.operator(
      'regions',
      map((frame: number) => ((time.now += 8), frame)),
    );
    let taken = (): void => {};
    const sink = profile.work('publish', async () => {
      time.now += 1;
      await new Promise<void>((resolve) => (taken = resolve));
      time.now += 2;
    });
    const published = sink();
    await lastValueFrom(from([1]).pipe(search));
    time.now += 30;
    time.idle += 30;
    taken();
    await published;
    const { stages, waiting } = profile.report(1);
    expect([stages.publish.perFrame, stages.regions.perFrame, waiting, stages.source.perFrame]).toEqual([3, 8, 30, 0]);
  });

  it('passes errors on and counts the time up to them', async () => {
    const time = manual();
    const profile = new Profile(time.clock);
    profile.start();
    const failing = profile.work('publish', async () => {
      time.now += 4;
      throw new Error('full');
    });
    await expect(failing()).rejects.toThrow('full');
    expect(profile.report(1).stages.publish).toEqual({ perFrame: 4, longest: 4 });
  });

  it('holds zeros before the start and without frames', () => {
    const time = manual();
    const profile = new Profile(time.clock);
    const idle = { frames: 0, waiting: 0, stages: { source: { perFrame: 0 }, score: { perFrame: 0, longest: 0 } } };
    expect(profile.report(0)).toMatchObject({ ...idle, wall: 0 });
    profile.start();
    time.now += 3;
    expect(profile.report(0)).toMatchObject({ ...idle, wall: 3 });
  });
});
