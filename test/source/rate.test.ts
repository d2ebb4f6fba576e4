// The frame rate limit: what stays, at exact, rounded and irregular times.
import { expect, test } from 'vitest';
import { RateLimit } from '../../src/source/rate.js';

function kept(fps: number | undefined, times: readonly number[]): number[] {
  const rate = new RateLimit(fps);
  return times.filter((time) => rate.keep(time));
}
const every = (count: number, fps: number, start = 0): number[] =>
  Array.from({ length: count }, (_, i) => start + i / fps);

test('keeps all without a limit, and at the own rate', () => {
  expect(kept(undefined, every(90, 30))).toHaveLength(90);
  expect(kept(30, every(90, 30))).toHaveLength(90);
  expect(kept(29.97, every(90, 30000 / 1001, 1.4))).toHaveLength(90);
});

test('loses none at the own rate when a container rounds to milliseconds', () => {
  expect(
    kept(
      30,
      every(300, 30).map((time) => Math.round(time * 1000) / 1000),
    ),
  ).toHaveLength(300);
});

test.each([1, 2, 7, 10, 24, 29])('exactly %i in each second that counts from the first frame', (fps) => {
  const times = kept(fps, every(300, 30, 5));
  for (let second = 5; second < 15; second += 1)
    expect(times.filter((time) => time >= second - 1e-9 && time < second + 1 - 1e-9)).toHaveLength(fps);
});

test('less than one a second works', () => {
  expect(kept(0.5, every(300, 30))).toHaveLength(5);
});

test('a clock that jumps back does not end the stream', () => {
  expect(kept(1, [10, 11, 12, 0, 1, 2])).toHaveLength(6);
});
