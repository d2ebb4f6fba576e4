// The bench's own arithmetic: medians, ratios of interleaved runs, growth, tables, options. Nothing is timed.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { interleaved } from './interleave.js';
import { readBenchOptions } from './options.js';
import { figure, growth, ratios } from './statistics.js';
import { numberText, tableText } from './table.js';

describe('figure and ratios', () => {
  it('gives median and quartiles', () => {
    expect(figure([5, 1, 3, 2, 4])).toEqual({ median: 3, lower: 2, upper: 4, runs: 5 });
    expect(figure([7])).toEqual({ median: 7, lower: 7, upper: 7, runs: 1 });
  });

  it('compares round by round, and refuses runs that were not interleaved', () => {
    expect(ratios([10, 40, 90], [5, 10, 30])).toEqual([2, 4, 3]);
    expect(() => ratios([1], [1, 2])).toThrow('not interleaved');
  });
});

describe('growth', () => {
  const x = [1, 2, 4, 8, 16];

  it('finds the fixed part and the part for each', () => {
    const { fixed, each, exponent } = growth(
      x,
      x.map((value) => 3 + 0.5 * value),
    );
    expect([fixed, each]).toEqual([expect.closeTo(3, 9), expect.closeTo(0.5, 9)]);
    expect(exponent).toBeLessThan(1);
  });

  it('finds the exponent of a power', () => {
    expect(
      growth(
        x,
        x.map((value) => 2 * value ** 1.5),
      ).exponent,
    ).toBeCloseTo(1.5, 9);
    expect(
      growth(
        x,
        x.map(() => 7),
      ).exponent,
    ).toBeCloseTo(0, 9);
  });

  it('needs two points', () => {
    expect(() => growth([1, 1], [1, 2])).toThrow(RangeError);
  });
});

describe('interleaved', () => {
  it('runs each contender once a round in orders shuffled by the seed, and drops the warm-up', async () => {
    const play = async (): Promise<{ order: string[]; found: Map<string, number[]> }> => {
      const order: string[] = [];
      let call = 0;
      const contenders = ['a', 'b', 'c'].map((name) => ({ name, run: async () => (order.push(name), call++) }));
      const found = await interleaved(contenders, { rounds: 6, warmUp: 1, random: createRandom(3) });
      return { order, found };
    };
    const { order, found } = await play();
    const rounds = Array.from({ length: 7 }, (_, k) => order.slice(3 * k, 3 * k + 3).join(''));
    expect(rounds.map((round) => [...round].sort().join(''))).toEqual(Array(7).fill('abc'));
    expect(new Set(rounds).size).toBeGreaterThan(2);
    expect([...found.values()].map((runs) => runs.length)).toEqual([6, 6, 6]);
    expect(Math.min(...[...found.values()].flat())).toBe(3);
    expect((await play()).order).toEqual(order);
  });

  it('refuses two of the same name', async () => {
    const twin = { name: 'a', run: async () => 1 };
    await expect(interleaved([twin, twin], { rounds: 1, random: createRandom(1) })).rejects.toThrow('same name');
  });
});

describe('tables', () => {
  it('are Markdown with three significant digits and half the quartile range', () => {
    expect([1234567, 12.345, 0.0012345, 999.9].map(numberText)).toEqual(['1,230,000', '12.3', '0.00123', '1,000']);
    const text = tableText({
      title: 'T',
      columns: ['', 'ms'],
      rows: [
        ['a', figure([90, 100, 110])],
        ['b', undefined],
      ],
      notes: ['n'],
    });
    expect(text).toBe('## T\n\n|     | ms       |\n| --- | -------- |\n| a   | 100 ±5 % |\n| b   | -        |\n\nn\n');
  });
});

describe('options', () => {
  const names = ['end-to-end', 'scoring'];

  it('have defaults, and take names in a list', () => {
    expect(readBenchOptions([], names)).toEqual({
      only: [],
      quick: false,
      out: 'out/bench.json',
      seed: 1,
      help: false,
    });
    expect(
      readBenchOptions(['--only', 'scoring,end-to-end', '--quick', '--out', 'x.json', '--seed=7'], names),
    ).toMatchObject({ only: ['scoring', 'end-to-end'], quick: true, out: 'x.json', seed: 7 });
  });

  it('name the nearest measurement', () => {
    expect(() => readBenchOptions(['--only', 'scorign'], names)).toThrow('did you mean scoring?');
    expect(() => readBenchOptions(['--seed', 'x'], names)).toThrow('whole number');
    expect(() => readBenchOptions(['extra'], names)).toThrow('unexpected argument');
  });
});
