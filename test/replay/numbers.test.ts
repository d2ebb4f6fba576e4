// Tests of src/replay/numbers.ts: numbers of digits whose looks are known, so that every figure is.
import { expect, it } from 'vitest';
import { numbersOf, worstOf } from '../../src/replay/numbers.js';
import { numbersLine, numbersText } from '../../src/replay/lines.js';
import { byVerdict } from '../../src/replay/tally.js';
import type { Seen, Showing } from '../../src/replay/play.js';
import { digit, PGD, read, row, showing } from './hands.js';

/** Ten digits, all a 3 and clear: two numbers. Under the attack they look as `attacked` says. */
const clip = (attacked: (k: number) => Seen[]): Showing[] =>
  Array.from({ length: 10 }, (_, k) => [
    showing(0, digit(`d${k}`, 3, 0), ...attacked(k)),
    showing(1, digit(`d${k}`, 3), read(3)),
  ]).flat();

const wrong = async (attacked: (k: number) => Seen[]): Promise<string> =>
  (await numbersOf(row(clip(attacked), PGD), byVerdict))
    .map(({ pattern, numbers, told, wrong: bad }) => `${pattern} ${bad} of ${told} of ${numbers}`)
    .join(', ');

it('an attack that is refused takes numbers away, and makes none wrong', async () => {
  // In some frames only: the others tell it.
  expect(await wrong(() => [read(8, 'ratio')])).toBe('one 0 of 0 of 10, every 0 of 0 of 2, some 0 of 2 of 2');
});

it('an attack that leaks in every look makes all numbers wrong, in some frames none', async () => {
  expect(await wrong(() => [read(8)])).toBe('one 10 of 10 of 10, every 2 of 2 of 2, some 0 of 2 of 2');
});

it('one digit that leaks makes the numbers wrong that it stands in', async () => {
  const leaks = (k: number): Seen[] => (k === 2 ? [read(8)] : [read(3)]);
  expect(await wrong(leaks)).toBe('one 1 of 10 of 10, every 1 of 2 of 2, some 0 of 2 of 2');
});

it('what is no digit, and what is not shown clear, makes no number', async () => {
  const one = showing(0, digit('x', null, 0), read(3));
  expect(await numbersOf(row([one, showing(0, digit('y', 3, 0), read(3))], PGD), byVerdict)).toEqual([]);
});

it('the worst pattern is the one that is told, with its interval', async () => {
  const made = row(
    clip(() => [read(8)]),
    PGD,
  );
  const numbers = await numbersOf(made, byVerdict);
  expect(worstOf(numbers)).toMatchObject({ pattern: 'one', wrong: 10 });
  expect(worstOf([])).toBeUndefined();
  const [line] = numbers.map((one) => JSON.parse(numbersLine(made, one)) as Record<string, unknown>);
  expect(line).toMatchObject({
    type: 'numbers',
    model: 'camera',
    attack: 'pgd',
    epsilon: 0.3,
    pattern: 'one',
    wrong: 10,
  });
  expect(numbersText([{ row: made, numbers }])).toBe(
    'camera: at worst 100.00 % of numbers told wrong (69.2 % to 100.0 %; one, pgd 0.3, windows, ffv1)\n',
  );
  expect(numbersText([])).toBe('');
});
