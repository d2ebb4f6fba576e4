// Tests of src/readings/runs.ts and tracked-line.ts through the stage: which marks make a number, and which line is
// which over time.
import { describe, expect, it } from 'vitest';
import { from, lastValueFrom, toArray } from 'rxjs';
import { readings } from '../../src/readings/readings.js';
import { runsOf } from '../../src/readings/runs.js';
import type { Box, FrameReadings, FrameSightings, Shape, Sighting } from '../../src/types.js';
import { asked, frameOf, sightingOf, type Seen } from './asked.js';

const INK = { contrast: 100, area: 300, stroke: 4 };
const AUTO = asked({ id: 'line', windows: 'auto' });

/** Digits side by side, 20 pixels wide and 30 high, one each 25 pixels; a space is one left out. */
function row(text: string, { x = 0, y = 0, ids = (k: number): string => `r${y}-${k}` } = {}): Sighting[] {
  return [...text].flatMap((one, k) => {
    if (one === ' ') return [];
    const seen: Seen = /\d/.test(one) ? (Number(one) as 4) : 'ratio';
    return [sightingOf(ids(k), seen, [x + 25 * k, y, 20, 30], { ink: INK })];
  });
}

function frame(sightings: readonly Sighting[], time: number, shapes: readonly Shape[] = [], more = {}): FrameSightings {
  return { ...frameOf([], { index: time, time, ...more }), sightings, shapes };
}

const shape = (box: Box): Shape => ({ box, polarity: 'dark-on-light', ink: { contrast: 100, stroke: 4 } });

async function read(frames: readonly FrameSightings[]): Promise<FrameReadings[]> {
  const out = await lastValueFrom(from(frames).pipe(readings({ asked: [AUTO] }), toArray()));
  return out.map((one) => one.readings!);
}
const told = (all: readonly FrameReadings[]): string[] =>
  all.flatMap((one) => one.told.map(({ id, value }) => `${id} ${value}`));
const every = (count: number, make: (time: number) => FrameSightings): FrameSightings[] =>
  Array.from({ length: count }, (_, time) => make(time));

describe('the runs of a frame', () => {
  const texts = (sightings: readonly Sighting[], shapes: readonly Shape[] = []): string[] =>
    runsOf(frame(sightings, 0, shapes)).map(
      (run) =>
        run.sightings.map(({ verdict }) => (verdict.accepted ? verdict.digit : '?')).join('') +
        (run.blocked ? '!' : ''),
    );

  it('are lines of digits, from left to right', () => {
    expect(texts([...row('2021'), ...row('417', { y: 100 })])).toEqual(['2021', '417']);
    expect(texts(row('2021').reverse())).toEqual(['2021']);
  });

  it('end where there is more room than between the digits', () => {
    expect(texts(row('417  2650'))).toEqual(['417', '2650']);
    // Written far apart, but evenly.
    expect(texts(row('4 1 7'))).toEqual(['417']);
    expect(texts(row('4 7'))).toEqual(['47']);
  });

  it('hold what is not accepted, as it may be a digit of the number', () => {
    expect(texts(row('4?7'))).toEqual(['4?7']);
    expect(texts(row('???'))).toEqual([]);
  });

  it('are no single digits', () => {
    expect(texts([...row('4'), ...row('7', { y: 100 })])).toEqual([]);
  });

  it('say of a shape that stands among them, or at their end, but of no dot', () => {
    expect(texts(row('4 7'), [shape([25, 0, 20, 30])])).toEqual(['47!']);
    expect(texts(row('47', { x: 25 }), [shape([0, 12, 20, 14])])).toEqual(['47!']);
    expect(texts(row('47'), [shape([21, 26, 3, 4])])).toEqual(['47']);
  });
});

describe('lines over time', () => {
  it('are numbers of their own, named as they come', async () => {
    const all = await read(every(6, (time) => frame([...row('2021'), ...row('2019', { y: 100 })], time)));
    expect(told(all)).toEqual(['line0 2021', 'line1 2019']);
    expect(all.at(-1)!.views[0]).toEqual({ id: 'line0', shown: '2021', box: [0, 0, 95, 30] });
  });

  it('keep their looks while the camera moves and names are lost', async () => {
    const moving = (time: number): FrameSightings =>
      frame(row('417', { x: 3 * time, ids: (k) => (time === 2 ? `new${k}` : `r${k}`) }), time);
    expect(told(await read(every(5, moving)))).toEqual(['line0 417']);
  });

  it('are not told while a digit is never clear, nor without it when it is hidden', async () => {
    expect(told(await read(every(12, (time) => frame(row('4?7'), time))))).toEqual([]);
    const hidden = (time: number): FrameSightings => frame(row(time < 2 ? '1417' : ' 417'), time);
    const all = await read(every(70, hidden));
    // It is another number when the 1 has been gone for longer than a look counts.
    expect(all.findIndex((one) => one.told.length > 0)).toBe(64);
    expect(told(all)).toEqual(['line1 417']);
  });

  it('drop a speck that came and went', async () => {
    const specked = (time: number): FrameSightings => frame(row(time === 1 ? '417?' : '417'), time);
    expect(told(await read(every(12, specked)))).toEqual(['line0 417']);
  });

  it('wait while a shape stands among the digits', async () => {
    const blocked = (time: number): FrameSightings => frame(row('4 7'), time, time < 5 ? [shape([25, 0, 20, 30])] : []);
    const all = await read(every(9, blocked));
    expect(all.findIndex((one) => one.told.length > 0)).toBe(7);
  });

  it('are others when they come back after a while', async () => {
    const gone = (time: number): FrameSightings => frame(time > 4 && time < 12 ? [] : row('417'), time);
    expect(told(await read(every(16, gone)))).toEqual(['line0 417', 'line1 417']);
  });

  it('have nothing to do with those of another image', async () => {
    const images = every(6, (time) => frame(row('417'), 0, [], { index: time, file: `${time}.png` }));
    expect(told(await read(images))).toEqual([]);
  });

  it('are bounded', async () => {
    const many = Array.from({ length: 100 }, (_, k) => row('12', { y: 100 * k })).flat();
    const all = await read(every(4, (time) => frame(many, time)));
    expect(told(all)).toHaveLength(64);
  });
});

describe('names that a jolt mixes up', () => {
  const steady = every(40, (time) => frame(row('972', { ids: (k) => 'abc'[k]! }), time));
  const after = (names: string, x: number) =>
    Array.from({ length: 40 }, (_, k) => frame(row('972', { x, ids: (i) => names[i]! }), 40 + k));

  it.each([
    ['two have changed places', 'acb'],
    ['all have', 'cab'],
    ['each is called as its neighbour was, to the right', 'dab'],
    ['and to the left', 'bcd'],
    ['one is new', 'adc'],
  ])('tell no number that never was: %s', async (_, names) => {
    for (const x of [0, 6, 25]) expect(told(await read([...steady, ...after(names, x)]))).toEqual(['line0 972']);
  });
});
