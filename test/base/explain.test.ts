// Tests of src/base/explain.ts: what is said of values that no file could hold, and of very many mistakes.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { explainAll, MOST_COMPLAINTS, type JsonSchema } from '../../src/base/explain.js';

const schema = z.strictObject({ size: z.number().optional(), list: z.array(z.number()).optional() });
const json = z.toJSONSchema(schema) as JsonSchema;

function said(value: unknown): string[] {
  const result = schema.safeParse(value);
  if (result.success) throw new Error('was accepted');
  return explainAll(result.error.issues, value, json).map(({ path, text }) => `${path.map(String).join('/')} ${text}`);
}

/** A list that holds itself. */
function cyclic(): unknown[] {
  const list: unknown[] = [1];
  list.push(list);
  return list;
}

describe('explainAll', () => {
  it.each<[string, unknown, string]>([
    ['a number that is none', NaN, 'NaN'],
    ['a bigint', 10n, '10'],
    ['true', true, 'true'],
    ['null', null, 'null'],
    ['a text', 'a "b"', '"a \\"b\\""'],
    ['a list', [1, 'a', null, [{ b: 2 }]], '[1,"a",null,[{"b":2}]]'],
    ['keys', { a: 1, b: 2 }, 'the keys a, b'],
    ['a deep list', [[[[[[[1]]]]]]], '[[[[...]]]]'],
    ['a list in itself', cyclic(), '[1,[1,[1,[1,...]]]]'],
    ['what steers a terminal', ['\x1b[2J', '\u202e'], '["\\u001b[2J","\\u202e"]'],
  ])('shows %s', (_, value, shown) => {
    expect(said({ size: value })).toEqual([`size size must be of type number, found ${shown}`]);
  });

  it('shows a few hundred characters of what is large, and does not go through it', () => {
    const long = 'k'.repeat(5_000_000);
    const many = Array<string>(100_000).fill(long);
    for (const value of [long, many, [many, many], Array(1_000_000).fill(0), { [long]: 1 }, [{ [long]: long }]])
      expect(said({ size: value })[0]!.length).toBeLessThan(300);
    expect(said({ [long]: 1 })[0]!.length).toBeGreaterThan(5_000_000);
    expect(said({ [long]: 1 })[0]!.slice(long.length)).toMatch(/^ unknown key k+ \.\.\. k+; known here: size, list$/);
  });

  it('tells ten mistakes, and counts the rest', () => {
    const list = Array<string>(10_000).fill('x');
    expect(said({ list: list.slice(0, 10) })).toHaveLength(10);
    expect(said({ list: list.slice(0, 11) })[10]).toBe('list/10 and 1 more');
    expect(said({ list }).slice(9)).toEqual([
      'list/9 list[9] must be of type number, found "x"',
      'list/10 and 9,990 more',
    ]);
    expect(MOST_COMPLAINTS).toBe(10);
  });

  it('counts unknown keys one by one, those of several places together', () => {
    const keys = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i]));
    expect(said(keys).slice(10)).toEqual(['k10 and 4,990 more']);
    expect(said({ ...keys, list: ['x', 'x'] }).at(-1)).toMatch(/ and 4,992 more$/);
  });
});
