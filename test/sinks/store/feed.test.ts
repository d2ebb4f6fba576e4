// The feed of a program that was started anew, with a store: numbers go on, and `since` reaches back behind the restart.
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { createFeed } from '../../../src/sinks/feed.js';
import { FanOut } from '../../../src/sinks/fan-out.js';
import type { GapMessage } from '../../../src/sinks/messages.js';
import type { Past } from '../../../src/sinks/sink.js';
import { createStore } from '../../../src/sinks/store.js';
import { TAKEN_AHEAD } from '../../../src/sinks/store/writer.js';
import { connect, prediction, startFeed, TestClient } from '../feed/feed.js';
import { testRun } from '../runs.js';
import { DONE, frameOf, NAMED, range, scratch } from './feeding.js';

/** A run into a store and a feed, and the address of the feed. */
async function running(place: string): Promise<{ run: FanOut; url: string }> {
  let url = '';
  const sinks = [
    { name: 'store', sink: createStore({ place }) },
    { name: 'feed', sink: createFeed({ listening: (at) => (url = at) }) },
  ];
  return { run: await FanOut.open(sinks, testRun(NAMED).info), url };
}

async function told(run: FanOut, frames: number): Promise<void> {
  for (let index = 0; index < frames; index++) await run.frame(frameOf(index));
}

const gaps = (client: TestClient): GapMessage[] =>
  client.messages.filter((message): message is GapMessage => message.type === 'gap');

describe('a feed with a store', () => {
  it('goes on where the run before ended', async () => {
    await using at = await scratch();
    const place = join(at.folder, 'lq.db');
    const first = await running(place);
    await told(first.run, 600);
    await first.run.end(DONE);
    const second = await running(place);
    await told(second.run, 5);
    const client = new TestClient(new WebSocket(`${second.url}?since=20`));
    await client.got('prediction', 605);
    expect(client.messages[0]).toMatchObject({ type: 'hello', next: 606 });
    expect(client.seqs).toEqual(range(21, 605));
    expect(gaps(client)).toEqual([]);
    await second.run.end(DONE);
  });

  it('says what is missing after a run that has died', async () => {
    await using at = await scratch();
    const place = join(at.folder, 'lq.db');
    const first = await running(place);
    await told(first.run, 30);
    // What was acknowledged stays; nobody says how many numbers were told.
    const stored = (): number => first.run.stats().sinks?.['store']?.sent ?? 0;
    while (stored() < 30) await new Promise((resolve) => setImmediate(resolve));
    await first.run.abort();
    const second = await running(place);
    await told(second.run, 2);
    const client = new TestClient(new WebSocket(`${second.url}?since=0`));
    await client.got('prediction', TAKEN_AHEAD + 2);
    expect(client.seqs).toEqual([...range(1, 30), TAKEN_AHEAD + 1, TAKEN_AHEAD + 2]);
    expect(gaps(client)).toEqual([{ type: 'gap', from: 31, to: TAKEN_AHEAD }]);
    await second.run.end(DONE);
  });
});

describe('a replay out of what is kept', () => {
  /** Keeps `1` .. `to`, and counts how it is asked. */
  function kept(to: number, without: readonly number[] = []): Past & { asked: number } {
    const past = {
      asked: 0,
      last: { prediction: to, reading: 0 },
      async predictions(from: number, until: number, most: number) {
        past.asked += 1;
        const numbers = range(from, Math.min(until, to)).filter((seq) => !without.includes(seq));
        return numbers
          .slice(0, most)
          .map((seq) => ({ seq, bytes: Buffer.from(JSON.stringify(prediction(seq, 2_000))) }));
      },
    };
    return past;
  }

  it('is read in pieces, no faster than the client takes them', async () => {
    const past = kept(3_000);
    const { feed } = await startFeed({ past, maxBuffered: 2 ** 17 });
    await using _ended = feed;
    const client = await connect(feed, '?since=0');
    client.tcp.pause();
    for (let k = 0; k < 200; k++) await new Promise((resolve) => setImmediate(resolve));
    // 6 MB wait in the past; what is on its way is what sockets and one buffer hold.
    expect(past.asked).toBeLessThan(12);
    client.tcp.resume();
    await client.got('prediction', 3_000);
    expect(client.seqs).toEqual(range(1, 3_000));
    feed.publish(prediction(3_001));
    await client.got('prediction', 3_001);
  });

  it('says each gap in its place', async () => {
    const { feed } = await startFeed({ past: kept(10, [1, 2, 6, 10]) });
    await using _ended = feed;
    feed.publish(prediction(11));
    const client = await connect(feed, '?since=0');
    await client.got('prediction', 11);
    expect(client.seqs).toEqual([3, 4, 5, 7, 8, 9, 11]);
    expect(gaps(client).map(({ from, to }) => [from, to])).toEqual([
      [1, 2],
      [6, 6],
      [10, 10],
    ]);
  });

  it('that can not be read now sends the client away, and says no gap', async () => {
    const past = { ...kept(10), predictions: () => Promise.reject(new Error('no answer')) };
    const { feed } = await startFeed({ past });
    await using _ended = feed;
    const client = await connect(feed, '?since=0');
    expect(await client.closed).toEqual({
      code: 1013,
      reason: "what is kept can't be read now; come back with ?since=",
    });
    expect(gaps(client)).toEqual([]);
  });
});
