// MQTT against a broker in this process: topics, what is retained, the will, Home Assistant, outages, wrong passwords.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { createMqtt, type MqttOptions } from '../../../src/sinks/mqtt.js';
import type { Sink } from '../../../src/sinks/sink.js';
import { noCounts, type FrameSightings, type SinkFigures } from '../../../src/types.js';
import { turn } from '../feed/feed.js';
import { ManualClock } from '../feed/manual-clock.js';
import { ending, published, testRun } from '../runs.js';
import { digitFrame, numberFrame, viewFrame } from '../sending/frames.js';
import { broker, type Broker, type Published } from '../sending/servers.js';

const folder = mkdtempSync(join(tmpdir(), 'lq-mqtt-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Running {
  readonly sink: Sink;
  readonly said: string[];
  readonly clock: ManualClock;
  readonly figures: () => SinkFigures;
}

async function running(url: string, more: Partial<MqttOptions> = {}): Promise<Running> {
  const clock = new ManualClock();
  const { info, said } = testRun({ name: 'meter', readings: 'also' });
  const sink = createMqtt({ url, run: 'run1', clock, ...more });
  await sink.open(info);
  return { sink, said, clock, figures: () => sink.figures!().sinks!['mqtt']! };
}

async function give(sink: Sink, ...frames: FrameSightings[]): Promise<void> {
  for (const frame of published(frames)) await sink.frame(frame);
}

const topics = (all: readonly Published[], start: string): Published[] =>
  all.filter(({ topic }) => topic.startsWith(start));
const CONFIG = 'homeassistant/device/lq_meter/config';

interface Config {
  readonly device: { readonly identifiers: readonly string[]; readonly name: string };
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
const lastConfig = (all: readonly Published[]): Config => JSON.parse(topics(all, CONFIG).at(-1)!.payload) as Config;

describe('what is published', () => {
  it('is each prediction and reading once, in order, with QoS 1: readings are retained, predictions are not', async () => {
    await using at = await broker();
    const { sink, figures } = await running(at.url);
    const frames = [
      digitFrame(0),
      numberFrame(1, { main: '00417.3' }),
      digitFrame(2),
      numberFrame(3, { main: '00417.4' }),
    ];
    const lines = published(frames).flatMap(({ outgoing, numbers }) =>
      [...outgoing, ...numbers].map(({ line }) => line),
    );
    await give(sink, ...frames);
    await sink.end(ending());
    const events = at.published.filter(({ topic }) => /^lq\/meter\/(prediction|reading)/.test(topic));
    expect(events.map(({ topic, retain, qos }) => [topic, retain, qos])).toEqual([
      ['lq/meter/prediction', false, 1],
      ['lq/meter/reading/main', true, 1],
      ['lq/meter/prediction', false, 1],
      ['lq/meter/reading/main', true, 1],
    ]);
    const payloads = events.map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);
    expect(payloads.map(({ run, n, number }) => [run, n, number])).toEqual([
      ['run1', 1, undefined],
      ['run1', 2, 417.3],
      ['run1', 3, undefined],
      ['run1', 4, 417.4],
    ]);
    for (const [i, payload] of payloads.entries()) {
      const { run: _, n: _n, number: _number, ...line } = payload;
      expect(line).toEqual(JSON.parse(lines[i]!));
    }
    expect(figures()).toEqual({ queued: 0, sent: 4, failed: 0, dropped: 0 });
  });

  it('is under a prefix of its own, where that is asked', async () => {
    await using at = await broker();
    const { sink } = await running(at.url, { prefix: 'home/meters', discovery: 'off' });
    await give(sink, digitFrame(0));
    await sink.end(ending());
    expect([...new Set(at.published.map(({ topic }) => topic))].sort()).toEqual([
      'home/meters/meter/prediction',
      'home/meters/meter/status',
    ]);
  });

  it('says online, and offline at the end; a program that is cut off is said to be offline by the broker', async () => {
    await using at = await broker();
    const status = (): unknown[] =>
      topics(at.published, 'lq/meter/status').map(({ payload, retain }) => [payload, retain]);
    const { sink } = await running(at.url);
    await at.until((all) => topics(all, 'lq/meter/status').length === 1);
    await sink.end(ending());
    expect(status()).toEqual([
      ['online', true],
      ['offline', true],
    ]);
    const again = await running(at.url);
    await at.until((all) => topics(all, 'lq/meter/status').length === 3);
    await again.sink.abort();
    await at.until((all) => topics(all, 'lq/meter/status').length === 4);
    expect(status().slice(2)).toEqual([
      ['online', true],
      ['offline', true],
    ]);
  });

  it('tells what a live source does, retained, and figures now and then', async () => {
    await using at = await broker();
    const { sink } = await running(at.url);
    await sink.state!({ state: 'live', at: 0, reconnects: 0 });
    await sink.state!({ state: 'retrying', reason: 'no answer', at: 1000, reconnects: 0 });
    for (let s = 0; s < 21; s++) await sink.stats({ ...noCounts(), frames: s, fps: 15, lag: 0 });
    await at.until((all) => topics(all, 'lq/meter/stats').some(({ payload }) => payload.includes('"frames":20')));
    const source = topics(at.published, 'lq/meter/source').at(-1)!;
    expect(source).toMatchObject({ retain: true, qos: 1 });
    expect(JSON.parse(source.payload)).toEqual({
      state: 'retrying',
      reason: 'no answer',
      at: '1970-01-01T00:00:01.000Z',
      reconnects: 0,
    });
    expect(topics(at.published, 'lq/meter/stats').length).toBeLessThanOrEqual(3);
    await sink.end(ending());
  });
});

describe('Home Assistant', () => {
  it('is told of a device with a component for each number, and when it is available', async () => {
    await using at = await broker();
    const { sink } = await running(at.url, { unit: 'm³', deviceClass: 'water', stateClass: 'total_increasing' });
    await sink.state!({ state: 'live', at: 0, reconnects: 0 });
    await give(sink, numberFrame(0, { main: '00417', gas: '12.5' }));
    await sink.end(ending());
    const { device, components } = lastConfig(at.published);
    expect(topics(at.published, CONFIG).every(({ retain, qos }) => retain && qos === 1)).toBe(true);
    expect(device).toMatchObject({ identifiers: ['lq_meter'], name: 'meter' });
    expect(Object.keys(components)).toEqual(['reading_main', 'reading_gas', 'source', 'source_state', 'fps']);
    const ids = Object.values(components).map(({ unique_id }) => unique_id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(components['reading_main']).toMatchObject({
      platform: 'sensor',
      state_topic: 'lq/meter/reading/main',
      expire_after: 3600,
      unit_of_measurement: 'm³',
      device_class: 'water',
      state_class: 'total_increasing',
      availability_mode: 'all',
    });
    expect(components['reading_main']!['availability']).toEqual([
      { topic: 'lq/meter/status' },
      { topic: 'lq/meter/source', value_template: "{{ 'online' if value_json.state == 'live' else 'offline' }}" },
    ]);
    // One key that it does not know at the top, and it takes nothing of the device.
    expect(Object.keys(JSON.parse(topics(at.published, CONFIG).at(-1)!.payload) as object)).toEqual([
      'device',
      'origin',
      'qos',
      'components',
    ]);
  });

  it('that was started anew is told all again', async () => {
    await using at = await broker();
    const { sink } = await running(at.url);
    await give(sink, numberFrame(0, { main: '1' }));
    await at.until((all) => topics(all, 'lq/meter/reading').length === 1);
    const before = topics(at.published, CONFIG).length;
    const birth = { topic: 'homeassistant/status', payload: 'online', qos: 1 as const, retain: false };
    await new Promise<void>((resolve) =>
      at.aedes.publish({ ...birth, cmd: 'publish', dup: false, payload: Buffer.from('online') }, () => resolve()),
    );
    await at.until((all) => topics(all, CONFIG).length > before && topics(all, 'lq/meter/status').length > 1);
    expect(Object.keys(lastConfig(at.published).components)).toContain('reading_main');
    await sink.end(ending());
  });

  it('gets a number that stays in sight again before it expires, and not one that is out of sight', async () => {
    await using at = await broker();
    const { sink } = await running(at.url, { expire: '9s' });
    await give(sink, numberFrame(0, { seen: '17', gone: '4' }));
    const figures = { ...noCounts(), fps: 1, lag: 0 };
    for (let s = 0; s < 7; s++) {
      await give(sink, viewFrame(s, { seen: '17' }));
      await sink.stats(figures);
    }
    await sink.end(ending());
    const again = (id: string): number => topics(at.published, `lq/meter/reading/${id}`).length;
    expect(again('seen')).toBeGreaterThanOrEqual(3);
    expect(again('gone')).toBeLessThanOrEqual(2);
    expect(lastConfig(at.published).components['reading_seen']).toMatchObject({ expire_after: 9 });
  });
});

describe('a broker that is away', () => {
  it('gets all in order when it is back, and what is retained anew', async () => {
    const first = await broker();
    const { sink, said, clock, figures } = await running(first.url);
    await give(sink, digitFrame(0));
    await first.until((all) => topics(all, 'lq/meter/prediction').length === 1);
    await first[Symbol.asyncDispose]();
    await give(sink, ...Array.from({ length: 50 }, (_, i) => digitFrame(i + 1)));
    while (figures().failed === 0) await turn();
    await using second = await broker(first.port);
    clock.advance(1_000);
    await second.until((all) => topics(all, 'lq/meter/prediction').length === 50);
    const numbers = [...first.published, ...second.published].flatMap(({ topic, payload }) =>
      topic === 'lq/meter/prediction' ? [(JSON.parse(payload) as { n: number }).n] : [],
    );
    // Each publication numbers its frames from 1; the sink's own numbers go on.
    expect(numbers).toEqual(Array.from({ length: 51 }, (_, i) => i + 1));
    expect(topics(second.published, 'lq/meter/status')).toMatchObject([{ payload: 'online', retain: true }]);
    expect(topics(second.published, CONFIG)).toHaveLength(1);
    expect(said.filter((text) => text.includes('may wait'))).toHaveLength(1);
    expect(said.at(-1)).toMatch(/^mqtt: mqtt:\/\/127\.0\.0\.1:\d+: reached again after \d+ attempts?\n$/);
    await sink.end(ending());
    expect(figures()).toMatchObject({ queued: 0, sent: 51, dropped: 0 });
  });

  it('and cuts each connection as soon as it is there is asked with growing delays', async () => {
    await using at = await broker();
    let connections = 0;
    at.aedes.on('clientReady', (client) => {
      connections++;
      client.close();
    });
    const { sink, clock, figures, said } = await running(at.url);
    while (figures().failed < 1) await turn();
    for (let n = 0; n < 50; n++) await turn();
    expect(connections).toBe(1);
    clock.advance(1_000);
    while (figures().failed < 2) await turn();
    clock.advance(1_000);
    for (let n = 0; n < 50; n++) await turn();
    expect(connections).toBe(2);
    expect(said).toHaveLength(2);
    await sink.abort();
  });

  it('or was never there costs neither time nor memory, and the end of a stopped run a second', async () => {
    const { sink, clock, figures, said } = await running('mqtt://127.0.0.1:1', { limits: { messages: 5, bytes: 1e6 } });
    await give(sink, ...Array.from({ length: 20 }, (_, i) => digitFrame(i)));
    expect(figures()).toMatchObject({ queued: 5, dropped: 15 });
    const ended = sink.end(ending({ reason: 'interrupted' }));
    await turn();
    clock.advance(1_000);
    await ended;
    expect(figures()).toMatchObject({ queued: 0, sent: 0, dropped: 20 });
    expect(said.join('')).toContain('nobody listens there');
  });

  it('and one that takes connections and never answers is given up after 10 s', async () => {
    const mute = createServer(() => {});
    await once(mute.listen(0, '127.0.0.1'), 'listening');
    const { sink, clock, said } = await running(`mqtt://127.0.0.1:${(mute.address() as AddressInfo).port}`);
    await once(mute, 'connection');
    clock.advance(10_000);
    while (said.length < 2) await turn();
    expect(said[1]).toContain('no answer');
    await sink.abort();
    await once(mute.close(), 'close');
  });
});

it('a broker that does not speak MQTT 5 is said to do so', async () => {
  await using at = await broker();
  const { sink, said } = await running(at.url, { version: '5' });
  while (said.length < 2) await turn();
  expect(said[1]).toContain('it does not speak this version of MQTT; try --mqtt-version');
  await sink.abort();
});

describe('who is let in', () => {
  /** A broker that lets in nobody but `user` with `p:s3cret`, once `open` says so. */
  async function guarded(): Promise<{ at: Broker; open: () => void; seen: string[] }> {
    const at = await broker();
    const seen: string[] = [];
    let open = false;
    at.aedes.authenticate = (_client, user, password, done) => {
      seen.push(`${user ?? ''} ${(password ?? '').toString()}`);
      const known = open && user === 'user' && password?.toString() === 'p:s3cret';
      done(known ? null : Object.assign(new Error('no'), { returnCode: 4 }), known);
    };
    return { at, open: () => (open = true), seen };
  }

  it('is said once where it is refused, tried again, and the password is never shown', async () => {
    const { at, open, seen } = await guarded();
    await using _ = at;
    const { sink, said, clock, figures } = await running(at.url.replace('//', '//user:p%3As3cret@'));
    await give(sink, digitFrame(0));
    for (let n = 1; n <= 3; n++) {
      while (figures().failed < n) await turn();
      if (n === 3) open();
      clock.advance(30_000);
    }
    await at.until((all) => topics(all, 'lq/meter/prediction').length === 1);
    await sink.end(ending());
    expect(said.filter((text) => text.includes('it refuses user or password'))).toHaveLength(1);
    expect(said.join('')).not.toContain('s3cret');
    expect(seen).toEqual(Array(4).fill('user p:s3cret'));
  });

  it('comes from a file too, or from the environment; not from two places', async () => {
    const { at, open, seen } = await guarded();
    await using _ = at;
    open();
    const file = join(folder, 'user.txt');
    writeFileSync(file, 'user:p:s3cret\n');
    await (await running(at.url, { credentials: file })).sink.end(ending());
    process.env['LQ_MQTT_USER'] = 'user';
    process.env['LQ_MQTT_PASSWORD'] = 'p:s3cret';
    try {
      const { sink, clock } = await running(at.url);
      await at.until((all) => topics(all, 'lq/meter/status').length >= 1);
      await sink.end(ending());
      expect(clock.pending).toBe(0);
    } finally {
      delete process.env['LQ_MQTT_USER'];
      delete process.env['LQ_MQTT_PASSWORD'];
    }
    expect(new Set(seen)).toEqual(new Set(['user p:s3cret']));
    expect(() => createMqtt({ url: 'mqtt://a:b@host', credentials: file })).toThrow(UsageError);
    expect(() => createMqtt({ url: 'mqtt://host', credentials: join(folder, 'none') })).toThrow(
      /^--mqtt-credentials .*none/,
    );
    expect(() => createMqtt({ url: 'mqtts://host', ca: file })).toThrow(/must hold certificates in PEM/);
  });
});
