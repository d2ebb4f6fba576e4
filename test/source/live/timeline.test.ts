// The times of live pictures. What is late is worked out here by a queue that is simulated picture by picture.
import { describe, expect, test } from 'vitest';
import { Timeline } from '../../../src/source/live/timeline.js';

/**
 * A reader that takes `work` seconds over one picture in so many and reads nothing meanwhile; a camera gives `rate`
 * pictures a second, each of which is in the pipe at once, and reading one takes `read` seconds.
 */
function read({
  rate,
  read: reading,
  work,
  every,
  count,
}: Record<'rate' | 'read' | 'work' | 'every' | 'count', number>) {
  const pictures = [];
  let [now, idle] = [0, 0];
  for (let i = 0; i < count; i++) {
    const made = i / rate;
    if (made > now) idle += made - now;
    now = Math.max(now, made) + reading;
    pictures.push({ presented: made, arrived: now, idle, truth: now - made - reading });
    if (i % every === every - 1) now += work;
  }
  return pictures;
}

describe('lateness', () => {
  test('a reader that waits for each picture is never late, whatever the stream says of its times', () => {
    for (const factor of [1, 0.5, 1.7]) {
      const line = new Timeline();
      const pictures = read({ rate: 15, read: 0.002, work: 0.01, every: 1, count: 500 });
      const late = pictures.map(
        ({ presented, ...other }) => line.add({ ...other, presented: presented * factor }).late,
      );
      expect(Math.max(...late)).toBe(0);
    }
  });

  test('what waited while the reader worked is late by as much as it waited', () => {
    const line = new Timeline();
    const pictures = read({ rate: 15, read: 0.004, work: 0.6, every: 30, count: 500 });
    for (const { truth, ...coming } of pictures) {
      const { late } = line.add(coming);
      expect(Math.abs(late - truth)).toBeLessThan(0.04);
    }
    expect(Math.max(...pictures.map(({ truth }) => truth))).toBeGreaterThan(0.5);
  });

  test('a reader that never catches up is later and later', () => {
    const line = new Timeline();
    const pictures = read({ rate: 15, read: 0.004, work: 0.1, every: 1, count: 300 });
    const last = pictures.map(({ truth, ...coming }) => ({ truth, late: line.add(coming).late })).at(-1)!;
    expect(last.truth).toBeGreaterThan(10);
    expect(last.late).toBeCloseTo(last.truth, 1);
  });

  test('without times the usual interval stands for them', () => {
    const line = new Timeline();
    const pictures = read({ rate: 10, read: 0.004, work: 0.55, every: 60, count: 600 });
    for (const { truth, arrived, idle } of pictures) {
      const { late } = line.add({ presented: undefined, arrived, idle });
      expect(Math.abs(late - truth)).toBeLessThan(0.15);
    }
  });
});

describe('a stream that falls behind', () => {
  /** Pictures of 10 a second whose way takes `delay(i)` seconds, read by a thread that waits for each. */
  const late = (count: number, delay: (i: number) => number, isTrue = true): number[] => {
    const line = new Timeline();
    return Array.from({ length: count }, (_, i) => {
      const arrived = i / 10 + delay(i);
      return line.add({ presented: 1000 + i / 10, arrived, idle: arrived }, isTrue).late;
    });
  };

  test('is late by what its way has grown, and not any more when that has shrunk', () => {
    const all = late(300, (i) => (i < 100 || i >= 200 ? 0.2 : 0.2 + (i - 100) * 0.03));
    expect(Math.max(...all.slice(0, 100))).toBe(0);
    expect(all[199]).toBeCloseTo(2.97, 1);
    expect(all[299]).toBeLessThan(0.01);
  });

  test('a backlog that stays is not forgotten within the hour', () => {
    expect(late(36_000, (i) => (i < 10 ? 0 : 5)).at(-1)).toBeGreaterThan(3);
  });

  test('a clock that is a little slow is no backlog, for days', () => {
    const all = late(100_000, (i) => (i / 10) * 0.0002);
    expect(all.filter((seconds) => seconds > 0.001)).toEqual([]);
  });

  test('is not told by times that are made up from a rate', () => {
    expect(Math.max(...late(300, (i) => i * 0.05, false))).toBe(0);
  });
});

describe('time', () => {
  const idle = (arrived: number) => arrived;

  test('is the stream’s own from picture to picture, and starts at 0', () => {
    const line = new Timeline();
    const times = [7000, 7000.1, 7000.25].map((presented, i) =>
      line.add({ presented, arrived: 50 + i * 0.13, idle: idle(i) }),
    );
    expect(times.map(({ time }) => Number(time.toFixed(6)))).toEqual([0, 0.1, 0.25]);
  });

  test.each([
    ['back', -5000],
    ['not at all', 0],
    ['ahead', 4000],
  ])('a clock that goes %s is not believed: the time that passed counts', (_name, leap) => {
    const line = new Timeline();
    line.add({ presented: 6000, arrived: 1, idle: 1 });
    expect(line.add({ presented: 6000 + leap, arrived: 1.5, idle: 1.5 }).time).toBeCloseTo(0.5, 9);
    expect(line.add({ presented: 6000 + leap + 0.1, arrived: 1.7, idle: 1.7 }).time).toBeCloseTo(0.6, 9);
  });

  test('goes on over connections by the time that passed', () => {
    const line = new Timeline();
    line.add({ presented: 3, arrived: 10, idle: 10 });
    line.add({ presented: 3.5, arrived: 10.5, idle: 10.5 });
    line.begin();
    expect(line.add({ presented: 0, arrived: 17, idle: 17 }).time).toBeCloseTo(7, 9);
    expect(line.add({ presented: 0.2, arrived: 17.3, idle: 17.3 }).time).toBeCloseTo(7.2, 9);
  });

  test('always grows', () => {
    const line = new Timeline();
    const times = [0, 0, 0].map(() => line.add({ presented: 1, arrived: 5, idle: 5 }).time);
    expect(times[1]).toBeGreaterThan(times[0]!);
    expect(times[2]).toBeGreaterThan(times[1]!);
  });
});
