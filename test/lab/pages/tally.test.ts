// Tests of the counting: hand-made frames with figures worked out by hand.
import { describe, expect, it } from 'vitest';
import { addFrame, noTally, sumOf, type Said, type Standing } from '../../../src/lab/pages/tally.js';
import { REJECTIONS, type Box, type DigitClass, type Rejection } from '../../../src/types.js';

const BOXES = {
  first: [0, 0, 20, 30],
  second: [40, 0, 20, 30],
  letter: [80, 0, 20, 30],
  nowhere: [200, 200, 20, 30],
} as const satisfies Record<string, Box>;

/** A 3, a 7 and a letter. */
const THINGS: readonly Standing[] = [
  { label: 3, box: BOXES.first },
  { label: 7, box: BOXES.second },
  { label: null, box: BOXES.letter },
];

const evidence = (digit: DigitClass) => ({ digit, ratio: 10, top: 1, second: 0.1 });
const accepted = (box: Box, digit: DigitClass): Said => ({ box, verdict: { ...evidence(digit), accepted: true } });
const refused = (box: Box, digit: DigitClass, rejected: Rejection): Said => ({
  box,
  verdict: { ...evidence(digit), accepted: false, rejected, distance: 1 },
});

function counted(...said: Said[]) {
  const tally = noTally();
  addFrame(tally, THINGS, said);
  return tally;
}

describe('a frame', () => {
  it('with nothing said of it has two digits that were not found', () => {
    expect(counted()).toMatchObject({ frames: 1, digits: 2, accepted: 0, right: 0, notFound: 2, mistaken: 0 });
  });

  it('tells right, wrong, and false on a letter and on nothing', () => {
    const tally = counted(
      accepted(BOXES.first, 3),
      accepted(BOXES.second, 1),
      accepted(BOXES.letter, 1),
      accepted(BOXES.nowhere, 0),
    );
    expect(tally).toMatchObject({ accepted: 4, right: 1, wrong: 1, false: 2, notFound: 0, mistaken: 1 });
  });

  it('counts a digit that is read twice once, and the second time as wrong', () => {
    expect(counted(accepted(BOXES.first, 3), accepted(BOXES.first, 3))).toMatchObject({ right: 1, wrong: 1 });
  });

  it('charges the first reason that refused what would have been right, and no other', () => {
    const { refused: by, mistaken } = counted(
      refused(BOXES.first, 3, 'ratio'),
      refused(BOXES.first, 3, 'range'),
      refused(BOXES.second, 1, 'range'),
      refused(BOXES.letter, 0, 'range'),
      refused(BOXES.nowhere, 1, 'unsteady'),
    );
    expect(by.ratio).toEqual({ lost: 1, kept: 0 });
    expect(by.range).toEqual({ lost: 0, kept: 3 });
    expect(by.unsteady).toEqual({ lost: 0, kept: 1 });
    expect(mistaken).toBe(1);
  });

  it('loses nothing to a refusal beside a right one', () => {
    const { refused: by } = counted(accepted(BOXES.first, 3), refused(BOXES.first, 3, 'ratio'));
    expect(by.ratio).toEqual({ lost: 0, kept: 1 });
  });

  it('accounts for every digit and every accepted region', () => {
    const tally = counted(
      accepted(BOXES.first, 3),
      refused(BOXES.second, 7, 'ratio'),
      accepted(BOXES.nowhere, 4),
      refused(BOXES.letter, 2, 'range'),
    );
    const lost = REJECTIONS.reduce((sum, reason) => sum + tally.refused[reason].lost, 0);
    expect(tally.digits).toBe(tally.right + lost + tally.notFound + tally.mistaken);
    expect(tally.accepted).toBe(tally.right + tally.wrong + tally.false);
  });
});

it('has a place for every reason there is', () => {
  expect(Object.keys(noTally().refused)).toEqual([...REJECTIONS]);
});

it('adds tallies up', () => {
  const one = counted(accepted(BOXES.first, 3), refused(BOXES.nowhere, 1, 'range'));
  const sum = sumOf([one, one, noTally()]);
  expect(sum).toMatchObject({ frames: 2, digits: 4, right: 2, notFound: 2 });
  expect(sum.refused.range).toEqual({ lost: 0, kept: 2 });
});
