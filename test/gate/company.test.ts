// Digits in their company: pages of accepted and refused marks set by hand, and the share against its definition.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { clutterExcess, digitShare, judgeCompany, type Company } from '../../src/gate/company.js';
import { linesOf } from '../../src/gate/lines.js';
import type { Box, DigitClass, Sighting, Shape } from '../../src/types.js';

const BOTH = { text: true, clutter: true };
const INK = { contrast: 120, area: 300, stroke: 3 };

/** A region that is read as a digit, accepted or not. */
function sighting(box: Box, digit: DigitClass, accepted = true): Sighting {
  const evidence = { digit, ratio: 20, top: 1, second: 0.05 };
  return {
    digit: { region: { id: 'r', box, polarity: 'dark-on-light', ink: INK }, pixels: new Float32Array(784) },
    outputs: new Float32Array(10),
    verdict: accepted ? { ...evidence, accepted } : { ...evidence, accepted, rejected: 'range', distance: 0.5 },
  };
}

const shape = (box: Box, stroke = 3): Shape => ({ box, polarity: 'dark-on-light', ink: { contrast: 120, stroke } });

/** A line of marks of 20 pixels: a digit is accepted, `x` is refused, a space is a gap between words. */
function line(text: string, y = 0, left = 0): Sighting[] {
  return [...text].flatMap((sign, k) =>
    sign === ' '
      ? []
      : [sighting([left + 18 * k, y, 14, 20], sign === 'x' ? 4 : (Number(sign) as DigitClass), sign !== 'x')],
  );
}

const outcomes = ({ sightings }: Pick<Company, 'sightings'>): string =>
  sightings
    .map(({ verdict }) =>
      verdict.accepted ? String(verdict.digit) : verdict.rejected === 'range' ? 'x' : verdict.rejected[0],
    )
    .join('');

const judged = (sightings: readonly Sighting[], shapes: readonly Shape[] = [], rules = BOTH): string =>
  outcomes(judgeCompany({ sightings, shapes }, rules));

describe('text', () => {
  it.each([
    ['a number on its own', '2018', '2018'],
    ['letter-like digits on their own', '1051', '1051'],
    ['one refused among many', '27x834', '27x834'],
    ['a ring and a stroke in a word', 'xx0x1xx', 'xxtxtxx'],
    ['a lone 1 beside a word', 'xxxxx  1', 'xxxxxt'],
    ['a number beside a word', 'xxxxx  347', 'xxxxx347'],
    ['an equation', 'x  27  x  4', 'x27x4'],
  ])('%s', (_what, text, want) => {
    expect(judged(line(text))).toBe(want);
  });

  it.each([
    ['a lone ring', '0', 't'],
    ['only what letters are taken for', '1051', 'tttt'],
    ['a digit that letters are seldom taken for', '4', '4'],
    ['a number', '2018', '2018'],
  ])('where the search was not whole: %s', (_what, text, want) => {
    expect(outcomes(judgeCompany({ sightings: line(text), truncated: true }, BOTH))).toBe(want);
    expect(judged(line(text))).toBe(text);
  });

  it('says by how much the share of digits is too small, and nothing of what the gate refused', () => {
    const { sightings, standings } = judgeCompany({ sightings: line('xx0xx') }, BOTH);
    // The 0 itself weighs 3, and a letter-like class is worth a tenth of it; four refused marks of its word weigh 1 each.
    expect(standings[2]).toMatchObject({ others: 4 });
    expect(standings[2]!.digits).toBeCloseTo(0.3, 12);
    const verdict = sightings[2]!.verdict;
    expect(verdict).toMatchObject({ accepted: false, rejected: 'text', digit: 0, ratio: 20 });
    expect(verdict.accepted ? NaN : verdict.distance).toBeCloseTo(0.3 - 0.3 / 4.3, 12);
    expect(standings.map((standing) => standing !== undefined)).toEqual([false, false, true, false, false]);
  });

  it('counts what is no region: a wide word beside a ring', () => {
    const ring = [sighting([0, 0, 14, 20], 0)];
    expect(judged(ring)).toBe('0');
    expect(judged(ring, [shape([18, 0, 80, 20])])).toBe('t');
  });

  it('does not count signs: a minus, half an equals sign', () => {
    expect(judged([sighting([0, 0, 14, 20], 0)], [shape([18, 6, 16, 9], 5)])).toBe('0');
  });

  it('weighs every mark once, by the closest that it stands', () => {
    const random = createRandom(5);
    for (let page = 0; page < 20; page++) {
      const sightings = Array.from({ length: 40 }, () =>
        sighting(
          [random.int(500), random.int(120), 6 + random.int(16), 14 + random.int(14)],
          random.int(10) as DigitClass,
          random.int(2) === 0,
        ),
      );
      const { standings, lines } = judgeCompany({ sightings }, BOTH);
      expect(lines).toEqual(linesOf(sightings.map(({ digit: { region } }) => ({ ...region, contrast: INK.contrast }))));
      standings.forEach((standing, k) => {
        expect(standing !== undefined).toBe(sightings[k]!.verdict.accepted);
        if (standing) expect(digitShare(standing)).toBeCloseTo(plainShare(sightings, lines, k), 12);
      });
    }
  });
});

describe('clutter', () => {
  /** Refused shapes around a place. */
  const busy = (count: number): Shape[] =>
    Array.from({ length: count }, (_, k) => shape([100 + 22 * (k % 3) - 22, 125 + 25 * Math.floor(k / 3), 12, 22]));

  it('refuses a digit alone among more than six shapes that are none, by how many more', () => {
    const alone = [sighting([100, 100, 14, 20], 7)];
    expect(judged(alone, busy(6))).toBe('7');
    const { sightings } = judgeCompany({ sightings: alone, shapes: busy(9) }, BOTH);
    expect(sightings[0]!.verdict).toMatchObject({ rejected: 'clutter', distance: 3 });
  });

  it('leaves digits that keep each other company', () => {
    expect(
      judged(
        [7, 3, 8].map((digit, k) => sighting([82 + 18 * k, 100, 14, 20], digit as DigitClass)),
        busy(9),
      ),
    ).toBe('738');
  });

  it('refuses strokes with no other digit beside them, where the frame holds more than five marks like them', () => {
    const strokes = (count: number): Sighting[] =>
      Array.from({ length: count }, (_, k) => sighting([200 * (k % 4), 200 * Math.floor(k / 4), 5, 30], 1));
    expect(judged(strokes(6))).toBe('111111');
    expect(judged(strokes(7))).toBe('ccccccc');
    expect(judged([...strokes(7), sighting([20, 0, 20, 30], 4)])).toBe('1cccccc4');
    expect(clutterExcess(judgeCompany({ sightings: strokes(9) }, BOTH).standings[0]!)).toBe(3);
  });

  describe('of two digits one of which holds the other', () => {
    const outer = (digit: DigitClass, verdict: 'accepted' | 'ratio' | 'range'): Sighting => {
      const one = sighting([100, 100, 60, 100], digit, verdict === 'accepted');
      return verdict === 'ratio'
        ? { ...one, verdict: { ...one.verdict, accepted: false, rejected: 'ratio', distance: 1 } }
        : one;
    };
    const inner = (height: number, left = 120): Sighting => sighting([left, 110, height / 2, height], 7);

    it.each([
      ['refuses the frame around a digit, and not the digit', [outer(0, 'accepted'), inner(60)], ['clutter', 7]],
      ['refuses a piece of a digit, and not the digit', [outer(9, 'accepted'), inner(20)], [9, 'clutter']],
      ['refuses a piece of what may be two digits', [outer(9, 'ratio'), inner(20)], ['ratio', 'clutter']],
      ['leaves what is small in a shape that is no digit', [outer(3, 'range'), inner(20)], ['range', 7]],
      ['leaves two that stand in one place', [outer(0, 'accepted'), outer(6, 'accepted')], [0, 6]],
      ['leaves what stands half outside', [outer(0, 'accepted'), inner(60, 140)], [0, 7]],
    ] as const)('%s', (_what, sightings, want) => {
      const { sightings: found } = judgeCompany({ sightings: [...sightings] }, BOTH);
      expect(found.map(({ verdict }) => (verdict.accepted ? verdict.digit : verdict.rejected))).toEqual(want);
      const off = judgeCompany({ sightings: [...sightings] }, { text: true, clutter: false });
      expect(off.sightings).toEqual(sightings);
    });

    it('says by how much the one is too high or the other too low', () => {
      const frame = judgeCompany({ sightings: [outer(0, 'accepted'), inner(60)] }, BOTH);
      expect(frame.standings[0]).toMatchObject({ within: undefined, holds: 0.6 });
      expect(frame.standings[1]).toMatchObject({ within: 0.6, holds: undefined });
      expect(clutterExcess(frame.standings[0]!)).toBeCloseTo(0.3, 12);
      expect(clutterExcess(frame.standings[1]!)).toBe(0);
      const piece = judgeCompany({ sightings: [outer(9, 'accepted'), inner(20)] }, BOTH);
      expect(clutterExcess(piece.standings[0]!)).toBe(0);
      expect(clutterExcess(piece.standings[1]!)).toBeCloseTo(0.1, 12);
    });
  });
});

it('asks only the rules that are on', () => {
  const word = line('xx0xx');
  expect(judged(word, [], { text: false, clutter: true })).toBe('xx0xx');
  expect(judged([sighting([100, 100, 14, 20], 7)], [], BOTH)).toBe('7');
  const strokes = Array.from({ length: 9 }, (_, k) => sighting([200 * k, 0, 5, 30], 1));
  expect(judged(strokes, [], { text: true, clutter: false })).toBe('111111111');
});

it('judges no fixed rectangles: they have no ink measures', () => {
  const fixed = line('xx0xx').map((one) => {
    const { ink: _, ...region } = one.digit.region;
    return { ...one, digit: { ...one.digit, region } };
  });
  expect(judged(fixed)).toBe('xx0xx');
});

/** The share as its definition says it: closest weight, worth by class. */
function plainShare(sightings: readonly Sighting[], lines: Company['lines'], k: number): number {
  const worth = [0.1, 0.1, 0.5, 1, 1, 0.1, 0.5, 1, 1, 0.5];
  const own = sightings[k]!.digit.region.box;
  const line = lines.find(({ words }) => words.some(({ marks }) => marks.includes(k)))!;
  const word = line.words.find(({ marks }) => marks.includes(k))!;
  let [digits, others] = [0, 0];
  sightings.forEach(({ digit, verdict }, j) => {
    const box = digit.region.box;
    const weight =
      j === k
        ? 3
        : word.marks.includes(j)
          ? 1
          : line.words.some(({ marks }) => marks.includes(j))
            ? 0.2
            : isNear(own, box)
              ? 0.02
              : 0;
    if (verdict.accepted) digits += weight * worth[verdict.digit]!;
    else others += weight;
  });
  return digits / (digits + others);
}

function isNear(own: Box, box: Box): boolean {
  const [side, size] = [Math.max(own[2], own[3]), Math.max(box[2], box[3])];
  const across = Math.max(box[0] - own[0] - own[2], own[0] - box[0] - box[2]);
  const along = Math.max(box[1] - own[1] - own[3], own[1] - box[1] - box[3]);
  const holds =
    box[0] <= own[0] && box[1] <= own[1] && box[0] + box[2] >= own[0] + own[2] && box[1] + box[3] >= own[1] + own[3];
  return Math.max(across, along) <= 3 * own[3] && size >= 0.33 * side && size <= 4 * side && !holds;
}
