// Showings, rows and truths written by hand, for the tests of a replay. Holds no tests.
import { expect } from 'vitest';
import type { Seen, Showing } from '../../src/replay/play.js';
import type { Row } from '../../src/replay/rows.js';
import { byVerdict, countAttacked, countClear, countRejected, waits } from '../../src/replay/tally.js';
import { TRUTH_FORMAT, type Truth, type TruthAttack, type TruthDigit } from '../../src/truth/truth.js';
import type { Box, DigitClass, Rejection } from '../../src/types.js';

/** A digit that was read: accepted, or rejected for a reason. */
export function read(digit: number, rejected?: Rejection): Seen {
  const outputs = Float32Array.from({ length: 10 }, (_, j) => (j === digit ? 0.9 : 0.05));
  const evidence = { digit: digit as DigitClass, ratio: 18, top: 0.9, second: 0.05 };
  const verdict =
    rejected === undefined
      ? { accepted: true as const, ...evidence }
      : { accepted: false as const, rejected, distance: 1, ...evidence };
  return { box: [0, 0, 10, 10], outputs, verdict };
}

/** A digit of the truth; under the attack of that index, or clear. */
export function digit(id: string, label: number | null, attack?: number, box: Box = [0, 0, 10, 10]): TruthDigit {
  return { id, label, box: [...box] as TruthDigit['box'], ...(attack !== undefined && { attack }) };
}

/** What was read of a digit in a frame; frames are a tenth of a second apart. */
export function showing(frame: number, of: TruthDigit, ...sightings: Seen[]): Showing {
  return { frame, time: frame / 10, digit: of, sightings };
}

export const PGD: TruthAttack = { name: 'pgd', epsilon: 0.3, seed: 1, model: { name: 'camera', hash: 'a'.repeat(64) } };

/** A row counted from showings of one clip. */
export function row(showings: readonly Showing[], attack: TruthAttack | undefined, more: Partial<Row> = {}): Row {
  const [attacked, clear] = [
    showings.filter((each) => each.digit.attack !== undefined),
    showings.filter((each) => each.digit.attack === undefined),
  ];
  return {
    model: 'camera',
    hash: 'a'.repeat(64),
    rule: 'card',
    clip: 'windows-ffv1.mkv',
    codec: 'ffv1',
    path: 'windows',
    attack,
    attacked: countAttacked(attacked, byVerdict),
    clear: countClear(clear, byVerdict),
    stray: 0,
    wait: waits(showings, byVerdict),
    rejected: countRejected(showings),
    survival: undefined,
    pixels: undefined,
    showings,
    ...more,
  };
}

/** A small truth that is right: one digit under PGD in frame 0, clear in frame 1. */
export function truth(more: Partial<Truth> = {}): Truth {
  return {
    format: TRUTH_FORMAT,
    clip: 'clip.mkv',
    sha256: '0'.repeat(64),
    width: 40,
    height: 30,
    frameCount: 2,
    codec: 'ffv1',
    path: 'windows',
    attacks: [PGD],
    frames: [
      { frame: 0, digits: [digit('d0', 3, 0)] },
      { frame: 1, digits: [digit('d0', 3)] },
    ],
    ...more,
  };
}

/** Equal to so many decimals, for a figure within an object. */
export function near(value: number, decimals: number): number {
  return expect.closeTo(value, decimals) as number;
}
