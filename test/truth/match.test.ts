// Tests of src/truth/match.ts: whose sighting it is, by hand.
import { describe, expect, it } from 'vitest';
import { match } from '../../src/truth/match.js';
import type { Box } from '../../src/types.js';
import { digit } from '../replay/hands.js';

const at = (...box: Box): { readonly box: Box } => ({ box });

describe('match', () => {
  it('gives a sighting to the digit whose box holds its middle, and lists digits without any', () => {
    const digits = [
      digit('left', 1, undefined, [0, 0, 20, 20]),
      digit('right', 2, undefined, [40, 0, 20, 20]),
      digit('below', 3, undefined, [0, 40, 20, 20]),
    ];
    const [onRight, wide, onLeft] = [at(42, 2, 16, 16), at(2, 2, 30, 8), at(4, 4, 2, 2)];
    const { digits: found, stray } = match(digits, [onRight, wide, onLeft]);
    expect(found.map(({ digit: { id }, sightings }) => [id, sightings])).toEqual([
      ['left', [wide, onLeft]],
      ['right', [onRight]],
      ['below', []],
    ]);
    expect(stray).toEqual([]);
  });

  it('calls a sighting stray when its middle is in no box, however much they overlap', () => {
    const sighting = at(10, 0, 41, 20);
    expect(match([digit('a', 1, undefined, [0, 0, 30, 20])], [sighting])).toEqual({
      digits: [{ digit: digit('a', 1, undefined, [0, 0, 30, 20]), sightings: [] }],
      stray: [sighting],
    });
  });

  it('counts the edge of a box as inside', () => {
    expect(match([digit('a', 1, undefined, [10, 10, 20, 20])], [at(25, 5, 10, 10), at(5, 25, 10, 10)]).stray).toEqual(
      [],
    );
    expect(
      match([digit('a', 1, undefined, [10, 10, 20, 20])], [at(26, 5, 10, 10), at(4, 25, 10, 10)]).stray,
    ).toHaveLength(2);
  });

  it('gives a sighting in two boxes to the one whose middle is nearer, of equals to the first, and to one only', () => {
    const [a, b] = [digit('a', 1, undefined, [0, 0, 40, 20]), digit('b', 2, undefined, [20, 0, 40, 20])];
    const owners = (sighting: { readonly box: Box }, digits = [a, b]): string[] =>
      match(digits, [sighting])
        .digits.filter(({ sightings }) => sightings.length > 0)
        .map(({ digit: { id } }) => id);
    // Middles of the boxes: 20 and 40.
    expect(owners(at(24, 5, 10, 10))).toEqual(['a']);
    expect(owners(at(26, 5, 10, 10))).toEqual(['b']);
    expect(owners(at(25, 5, 10, 10))).toEqual(['a']);
    expect(owners(at(25, 5, 10, 10), [b, a])).toEqual(['b']);
  });

  it('has only strays where the truth has no digit', () => {
    expect(match([], [at(0, 0, 5, 5)])).toEqual({ digits: [], stray: [at(0, 0, 5, 5)] });
  });
});
