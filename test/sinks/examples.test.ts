// Which refused regions a summary shows, against a slow computation that keeps all of them.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { ExampleKeeper, MOST_EXAMPLES } from '../../src/sinks/examples.js';
import type { DigitClass, Sighting, Rejection } from '../../src/types.js';
import { grayFrame, sighting } from './drawing/sightings.js';

function named(id: string, one: Sighting): Sighting {
  return { ...one, digit: { ...one.digit, region: { ...one.digit.region, id } } };
}

describe('ExampleKeeper', () => {
  it('keeps of each reason the largest ratios, of a region in a file its largest', () => {
    const random = createRandom(5);
    const whole = (most: number): number => random.int(most);
    const reasons: readonly Rejection[] = ['ratio', 'text', 'growing'];
    const all: { reason: Rejection; key: string; ratio: number; frame: number }[] = [];
    const keeper = new ExampleKeeper();
    for (let frame = 0; frame < 60; frame++) {
      const file = frame % 2 === 0 ? 'a.png' : 'b.png';
      const sightings = Array.from({ length: 4 }, () => {
        const [id, reason, ratio] = [`r${whole(6)}`, reasons[whole(3)]!, 1 + whole(900) / 10];
        all.push({ reason, key: `${file} ${id}`, ratio, frame });
        return named(id, sighting([1, 2, 3, 4], 7, ratio, reason));
      });
      keeper.add({ frame: grayFrame(8, 8, 0, { index: frame, file }), sightings });
    }
    for (const reason of reasons) {
      const best = new Map<string, number>();
      for (const one of all.filter((each) => each.reason === reason))
        best.set(one.key, Math.max(one.ratio, best.get(one.key) ?? 0));
      const expected = [...best.values()].sort((a, b) => b - a).slice(0, MOST_EXAMPLES);
      const kept = keeper.examples[reason]!;
      expect(kept.map(({ ratio }) => ratio)).toEqual(expected.map((ratio) => Number(ratio.toPrecision(3))));
      expect(new Set(kept.map(({ file, region }) => `${file} ${region}`)).size).toBe(MOST_EXAMPLES);
    }
  });

  it('keeps the first of equals, tells where and when it was, and nothing of what was accepted', () => {
    const keeper = new ExampleKeeper();
    const at = (index: number) => grayFrame(8, 8, 0, { index, time: index / 3 });
    const one = (digit: DigitClass, ratio: number) =>
      named(`r${digit}`, sighting([digit, 2, 3, 4], digit, ratio, 'text'));
    keeper.add({ frame: at(0), sightings: [one(1, 5), sighting([0, 0, 1, 1], 8, 99)] });
    keeper.add({ frame: at(1), sightings: [one(1, 5), one(2, 5), one(3, Infinity)] });
    expect(keeper.examples).toEqual({
      text: [
        { frame: 1, time: 0.333333, region: 'r3', box: [3, 2, 3, 4], digit: 3, ratio: 1e9 },
        { frame: 0, time: 0, region: 'r1', box: [1, 2, 3, 4], digit: 1, ratio: 5 },
        { frame: 1, time: 0.333333, region: 'r2', box: [2, 2, 3, 4], digit: 2, ratio: 5 },
      ],
    });
  });
});
