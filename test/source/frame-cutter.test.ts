// Cutting bytes into frames: any chunking, log and bytes in either order, back-pressure, early stop.
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { FramePool } from '../../src/source/pool.js';
import { FrameCutter, type Announcement } from '../../src/source/frame-cutter.js';

const BYTES = 6;
const announcement = (index: number, keep = true): Announcement => ({
  stamp: { index, time: index, width: 3, height: 2, left: 0, top: 0, scale: 1 },
  bytes: BYTES,
  keep,
});
const content = (count: number): Buffer => Buffer.from(Array.from({ length: count * BYTES }, (_, i) => i & 255));

function setup(buffers = 2): { pool: FramePool; cutter: FrameCutter; got: string[]; give: () => void } {
  const pool = new FramePool(buffers);
  const got: string[] = [];
  const held: Uint8Array[] = [];
  const cutter = new FrameCutter(pool, ({ stamp }, buffer) => {
    got.push(`${stamp.index}:${buffer ? Buffer.from(buffer.subarray(0, BYTES)).toString('hex') : '-'}`);
    if (buffer) held.push(buffer);
  });
  pool.onReturn = () => cutter.resume();
  return { pool, cutter, got, give: () => pool.give(held.shift() as Uint8Array) };
}
const expected = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${i}:${content(count).toString('hex', i * BYTES, (i + 1) * BYTES)}`);

test.each([1, 4, 5, 6, 7, 13, 30])('chunks of %i bytes make the same frames', async (size) => {
  const { cutter, got } = setup(5);
  for (let i = 0; i < 5; i += 1) cutter.announce(announcement(i));
  const bytes = content(5);
  for (let at = 0; at < bytes.length; at += size) cutter.write(bytes.subarray(at, at + size));
  cutter.end();
  await once(cutter, 'finish');
  expect(got).toEqual(expected(5));
  expect(cutter.broken).toBe(false);
});

test('bytes that come before their announcement wait for it', async () => {
  const { cutter, got } = setup(5);
  cutter.end(content(3));
  expect(got).toEqual([]);
  for (let i = 0; i < 3; i += 1) cutter.announce(announcement(i));
  await once(cutter, 'finish');
  expect(got).toEqual(expected(3));
});

test('waits for a buffer, and takes one before it reads', async () => {
  const { pool, cutter, got, give } = setup(2);
  for (let i = 0; i < 4; i += 1) cutter.announce(announcement(i));
  let taken = false;
  cutter.write(content(4), () => (taken = true));
  expect([got.length, pool.out, taken]).toEqual([2, 2, false]);
  give();
  expect(got.length).toBe(3);
  give();
  cutter.end();
  await once(cutter, 'finish');
  expect(got).toEqual(expected(4));
});

test('frames that are not kept need no buffer', async () => {
  const { pool, cutter, got } = setup(1);
  for (let i = 0; i < 4; i += 1) cutter.announce(announcement(i, i === 2));
  cutter.end(content(4));
  await once(cutter, 'finish');
  expect(got).toEqual(['0:-', '1:-', expected(4)[2], '3:-']);
  expect(pool.out).toBe(1);
});

test('an end within a frame is broken, and stop gives its buffer back', async () => {
  const { pool, cutter } = setup();
  cutter.announce(announcement(0));
  cutter.end(content(1).subarray(0, 4));
  await once(cutter, 'finish');
  expect([cutter.broken, cutter.filling, pool.out]).toEqual([true, true, 1]);
  cutter.stop();
  cutter.stop();
  expect(pool.out).toBe(0);
});

test('bytes that no frame claims are dropped and count as broken', async () => {
  const { cutter, got } = setup();
  cutter.end(content(1));
  cutter.close();
  await once(cutter, 'finish');
  expect([got, cutter.broken]).toEqual([[], true]);
});

test('stop in the middle lets the writer finish', async () => {
  const { pool, cutter, got } = setup(1);
  for (let i = 0; i < 3; i += 1) cutter.announce(announcement(i));
  cutter.end(content(3));
  expect(got.length).toBe(1);
  cutter.stop();
  await once(cutter, 'finish');
  expect([got.length, pool.out]).toEqual([1, 1]);
});
