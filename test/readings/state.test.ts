// Tests of src/readings/state.ts: what is kept over a restart, and what becomes of a file that is damaged.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ReadingsMemory } from '../../src/readings/memory.js';
import { readState, STATE_FORMAT, stateText, writeState } from '../../src/readings/state.js';
import { valueOf } from '../../src/readings/value.js';
import { asked } from './asked.js';

const folder = mkdtempSync(join(tmpdir(), 'lq-state-'));
afterAll(() => rmSync(folder, { recursive: true }));

const METER = asked({ windows: ['a', 'b', 'c', 'd'], decimals: 1 });
const at = Date.parse('2026-11-27T12:00:00.000Z');

/** What is read of a file, and what was said. */
function reading(name: string, text?: string, one = METER) {
  const file = join(folder, name);
  if (text !== undefined) writeFileSync(file, text);
  const said: string[] = [];
  return { file, memory: readState(file, [one], (line) => void said.push(line)), said };
}

it('gives back what it took, blanks and the time among it', async () => {
  const memory = new ReadingsMemory();
  memory.set('meter', { value: valueOf(['blank', 4, 1, 7], 1), seen: { time: 12, at } });
  const file = join(folder, 'whole.json');
  await writeState(file, memory);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    format: STATE_FORMAT,
    readings: { meter: { value: '41.7', places: 4, at: '2026-11-27T12:00:00.000Z' } },
  });
  const again = reading('whole.json');
  expect(again.said).toEqual([]);
  expect(again.memory.get('meter')).toEqual({
    value: valueOf(['blank', 4, 1, 7], 1),
    // The clock of a source begins anew with a run.
    seen: { time: undefined, at },
  });
  expect(readdirSync(folder)).toEqual(['whole.json']);
});

it('holds nothing where there is no file, or no number of that name', () => {
  expect(reading('none.json').memory.all.size).toBe(0);
  expect(reading('other.json', stateText(new ReadingsMemory())).memory.all.size).toBe(0);
});

it.each([
  ['half.json', `{"format": "${STATE_FORMAT}", "readings": {"met`, /not valid JSON/],
  ['format.json', '{"format": "x", "readings": {}}', /format/],
  [
    'value.json',
    `{"format":"${STATE_FORMAT}","readings":{"meter":{"value":"4x7","places":4}}}`,
    /readings.meter.value/,
  ],
  ['empty.json', '', /JSON/],
])('%s is damaged: it is kept aside, that is said, and numbers begin anew', (name, text, why) => {
  const { file, memory, said } = reading(name, text);
  expect(memory.all.size).toBe(0);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(why);
  expect(said[0]).toContain(`it is kept as ${file}.damaged, and all numbers begin anew.`);
  expect(existsSync(file)).toBe(false);
  expect(readFileSync(`${file}.damaged`, 'utf8')).toBe(text);
});

it('begins a number anew that has another form now', () => {
  const text = `{"format":"${STATE_FORMAT}","readings":{"meter":{"value":"417","places":3}}}`;
  const { memory, said } = reading('form.json', text);
  expect(memory.all.size).toBe(0);
  expect(said[0]).toContain('meter was 417, which has another form now; it begins anew.');
});

it('refuses what is no file in one line', () => {
  expect(() => readState(folder, [METER], () => {})).toThrow(/^--state .*: is no file to read but a folder$/);
});
