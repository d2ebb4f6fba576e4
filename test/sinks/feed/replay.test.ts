import { describe, expect, it } from 'vitest';
import type { FeedServer } from '../../../src/sinks/feed/server.js';
import { createRandom, type Random } from '../../../src/base/random.js';
import { begin, connect, prediction, publish, startFeed, turn, type TestClient } from './feed.js';

interface Visit {
  readonly client: TestClient;
  readonly since: number | undefined;
}

/**
 * What a client must have been sent: the numbers after its `since` that the ring held when it was greeted, and all
 * since.
 */
function expected({ client, since }: Visit, ring: number, last: number): { gap: unknown; seqs: number[] } {
  const hello = client.messages[0];
  if (hello?.type !== 'hello') throw new Error('no hello');
  const from = since === undefined || since >= hello.next ? hello.next : since + 1;
  const held = Math.max(from, hello.next - ring, 1);
  const seqs = Array.from({ length: last + 1 - held }, (_, i) => held + i);
  return { gap: held > from ? { type: 'gap', from, to: held - 1 } : undefined, seqs };
}

/** Clients come at any time, with any `since`, while predictions are published in bursts. */
async function mingle(
  feed: FeedServer,
  random: Random,
  steps: number,
  burst: number,
): Promise<{ visits: Visit[]; last: number }> {
  const visits: Visit[] = [];
  let last = 0;
  for (let step = 0; step < steps; step++) {
    const choice = random.next();
    if (choice < 0.3) {
      const since = random.next() < 0.2 ? undefined : random.int(last + 5);
      visits.push({ client: begin(feed, since === undefined ? '' : `?since=${since}`), since });
    } else if (choice < 0.7) {
      const count = 1 + random.int(burst);
      publish(feed, last + 1, last + count);
      last += count;
    } else {
      for (let turns = random.int(20); turns > 0; turns--) await turn();
    }
  }
  await Promise.all(visits.map(({ client }) => client.got('hello')));
  return { visits, last };
}

describe('/feed?since=', () => {
  it.each([
    { ring: 1, steps: 60, burst: 5 },
    { ring: 10, steps: 60, burst: 5 },
    { ring: 100, steps: 60, burst: 60 },
    { ring: 100_000, steps: 40, burst: 500 },
  ])(
    'sends each prediction once, in order, and a gap for what is gone ($ring held, bursts of $burst)',
    async ({ ring, steps, burst }) => {
      for (const seed of [1, 2, 3]) {
        const { feed } = await startFeed({ ring: { messages: ring, bytes: 1e9 }, maxBuffered: 1e9 });
        const { visits, last } = await mingle(feed, createRandom(seed * 1000 + ring), steps, burst);
        await feed.end('done');
        expect(visits.length).toBeGreaterThan(5);
        for (const visit of visits) {
          const { client } = visit;
          const { gap, seqs } = expected(visit, ring, last);
          expect(client.seqs).toEqual(seqs);
          expect(client.messages.map(({ type }) => type)).toEqual([
            'hello',
            ...(gap ? ['gap'] : []),
            ...seqs.map(() => 'prediction'),
            'end',
          ]);
          if (gap) expect(client.messages[1]).toEqual(gap);
        }
      }
    },
  );

  it('goes on after a client comes back, with nothing lost between', async () => {
    const { feed } = await startFeed();
    publish(feed, 1, 5);
    const first = await connect(feed, '?since=0');
    await first.got('prediction', 5);
    first.socket.close();
    await first.closed;
    publish(feed, 6, 9);
    const second = await connect(feed, `?since=${first.seqs.at(-1)}`);
    publish(feed, 10, 11);
    await feed.end('done');
    expect([...first.seqs, ...second.seqs].filter((seq, i, all) => all.indexOf(seq) === i)).toEqual(
      Array.from({ length: 11 }, (_, i) => i + 1),
    );
    expect(second.seqs[0]).toBe((first.seqs.at(-1) ?? 0) + 1);
  });

  it("keeps a replay within the client's buffer bound, and cuts it when the ring has moved past it", async () => {
    const { feed } = await startFeed({ ring: { messages: 2_000, bytes: 1e9 }, maxBuffered: 64 * 1024 });
    publish(feed, 1, 2_000, 10_000);
    const [reader, stuck] = [begin(feed, '?since=0'), begin(feed, '?since=0')];
    await stuck.got('hello');
    stuck.tcp.pause();
    await reader.got('prediction', 2_000);
    for (let seq = 2_001; seq <= 4_100; seq++) {
      feed.publish(prediction(seq, 10));
      await reader.got('prediction', seq);
    }
    stuck.tcp.resume();
    expect((await stuck.closed).code).toBe(1013);
    expect(reader.seqs).toEqual(Array.from({ length: 4_100 }, (_, i) => i + 1));
    expect(stuck.seqs).toEqual(Array.from({ length: stuck.seqs.length }, (_, i) => i + 1));
    await feed.end('done');
  });
});
