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
])('%s among %j is %s', (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});
