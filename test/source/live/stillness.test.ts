// Frozen, repeating and black pictures, and what looks like them and is none. The pictures are made here, pixel by pixel.
import { describe, expect, test } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.js';
import { Stillness } from '../../../src/source/live/stillness.js';
import type { Doubt } from '../../../src/types.js';

const [WIDTH, HEIGHT, RATE] = [160, 120, 10];
const PIXELS = WIDTH * HEIGHT;

const plain = (level: number): Uint8Array => new Uint8Array(PIXELS).fill(level);

/** A scene that does not move, as a sensor sees it: `noise` is the share of pixels that differ, by one level. */
function noisy(scene: Uint8Array, random: Random, noise: number): Uint8Array {
  return scene.map((level) => (random.next() < noise ? level + (random.next() < 0.5 ? 1 : -1) : level));
}

function textured(random: Random): Uint8Array {
  return plain(0).map(() => 60 + random.int(120));
}

/** A digit's worth of bright pixels, ten high and four wide, somewhere. */
function withDigit(ground: Uint8Array, level: number, left: number, top: number): Uint8Array {
  const picture = Uint8Array.from(ground);
  for (let y = top; y < top + 10; y++) picture.fill(level, y * WIDTH + left, y * WIDTH + left + 4);
  return picture;
}

function watch(pictures: Iterable<Uint8Array>, options = { frozen: 3, black: 2 }): (Doubt | undefined)[] {
  const stillness = new Stillness(options);
  return [...pictures].map((picture, i) => stillness.look(picture, PIXELS, i / RATE));
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

const kinds = (doubts: readonly (Doubt | undefined)[]) => [...new Set(doubts.map((doubt) => doubt?.kind))];

describe('a picture in which no pixel changes', () => {
  test('is frozen from the time on that is asked for, and counts on', () => {
    const scene = textured(createRandom(1));
    const doubts = watch(times(50, () => scene));
    const first = doubts.findIndex((doubt) => doubt !== undefined);
    // The second picture is the first that did not change.
    expect(first).toBe(1 + 3 * RATE);
    expect(doubts[first]?.kind).toBe('frozen');
    expect(doubts.at(-1)?.seconds).toBeCloseTo(4.8, 9);
  });

  test('is believed again at once when something changes', () => {
    const random = createRandom(2);
    const scene = textured(random);
    const doubts = watch([...times(50, () => scene), ...times(50, () => noisy(scene, random, 0.01))]);
    expect(doubts[49]?.kind).toBe('frozen');
    expect(kinds(doubts.slice(50))).toEqual([undefined]);
  });

  test('is not, where that is turned off', () => {
    const scene = textured(createRandom(3));
    expect(
      kinds(
        watch(
          times(100, () => scene),
          { frozen: Infinity, black: 2 },
        ),
      ),
    ).toEqual([undefined]);
  });

  test('is noticed of any size, and in a buffer that begins anywhere', () => {
    const stillness = new Stillness({ frozen: 1, black: 2 });
    const whole = Uint8Array.from(times(1 + 7 * 5, (i) => 100 + i));
    const doubts = times(20, (i) => stillness.look(whole.subarray(1), 35, i / RATE));
    expect(doubts.at(-1)?.kind).toBe('frozen');
  });
});

describe('a quiet scene is not frozen', () => {
  test.each([0.05, 0.01, 0.002])('when noise changes %d of its pixels by one level', (noise) => {
    const random = createRandom(4);
    const scene = textured(random);
    expect(kinds(watch(times(200, () => noisy(scene, random, noise))))).toEqual([undefined]);
  });

  test('when an encoder lets noise through with its keyframes only', () => {
    const random = createRandom(5);
    const scene = textured(random);
    // Every 2 s, less than the 3 s that are asked for.
    const keyframes = times(10, () => noisy(scene, random, 0.02));
    expect(kinds(watch(times(200, (i) => keyframes[Math.floor(i / 20)]!)))).toEqual([undefined]);
  });

  test.each(times(12, (i) => [13 * i, 9 * i] as const))('when one digit changes, at %d,%d', (left, top) => {
    const ground = textured(createRandom(6));
    // A screen has no noise: a counter on it changes once a second.
    const shown = times(10, (i) => withDigit(ground, 200 + i, left, top));
    expect(kinds(watch(times(100, (i) => shown[Math.floor(i / 10)]!)))).toEqual([undefined]);
  });
});

describe('the same pictures over and over', () => {
  test.each([2, 7, 40])('%d of them: repeating', (count) => {
    const random = createRandom(7);
    const loop = times(count, () => textured(random));
    const doubts = watch(times(4 * count + 60, (i) => loop[i % count]!));
    expect(doubts.at(-1)?.kind).toBe('repeating');
    expect(kinds(doubts.slice(0, 2 * count - 1))).toEqual([undefined]);
    const first = doubts.findIndex((doubt) => doubt !== undefined);
    // From the first picture that came again: a whole round, and the seconds asked for.
    expect(first).toBe(Math.max(2 * count - 1, count + 3 * RATE));
  });

  test('a scene that came back once is not', () => {
    const random = createRandom(8);
    const [there, back] = [textured(random), textured(random)];
    const others = times(100, () => textured(random));
    expect(kinds(watch([there, back, ...others, there, back, ...times(100, () => textured(random))]))).toEqual([
      undefined,
    ]);
  });
});

describe('black', () => {
  test.each([0, 16, 20])('a plain picture at %d is, after the time asked for', (level) => {
    const random = createRandom(9);
    const doubts = watch(times(30, () => noisy(plain(level + 1), random, 0.3)));
    expect(doubts.findIndex((doubt) => doubt?.kind === 'black')).toBe(2 * RATE);
    expect(doubts.at(-1)?.seconds).toBeCloseTo(0.9 + 2, 9);
  });

  test('with a dead pixel it still is', () => {
    const picture = plain(16);
    picture[5000] = 255;
    expect(watch(times(25, () => picture)).at(-1)?.kind).toBe('black');
  });

  test.each(times(12, (i) => [13 * i, 9 * i] as const))(
    'a lit digit in the dark is not black, at %d,%d',
    (left, top) => {
      const random = createRandom(10);
      const dark = withDigit(plain(16), 60, left, top);
      expect(kinds(watch(times(60, () => noisy(dark, random, 0.05))))).toEqual([undefined]);
    },
  );

  test('a dim room is not', () => {
    const random = createRandom(11);
    const room = plain(0).map((_, i) => 20 + Math.floor((40 * (i % WIDTH)) / WIDTH));
    expect(kinds(watch(times(60, () => noisy(room, random, 0.2))))).toEqual([undefined]);
  });

  test('a white picture is frozen, not black', () => {
    expect(watch(times(60, () => plain(235))).at(-1)?.kind).toBe('frozen');
  });
});

describe('daylight to infrared', () => {
  // A camera's filter swings: a few dark pictures, then another light, less contrast and more noise; and back at dawn.
  const random = createRandom(11);
  const day = textured(random);
  const night = day.map((level) => 30 + Math.round(level / 4));
  const clip = (dark: number) => [
    ...times(40, () => noisy(day, random, 0.02)),
    ...times(dark, () => noisy(plain(17), random, 0.02)),
    ...times(40, () => noisy(night, random, 0.2)),
    ...times(dark, () => noisy(plain(17), random, 0.02)),
    ...times(40, () => noisy(day, random, 0.02)),
  ];

  test('is doubted at no time while the filter swings', () => {
    expect(kinds(watch(clip(5)))).toEqual([undefined]);
  });

  test('is black only while the swing leaves nothing to see, and believed at once after it', () => {
    const doubts = watch(clip(3 * RATE));
    expect(kinds(doubts.slice(0, 40))).toEqual([undefined]);
    expect(kinds(doubts.slice(40 + 2 * RATE, 40 + 3 * RATE))).toEqual(['black']);
    expect(kinds(doubts.slice(40 + 3 * RATE, 80 + 3 * RATE))).toEqual([undefined]);
    expect(doubts.at(-1)).toBeUndefined();
  });
});
