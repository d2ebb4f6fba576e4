// Letters that a hand draws: all of the alphabet, for a word may begin with any.
import { expect, it } from 'vitest';
import { letterShape } from '../../../../src/lab/data/camera/letters.js';

it('has strokes for every letter, and says which character has none', () => {
  for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')
    expect(letterShape(letter).points.length, letter).toBeGreaterThan(2);
  expect(() => letterShape('é')).toThrow(RangeError);
});
