// Tests of src/readings/readings.ts: frames of windows in, numbers out; what is told, refused and in question.
import { describe, expect, it } from 'vitest';
import { from, lastValueFrom, toArray } from 'rxjs';
import { ReadingsMemory } from '../../src/readings/memory.js';
import { readings, type AskedReading } from '../../src/readings/readings.js';
import type { Frame, FrameReadings } from '../../src/types.js';
import { asked, digitsOf, frameOf, type Seen } from './asked.js';

/** What is made of frames, one a second, that show these texts (`?`: refused by the gate). */
async function read(
  texts: readonly string[],
  one: AskedReading = asked(),
  { frame = {}, memory = new ReadingsMemory() }: { frame?: Partial<Frame>; memory?: ReadingsMemory } = {},
): Promise<FrameReadings[]> {
  const frames = texts.map((text, k) => frameOf(digitsOf(text), { index: k, time: k, ...frame }));
  const out = await lastValueFrom(from(frames).pipe(readings({ asked: [one], memory }), toArray()));
  return out.map((made) => made.readings!);
}

/** As `read`, of a file that is read again: the texts of each pass. */
async function readAgain(
  passes: readonly (readonly string[])[],
  one: AskedReading = asked(),
): Promise<FrameReadings[]> {
  const frames = passes.flatMap((texts, number) => {
    const begins = passes.slice(0, number).flat().length;
    const pass = number === 0 ? {} : { pass: { number, begins } };
    return texts.map((text, k) => frameOf(digitsOf(text), { index: begins + k, time: begins + k, ...pass }));
  });
  const out = await lastValueFrom(from(frames).pipe(readings({ asked: [one] }), toArray()));
  return out.map((made) => made.readings!);
}

const times = (text: string, count: number): string[] => Array<string>(count).fill(text);
const told = (all: readonly FrameReadings[]): string[] => all.flatMap((one) => one.told.map(({ value }) => value));
const refused = (all: readonly FrameReadings[]): string[] =>
  all.flatMap((one) => one.refused.map(({ value, rule, last }) => `${value} ${rule} ${last}`));
const doubts = (all: readonly FrameReadings[]): string[] =>
  all.flatMap((one) => one.doubts.map(({ value, rule, last }) => `${value} ${rule} ${last}`));

describe('a number of named windows', () => {
  it('is told once, when enough looks at each place agree, with what confirms it', async () => {
    const all = await read(times('417', 6));
    expect(all.map((one) => one.told.length)).toEqual([0, 0, 1, 0, 0, 0]);
    expect(all[2]!.told[0]).toEqual({
      id: 'meter',
      value: '417',
      box: [0, 10, 110, 50],
      places: [4, 1, 7].map((digit, k) => ({ region: `w${k}`, digit, frames: 3, of: 3 })),
      confirmed: { frames: 3, of: 3, since: 0 },
    });
  });

  it('is told again when it changes, and, asked for, every so often', async () => {
    expect(told(await read([...times('417', 5), ...times('418', 5)]))).toEqual(['417', '418']);
    expect(told(await read(times('417', 20), asked({ every: 5 })))).toEqual(['417', '417', '417', '417']);
  });

  it('is not told while a place is never clear; people see where', async () => {
    const all = await read(times('4?7', 20));
    expect(told(all)).toEqual([]);
    expect(all.at(-1)!.views).toEqual([{ id: 'meter', shown: '4?7', box: [0, 10, 110, 50] }]);
  });

  it('keeps its leading zeros, and has its point', async () => {
    const windows = ['w0', 'w1', 'w2', 'w3', 'w4', 'w5'];
    expect(told(await read(times('004173', 4), asked({ windows, decimals: 1 })))).toEqual(['00417.3']);
  });

  it('is outvoted by no single look, however sure', async () => {
    const frames = ['417', '417', '417', '917', '417', '417'].map((text, k) => {
      const seen = digitsOf(text).map((digit): Seen => ({ digit: digit as 4, ratio: text === '917' ? Infinity : 8 }));
      return frameOf(seen, { index: k, time: k });
    });
    const out = await lastValueFrom(from(frames).pipe(readings({ asked: [asked()] }), toArray()));
    expect(told(out.map((one) => one.readings!))).toEqual(['417']);
  });

  it('was never there that mixes two times: between 419 and 420 there is no 429', async () => {
    // The last wheel is hidden while the middle one moves on.
    const all = await read([...times('419', 5), ...times('42?', 6), ...times('420', 5)]);
    expect(told(all)).toEqual(['419', '420']);
    // The other way round: no 410.
    expect(told(await read([...times('419', 5), ...times('4?0', 6), ...times('420', 5)]))).toEqual(['419', '420']);
  });

  it('nor one that begins with a place that was hidden', async () => {
    expect(told(await read([...times('4?9', 5), ...times('42?', 5), ...times('420', 5)]))).toEqual(['420']);
  });

  it('begins with blanks only where that is asked for', async () => {
    const blank = Array.from({ length: 5 }, (_, k) => frameOf(['blank', 1, 7], { index: k, time: k }));
    const made = async (one: AskedReading): Promise<string[]> =>
      told((await lastValueFrom(from(blank).pipe(readings({ asked: [one] }), toArray()))).map((now) => now.readings!));
    expect(await made(asked())).toEqual([]);
    expect(await made(asked({ rules: { leading: 'blanks' } }))).toEqual(['17']);
  });

  it('is read over images of a folder as over frames', async () => {
    expect(told(await read(times('417', 4), asked(), { frame: { time: 0, file: 'a.png' } }))).toEqual(['417']);
  });

  it('begins anew when the clock goes back', async () => {
    const frames = [0, 1, 0, 1].map((time, k) => frameOf(digitsOf('417'), { index: k, time }));
    const out = await lastValueFrom(from(frames).pipe(readings({ asked: [asked()] }), toArray()));
    expect(told(out.map((one) => one.readings!))).toEqual([]);
  });

  it('needs looks of one pass of a file that is read again', async () => {
    expect(told(await readAgain([times('417', 2), times('417', 2)]))).toEqual([]);
    expect(told(await readAgain([times('417', 2), times('417', 3)]))).toEqual(['417']);
    // What wheels showed at the end says nothing of those at the beginning: before nines the first may be on its way.
    const wheels = asked({ wheels: true, decimals: 1 });
    const [end, beginning] = [times('168', 4), times('179', 6)];
    expect(told(await read([...end, ...beginning], wheels))).toEqual(['16.8', '16.9']);
    expect(told(await readAgain([end, beginning], wheels))).toEqual(['16.8']);
  });

  it('that is lower at the beginning of a file than at its end is judged by its rules', async () => {
    const passes = [
      [...times('417', 4), ...times('418', 4)],
      [...times('417', 4), ...times('418', 4), ...times('419', 4)],
    ];
    expect(told(await readAgain(passes))).toEqual(['417', '418', '417', '418', '419']);
    const all = await readAgain(passes, asked({ rules: { falls: 'never' } }));
    expect(told(all)).toEqual(['417', '418', '419']);
    expect(refused(all)).toEqual(['417 falls 418']);
  });

  it('of wheels stands at 16.9 and not at 17.9', async () => {
    const wheels = asked({ wheels: true, decimals: 1 });
    const all = await read([...times('168', 4), ...times('1?9', 4), ...times('179', 6), ...times('170', 6)], wheels);
    expect(told(all)).toEqual(['16.8', '16.9', '17.0']);
    // Without the rule it would be read as it looks.
    const plain = asked({ decimals: 1 });
    expect(told(await read([...times('168', 4), ...times('179', 6)], plain))).toEqual(['16.8', '17.9']);
  });
});

describe('a value that breaks a rule', () => {
  const never = asked({ rules: { falls: 'never' } });

  it('is refused with the rule and both values, once, and the one before holds', async () => {
    const all = await read([...times('417', 4), ...times('317', 6), ...times('418', 5)], never);
    expect(told(all)).toEqual(['417', '418']);
    expect(refused(all)).toEqual(['317 falls 417']);
    expect(doubts(all)).toEqual([]);
  });

  it('becomes a question when it stays, and is asked once', async () => {
    const all = await read([...times('917', 4), ...times('417', 40)], never);
    expect(told(all)).toEqual(['917']);
    expect(doubts(all)).toEqual(['417 falls 917']);
    // 8 looks more (twice 4) and 10 s from the first agreed one on.
    expect(all.findIndex((one) => one.doubts.length > 0)).toBe(16);
  });

  it('heals where that is asked for: stuck after a bad value is not for ever', async () => {
    const heal = asked({ rules: { falls: 'never' }, heal: 'auto' });
    const rising = ['417', '417', '417', '417', '417', '418', '418', '418', '418', '418', '419', '419', '419', '419'];
    const all = await read([...times('917', 4), ...rising, ...times('419', 10)], heal);
    expect(told(all)).toEqual(['917', '419']);
    expect(all.flatMap((one) => one.told).at(-1)!.healed).toEqual({ rule: 'falls', last: '917' });
    expect(doubts(all)).toEqual(['419 falls 917']);
    // From there on the rule holds again.
    const after = await read([...times('917', 4), ...times('419', 20), ...times('400', 5)], heal);
    expect(told(after)).toEqual(['917', '419']);
  });

  it('is never taken over by few frames, however long they last', async () => {
    const heal = asked({ rules: { falls: 'never' }, heal: 'auto' });
    expect(told(await read([...times('917', 4), ...times('417', 6), ...times('???', 100)], heal))).toEqual(['917']);
  });

  it('is taken over by looks of one pass alone of a file that is read again', async () => {
    const heal = asked({ rules: { falls: 'never' }, heal: 'auto' });
    const short = times('417', 9);
    expect(told(await readAgain([[...times('917', 4), ...short], short, short, short], heal))).toEqual(['917']);
    expect(told(await readAgain([[...times('917', 4), ...short], times('417', 20)], heal))).toEqual(['917', '417']);
  });

  it('is forgotten when the number before is seen again', async () => {
    const heal = asked({ rules: { falls: 'never' }, heal: 'auto' });
    const turns = [...times('417', 8), ...times('917', 5)];
    expect(told(await read([...times('917', 4), ...turns, ...turns, ...turns], heal))).toEqual(['917']);
  });

  it('asks and heals nothing by a rule on the value itself', async () => {
    const range = asked({ rules: { range: [0, 500] }, heal: 'auto' });
    const all = await read([...times('417', 4), ...times('917', 40)], range);
    expect(told(all)).toEqual(['417']);
    expect(doubts(all)).toEqual(['917 range 417']);
  });

  it('is known from the run before', async () => {
    const memory = new ReadingsMemory();
    await read(times('417', 4), never, { memory });
    const all = await read(times('317', 5), never, { memory });
    expect(told(all)).toEqual([]);
    expect(refused(all)).toEqual(['317 falls 417']);
    expect(told(await read(times('417', 5), never, { memory }))).toEqual(['417']);
  });
});
