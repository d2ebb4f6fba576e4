// What a delivery makes of a target that fails, refuses, hangs and comes back, by a clock of the test's own.
import { describe, expect, it } from 'vitest';
import { Delivery, SAY_EVERY_MS, type Outcome, type Target } from '../../../src/sinks/sending/delivery.js';
import { MemoryQueue } from '../../../src/sinks/sending/queue.js';
import { turn } from '../feed/feed.js';
import { ManualClock } from '../feed/manual-clock.js';

const ENDED = { ms: 10_000, times: 6 };

/** A delivery to a target that does as told: by default it takes everything, and notes it. */
function delivering({ messages = 100, batch = 2 } = {}) {
  const [taken, said, closed]: [string[], string[], boolean[]] = [[], [], []];
  const clock = new ManualClock();
  const outcomes: (Outcome | 'hang')[] = [];
  const target: Target & { attempts: number } = {
    name: 'target',
    batch,
    attempts: 0,
    send(all, signal) {
      target.attempts++;
      const outcome = outcomes.shift() ?? { is: 'sent' };
      if (outcome === 'hang')
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ is: 'later', why: 'given up' }), { once: true });
        });
      if (outcome.is === 'sent') taken.push(...all);
      if (outcome.is === 'later') taken.push(...all.slice(0, outcome.done ?? 0));
      return Promise.resolve(outcome);
    },
    close: async (graceful) => void closed.push(graceful),
  };
  const queue = new MemoryQueue({ messages, bytes: 2 ** 20 });
  const delivery = new Delivery({
    sink: 'sink',
    queue,
    target,
    say: (text) => void said.push(text),
    // The longest delays: 1, 2, 4, ... 30 s.
    random: { next: () => 0 },
    clock,
  });
  const add = async (...all: string[]): Promise<void> => {
    for (const one of all) delivery.add(one);
    await turn();
  };
  const pass = async (seconds: number): Promise<void> => {
    clock.advance(seconds * 1000);
    await turn();
  };
  return { delivery, target, taken, said, closed, clock, outcomes, add, pass };
}

const LATER: Outcome = { is: 'later', why: 'nobody listens there' };

describe('a delivery', () => {
  it('sends in order what is added, in small batches', async () => {
    const { add, taken, target, delivery, clock } = delivering();
    await add('a', 'b', 'c');
    expect(taken).toEqual(['a', 'b', 'c']);
    expect(target.attempts).toBeLessThanOrEqual(3);
    expect(delivery.figures).toEqual({ queued: 0, sent: 3, failed: 0, dropped: 0 });
    expect(clock.pending).toBe(0);
  });

  it('tries again after 1, 2, 4, ... 30 s, in order, and says so once', async () => {
    const { add, pass, taken, target, outcomes, said, delivery } = delivering();
    outcomes.push(...Array.from({ length: 8 }, () => LATER));
    await add('a');
    for (const [i, delay] of [1, 2, 4, 8, 16, 30, 30].entries()) {
      await pass(delay - 0.001);
      expect(target.attempts).toBe(i + 1);
      await pass(0.001);
      expect(target.attempts).toBe(i + 2);
    }
    await add('b', 'c');
    expect(delivery.figures).toEqual({ queued: 3, sent: 0, failed: 8, dropped: 0 });
    await pass(30);
    expect(taken).toEqual(['a', 'b', 'c']);
    expect(said).toEqual([
      'sink: target: nobody listens there; tried again, meanwhile 100 messages or 1 MiB may wait\n',
      'sink: target: reached again after 8 attempts\n',
    ]);
  });

  it('waits for as long as the other side asks for', async () => {
    const { add, pass, target, outcomes } = delivering();
    outcomes.push({ is: 'later', why: 'answered 429', after: 90 });
    await add('a');
    await pass(89.9);
    expect(target.attempts).toBe(1);
    await pass(0.1);
    expect(target.attempts).toBe(2);
  });

  it('sends again only what was not acknowledged', async () => {
    const { add, pass, taken, outcomes, delivery } = delivering({ batch: 3 });
    outcomes.push({ ...LATER, done: 2 });
    delivery.add('a');
    await add('b', 'c');
    await pass(1);
    expect(taken).toEqual(['a', 'b', 'c']);
  });

  it('drops what is refused for good, says why once, and goes on', async () => {
    const { add, taken, outcomes, said, delivery } = delivering({ batch: 1 });
    outcomes.push({ is: 'refused', why: 'answered 400' }, { is: 'refused', why: 'answered 400' });
    await add('a', 'b', 'c');
    expect(taken).toEqual(['c']);
    expect(delivery.figures).toEqual({ queued: 0, sent: 1, failed: 2, dropped: 2 });
    expect(said).toEqual(['sink: target: refused for good: answered 400; dropped\n']);
  });

  it('holds no more than its bound, drops the oldest, and says so at once and then once a minute', async () => {
    const { add, pass, outcomes, said, delivery } = delivering({ messages: 10 });
    outcomes.push('hang');
    for (let n = 0; n < 1000; n++) delivery.add(String(n));
    await add('last');
    expect(delivery.figures).toMatchObject({ queued: 10, dropped: 991 });
    const dropped = (): string[] => said.filter((text) => text.includes('dropped'));
    expect(dropped()).toHaveLength(1);
    await pass(SAY_EVERY_MS / 1000);
    expect(dropped().slice(1)).toEqual([
      'sink: 991 messages dropped so far: no more than 10 messages or 1 MiB may wait\n',
    ]);
    await delivery.abort();
  });
});

describe('the end of a delivery', () => {
  it('comes when all is sent, and closes with a last word', async () => {
    const { delivery, taken, closed, clock } = delivering();
    delivery.add('a');
    expect(await delivery.end(ENDED)).toBe(0);
    expect([taken, closed, clock.pending]).toEqual([['a'], [true], 0]);
    delivery.add('b');
    expect(delivery.figures.queued).toBe(0);
  });

  it('tries at once what had to wait, and gives up after a while without progress', async () => {
    const { add, pass, delivery, target, outcomes, said, clock } = delivering();
    outcomes.push(...Array.from({ length: 20 }, () => LATER));
    await add('a', 'b', 'c');
    const ended = delivery.end(ENDED);
    await turn();
    expect(target.attempts).toBe(2);
    for (let s = 0; s < 10; s++) await pass(1);
    expect(await ended).toBe(3);
    expect(said.at(-1)).toBe('sink: 3 messages for target not sent in time: lost\n');
    expect(delivery.figures).toMatchObject({ queued: 0, dropped: 3 });
    expect(clock.pending).toBe(0);
  });

  it('does not wait for a target that hangs when a person has stopped the run', async () => {
    const { add, pass, delivery, outcomes } = delivering();
    outcomes.push('hang');
    await add('a');
    const ended = delivery.end({ ms: 1_000, times: 1 });
    await pass(1);
    expect(await ended).toBe(1);
  });

  it('is at once where it is given up, without a last word, whatever it was doing', async () => {
    const { add, delivery, outcomes, closed, clock } = delivering();
    outcomes.push('hang');
    await add('a');
    await Promise.all([delivery.abort(), delivery.abort()]);
    expect([closed, clock.pending]).toEqual([[false], 0]);
    const pausing = delivering();
    pausing.outcomes.push(LATER);
    await pausing.add('a');
    await pausing.delivery.abort();
    expect(pausing.clock.pending).toBe(0);
  });
});
