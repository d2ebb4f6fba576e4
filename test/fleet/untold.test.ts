// Tests of what a prepared run tells of numbers when it takes over: each once, none that the other one has told, and none
// that is older.
import { expect, it } from 'vitest';
import { Untold } from '../../src/fleet/process/untold.js';
import { ReadingsMemory } from '../../src/readings/memory.js';
import { parseState, STATE_FORMAT } from '../../src/readings/state.js';
import type { ReadingMessage } from '../../src/sinks/messages.js';

const asked = [{ id: 'n', windows: ['a', 'b'], decimals: 0 }] as unknown as Parameters<typeof parseState>[1];
const memoryOf = (value?: string): ReadingsMemory =>
  value === undefined
    ? new ReadingsMemory()
    : parseState(JSON.stringify({ format: STATE_FORMAT, readings: { n: { value, places: 2 } } }), asked);
const reading = (value: string): ReadingMessage => ({ type: 'reading', id: 'n', value }) as ReadingMessage;

it.each([
  ['both came to the same', '10', ['11'], '11', []],
  ['this one is ahead by two', '10', ['11', '12', '13'], '11', ['12', '13']],
  ['this one is ahead of who told nothing new', '10', ['11'], '10', ['11']],
  ['this one is behind', '10', ['11'], '12', []],
  ['nothing was read here', '10', [], '10', []],
  ['a value came back', '10', ['11', '10', '12'], '10', ['12']],
  ['nothing was ever told', undefined, ['11'], undefined, []],
] as const)('%s', (_, before, read, told, expected) => {
  const untold = new Untold(memoryOf(before));
  for (const value of read) untold.keep(reading(value));
  expect(untold.after(memoryOf(told)).map(({ value }) => value)).toEqual(expected);
});
