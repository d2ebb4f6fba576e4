// Tests of what the process of a camera tells its worker: nothing before it begins, numbers that go on from others', and
// every number that the one before did not tell.
import { expect, it } from 'vitest';
import { fleetSink } from '../../src/fleet/process/fleet-sink.js';
import type { FromCamera } from '../../src/fleet/process/messages.js';
import { ReadingsMemory } from '../../src/readings/memory.js';
import { parseState, STATE_FORMAT } from '../../src/readings/state.js';
import type { PublishedFrame } from '../../src/sinks/sink.js';
import { ManualClock } from '../sinks/feed/manual-clock.js';

const asked = [{ id: 'n', windows: ['a', 'b'], decimals: 0 }] as unknown as Parameters<typeof parseState>[1];
const memoryOf = (value: string): ReadingsMemory =>
  parseState(JSON.stringify({ format: STATE_FORMAT, readings: { n: { value, places: 2 } } }), asked);

/** A frame with a digit, and with what is said of a number where there is something. */
function frameWith(digit: number, said?: { readonly type: string; readonly value: string }): PublishedFrame {
  const numbers = said ? [{ message: { seq: 1, id: 'n', ...said } }] : [];
  return { frame: {}, outgoing: [{ message: { type: 'prediction', seq: 1, digit } }], numbers } as never;
}

function setUp(paced: boolean, memory = new ReadingsMemory()) {
  const sent: FromCamera[] = [];
  let read = 0;
  const clock = new ManualClock();
  const send = (message: FromCamera): void => void sent.push(message);
  const made = fleetSink({ memory, paced, send, reads: () => read++, now: () => 0, clock });
  const lines = (log: string): Record<string, unknown>[] =>
    sent.flatMap((message) =>
      message.type === 'parcel' && message.log === log
        ? message.parcel.text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
        : [],
    );
  const parcels = (): number => sent.filter(({ type }) => type === 'parcel').length;
  /** The time passes for which predictions are gathered. */
  const wait = (): void => clock.advance(100);
  return { ...made, sink: made.next(), sent, lines, parcels, wait, pending: () => clock.pending, read: () => read };
}

it('lets what comes before the beginning pass where the source keeps its pace', async () => {
  const { sink, begin, lines, read, wait } = setUp(true);
  await sink.frame(frameWith(1));
  expect(read()).toBe(0);
  await sink.frame(frameWith(2));
  await sink.frame(frameWith(3));
  expect([read(), lines('predictions')]).toEqual([1, []]);
  begin({ predictions: 41, readings: 7 }, undefined);
  await sink.frame(frameWith(4));
  await sink.frame(frameWith(5, { type: 'reading', value: '12' }));
  wait();
  expect(lines('predictions')).toMatchObject([
    { seq: 42, digit: 4 },
    { seq: 43, digit: 5 },
  ]);
  expect(lines('readings')).toMatchObject([{ seq: 8, value: '12' }]);
});

it('holds the first frame of a source that waits', async () => {
  const { sink, begin, lines, read, wait } = setUp(false);
  let taken = false;
  const first = sink.frame(frameWith(1)).then(() => (taken = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect([read(), taken]).toEqual([1, false]);
  begin({ predictions: 0, readings: 0 }, undefined);
  await first;
  wait();
  expect(lines('predictions')).toMatchObject([{ seq: 1, digit: 1 }]);
});

it('gathers predictions of some frames into one parcel, and readings never', async () => {
  const { sink, begin, lines, parcels, wait, pending } = setUp(true);
  begin({ predictions: 10, readings: 0 }, undefined);
  for (const digit of [1, 2, 3]) await sink.frame(frameWith(digit));
  await sink.frame(frameWith(4, { type: 'reading', value: '12' }));
  expect([parcels(), lines('readings').length, lines('predictions')]).toEqual([1, 1, []]);
  wait();
  expect(parcels()).toBe(2);
  expect(lines('predictions')).toMatchObject([11, 12, 13, 14].map((seq, at) => ({ seq, digit: at + 1 })));
  expect(pending()).toBe(0);
});

it('has a bound for what is gathered', async () => {
  const { sink, begin, lines } = setUp(true);
  begin({ predictions: 0, readings: 0 }, undefined);
  for (let n = 0; n < 150; n++) await sink.frame(frameWith(7));
  expect(lines('predictions').length).toBe(128);
});

it.each(['close', 'end', 'abort'] as const)('keeps nothing of what was gathered at %s', async (how) => {
  const { sink, begin, close, lines, pending } = setUp(true);
  begin({ predictions: 0, readings: 0 }, undefined);
  await sink.frame(frameWith(7));
  if (how === 'close') close();
  else if (how === 'end') await sink.end({} as never);
  else await sink.abort();
  expect([lines('predictions').length, pending()]).toEqual([1, 0]);
});

it('tells a number that it alone has come to, and none twice', async () => {
  const { sink, begin, lines } = setUp(true, memoryOf('10'));
  await sink.frame(frameWith(1, { type: 'reading', value: '11' }));
  await sink.frame(frameWith(1, { type: 'reading', value: '12' }));
  begin({ predictions: 0, readings: 3 }, memoryOf('11'));
  expect(lines('readings')).toMatchObject([{ seq: 4, value: '12' }]);
});

it('tells that a number is in doubt, with the number of the last that was told', async () => {
  const { sink, begin, sent } = setUp(true);
  begin({ predictions: 0, readings: 3 }, undefined);
  await sink.frame(frameWith(1, { type: 'reading-doubt', value: '99' }));
  await sink.frame(frameWith(1, { type: 'reading-refused', value: '98' }));
  const doubts = sent.filter(({ type }) => type === 'doubt');
  expect(doubts).toEqual([{ type: 'doubt', message: { type: 'reading-doubt', seq: 3, id: 'n', value: '99' } }]);
});

it('tells nothing after it was closed', async () => {
  const { sink, begin, close, lines } = setUp(false);
  const held = sink.frame(frameWith(1));
  close();
  await held;
  begin({ predictions: 0, readings: 0 }, undefined);
  await sink.frame(frameWith(2));
  expect(lines('predictions')).toEqual([]);
});
