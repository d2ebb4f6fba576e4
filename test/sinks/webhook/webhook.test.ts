// The webhook against a web server in this process: what is posted, signatures, statuses, hanging targets, the spool.
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Sink } from '../../../src/sinks/sink.js';
import { createWebhook, type WebhookOptions } from '../../../src/sinks/webhook.js';
import type { SinkFigures } from '../../../src/types.js';
import { turn } from '../feed/feed.js';
import { ManualClock } from '../feed/manual-clock.js';
import { ending, published, testRun } from '../runs.js';
import { digitFrame, numberFrame } from '../sending/frames.js';
import { webTarget, type Received } from '../sending/servers.js';

const folder = mkdtempSync(join(tmpdir(), 'lq-webhook-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Message {
  readonly run: string;
  readonly n: number;
  readonly type: string;
}

const bodyOf = ({ body }: Received): { name: string; messages: Message[] } =>
  JSON.parse(body) as { name: string; messages: Message[] };
/** The number of each message, as often as it came. */
const numbers = (received: readonly Received[]): number[] =>
  received.flatMap((one) => bodyOf(one).messages.map(({ n }) => n));
const distinct = (all: readonly number[]): number[] => all.filter((n, i) => all.indexOf(n) === i);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

async function running(url: string, more: Partial<WebhookOptions> = {}) {
  const clock = new ManualClock();
  const { info, said } = testRun({ name: 'meter', readings: 'also' });
  const sink = createWebhook({ url, run: 'r1', clock, now: () => 1_700_000_000_123, ...more });
  await sink.open(info);
  const figures = (): SinkFigures => sink.figures!().sinks!['webhook']!;
  const failures = async (count: number): Promise<void> => {
    while (figures().failed < count) await turn();
  };
  return { sink, said, clock, figures, failures };
}

async function give(sink: Sink, count: number): Promise<void> {
  for (const frame of published(Array.from({ length: count }, (_, i) => digitFrame(i)))) await sink.frame(frame);
}

describe('a post', () => {
  it('holds the messages as JSON, in order, and names itself by the first and the last', async () => {
    await using web = await webTarget();
    const { sink, figures } = await running(`${web.url}/hook?a=1`);
    const frames = published([digitFrame(0), numberFrame(1, { main: '00417.3' })]);
    for (const frame of frames) await sink.frame(frame);
    await sink.end(ending());
    const lines = frames.flatMap(({ outgoing, numbers: told }) => [...outgoing, ...told].map(({ line }) => line));
    const messages = web.received.flatMap((one) => bodyOf(one).messages);
    expect(messages).toEqual([
      { run: 'r1', n: 1, ...(JSON.parse(lines[0]!) as object) },
      { run: 'r1', n: 2, number: 417.3, ...(JSON.parse(lines[1]!) as object) },
    ]);
    expect(web.received.every(({ url }) => url === '/hook?a=1')).toBe(true);
    expect(bodyOf(web.received[0]!).name).toBe('meter');
    expect(web.received[0]!.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': 'r1-1' });
    expect(web.received[0]!.headers).not.toHaveProperty('webhook-signature');
    expect(figures()).toEqual({ queued: 0, sent: 2, failed: 0, dropped: 0 });
  });

  it('is signed over id, time and body, by a key of a file', async () => {
    await using web = await webTarget();
    const file = join(folder, 'key');
    writeFileSync(file, 'whsec_c2VjcmV0LWtleS1vZi1ieXRlcw==\n', { mode: 0o600 });
    const { sink, said } = await running(web.url, { secretFile: file });
    await give(sink, 1);
    await sink.end(ending());
    const { headers, body } = web.received[0]!;
    expect(headers['webhook-timestamp']).toBe('1700000000');
    // By hand, as standardwebhooks.com has it.
    const wanted = createHmac('sha256', 'secret-key-of-bytes').update(`r1-1.1700000000.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${wanted}`);
    expect(said.join('')).not.toMatch(/whsec|c2VjcmV0|secret-key/);
  });

  it('lets in by a user and a password of the address, which nobody is shown', async () => {
    await using web = await webTarget();
    web.answers.push({ status: 500, text: 'oh no' });
    const { sink, said, failures, clock } = await running(web.url.replace('//', '//me:s3cret@') + '/s3cret');
    await give(sink, 1);
    await failures(1);
    clock.advance(1_000);
    await sink.end(ending());
    expect(web.received[1]!.headers.authorization).toBe(`Basic ${Buffer.from('me:s3cret').toString('base64')}`);
    expect(said.join('')).not.toContain('s3cret');
    expect(said[1]).toContain('answered 500: oh no');
  });
});

describe('a target that', () => {
  it('fails is asked again, with the same id, until it takes it', async () => {
    await using web = await webTarget();
    web.answers.push({ status: 500 }, { status: 503 }, { status: 408 });
    const { sink, clock, failures, said } = await running(web.url);
    await give(sink, 1);
    for (let n = 1; n <= 3; n++) {
      await failures(n);
      clock.advance(30_000);
    }
    await sink.end(ending());
    expect(web.received.map(({ headers }) => headers['webhook-id'])).toEqual(Array(4).fill('r1-1'));
    expect(said.at(-1)).toContain('reached again after 3 attempts');
  });

  it('asks for time is given it', async () => {
    await using web = await webTarget();
    web.answers.push({ status: 429, headers: { 'retry-after': '120' } });
    web.answers.push({ status: 503, headers: { 'retry-after': new Date(1_700_000_060_000).toUTCString() } });
    const { sink, clock, failures } = await running(web.url);
    await give(sink, 1);
    await failures(1);
    clock.advance(119_000);
    for (let n = 0; n < 20; n++) await turn();
    expect(web.received).toHaveLength(1);
    clock.advance(1_000);
    await failures(2);
    clock.advance(59_000);
    for (let n = 0; n < 20; n++) await turn();
    expect(web.received).toHaveLength(2);
    clock.advance(1_000);
    await web.until(3);
    await sink.end(ending());
  });

  it.each([400, 401, 404, 410, 422])(
    'answers %i has refused for good, which is said, and gets the next',
    async (status) => {
      await using web = await webTarget();
      web.answers.push({ status, text: 'not like this\nmore' });
      const { sink, figures, said } = await running(web.url, { batch: 1 });
      await give(sink, 2);
      await sink.end(ending());
      expect(numbers(web.received)).toEqual([1, 2]);
      expect(figures()).toEqual({ queued: 0, sent: 1, failed: 1, dropped: 1 });
      expect(said[1]).toBe(`webhook: ${web.url}: refused for good: answered ${status}: not like this; dropped\n`);
    },
  );

  it('hangs is given up after 10 s', async () => {
    await using web = await webTarget();
    web.answers.push('hang');
    const { sink, clock, failures, said } = await running(web.url);
    await give(sink, 1);
    await web.until(1);
    clock.advance(10_000);
    await failures(1);
    expect(said[1]).toContain('no answer within 10 s');
    clock.advance(1_000);
    await sink.end(ending());
    expect(numbers(web.received)).toEqual([1, 1]);
  });

  it('redirects is not followed', async () => {
    await using web = await webTarget();
    web.answers.push({ status: 302, headers: { location: `${web.url}/elsewhere` } });
    const { sink, clock, failures } = await running(web.url);
    await give(sink, 1);
    await failures(1);
    clock.advance(1_000);
    await sink.end(ending());
    expect(web.received.map(({ url }) => url)).toEqual(['/', '/']);
  });

  it('is dead for 60 s at 30 predictions a second has lost nothing, and has nothing twice by its number', async () => {
    await using web = await webTarget();
    const { sink, clock, figures } = await running(web.url, { spool: join(folder, 'drill') });
    web.answers.push(...Array<{ status: number }>(200).fill({ status: 503 }));
    const frames = published(Array.from({ length: 1_900 }, (_, i) => digitFrame(i)));
    for (const [i, frame] of frames.entries()) {
      await sink.frame(frame);
      if (i === 1_800) web.answers.length = 0;
      clock.advance(1000 / 30);
      if (i % 90 === 0) await turn();
    }
    // Before the end, which waits for so long only: on a busy machine this clock is ahead of what the sockets have.
    while (figures().queued > 0) {
      await turn();
      clock.advance(10);
    }
    await sink.end(ending());
    expect(distinct(numbers(web.received))).toEqual(upTo(1_900));
    expect(figures()).toMatchObject({ queued: 0, sent: 1_900, dropped: 0 });
  });
});

describe('what waits at the end', () => {
  it('is posted by the next run where there is a spool, before what is new', async () => {
    await using web = await webTarget();
    const spool = join(folder, 'kept');
    web.answers.push({ status: 503 });
    const first = await running(web.url, { spool });
    await give(first.sink, 3);
    await first.failures(1);
    web.answers.push(...Array<{ status: number }>(9).fill({ status: 503 }));
    const ended = first.sink.end(ending({ reason: 'interrupted' }));
    await first.failures(2);
    first.clock.advance(1_000);
    await ended;
    expect(first.said.at(-1)).toContain('3 messages');
    expect(first.said.at(-1)).toContain('kept for the next run');
    expect(first.figures()).toMatchObject({ queued: 3, dropped: 0 });

    web.answers.length = 0;
    web.received.length = 0;
    const second = await running(web.url, { spool, run: 'r2' });
    expect(second.said[0]).toContain('3 of an earlier run wait');
    await give(second.sink, 1);
    await second.sink.end(ending());
    const all = web.received.flatMap((one) => bodyOf(one).messages.map(({ run, n }) => `${run} ${n}`));
    expect(all).toEqual(['r1 1', 'r1 2', 'r1 3', 'r2 1']);
  });
});

it.each([
  [
    'htps://host/key',
    '--webhook must be http:// or https://HOST[:PORT], found another scheme (did you mean https://?): htps://host',
  ],
  ['host/key', 'found no scheme: host'],
])('an address %j is refused', (url, message) => expect(() => createWebhook({ url })).toThrow(message));
