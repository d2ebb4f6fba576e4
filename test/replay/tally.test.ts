// Tests of src/replay/tally.ts: counts of showings written by hand, each figure worked out beside them.
import { describe, expect, it } from 'vitest';
import { asPictures, byVerdict, countAttacked, countClear, countRejected, waits } from '../../src/replay/tally.js';
import { noCounts } from '../../src/types.js';
import { digit, near, read, showing } from './hands.js';

describe('countAttacked', () => {
  it('tells found, misread, accepted and leaked digits apart', () => {
    const three = digit('d', 3, 0);
    const counted = countAttacked(
      [
        showing(0, three), // not found
        showing(1, three, read(3)), // accepted and right
        showing(2, three, read(3, 'ratio')), // rejected and right
        showing(3, three, read(8)), // leak
        showing(4, three, read(8, 'range')), // corrupted, and the gate saw it
        showing(5, three, read(0, 'blank')), // nothing to read wrong
        showing(6, three, read(3), read(8)), // two regions: one of them leaks
        showing(7, three, read(8), read(9)), // two wrong ones are one leaked digit
      ],
      byVerdict,
    );
    expect(counted).toMatchObject({ digits: 8, missed: 1, corrupted: 4, accepted: 4, leaked: 3 });
  });

  it('gives the exact interval: of none in 100 up to 3.62 %, of 1 in 10 from 0.25 % to 44.5 %', () => {
    const of = (count: number, leaks: number) =>
      countAttacked(
        Array.from({ length: count }, (_, i) => showing(i, digit('d', 3, 0), read(i < leaks ? 8 : 3))),
        byVerdict,
      ).leaked95;
    expect(of(100, 0)).toEqual([0, expect.closeTo(0.0362, 4)]);
    expect(of(10, 1)).toEqual([expect.closeTo(0.0025, 4), expect.closeTo(0.445, 3)]);
    expect(of(0, 0)).toEqual([0, 1]);
  });

  it('counts whatever is accepted of what is no digit as a leak, and knows no wrong digit of it', () => {
    const none = digit('x', null, 0);
    expect(
      countAttacked([showing(0, none, read(3)), showing(1, none, read(3, 'ratio')), showing(2, none)], byVerdict),
    ).toMatchObject({ digits: 3, missed: 1, corrupted: null, accepted: 1, leaked: 1 });
  });

  it('judges by the rule that it is given', () => {
    const some = [showing(0, digit('d', 3, 0), read(8, 'ratio')), showing(1, digit('d', 3, 0), read(8))];
    expect(countAttacked(some, () => true).leaked).toBe(2);
    expect(countAttacked(some, () => false)).toMatchObject({ accepted: 0, leaked: 0, corrupted: 2 });
  });
});

describe('asPictures', () => {
  const held = { ...digit('d', 3, 0), image: 4 };

  it('takes the frames of one picture together, and what was read in any of them', () => {
    const pictures = asPictures([
      showing(0, held, read(8, 'unsteady')),
      showing(1, held, read(8)),
      showing(2, held),
      showing(3, { ...held, attack: undefined }, read(3)),
      showing(4, held, read(3)), // after something else it is another picture
    ]);
    expect(pictures.map(({ frame, sightings }) => [frame, sightings.length])).toEqual([[0, 2], [3, 1], [4, 1]]); // prettier-ignore
    expect(countAttacked([pictures[0]!], byVerdict)).toMatchObject({ digits: 1, missed: 0, leaked: 1 });
  });

  it('keeps other digits, other images, pauses and digits without an image apart', () => {
    const other = { ...held, id: 'e' };
    const some = [
      showing(0, held), showing(0, other),
      showing(1, { ...held, image: 5 }), showing(1, other),
      showing(3, other),
      showing(4, digit('f', 3, 0)), showing(5, digit('f', 3, 0)),
    ]; // prettier-ignore
    expect(asPictures(some).map(({ frame, digit: { id } }) => `${id}${frame}`)).toEqual(['d0', 'e0', 'd1', 'e3', 'f4', 'f5']); // prettier-ignore
  });
});

describe('countClear', () => {
  it('keeps a digit only when all that is said of it is right', () => {
    const three = digit('d', 3);
    expect(
      countClear(
        [
          showing(0, three, read(3)),
          showing(1, three, read(3), read(3)),
          showing(2, three, read(3), read(5, 'ratio')), // kept
          showing(3, three, read(3), read(5)),
          showing(4, three, read(5)), // leaked
          showing(5, three),
          showing(6, three, read(3, 'unsteady')),
          showing(7, three, read(0, 'blank')), // nothing said
        ],
        byVerdict,
      ),
    ).toEqual({ digits: 8, accepted: 3, leaked: 2, coverage: 3 / 8 });
  });

  it('has no coverage when nothing was shown clear', () => {
    expect(countClear([], byVerdict)).toEqual({ digits: 0, accepted: 0, leaked: 0, coverage: null });
  });
});

describe('waits', () => {
  const attacked = digit('a', 3, 0);
  const clear = digit('a', 3);

  it('counts from the first frame of a digit, attacked or not, to the first clear one accepted and right', () => {
    const some = [
      showing(2, attacked, read(3)), // accepted, but not clear
      showing(3, clear, read(8)),
      showing(4, clear, read(3, 'ratio')),
      showing(5, clear, read(3)),
      showing(6, clear, read(8)),
    ];
    expect(waits(some, byVerdict)).toEqual({ p50: near(0.3, 9), p95: near(0.3, 9), never: 0, of: 1 });
  });

  it('gives quantiles between neighbours; those beyond all that came are null', () => {
    const after = (id: string, frames: number | undefined) => [
      showing(0, digit(id, 3), read(3, 'ratio')),
      showing(frames ?? 99, digit(id, 3), read(3, ...(frames === undefined ? ['ratio' as const] : []))),
    ];
    // 0.1, 0.2, 0.4: the median is the middle one; 95 % of the way is 1.9 steps: 0.2 + 0.9 * 0.2.
    expect(waits([...after('a', 1), ...after('b', 2), ...after('c', 4)], byVerdict)).toEqual({
      p50: near(0.2, 9),
      p95: near(0.38, 9),
      never: 0,
      of: 3,
    });
    expect(waits([...after('a', 1), ...after('b', 2), ...after('c', undefined)], byVerdict)).toEqual({
      p50: near(0.2, 9),
      p95: null,
      never: 1,
      of: 3,
    });
    expect(waits([...after('a', 1), ...after('c', undefined)], byVerdict)).toEqual({
      p50: null,
      p95: null,
      never: 1,
      of: 2,
    });
  });

  it('leaves out digits that are never shown clear, and has nothing to say of none', () => {
    expect(waits([showing(0, attacked, read(3))], byVerdict)).toEqual({ p50: null, p95: null, never: 0, of: 0 });
  });
});

describe('countRejected', () => {
  it('counts every region by its reason, accepted ones by none', () => {
    const counts = countRejected([
      showing(0, digit('a', 3), read(3), read(3, 'ratio')),
      showing(1, digit('a', 3, 0), read(1, 'ratio'), read(1, 'blank')),
    ]);
    // No program brings rules along, and no clip is live.
    const { rule: _, stale: _live, ...own } = noCounts().rejected;
    expect(counts).toEqual({ ...own, ratio: 2, blank: 1 });
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(3);
  });
});
