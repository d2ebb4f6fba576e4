// Tests of numbers that are no more: nothing of them is left at the broker, nor in Home Assistant.
import { expect, it } from 'vitest';
import { parsePipeline } from '../../../src/config.js';
import { PipelineEditing } from '../../../src/pipeline/editing.js';
import { createMqtt, type MqttOptions } from '../../../src/sinks/mqtt.js';
import { createPublication } from '../../../src/sinks/outgoing.js';
import type { RunInfo } from '../../../src/sinks/sink.js';
import type { FrameSightings } from '../../../src/types.js';
import { turn } from '../feed/feed.js';
import { ManualClock } from '../feed/manual-clock.js';
import { ending, IDENTITY, testRun } from '../runs.js';
import { digitFrame, numberFrame } from '../sending/frames.js';
import { broker, type Broker, type Published } from '../sending/servers.js';

const TEXT = 'readings: auto\n';
const OWN = { ratio: 3, range: [0.5, 1.2] } as const;
const WINDOWS = {
  regions: { mode: 'fixed', units: 'pixels', list: [{ id: 'a', box: [0, 0, 20, 20] }] },
  readings: [{ id: 'meter', windows: ['a'] }],
};
const CONFIG = 'homeassistant/device/lq_cam/config';

/** A run with a pipeline that may be edited, and an MQTT sink. */
function run(url: string, more: Partial<MqttOptions> = {}, text = TEXT) {
  const config = parsePipeline(text, 'a');
  const editing = new PipelineEditing({
    text,
    name: 'a',
    file: 'a.yaml',
    isThere: false,
    config,
    thresholds: OWN,
    model: { thresholds: OWN },
    overrides: {},
    scorer: { score: async (_pixels, n) => new Float32Array(10 * n) },
  });
  const clock = new ManualClock();
  const setup: RunInfo['setup'] = { config, own: OWN, editing };
  const { info } = testRun({ name: 'cam', readings: 'only', setup });
  const sink = createMqtt({ url, clock, run: 'r', ...more });
  const publication = createPublication(IDENTITY);
  const give = async (sightings: FrameSightings): Promise<void> =>
    await sink.frame(publication({ ...sightings, pipeline: editing.settings.now.pipeline }));
  return { sink, clock, editing, info, give, failed: () => sink.figures!().sinks!['mqtt']!.failed };
}

/** What is retained under each topic, when all this was published. */
function retained(...all: readonly (readonly Published[])[]): Map<string, string> {
  const kept = new Map<string, string>();
  for (const { topic, payload, retain } of all.flat()) {
    if (!retain) continue;
    if (payload === '') kept.delete(topic);
    else kept.set(topic, payload);
  }
  return kept;
}

const readingsIn = (kept: Map<string, string>): string[] =>
  [...kept.keys()].filter((topic) => topic.includes('/reading/')).sort();

const componentsIn = (kept: Map<string, string>): Record<string, Record<string, unknown>> =>
  (JSON.parse(kept.get(CONFIG)!) as { components: Record<string, Record<string, unknown>> }).components;

const hasReading = (at: Broker, id: string): Promise<void> =>
  at.until((all) => readingsIn(retained(all)).includes(`lq/cam/reading/${id}`));

it('go from broker and Home Assistant when windows are applied; names that are still there stay', async () => {
  await using at = await broker();
  const { sink, editing, info, give } = run(at.url);
  await sink.open(info);
  await give(numberFrame(0, { line0: '17', line1: '4' }));
  await hasReading(at, 'line1');
  editing.change({ gate: { ratio: 5 } }, 1);
  await give(digitFrame(1));
  editing.change(WINDOWS, 2);
  await give(digitFrame(2));
  await give(numberFrame(3, { meter: '8' }));
  await hasReading(at, 'meter');
  await sink.end(ending());
  const kept = retained(at.published);
  expect(readingsIn(kept)).toEqual(['lq/cam/reading/meter']);
  const components = componentsIn(kept);
  // As Home Assistant has it: a component with its platform alone is removed.
  expect([components['reading_line0'], components['reading_line1']]).toEqual([
    { platform: 'sensor' },
    { platform: 'sensor' },
  ]);
  expect(components['reading_meter']).toHaveProperty('state_topic');
  // Until windows were applied nothing was taken back: a threshold leaves numbers what they are.
  const cleared = at.published.findIndex(({ topic, payload }) => topic.endsWith('line0') && payload === '');
  expect(cleared).toBeGreaterThan(at.published.findIndex(({ topic }) => topic.endsWith('line1')));
});

it('go after an outage of the broker too, though they were told in it', async () => {
  const first = await broker();
  const { sink, clock, editing, info, give, failed } = run(first.url);
  await sink.open(info);
  await give(numberFrame(0, { line0: '17' }));
  await hasReading(first, 'line0');
  await first[Symbol.asyncDispose]();
  await give(numberFrame(1, { line0: '18', line1: '3' }));
  editing.change(WINDOWS, 1);
  await give(digitFrame(2));
  while (failed() === 0) await turn();
  await using second = await broker(first.port);
  clock.advance(1_000);
  await give(numberFrame(3, { meter: '8' }));
  await hasReading(second, 'meter');
  await sink.end(ending());
  // Both were sent to who listens, and none is left.
  expect(second.published.filter(({ topic }) => /line[01]$/.test(topic)).length).toBeGreaterThanOrEqual(2);
  expect(readingsIn(retained(first.published, second.published))).toEqual(['lq/cam/reading/meter']);
  expect(componentsIn(retained(second.published))['reading_line1']).toEqual({ platform: 'sensor' });
});

it('that come back are told again', async () => {
  await using at = await broker();
  const { sink, editing, info, give } = run(at.url);
  await sink.open(info);
  await give(numberFrame(0, { line0: '17' }));
  await hasReading(at, 'line0');
  editing.change(WINDOWS, 1);
  await give(digitFrame(1));
  await at.until((all) => readingsIn(retained(all)).length === 0);
  editing.undo(2);
  await give(digitFrame(2));
  await give(numberFrame(3, { line0: '19' }));
  await hasReading(at, 'line0');
  await sink.end(ending());
  expect(componentsIn(retained(at.published))['reading_line0']).toHaveProperty('state_topic');
});

it('of a run before go with the next one of that name, and those of others stay', async () => {
  await using at = await broker();
  const before = run(at.url);
  await before.sink.open(before.info);
  await before.give(numberFrame(0, { line0: '17', meter: '3' }));
  await hasReading(at, 'meter');
  await before.sink.end(ending());
  const other = run(at.url);
  await other.sink.open({ ...other.info, name: 'other' });
  await other.give(numberFrame(0, { line0: '5' }));
  await at.until((all) => retained(all).has('lq/other/reading/line0'));
  await other.sink.end(ending());
  const text = JSON.stringify(WINDOWS);
  const { sink, info } = run(at.url, {}, text);
  await sink.open(info);
  await at.until((all) => !retained(all).has('lq/cam/reading/line0'));
  await sink.end(ending());
  const kept = retained(at.published);
  expect(readingsIn(kept)).toEqual(['lq/cam/reading/meter', 'lq/other/reading/line0']);
  expect(componentsIn(kept)['reading_line0']).toEqual({ platform: 'sensor' });
});

it('say of themselves what they are for Home Assistant; what the options say is for all others', async () => {
  await using at = await broker();
  const readings = [
    { id: 'water', windows: ['a'], unit: 'm³', deviceClass: 'water', stateClass: 'total_increasing' },
    { id: 'rest', windows: ['b'] },
  ];
  const list = [
    { id: 'a', box: [0, 0, 20, 20] },
    { id: 'b', box: [30, 0, 20, 20] },
  ];
  const text = JSON.stringify({ regions: { mode: 'fixed', units: 'pixels', list }, readings });
  const { sink, info, give } = run(at.url, { unit: 'kWh', deviceClass: 'energy' }, text);
  await sink.open(info);
  await give(numberFrame(0, { water: '17', rest: '4' }));
  await hasReading(at, 'rest');
  await sink.end(ending());
  const components = componentsIn(retained(at.published));
  expect(components['reading_water']).toMatchObject({
    unit_of_measurement: 'm³',
    device_class: 'water',
    state_class: 'total_increasing',
  });
  expect(components['reading_rest']).toMatchObject({ unit_of_measurement: 'kWh', device_class: 'energy' });
  expect(components['reading_rest']).not.toHaveProperty('state_class');
});
