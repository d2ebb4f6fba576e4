// Lines and words: pages set by hand, and any page against a plain closure over all pairs.
import { expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { linesOf, type Mark } from '../../src/gate/lines.js';
import type { Box, Line } from '../../src/types.js';

const mark = (box: Box, rest: Partial<Mark> = {}): Mark => ({ box, polarity: 'dark-on-light', contrast: 100, ...rest });

/** The marks of words, by lines. */
const members = (lines: readonly Line[]): number[][][] =>
  lines.map(({ words }) => words.map(({ marks }) => [...marks]));

it('reads two lines of words from top to bottom and left to right, in whatever order the marks come', () => {
  const marks = [
    mark([100, 102, 12, 20]),
    mark([10, 20, 12, 20]),
    mark([28, 22, 12, 18]),
    mark([80, 18, 12, 22]),
    mark([84 + 34, 100, 12, 20]),
  ];
  const lines = linesOf(marks);
  expect(members(lines)).toEqual([[[1, 2], [3]], [[0, 4]]]);
  expect(lines[0]).toMatchObject({
    box: [10, 18, 82, 22],
    words: [{ box: [10, 20, 30, 20] }, { box: [80, 18, 12, 22] }],
  });
});

it('follows a line that slopes, whose ends are nowhere level', () => {
  const slope = Array.from({ length: 12 }, (_, k) => mark([20 * k, 100 - 6 * k, 14, 20]));
  expect(members(linesOf(slope))).toEqual([[slope.map((_, k) => k)]]);
});

it.each<[string, Mark, Mark]>([
  ['the gap is wider than two and a half heights', mark([0, 0, 10, 20]), mark([61, 0, 10, 20])],
  ['one is more than two and a half times as high', mark([0, 0, 10, 20]), mark([14, 0, 30, 51])],
  ['one stands under the other', mark([0, 0, 10, 20]), mark([14, 13, 10, 20])],
  ['one is light', mark([0, 0, 10, 20]), mark([14, 0, 10, 20], { polarity: 'light-on-dark' })],
  ['one is fainter by more than two and a half times', mark([0, 0, 10, 20]), mark([14, 0, 10, 20], { contrast: 39 })],
])('takes two marks for two lines when %s', (_why, a, b) => {
  expect(members(linesOf([a, b]))).toHaveLength(2);
  expect(members(linesOf([b, a]))).toHaveLength(2);
});

it('is the closure of neighbours over all pairs', () => {
  const random = createRandom(8);
  for (let page = 0; page < 30; page++) {
    const marks = Array.from({ length: 40 }, () =>
      mark([random.int(300), random.int(200), 4 + random.int(30), 8 + random.int(30)], {
        polarity: random.int(4) === 0 ? 'light-on-dark' : 'dark-on-light',
        contrast: 40 + random.int(200),
      }),
    );
    const found = linesOf(marks);
    expect(sorted(found.map(({ words }) => words.flatMap((word) => word.marks)))).toEqual(closure(marks, 2.5));
    expect(sorted(found.flatMap(({ words }) => words.map((word) => word.marks)))).toEqual(closure(marks, 0.6));
  }
});

const sorted = (groups: readonly (readonly number[])[]): string[] =>
  groups.map((group) => [...group].sort((a, b) => a - b).join()).sort();

/** Groups of marks that neighbours join, by relabelling until nothing changes. */
function closure(marks: readonly Mark[], gap: number): string[] {
  const label = marks.map((_, k) => k);
  for (let changed = true; changed;) {
    changed = false;
    marks.forEach((a, i) =>
      marks.forEach((b, j) => {
        if (label[i]! >= label[j]! || !neighbours(a, b, gap)) return;
        label[j] = label[i]!;
        changed = true;
      }),
    );
  }
  return sorted([...new Set(label)].map((own) => [...label.keys()].filter((k) => label[k] === own)));
}

function neighbours(a: Mark, b: Mark, gap: number): boolean {
  const [[ax, ay, aw, ah], [bx, by, bw, bh]] = [a.box, b.box];
  const [high, low] = [Math.max(ah, bh), Math.min(ah, bh)];
  return (
    a.polarity === b.polarity &&
    Math.max(a.contrast, b.contrast) <= 2.5 * Math.min(a.contrast, b.contrast) &&
    high <= 2.5 * low &&
    Math.min(ay + ah, by + bh) - Math.max(ay, by) >= 0.4 * low &&
    Math.max(ax - bx - bw, bx - ax - aw) <= gap * high
  );
}
