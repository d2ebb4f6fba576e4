// What waits in memory: order, bound, and that nothing which is being sent is dropped.
import { describe, expect, it } from 'vitest';
import { MemoryQueue } from '../../../src/sinks/sending/queue.js';

const LIMITS = { messages: 3, bytes: 2 ** 20 };

describe('a queue in memory', () => {
  it('gives the oldest first, the same again until they are done', async () => {
    const queue = new MemoryQueue(LIMITS);
    for (const text of ['a', 'b', 'c']) queue.push(text);
    expect(await queue.first(2)).toEqual(['a', 'b']);
    expect(await queue.first(2)).toEqual(['a', 'b']);
    queue.done(1);
    expect(await queue.first(2)).toEqual(['b']);
    queue.done(1);
    expect(await queue.first(2)).toEqual(['c']);
    queue.done(1);
    expect([await queue.first(2), queue.length, queue.dropped]).toEqual([[], 0, 0]);
  });

  it('drops the oldest that is not being sent, and counts it', async () => {
    const queue = new MemoryQueue(LIMITS);
    for (const text of ['a', 'b', 'c']) queue.push(text);
    await queue.first(1);
    for (const text of ['d', 'e']) queue.push(text);
    expect([queue.length, queue.dropped]).toEqual([3, 2]);
    queue.done(1);
    expect(await queue.first(9)).toEqual(['d', 'e']);
  });

  it('counts bytes of UTF-8 as well, and takes none that is larger than all', async () => {
    const queue = new MemoryQueue({ messages: 100, bytes: 8 });
    for (const text of ['\u20ac\u20ac', '\u20ac']) queue.push(text);
    expect(await queue.first(9)).toEqual(['\u20ac']);
    queue.done(1);
    queue.push('123456789');
    expect([queue.length, queue.dropped]).toEqual([0, 2]);
  });

  it('keeps its order and its bound over many messages', async () => {
    const queue = new MemoryQueue({ messages: 50, bytes: 2 ** 20 });
    const given: number[] = [];
    for (let n = 0; n < 10_000; n++) {
      queue.push(String(n));
      if (n % 3 !== 0) continue;
      given.push(...(await queue.first(2)).map(Number));
      queue.done(2);
      expect(queue.length).toBeLessThanOrEqual(50);
    }
    expect(given).toEqual([...new Set(given)].sort((a, b) => a - b));
    expect(given.length + queue.length + queue.dropped).toBe(10_000);
  });
});
