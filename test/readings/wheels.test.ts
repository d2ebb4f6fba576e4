// Tests of src/readings/wheels.ts: the carry rule, against wheels that turn as a counter's do.
import { expect, it } from 'vitest';
import { readWheels } from '../../src/readings/wheels.js';
import type { DigitClass } from '../../src/types.js';

/** Wheels from a text: `6~` stands between 6 and 7. */
const wheels = (text: string) =>
  [...text.matchAll(/(\d)(~?)/g)].map(([, digit, between]) => ({
    digit: Number(digit) as DigitClass,
    between: between === '~',
  }));
const digits = (text: string): DigitClass[] => [...text].map((one) => Number(one) as DigitClass);
const read = (text: string, before?: string): string =>
  readWheels(wheels(text), before === undefined ? undefined : digits(before))
    .map((one) => one ?? '?')
    .join('');

it.each<[string, string | undefined, string, string]>([
  ['0417', undefined, '0417', 'as it is'],
  ['04173~', undefined, '04173', 'the last one has not reached the next'],
  ['16~9', undefined, '169', '16.9 is not 17.9: the wheel is on its way'],
  ['16~0', undefined, '170', 'and has arrived when the tenths have passed'],
  ['16~1', undefined, '171', 'or has just done so'],
  ['16~3', undefined, '??3', 'between two digits for no reason'],
  ['16~9~', undefined, '169', 'both on their way'],
  ['19~9', '198', '199', 'the wheel before it shows it clearly'],
  ['179', '168', '169', 'the wheel looks like 7 too early'],
  ['179', '178', '179', 'it is 17.9'],
  ['179', undefined, '??9', 'nobody knows: 16.9 or 17.9'],
  ['160', '169', '170', 'the wheel looks like 6 for too long'],
  ['170', '169', '170', 'passed'],
  ['200', '199', '200', 'all of them passed'],
  ['190', '199', '200', 'the middle one moved and the first is late'],
  ['100', '199', '200', 'the first is late'],
  ['0939', undefined, '???9', 'so here: 939 or 929'],
  ['0993', undefined, '0993', 'nines that are not all to the right'],
])('%s after %s is %s: %s', (seen, before, wanted) => {
  expect(read(seen, before)).toBe(wanted);
});

it('gives every number of a counter whose wheels turn with their neighbour', () => {
  // Each wheel stands at value / 10^k; it moves from digit to digit while the one to its right passes from 9 to 0.
  let before: string | undefined;
  for (let value = 90; value < 1200; value++) {
    const text = String(value).padStart(4, '0');
    const nines = /9+$/.exec(text)?.[0].length ?? 0;
    // The wheel before nines already looks like the next digit.
    const early = digits(text).map((digit, k) => (k === 3 - nines && nines > 0 ? (digit + 1) % 10 : digit));
    if (before !== undefined) expect(read(early.join(''), before)).toBe(text);
    before = text;
  }
});
