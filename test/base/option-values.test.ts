// Tests of src/base/option-values.ts: what each rule takes, and the one form in which it refuses.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.js';
import {
  namesIn,
  number,
  numberIn,
  numberRange,
  oneOf,
  optionList,
  optionValue,
  properShare,
  seedNumber,
  shareOrPercentage,
  wholeNumber,
  type OptionRule,
} from '../../src/base/option-values.js';

const taken: readonly [what: string, rule: OptionRule<unknown>, text: string, value: unknown][] = [
  ['a whole number', wholeNumber(1), '12', 12],
  ['the least whole number', wholeNumber(1), '1', 1],
  ['the largest seed', seedNumber, '9007199254740991', 9007199254740991],
  ['a number with an exponent', number, '-2.5e-1', -0.25],
  ['a number without a leading 0', number, '.5', 0.5],
  ['the end of a range that belongs to it', numberIn({ least: 1, most: 3 }), '3', 3],
  ['a share', properShare, '0.9', 0.9],
  ['a percentage', shareOrPercentage, '0.5%', 0.005],
  ['a percentage with a space', shareOrPercentage, '50 %', 0.5],
  ['all of it', shareOrPercentage, '1', 1],
  ['a range', numberRange, '-0.5:1.1', [-0.5, 1.1]],
  ['a word', oneOf('all', 'latest'), 'latest', 'latest'],
];

const refused: readonly [what: string, rule: OptionRule<unknown>, text: string, words: string][] = [
  ['less than the least', wholeNumber(1), '0', 'a whole number of at least 1'],
  ['a fraction', wholeNumber(1), '1.5', 'a whole number of at least 1'],
  ['a seed that is not held exactly', seedNumber, '9007199254740992', 'a whole number from 0 to 9007199254740991'],
  ['another notation', number, '0x10', 'a number'],
  ['nothing', number, '', 'a number'],
  ['what is not finite', number, '1e999', 'a number'],
  [
    'the end of a range that does not belong to it',
    numberIn({ above: 0, most: 9 }),
    '0',
    'a number above 0 and at most 9',
  ],
  ['beyond a range', numberIn({ least: 1 }), '0.9', 'a number of at least 1'],
  ['a whole as a share', properShare, '1', 'a number above 0 and below 1'],
  ['more than all', shareOrPercentage, '101%', 'a share between 0 and 1, or a percentage (0.5%)'],
  ['a range that is turned round', numberRange, '1:0.5', 'LO:HI, two numbers with LO below HI'],
  ['half a range', numberRange, '1:', 'LO:HI, two numbers with LO below HI'],
  ['another word', oneOf('all', 'latest'), 'some', 'all or latest'],
];

describe('optionValue', () => {
  it.each(taken)('takes %s', (_what, rule, text, value) => {
    expect(optionValue('name', text, rule)).toEqual(value);
  });

  it.each(refused)('refuses %s', (_what, rule, text, words) => {
    expect(() => optionValue('name', text, rule)).toThrow(new UsageError(`--name must be ${words}, found "${text}"`));
  });

  it('leaves what is not given', () => {
    expect(optionValue('name', undefined, number)).toBeUndefined();
  });
});

describe('lists', () => {
  it('reads every part, and names the first one that is wrong', () => {
    expect(optionList('share', '0.9, 0.8,1', number)).toEqual([0.9, 0.8, 1]);
    expect(() => optionList('share', '0.9,half', number)).toThrow('--share must be a number, found "half"');
    expect(namesIn('pgd, fgsm')).toEqual(['pgd', 'fgsm']);
  });
});
