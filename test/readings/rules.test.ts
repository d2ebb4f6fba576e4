// Tests of src/readings/rules.ts and value.ts: each rule at its bounds, by hand.
import { describe, expect, it } from 'vitest';
import { brokenRule } from '../../src/readings/rules.js';
import { shownText, valueOf, type Value } from '../../src/readings/value.js';
import type { Shown } from '../../src/readings/place.js';
import { asked } from './asked.js';

/** `_` is a blank window. */
const of = (text: string, decimals = 1): Value =>
  valueOf(
    [...text.replace('.', '')].map((one): Shown => (one === '_' ? 'blank' : (Number(one) as Shown))),
    decimals,
  );

type Rules = NonNullable<Parameters<typeof asked>[0]>['rules'];
const broken = (value: string, rules: Rules, before?: string, elapsed?: number) =>
  brokenRule(
    of(value),
    asked({ decimals: 1, rules: { ...rules } }),
    before === undefined ? undefined : { value: of(before), elapsed },
  );

describe('values', () => {
  it('keep their leading zeros as text, and count in units of the last place', () => {
    expect(of('00417.3')).toMatchObject({
      text: '00417.3',
      units: 4173,
      places: 6,
      length: 6,
      zeros: true,
      whole: true,
    });
    expect(of('0.3')).toMatchObject({ text: '0.3', zeros: false });
    expect(of('__7.3')).toMatchObject({ text: '7.3', places: 4, length: 2, whole: true });
    expect(of('4_7.3').whole).toBe(false);
    expect(of('__.3').whole).toBe(false);
    expect(of('0417', 0)).toMatchObject({ text: '0417', zeros: true });
  });

  it('are shown with ? for what is not known', () => {
    expect(shownText([0, undefined, 'blank', 3], 1)).toBe('0?.3');
  });
});

describe('rules', () => {
  it('are off unless they are asked for', () => {
    expect(broken('00000.0', {}, '99999.9', 1)).toBeUndefined();
  });

  it.each<[string, Rules, string | undefined]>([
    ['417.3', { length: [4, 4] }, undefined],
    ['417.3', { length: [5, 6] }, 'length'],
    ['417.3', { length: [1, 3] }, 'length'],
    ['_417.3', {}, 'leading'],
    ['_417.3', { leading: 'blanks' }, undefined],
    ['0417.3', { leading: 'blanks' }, 'leading'],
    ['0.3', { leading: 'blanks' }, undefined],
    ['_0417.3', { leading: 'any' }, undefined],
    ['4_17.3', { leading: 'any' }, 'leading'],
    ['417.3', { range: [0, 417.3] }, undefined],
    ['417.4', { range: [0, 417.3] }, 'range'],
    ['417.3', { range: [417.3, 500] }, undefined],
    ['417.2', { range: [417.3, 500] }, 'range'],
    ['417.5', { step: 0.5 }, undefined],
    ['417.3', { step: 0.1 }, undefined],
    ['417.3', { step: 0.5 }, 'step'],
  ])('%s by %j: %s', (value, rules, wanted) => {
    expect(broken(value, rules)).toBe(wanted);
  });

  it.each<[string, string, Rules, number | undefined, string | undefined]>([
    ['00416.3', '00417.3', { falls: 'never' }, 1, 'falls'],
    ['00417.3', '00416.3', { falls: 'never' }, 1, undefined],
    ['00000.1', '99999.9', { falls: 'never' }, 1, 'falls'],
    ['00000.1', '99999.9', { falls: 'rollover' }, 1, undefined],
    ['10000.0', '99999.9', { falls: 'rollover' }, 1, 'falls'],
    ['00000.1', '89999.9', { falls: 'rollover' }, 1, 'falls'],
    ['00417.8', '00417.3', { change: { most: 0.5, per: 60 } }, 1, undefined],
    ['00417.9', '00417.3', { change: { most: 0.5, per: 60 } }, 1, 'change'],
    ['00416.7', '00417.3', { change: { most: 0.5, per: 60 } }, 1, 'change'],
    ['00418.3', '00417.3', { change: { most: 0.5, per: 60 } }, 119, 'change'],
    ['00418.3', '00417.3', { change: { most: 0.5, per: 60 } }, 120, undefined],
    ['00917.3', '00417.3', { change: { most: 0.5, per: 60 } }, undefined, undefined],
    ['00000.2', '99999.9', { falls: 'rollover', change: { most: 0.3, per: 60 } }, 1, undefined],
    ['00000.3', '99999.9', { falls: 'rollover', change: { most: 0.3, per: 60 } }, 1, 'change'],
  ])('%s after %s by %j, %s s later: %s', (value, before, rules, elapsed, wanted) => {
    expect(broken(value, rules, before, elapsed)).toBe(wanted);
  });
});
