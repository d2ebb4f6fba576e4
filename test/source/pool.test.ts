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

test('a retained frame is the same frame, and the buffer comes back with the last of its holders', () => {
  const pool = new FramePool(1);
  const first = PooledFrame.over(pool.take(4) as Uint8Array, { ...stamp, index: 7, file: 'a.png' }, pool);
  const second = first.retain();
  const third = second.retain();
  const { index, width, height, gray, file } = third;
  expect({ index, width, height, gray, file }).toEqual({
    index: 7,
    width: 2,
    height: 2,
    gray: first.gray,
    file: 'a.png',
  });
  expect(third.gray).toBe(first.gray);
  // Twice by the same holder counts once: the others still read.
  second.release();
  second.release();
  second.release();
  first.release();
  expect(pool.out).toBe(1);
  third.release();
  expect(pool.out).toBe(0);
  first.release();
  third.release();
  expect(pool.out).toBe(0);
});

test('what was released is not retained, though another holder has it still', () => {
  const pool = new FramePool(1);
  const first = PooledFrame.over(pool.take(4) as Uint8Array, { ...stamp, index: 7 }, pool);
  const second = first.retain();
  first.release();
  expect(() => first.retain()).toThrow(
    /^Frame 7 was released and can't be retained.*Retain a frame before its release/,
  );
  second.retain().release();
  second.release();
  expect(pool.out).toBe(0);
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
