// Cutting bytes into frames: any chunking, log and bytes in either order, back-pressure, early stop.
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { FramePool } from '../../src/source/pool.js';
import { FrameReader, type Announcement } from '../../src/source/frame-cutter.js';

const BYTES = 6;
const announcement = (index: number, keep = true): Announcement => ({
  stamp: { index, time: index, width: 3, height: 2, left: 0, top: 0, scale: 1 },
  bytes: BYTES,
  keep,
});
const content = (count: number): Buffer => Buffer.from(Array.from({ length: count * BYTES }, (_, i) => i & 255));

function setup(buffers = 2): { pool: FramePool; reader: FrameReader; got: string[]; give: () => void } {
  const pool = new FramePool(buffers);
  const got: string[] = [];
  const held: Uint8Array[] = [];
  const reader = new FrameReader(pool, ({ stamp }, buffer) => {
    got.push(`${stamp.index}:${buffer ? Buffer.from(buffer.subarray(0, BYTES)).toString('hex') : '-'}`);
    if (buffer) held.push(buffer);
  });
  pool.onReturn = () => reader.resume();
  return { pool, reader, got, give: () => pool.give(held.shift() as Uint8Array) };
}
const expected = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${i}:${content(count).toString('hex', i * BYTES, (i + 1) * BYTES)}`);

test.each([1, 4, 5, 6, 7, 13, 30])('chunks of %i bytes make the same frames', async (size) => {
  const { reader, got } = setup(5);
  for (let i = 0; i < 5; i += 1) reader.announce(announcement(i));
  const bytes = content(5);
  for (let at = 0; at < bytes.length; at += size) reader.write(bytes.subarray(at, at + size));
  reader.end();
  await once(reader, 'finish');
  expect(got).toEqual(expected(5));
  expect(reader.broken).toBe(false);
});

test('bytes that come before their announcement wait for it', async () => {
  const { reader, got } = setup(5);
  reader.end(content(3));
  expect(got).toEqual([]);
  for (let i = 0; i < 3; i += 1) reader.announce(announcement(i));
  await once(reader, 'finish');
  expect(got).toEqual(expected(3));
});

test('waits for a buffer, and takes one before it reads', async () => {
  const { pool, reader, got, give } = setup(2);
  for (let i = 0; i < 4; i += 1) reader.announce(announcement(i));
  let taken = false;
  reader.write(content(4), () => (taken = true));
  expect([got.length, pool.out, taken]).toEqual([2, 2, false]);
  give();
  expect(got.length).toBe(3);
  give();
  reader.end();
  await once(reader, 'finish');
  expect(got).toEqual(expected(4));
});

test('frames that are not kept need no buffer', async () => {
  const { pool, reader, got } = setup(1);
  for (let i = 0; i < 4; i += 1) reader.announce(announcement(i, i === 2));
  reader.end(content(4));
  await once(reader, 'finish');
  expect(got).toEqual(['0:-', '1:-', expected(4)[2], '3:-']);
  expect(pool.out).toBe(1);
});

test('an end within a frame is broken, and stop gives its buffer back', async () => {
  const { pool, reader } = setup();
  reader.announce(announcement(0));
  reader.end(content(1).subarray(0, 4));
  await once(reader, 'finish');
  expect([reader.broken, reader.filling, pool.out]).toEqual([true, true, 1]);
  reader.stop();
  reader.stop();
  expect(pool.out).toBe(0);
});

test('bytes that no frame claims are dropped and count as broken', async () => {
  const { reader, got } = setup();
  reader.end(content(1));
  reader.close();
  await once(reader, 'finish');
  expect([got, reader.broken]).toEqual([[], true]);
});

test('stop in the middle lets the writer finish', async () => {
  const { pool, reader, got } = setup(1);
  for (let i = 0; i < 3; i += 1) reader.announce(announcement(i));
  reader.end(content(3));
  expect(got.length).toBe(1);
  reader.stop();
  await once(reader, 'finish');
  expect([got.length, pool.out]).toEqual([1, 1]);
});
