import { describe, expect, it } from 'vitest';
import { settleParts } from '../../src/gate/parts.js';
import type { DigitClass, Sighting, Verdict } from '../../src/types.js';

/** Reads of a region whether it was accepted, as what, and of what it is a part. */
function sighting(id: string, said: DigitClass | 'no', partOf?: string): Sighting {
  const evidence = { digit: said === 'no' ? 0 : said, ratio: 20, top: 1, second: 0.05 } as const;
  const verdict: Verdict =
    said === 'no' ? { ...evidence, accepted: false, rejected: 'ratio', distance: 1 } : { ...evidence, accepted: true };
  return {
    digit: {
      region: { id, box: [0, 0, 20, 40], polarity: 'dark-on-light', ...(partOf !== undefined && { partOf }) },
      pixels: new Float32Array(784),
    },
    outputs: new Float32Array(10),
    verdict,
  };
}

const names = (sightings: readonly Sighting[]): string =>
  settleParts(sightings)
    .map(({ digit }) => digit.region.id)
    .join(' ');

describe('of a region and its parts', () => {
  it('the whole stays where it is accepted, whatever the parts are', () => {
    for (const [a, b] of [
      [7, 4],
      ['no', 4],
      ['no', 'no'],
    ] as const)
      expect(names([sighting('w', 3), sighting('a', a, 'w'), sighting('b', b, 'w')])).toBe('w');
  });

  it('the whole stays where one of the parts is refused', () => {
    expect(names([sighting('w', 'no'), sighting('a', 7, 'w'), sighting('b', 'no', 'w')])).toBe('w');
    expect(names([sighting('w', 'no'), sighting('a', 'no', 'w'), sighting('b', 'no', 'w')])).toBe('w');
    expect(names([sighting('w', 'no'), sighting('a', 7, 'w'), sighting('b', 4, 'w'), sighting('c', 'no', 'w')])).toBe(
      'w',
    );
  });

  it('the parts stay where it is refused and all of them are accepted', () => {
    expect(names([sighting('w', 'no'), sighting('a', 7, 'w'), sighting('b', 4, 'w')])).toBe('a b');
    expect(names([sighting('w', 'no'), sighting('a', 7, 'w'), sighting('b', 4, 'w'), sighting('c', 0, 'w')])).toBe(
      'a b c',
    );
  });

  it('the whole stays where one of the parts is a 1, which is what a piece of a stroke looks like', () => {
    expect(names([sighting('w', 'no'), sighting('a', 7, 'w'), sighting('b', 1, 'w')])).toBe('w');
    expect(names([sighting('w', 'no'), sighting('a', 1, 'w'), sighting('b', 1, 'w')])).toBe('w');
  });

  it('each is settled by itself, in the order in which they came, beside others that have no parts', () => {
    const sightings = [
      sighting('r0', 1),
      sighting('r1', 'no'),
      sighting('r2', 'no'),
      sighting('r3', 8),
      sighting('r4', 'no'),
      sighting('r5', 7, 'r1'),
      sighting('r6', 4, 'r1'),
      sighting('r7', 7, 'r2'),
      sighting('r8', 1, 'r2'),
      sighting('r9', 3, 'r3'),
      sighting('r10', 2, 'r3'),
    ];
    expect(names(sightings)).toBe('r0 r2 r3 r4 r5 r6');
    const kept = settleParts(sightings);
    expect(kept.every((one) => sightings.includes(one))).toBe(true);
  });
});

it('without parts, what is returned is what came', () => {
  const sightings = [sighting('r0', 'no'), sighting('r1', 1), sighting('r2', 7)];
  expect(settleParts(sightings)).toBe(sightings);
  const none: Sighting[] = [];
  expect(settleParts(none)).toBe(none);
});
