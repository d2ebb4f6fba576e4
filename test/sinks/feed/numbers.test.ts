// Readings over the feed: to all at once, and the last of each to those who come later.
import { afterEach, expect, it } from 'vitest';
import { MOST_NUMBERS, type FeedServer } from '../../../src/sinks/feed/server.js';
import type { ReadingMessage } from '../../../src/sinks/messages.js';
import { connect, publish, RUN, startFeed, turn } from './feed.js';

const open: FeedServer[] = [];
afterEach(async () => {
  for (const feed of open.splice(0)) await feed.end('done');
});

async function start(): Promise<FeedServer> {
  const { feed } = await startFeed();
  open.push(feed);
  return feed;
}

function reading(id: string, value: string, seq = 1): ReadingMessage {
  const { model, pipeline } = RUN;
  const confirmed = { frames: 5, of: 7, since: 0 };
  return {
    type: 'reading',
    seq,
    frame: 1,
    time: 0,
    id,
    value,
    digits: [],
    confirmed,
    box: [0, 0, 1, 1],
    model,
    pipeline,
  };
}

it('go to every client, between the predictions', async () => {
  const feed = await start();
  const client = await connect(feed);
  publish(feed, 1, 1);
  feed.publishNumber(reading('meter', '417'));
  publish(feed, 2, 2);
  await client.got('prediction', 2);
  expect(client.messages.map(({ type }) => type)).toEqual(['hello', 'prediction', 'reading', 'prediction']);
});

it('are told to those who come later: of each number the last, before what is replayed', async () => {
  const feed = await start();
  feed.publishNumber(reading('meter', '417'));
  feed.publishNumber(reading('other', '5', 2));
  feed.publishNumber(reading('meter', '418', 3));
  const { model, pipeline } = RUN;
  const doubt = {
    type: 'reading-doubt',
    seq: 3,
    frame: 1,
    time: 0,
    id: 'meter',
    value: '317',
    rule: 'falls',
    last: '418',
  } as const;
  feed.publishNumber({ ...doubt, refused: { since: 0, frames: 60 }, box: [0, 0, 1, 1], model, pipeline });
  publish(feed, 1, 2);
  const client = await connect(feed, '?since=0');
  await client.got('prediction', 2);
  const said = client.messages.map((one) => ('value' in one ? `${one.id} ${one.value}` : one.type));
  expect(said).toEqual(['hello', 'other 5', 'meter 418', 'prediction', 'prediction']);
});

it('are kept of so many numbers at most', async () => {
  const feed = await start();
  for (let k = 0; k <= MOST_NUMBERS; k++) feed.publishNumber(reading(`line${k}`, '12', k + 1));
  const client = await connect(feed);
  await client.got('reading', MOST_NUMBERS + 1);
  const ids = client.messages.flatMap((one) => (one.type === 'reading' ? [one.id] : []));
  expect(ids).toHaveLength(MOST_NUMBERS);
  expect(ids[0]).toBe('line1');
});

it('can not be sent after the end', async () => {
  const feed = await start();
  await feed.end('done');
  await turn();
  expect(() => feed.publishNumber(reading('meter', '417'))).toThrow('publishNumber() after end()');
});
