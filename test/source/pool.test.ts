// The frame pool: fixed number of buffers, reuse, idempotent release.
import { expect, test } from 'vitest';
import { FramePool, PooledFrame } from '../../src/source/pool.js';

const stamp = { index: 0, time: 0, width: 2, height: 2, left: 0, top: 0, scale: 1 };

test('hands out no more buffers than it has, and reuses them', () => {
  const pool = new FramePool(2);
  const first = pool.take(4) as Uint8Array;
  const second = pool.take(4) as Uint8Array;
  expect(pool.take(4)).toBeUndefined();
  pool.give(first);
  expect(pool.take(4)).toBe(first);
  expect(second).not.toBe(first);
  expect(pool.out).toBe(2);
});

test('replaces a buffer that is too small without growing in number', () => {
  const pool = new FramePool(1);
  const small = pool.take(4) as Uint8Array;
  pool.give(small);
  const large = pool.take(9) as Uint8Array;
  expect(large.length).toBe(9);
  expect(pool.take(1)).toBeUndefined();
  pool.give(large);
  expect(pool.take(4)).toBe(large);
});

test('release gives the buffer back once, and says so once', () => {
  const pool = new FramePool(1);
  let returns = 0;
  pool.onReturn = () => (returns += 1);
  const frame = PooledFrame.over(pool.take(4) as Uint8Array, stamp, pool);
  frame.release();
  frame.release();
  expect([returns, pool.out]).toEqual([1, 0]);
  // A late second release must not free the buffer that somebody else holds now.
  const next = PooledFrame.over(pool.take(4) as Uint8Array, stamp, pool);
  frame.release();
  expect(pool.out).toBe(1);
  next.release();
});

test('a frame of a directory knows its file, others have no such property', () => {
  const pool = new FramePool(1);
  const buffer = pool.take(4) as Uint8Array;
  expect(PooledFrame.over(buffer, { ...stamp, file: 'a.png' }, pool).file).toBe('a.png');
  expect('file' in PooledFrame.over(buffer, stamp, pool)).toBe(false);
});

test.each([0, -1, 1.5, NaN])('refuses a size of %s', (size) => {
  expect(() => new FramePool(size)).toThrow(RangeError);
});
