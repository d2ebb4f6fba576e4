// InfluxDB's line protocol: points as its documentation has them, read back by a reader of the test's own; addresses,
// tokens, outages.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createInflux, type InfluxOptions } from '../../../src/sinks/influx.js';
import { messagePoint } from '../../../src/sinks/influx/line-protocol.js';
import { noCounts, type SinkFigures } from '../../../src/types.js';
import { turn } from '../feed/feed.js';
import { ManualClock } from '../feed/manual-clock.js';
import { ending, published, testRun } from '../runs.js';
import { digitFrame, numberFrame } from '../sending/frames.js';
import { webTarget } from '../sending/servers.js';

const folder = mkdtempSync(join(tmpdir(), 'lq-influx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Point {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string | number | bigint>>;
  readonly time: bigint;
}

/** A character at a time: a backslash keeps the next one from ending anything, quotes all but quotes. */
function parts(text: string, at: string): string[] {
  const all: string[] = [];
  let [part, quoted, kept] = ['', false, false];
  for (const character of text) {
    if (character === at && !quoted && !kept) {
      all.push(part);
      part = '';
      continue;
    }
    if (character === '"' && !kept) quoted = !quoted;
    kept = character === '\\' && !kept;
    part += character;
  }
  return [...all, part];
}

const bare = (text: string): string => text.replace(/\\(.)/g, '$1');

function point(line: string): Point {
  const [key, fields, time, ...rest] = parts(line, ' ');
  expect(rest).toEqual([]);
  const [measurement, ...tags] = parts(key!, ',');
  const pair = (text: string): [string, string] => parts(text, '=').slice(0, 2) as [string, string];
  return {
    measurement: measurement!,
    tags: Object.fromEntries(tags.map(pair).map(([name, value]) => [name, bare(value)])),
    fields: Object.fromEntries(
      parts(fields!, ',')
        .map(pair)
        .map(([name, value]): [string, string | number | bigint] => {
          if (value.startsWith('"')) return [name, bare(value.slice(1, -1))];
          return [name, value.endsWith('i') ? BigInt(value.slice(0, -1)) : Number(value)];
        }),
    ),
    time: BigInt(time!),
  };
}

const NOW = 1_700_000_000_123;

async function running(url: string, more: Partial<InfluxOptions> = {}) {
  const clock = new ManualClock();
  const { info, said } = testRun({ name: 'meter', readings: 'also' });
  const sink = createInflux({ url, run: 'r1', clock, now: () => NOW, ...more });
  await sink.open(info);
  const figures = (): SinkFigures => sink.figures!().sinks!['influx']!;
  return { sink, said, clock, figures };
}

describe('points', () => {
  it('hold what the messages say, with the time of the picture', async () => {
    await using web = await webTarget();
    const { sink } = await running(`${web.url}/?db=lq`);
    for (const frame of published([digitFrame(2), numberFrame(3, { 'a b,c=d': '00417.3' })])) await sink.frame(frame);
    await sink.stats({ ...noCounts(), frames: 4, fps: 12.5, lag: 0.04 });
    await sink.end(ending());
    const [prediction, reading, stats] = web.received.flatMap(({ body }) => body.trimEnd().split('\n').map(point));
    expect(prediction).toMatchObject({ measurement: 'lq_prediction', tags: { name: 'meter' } });
    expect(prediction!.fields).toMatchObject({ digit: 7n, seq: 1n, frame: 2n, time: 0.2, region: 'r0', run: 'r1' });
    expect(prediction!.time).toBe(BigInt(NOW) * 1_000_000n + 1n);
    expect(reading).toMatchObject({ measurement: 'lq_reading', tags: { name: 'meter', id: 'a b,c=d' } });
    expect(reading!.fields).toMatchObject({ value: 417.3, text: '00417.3', seq: 1n });
    expect(stats).toMatchObject({ measurement: 'lq_stats', fields: { frames: 4n, fps: 12.5, lag: 0.04 } });
  });

  it('of a live source have the time of its picture, and text is kept from ending anything', () => {
    const message = {
      type: 'reading',
      seq: 1,
      frame: 0,
      time: 0,
      id: 'x\\',
      value: '1"\\ 2\n',
      digits: [],
      at: '2026-01-01T00:00:00.001Z',
    };
    const one = { message, line: '', bytes: Buffer.alloc(0) } as unknown as Parameters<typeof messagePoint>[0];
    const made = point(messagePoint(one, { name: 'n', run: 'r', n: 1_000_002, at: 5 }));
    expect(made.time).toBe(BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n + 1_000_000n + 2n);
    expect(made.fields['text']).toBe('1"\\ 2 ');
    expect(made.fields).not.toHaveProperty('value');
  });
});

describe('where they go', () => {
  it.each([
    ['/?org=o&bucket=b', '/api/v2/write?org=o&bucket=b&precision=ns'],
    ['/api/v2/write?org=o&bucket=b', '/api/v2/write?org=o&bucket=b&precision=ns'],
    ['/influx/?bucket=b', '/influx/api/v2/write?bucket=b&precision=ns'],
    ['?db=lq', '/write?db=lq&precision=ns'],
    ['/write?db=lq&precision=ms', '/write?db=lq&precision=ns'],
  ])('%s is %s', async (given, wanted) => {
    await using web = await webTarget();
    const { sink } = await running(web.url + given);
    await sink.frame(published([digitFrame(0)])[0]!);
    await sink.end(ending());
    expect(web.received[0]!.url).toBe(wanted);
  });

  it.each([
    ['http://host:8086/', 'found neither: http://host:8086'],
    ['http://host:8086/?db=a&bucket=b', 'found both'],
    ['htp://host?db=a', 'did you mean http://?'],
  ])('%s is refused', (url, message) => expect(() => createInflux({ url })).toThrow(message));

  it('by a token of a file, or a user of the address, neither of which is shown', async () => {
    await using web = await webTarget();
    const file = join(folder, 'token');
    writeFileSync(file, 's3cret-token==\n', { mode: 0o600 });
    web.answers.push({ status: 401, text: '{"code":"unauthorized"}' });
    const byToken = await running(`${web.url}/?db=lq`, { tokenFile: file });
    await byToken.sink.frame(published([digitFrame(0)])[0]!);
    while (byToken.figures().failed < 1) await turn();
    // A wrong token can be mended: nothing is dropped for it.
    byToken.clock.advance(1_000);
    await byToken.sink.end(ending());
    expect(byToken.figures()).toEqual({ queued: 0, sent: 1, failed: 1, dropped: 0 });
    const byUser = await running(`${web.url.replace('//', '//me:s3cret@')}/?db=lq`);
    await byUser.sink.frame(published([digitFrame(0)])[0]!);
    await byUser.sink.end(ending());
    expect(web.received.map(({ headers }) => headers.authorization)).toEqual([
      'Token s3cret-token==',
      'Token s3cret-token==',
      `Basic ${Buffer.from('me:s3cret').toString('base64')}`,
    ]);
    expect([...byToken.said, ...byUser.said].join('')).not.toContain('s3cret');
  });
});

it('after an outage the same points come, in order; a point that can not be read is dropped and said', async () => {
  await using web = await webTarget();
  web.answers.push({ status: 503 }, { status: 204 }, { status: 400, text: '{"message":"unable to parse"}' });
  const { sink, clock, figures, said } = await running(`${web.url}/?db=lq`);
  const frames = published(Array.from({ length: 3 }, (_, i) => digitFrame(i)));
  await sink.frame(frames[0]!);
  while (figures().failed < 1) await turn();
  await sink.frame(frames[1]!);
  clock.advance(1_000);
  while (figures().queued > 0) await turn();
  await sink.frame(frames[2]!);
  await sink.end(ending());
  const points = web.received.map(({ body }) => body);
  expect(points.slice(0, 2).join('')).toContain(points[0]!.trimEnd());
  expect(figures()).toEqual({ queued: 0, sent: 2, failed: 2, dropped: 1 });
  expect(said.at(-1)).toContain('refused for good: answered 400: {"message":"unable to parse"}');
});
