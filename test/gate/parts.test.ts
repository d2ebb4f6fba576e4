import { describe, expect, it } from 'vitest';
import { settleParts } from '../../src/gate/parts.js';
import type { DigitClass, Reading, Verdict } from '../../src/types.js';

/** Reads of a region whether it was accepted, as what, and of what it is a part. */
function reading(id: string, said: DigitClass | 'no', partOf?: string): Reading {
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

const names = (readings: readonly Reading[]): string =>
  settleParts(readings)
    .map(({ digit }) => digit.region.id)
    .join(' ');

describe('of a region and its parts', () => {
  it('the whole stays where it is accepted, whatever the parts are', () => {
    for (const [a, b] of [
      [7, 4],
      ['no', 4],
      ['no', 'no'],
    ] as const)
      expect(names([reading('w', 3), reading('a', a, 'w'), reading('b', b, 'w')])).toBe('w');
  });

  it('the whole stays where one of the parts is refused', () => {
    expect(names([reading('w', 'no'), reading('a', 7, 'w'), reading('b', 'no', 'w')])).toBe('w');
    expect(names([reading('w', 'no'), reading('a', 'no', 'w'), reading('b', 'no', 'w')])).toBe('w');
    expect(names([reading('w', 'no'), reading('a', 7, 'w'), reading('b', 4, 'w'), reading('c', 'no', 'w')])).toBe('w');
  });

  it('the parts stay where it is refused and all of them are accepted', () => {
    expect(names([reading('w', 'no'), reading('a', 7, 'w'), reading('b', 4, 'w')])).toBe('a b');
    expect(names([reading('w', 'no'), reading('a', 7, 'w'), reading('b', 4, 'w'), reading('c', 0, 'w')])).toBe('a b c');
  });

  it('the whole stays where one of the parts is a 1, which is what a piece of a stroke looks like', () => {
    expect(names([reading('w', 'no'), reading('a', 7, 'w'), reading('b', 1, 'w')])).toBe('w');
    expect(names([reading('w', 'no'), reading('a', 1, 'w'), reading('b', 1, 'w')])).toBe('w');
  });

  it('each is settled by itself, in the order in which they came, beside others that have no parts', () => {
    const readings = [
      reading('r0', 1),
      reading('r1', 'no'),
      reading('r2', 'no'),
      reading('r3', 8),
      reading('r4', 'no'),
      reading('r5', 7, 'r1'),
      reading('r6', 4, 'r1'),
      reading('r7', 7, 'r2'),
      reading('r8', 1, 'r2'),
      reading('r9', 3, 'r3'),
      reading('r10', 2, 'r3'),
    ];
    expect(names(readings)).toBe('r0 r2 r3 r4 r5 r6');
    const kept = settleParts(readings);
    expect(kept.every((one) => readings.includes(one))).toBe(true);
  });
});

it('without parts, what is returned is what came', () => {
  const readings = [reading('r0', 'no'), reading('r1', 1), reading('r2', 7)];
  expect(settleParts(readings)).toBe(readings);
  const none: Reading[] = [];
  expect(settleParts(none)).toBe(none);
});
