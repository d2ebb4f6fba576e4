import { describe, expect, it } from 'vitest';
import { Ring } from '../../../src/sinks/feed/ring.js';
import { createRandom } from '../../../src/base/random.js';

describe('Ring', () => {
  it('holds what a plain list cut to the same limits holds', () => {
    const random = createRandom(3);
    for (const limits of [
      { messages: 1, bytes: 1_000 },
      { messages: 7, bytes: 1_000 },
      { messages: 50, bytes: 60 },
      { messages: 5, bytes: 1 },
    ]) {
      const ring = new Ring(limits, 11);
      let held: { number: number; message: Buffer }[] = [];
      for (let number = 11; number < 300; number++) {
        const message = Buffer.alloc(Math.floor(random.next() * 30), number);
        expect(ring.push(message)).toBe(number);
        held.push({ number, message });
        const size = (): number => held.reduce((sum, { message: { length } }) => sum + length, 0);
        while (held.length > limits.messages || size() > limits.bytes) held = held.slice(1);
        expect([ring.first, ring.next]).toEqual([held[0]?.number ?? number + 1, number + 1]);
        for (const one of held) expect(ring.get(one.number)).toBe(one.message);
        expect(ring.get(ring.first - 1)).toBeUndefined();
        expect(ring.get(ring.next)).toBeUndefined();
      }
    }
  });

  it('refuses limits that hold nothing', () => {
    expect(() => new Ring({ messages: 0, bytes: 5 }, 1)).toThrow('ring messages must be a whole number >= 1, got 0');
    expect(() => new Ring({ messages: 5, bytes: NaN }, 1)).toThrow('ring bytes');
  });
});
