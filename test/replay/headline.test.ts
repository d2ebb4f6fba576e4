// Tests of src/replay/headline.ts: the worst row is what counts, whatever the others look like.
import { describe, expect, it } from 'vitest';
import { headlines, leakOf } from '../../src/replay/headline.js';
import type { Row } from '../../src/replay/rows.js';
import { digit, PGD, read, row, showing } from './hands.js';

/** A row of `count` attacked digits, each once clear and right, of which `leaks` leak. */
function attacked(count: number, leaks: number, more: Partial<Row> = {}): Row {
  return row(
    Array.from({ length: count }, (_, i) => [
      showing(2 * i, digit(`d${i}`, 3, 0), read(i < leaks ? 8 : 3)),
      showing(2 * i + 1, digit(`d${i}`, 3), read(3)),
    ]).flat(),
    PGD,
    more,
  );
}

const FGSM = { ...PGD, name: 'fgsm' };

describe('headlines', () => {
  it('name the worst attack, not the mean, and add up the rest', () => {
    const rows = [attacked(10, 0), attacked(10, 3, { attack: FGSM }), attacked(20, 4)];
    const [found, ...others] = headlines(rows);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      model: 'camera',
      rule: 'card',
      worst: { row: rows[1], leak: 0.3 },
      attacked: { digits: 40, leaked: 7 },
      clear: { digits: 40, accepted: 40, leaked: 0 },
      coverage: 1,
      stray: 0,
    });
    // Clopper and Pearson of 3 in 10, as tabulated.
    expect(found!.worst!.leak95).toEqual([expect.closeTo(0.0667, 4), expect.closeTo(0.6525, 4)]);
  });

  it('take the first of equals', () => {
    const rows = [attacked(10, 1), attacked(10, 1, { attack: FGSM })];
    expect(headlines(rows)[0]!.worst!.row).toBe(rows[0]);
  });

  it('count what is accepted beside the digits, but no more leaks than digits', () => {
    expect(leakOf(attacked(10, 1, { stray: 2 }))).toBeCloseTo(0.3, 12);
    expect(leakOf(attacked(10, 1, { stray: 50 }))).toBe(1);
    expect(headlines([attacked(10, 0, { stray: 5 }), attacked(10, 4)])[0]).toMatchObject({
      worst: { leak: 0.5 },
      stray: 5,
    });
  });

  it('take a clean clip by its clear digits', () => {
    const clean = row(
      [
        showing(0, digit('a', 3), read(8)),
        showing(1, digit('b', 3), read(3)),
        showing(2, digit('c', 3)),
        showing(3, digit('d', 3), read(3)),
      ],
      undefined,
    );
    expect(leakOf(clean)).toBe(0.25);
    expect(headlines([clean, attacked(10, 1)])[0]).toMatchObject({
      worst: { row: clean, leak: 0.25 },
      attacked: { digits: 10, leaked: 1 },
      clear: { digits: 14, leaked: 1 },
      coverage: 12 / 14,
    });
  });

  it('keep models and rules apart, in the order of the rows', () => {
    const rows = [
      attacked(10, 1),
      attacked(10, 2, { rule: 'residual' }),
      attacked(10, 3, { model: 'hardened' }),
      attacked(10, 0),
    ];
    expect(headlines(rows).map(({ model, rule, worst }) => [model, rule, worst?.leak])).toEqual([
      ['camera', 'card', 0.1],
      ['camera', 'residual', 0.2],
      ['hardened', 'card', 0.3],
    ]);
    expect(headlines([])).toEqual([]);
  });

  it('have no coverage when no digit was shown clear, and no leak where none was attacked', () => {
    expect(headlines([row([showing(0, digit('x', null, 0), read(3, 'ratio'))], PGD)])[0]).toMatchObject({
      coverage: null,
      worst: { leak: 0 },
    });
    expect(leakOf(row([], PGD))).toBe(0);
  });
});
