// Owns how marks on a page stand together: which make a word, and which words a line. Boxes only; what a word means is
// told in gate/company. Pure.
import { unionBox } from '../base/boxes.js';
import { BoxIndex, edgesOf, type Edges } from '../base/box-index.js';
import type { Box, Line, Polarity, Word } from '../types.js';

/** Something that may stand in a line: a region, or a shape that is none. */
export interface Mark {
  /** In source pixels. */
  readonly box: Box;
  readonly polarity: Polarity;
  /** Contrast against its ground, gray levels. */
  readonly contrast: number;
}

/** Heights of neighbours in a line differ by at most this factor: those of capitals and small letters do. */
const HEIGHTS = 2.5;

/** Neighbours in a line share at least this much of the lower one's height: lines may slope by some 20 degrees. */
const LEVEL = 0.4;

/** Gaps within a word are at most this wide, and within a line, as a share of the higher neighbour's height. */
const WORD_GAP = 0.6;
const LINE_GAP = 2.5;

/** Contrasts of neighbours differ by at most this factor: they are written with one pen. */
export const CONTRASTS = 2.5;

/**
 * The lines of a frame, from top to bottom. Every mark is in one word of one line; a mark on its own is both. Two marks
 * of one polarity are neighbours in a line when they are of like height, at one level, and not too far apart; lines and
 * words are what is joined by such neighbours, so that a line may slope and bend.
 * @param index Of the same marks; made where it is not given.
 */
export function linesOf(marks: readonly Mark[], index = indexOf(marks)): Line[] {
  const [words, lines] = [unions(marks.length), unions(marks.length)];
  for (const a of index.all()) {
    const height = a.bottom - a.top;
    for (const b of index.near(a, LINE_GAP * height, 0)) {
      // The higher one of the two looks; of two equal ones both do.
      if (b === a || b.bottom - b.top > height || !level(a, b)) continue;
      lines.join(a.k, b.k);
      if (Math.max(a.left - b.right, b.left - a.right) <= WORD_GAP * height) words.join(a.k, b.k);
    }
  }
  const byLine = grouped(
    words.groups().map((group) => wordOf(group, marks)),
    (word) => lines.of(word.marks[0]!),
  );
  return byLine
    .map((list): Line => ({ words: list.sort(fromLeft), box: unionBox(list.map(({ box }) => box)) }))
    .sort((a, b) => a.box[1] - b.box[1] || a.box[0] - b.box[0]);
}

/** A mark where it lies, and its place among the marks. */
export interface PlacedMark extends Edges {
  readonly k: number;
  readonly mark: Mark;
}

/** Marks by where they lie. */
export function indexOf(marks: readonly Mark[]): BoxIndex<PlacedMark> {
  const index = new BoxIndex<PlacedMark>();
  index.load(marks.map((mark, k) => ({ ...edgesOf(mark.box), k, mark })));
  return index;
}

function level(a: PlacedMark, b: PlacedMark): boolean {
  const [high, low] = [a.bottom - a.top, b.bottom - b.top];
  const shared = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  const [one, other] = [a.mark, b.mark];
  const onePen = one.contrast <= CONTRASTS * other.contrast && other.contrast <= CONTRASTS * one.contrast;
  return one.polarity === other.polarity && onePen && high <= HEIGHTS * low && shared >= LEVEL * low;
}

function wordOf(group: readonly number[], marks: readonly Mark[]): Word {
  const sorted = [...group].sort((a, b) => marks[a]!.box[0] - marks[b]!.box[0] || a - b);
  return { marks: sorted, box: unionBox(sorted.map((k) => marks[k]!.box)) };
}

function fromLeft(a: Word, b: Word): number {
  return a.box[0] - b.box[0] || a.box[1] - b.box[1];
}

function grouped<T>(items: readonly T[], key: (item: T) => number): T[][] {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return [...groups.values()];
}

/** Sets of numbers that are joined two by two. */
function unions(count: number) {
  const parents = Array.from({ length: count }, (_, k) => k);
  const of = (k: number): number => {
    while (parents[k] !== k) k = parents[k] = parents[parents[k]!]!;
    return k;
  };
  return {
    of,
    join: (a: number, b: number): void => void (parents[of(a)] = of(b)),
    groups: (): number[][] =>
      grouped(
        parents.map((_, k) => k),
        of,
      ),
  };
}
