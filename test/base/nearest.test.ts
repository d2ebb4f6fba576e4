// Misspelt names: the nearest candidate, and none when all are far.

import { expect, it } from 'vitest';
import { nearest } from '../../src/base/nearest.js';

it.each<[string, string[], string | undefined]>([
  ['camrea', ['fc-lq', 'camera'], 'camera'],
  ['Ratio', ['range', 'ratio'], 'ratio'],
  ['polarty', ['model', 'polarity', 'gate'], 'polarity'],
  ['modle', ['mode', 'model'], 'mode'],
  ['fp', ['fps'], 'fps'],
  ['zzzz', ['model', 'gate'], undefined],
  ['model', [], undefined],
  ['', ['model'], undefined],
  // As many edits as may be, and one more: a third of the longer name, here 9 letters.
  ['polari', ['polarizer'], 'polarizer'],
  ['polar', ['polarizer'], undefined],
])('%s among %j is %s', (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});

it('knows without a table of millions that a long name is like none', () => {
  expect(nearest('model'.repeat(1_000_000), ['model', 'gate'])).toBeUndefined();
});
