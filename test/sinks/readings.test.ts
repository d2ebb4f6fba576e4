// Numbers on their way out: their messages, what stdout has of them, what people are told, and the file that keeps them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { ReadingsMemory } from '../../src/readings/memory.js';
import { valueOf } from '../../src/readings/value.js';
import { createLines } from '../../src/sinks/lines.js';
import { createPublication } from '../../src/sinks/outgoing.js';
import { createReadings } from '../../src/sinks/readings.js';
import type { PublishedFrame } from '../../src/sinks/sink.js';
import type { FrameReadings, FrameSightings, Reading } from '../../src/types.js';
import { grayFrame, shown, sighting } from './drawing/sightings.js';
import { ending, IDENTITY, testRun, textOf } from './runs.js';

const folder = mkdtempSync(join(tmpdir(), 'lq-readings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BOX = [10, 20, 30, 40] as const;
const READING: Reading = {
  id: 'meter',
  value: '41.7',
  box: BOX,
  places: [
    { region: 'a', digit: 4, frames: 5, of: 7 },
    { region: 'b', digit: 1, frames: 7, of: 7 },
    { region: 'c', digit: 7, frames: 6, of: 6, between: true },
  ],
  confirmed: { frames: 5, of: 7, since: 1.23456789 },
};
const REFUSED = { id: 'meter', value: '31.7', box: BOX, rule: 'falls', last: '41.7' } as const;
const DOUBT = { ...REFUSED, since: 2, frames: 60 };

const NONE: FrameReadings = { told: [], refused: [], doubts: [], views: [] };
const view = (text: string) => [{ id: 'meter', shown: text, box: BOX }];

function frame(readings: Partial<FrameReadings>, more: Partial<FrameSightings> = {}): FrameSightings {
  const one = shown(grayFrame(64, 48, 128, { index: 3, time: 0.12 }), sighting([4, 4, 20, 28], 7, 18));
  return { ...one, ...more, readings: { ...NONE, ...readings } };
}

function published(...all: FrameSightings[]): PublishedFrame[] {
  return all.map(createPublication(IDENTITY));
}

describe('messages about numbers', () => {
  it('are one line each, numbered by what is told', () => {
    const frames = published(
      frame({ told: [READING] }),
      frame({ refused: [REFUSED], doubts: [DOUBT] }),
      frame({ told: [{ ...READING, healed: { rule: 'falls', last: '91.7' } }] }),
    );
    const lines = frames.flatMap(({ numbers }) => numbers.map(({ line }) => line));
    const tail = '"box":[10,20,30,40],"model":"aaaaaaaaaaaa","pipeline":"bbbbbbbbbbbb"}';
    expect(lines).toEqual([
      '{"type":"reading","seq":1,"frame":3,"time":0.12,"id":"meter","value":"41.7","digits":[' +
        '{"region":"a","digit":4,"frames":5,"of":7},{"region":"b","digit":1,"frames":7,"of":7},' +
        '{"region":"c","digit":7,"frames":6,"of":6,"between":true}],' +
        `"confirmed":{"frames":5,"of":7,"since":1.234568},${tail}`,
      `{"type":"reading-refused","seq":1,"frame":3,"time":0.12,"id":"meter","value":"31.7","rule":"falls","last":"41.7",${tail}`,
      '{"type":"reading-doubt","seq":1,"frame":3,"time":0.12,"id":"meter","value":"31.7","rule":"falls","last":"41.7",' +
        `"refused":{"since":2,"frames":60},${tail}`,
      expect.stringContaining(
        '"confirmed":{"frames":5,"of":7,"since":1.234568},"healed":{"rule":"falls","last":"91.7"}',
      ),
    ]);
  });

  it('say the wall clock where the source has one', () => {
    const at = Date.parse('2026-11-27T12:00:00.000Z');
    const live = { ...grayFrame(64, 48, 0), arrival: { at, clock: 0, late: 0 } };
    const [one] = published(frame({ told: [READING] }, { frame: live }));
    expect(one!.numbers[0]!.message).toMatchObject({ at: '2026-11-27T12:00:00.000Z' });
  });

  it('are none where no numbers were asked for', () => {
    const { readings: _, ...plain } = frame({});
    expect(published(plain)[0]!.numbers).toEqual([]);
  });
});

describe('stdout', () => {
  it.each([
    ['also', false, ['prediction', 'reading-doubt', 'reading']],
    ['only', false, ['reading-doubt', 'reading']],
    ['only', true, ['reading-refused', 'reading-doubt', 'reading']],
    ['also', true, ['prediction', 'reading-refused', 'reading-doubt', 'reading']],
  ] as const)('has with --readings %s, rejected %s: %j', async (readings, rejected, wanted) => {
    const output = new PassThrough();
    const sink = createLines({ rejected });
    await sink.open(testRun({ output, readings }).info);
    for (const one of published(frame({ refused: [REFUSED], doubts: [DOUBT], told: [READING] }))) await sink.frame(one);
    await sink.end(ending());
    const types = textOf(output)
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(wanted);
  });
});

describe('people', () => {
  it('are told of refused numbers and of questions at once, and at the end what it came to', async () => {
    const run = testRun({ readings: 'also' });
    const sink = createReadings({});
    await sink.open(run.info);
    const frames = published(
      frame({ told: [READING], views: view('41.7') }),
      frame({ refused: [REFUSED], views: view('31.7') }),
      frame({ doubts: [DOUBT], views: view('31.7') }),
    );
    for (const one of frames) await sink.frame(one);
    expect(run.said).toEqual([
      'reading meter: 31.7 refused (falls); 41.7 holds, at 0.120 s\n',
      'reading meter: is 31.7 right? It has been refused (falls) in 60 frames; 41.7 holds\n',
    ]);
    await sink.end(ending());
    expect(run.said.at(-1)).toBe('reading meter: 41.7, told 1 time; 1 refused\n');
  });

  it('see what was never clear as it looked last', async () => {
    const run = testRun({ readings: 'also' });
    const sink = createReadings({});
    await sink.open(run.info);
    for (const one of published(frame({ views: view('4?.7') }))) await sink.frame(one);
    await sink.end(ending());
    expect(run.said).toEqual(['reading meter: never told, last seen as 4?.7\n']);
  });

  it('hear nothing where there are no numbers', async () => {
    const run = testRun();
    const sink = createReadings({});
    await sink.open(run.info);
    await sink.end(ending());
    expect(run.said).toEqual([]);
  });
});

describe('--state', () => {
  const kept = () => {
    const memory = new ReadingsMemory();
    return {
      memory,
      set: (digit: 1 | 2) => memory.set('meter', { value: valueOf([4, digit], 0), seen: { time: 0, at: undefined } }),
    };
  };

  it('is written with each new value, and at the end', async () => {
    const file = join(folder, 'state.json');
    const { memory, set } = kept();
    const sink = createReadings({ state: file });
    await sink.open(testRun({ readings: 'also', memory }).info);
    const [one] = published(frame({}));
    set(1);
    await sink.frame(one!);
    expect(readFileSync(file, 'utf8')).toContain('"value": "41"');
    set(2);
    await sink.end(ending());
    expect(readFileSync(file, 'utf8')).toContain('"value": "42"');
  });

  it('that can not be written is said once, and is a failure at the end', async () => {
    const below = join(folder, 'file');
    writeFileSync(below, '');
    const { memory, set } = kept();
    const run = testRun({ readings: 'also', memory });
    const sink = createReadings({ state: join(below, 'state.json') });
    await sink.open(run.info);
    const [one] = published(frame({}));
    set(1);
    await sink.frame(one!);
    set(2);
    await sink.frame(one!);
    expect(run.said).toHaveLength(1);
    expect(run.said[0]).toMatch(/^Can't write .*state\.json: .* It is tried again with the next value\.\n$/);
    await expect(sink.end(ending())).rejects.toThrow(/^Can't write .*state\.json: /);
  });
});
