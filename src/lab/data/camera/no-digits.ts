// Owns shapes that a reader meets and that are no digits: letters of hands, letters of print, structures of scenes. No
// paper, no camera; pieces of digits are cut in pieces.

import { uniform, type Random } from '../../../base/random.js';
import { letterShape } from './letters.js';
import { bend, boundsOf, mapPoints, shapeOf, union, type Line, type Shape } from './shape.js';

/**
 * Letters that can be told from digits where they stand alone. Left out on purpose, since their like is a digit too:
 * a b B D g G i I j J l o O q Q s S y Y z Z, the strokes ( ) / ! and ? - whether these are digits is for what stands
 * beside them to say.
 */
export const LETTERS: readonly string[] = Array.from('cdefhkmnprtuvwxACEFHKLMNPRTUVWX<+*#%');

/** A letter as hands write it, sometimes two that have grown together. */
export function handLetter(random: Random): Shape {
  const one = (): Shape => letter(random, { turn: 0.1, slant: 0.14, aspect: 0.2, warp: 0.035 });
  return random.next() < 0.2 ? besideEachOther(one(), one(), random) : one();
}

/**
 * A letter as it is printed: straight, with or without feet at the ends of its strokes, upright or slanted, wide or
 * narrow; often two or three that touch, as small print does.
 */
export function printedLetter(random: Random): Shape {
  const feet = random.next() < 0.5 ? uniform(random, 0.05, 0.12) : 0;
  const [lean, wide] = [random.next() < 0.25 ? uniform(random, 0.1, 0.3) : 0, Math.exp(0.2 * random.normal())];
  const one = (): Shape => {
    const plain = letter(random, { turn: 0.02, slant: 0.02, aspect: 0.05, warp: 0.004 });
    return mapPoints(feet > 0 ? withFeet(plain, feet) : plain, (x, y) => [wide * x + lean * (1 - y), y]);
  };
  let shape = one();
  for (let more = random.next() < 0.3 ? 1 + random.int(2) : 0; more > 0; more--)
    shape = besideEachOther(shape, one(), random);
  return shape;
}

function letter(random: Random, hand: Parameters<typeof bend>[1]): Shape {
  return bend(letterShape(LETTERS[random.int(LETTERS.length)]!), hand, random);
}

/** `b` to the right of `a`, so close that ink meets. */
function besideEachOther(a: Shape, b: Shape, random: Random): Shape {
  const [right, left] = [boundsOf(a)[2], boundsOf(b)[0]];
  const gap = uniform(random, -0.06, 0.06);
  return union([a, mapPoints(b, (x, y) => [x + right - left + gap, y])]);
}

/** A level foot at every end of a stroke. */
function withFeet(shape: Shape, half: number): Shape {
  const meets = new Uint8Array(shape.points.length / 2);
  for (const point of shape.segments) meets[point]!++;
  const feet: Line[] = [];
  meets.forEach((count, k) => {
    const [x, y] = [shape.points[2 * k]!, shape.points[2 * k + 1]!];
    if (count === 1)
      feet.push({
        at: [
          [x - half, y],
          [x + half, y],
        ],
      });
  });
  return union([shape, shapeOf(feet)]);
}

/** What stands in streets and rooms: bars with arms, rails, wheels, bows, boxes, patches of one tone. */
export function structure(random: Random): Shape {
  const kinds = [
    wheel,
    wheel,
    ringOnABar,
    wideRing,
    bow,
    bow,
    rails,
    rails,
    bracket,
    zigzag,
    polygon,
    solid,
    solid,
    lines,
  ];
  const made = kinds[random.int(kinds.length)]!(random);
  return bend(made, { turn: 0.04, slant: 0.05, aspect: 0.08, warp: 0.015 }, random);
}

const line = (...at: [number, number][]): Line => ({ at });

/** A ring or a part of one around the middle of the unit box. Angles in turns, from the right, clockwise. */
function ring(radius: number, from = 0, to = 1): Line {
  const count = 6 + Math.ceil(24 * (to - from));
  return {
    at: Array.from({ length: count + 1 }, (_, k): [number, number] => {
      const angle = 2 * Math.PI * (from + ((to - from) * k) / count);
      return [0.5 + radius * Math.cos(angle), 0.5 + radius * Math.sin(angle)];
    }),
  };
}

/** A bar from the middle outward. */
function spoke(turn: number, from: number, to: number): Line {
  const [x, y] = [Math.cos(2 * Math.PI * turn), Math.sin(2 * Math.PI * turn)];
  return line([0.5 + from * x, 0.5 + from * y], [0.5 + to * x, 0.5 + to * y]);
}

// A ring with spokes, from its middle or from a second ring; seen from the side it is narrower. A ring alone would be a
// 0, and what is loose within one may get lost in a picture.
function wheel(random: Random): Shape {
  const hub = random.next() < 0.5 ? uniform(random, 0.14, 0.3) : 0;
  const [count, turned] = [3 + random.int(6), random.next()];
  const parts: Line[] = hub > 0 ? [ring(0.5), ring(hub)] : [ring(0.5)];
  for (let k = 0; k < count; k++) parts.push(spoke(turned + k / count, hub, 0.5));
  const narrow = uniform(random, 0.7, 1);
  return mapPoints(shapeOf(parts), (x, y) => [0.5 + narrow * (x - 0.5), y]);
}

// A ring on a bar that is nearly level and sticks out on both sides. One on a post would be a 9.
function ringOnABar(random: Random): Shape {
  const tilt = uniform(random, -0.07, 0.07);
  const reach = (): number => uniform(random, 0.7, 1.1);
  return shapeOf([
    ring(0.5),
    spoke(tilt, random.next() < 0.5 ? 0 : 0.5, reach()),
    spoke(tilt + 0.5, random.next() < 0.5 ? 0 : 0.5, reach()),
  ]);
}

// A ring that is much wider than tall.
function wideRing(random: Random): Shape {
  const flat = uniform(random, 0.3, 0.55);
  return mapPoints(shapeOf([ring(0.5)]), (x, y) => [x, 0.5 + flat * (y - 0.5)]);
}

// Half to two thirds of a ring: the edge of a wheel, a lamp, a cup. Never as narrow as a 1.
function bow(random: Random): Shape {
  const [length, middle] = [uniform(random, 0.45, 0.66), 0.25 * random.int(4) + uniform(random, -0.06, 0.06)];
  const flat = uniform(random, 0.8, 1.25);
  return mapPoints(shapeOf([ring(0.5, middle - length / 2, middle + length / 2)]), (x, y) => [flat * x, y]);
}

// Bars side by side with one or more across: fences, ladders, window frames.
function rails(random: Random): Shape {
  const [bars, rungs] = [2 + random.int(3), 1 + random.int(3)];
  const [wide, over] = [uniform(random, 0.5, 1.2), random.next() < 0.5 ? 0 : uniform(random, 0.05, 0.25)];
  const parts: Line[] = [];
  for (let k = 0; k < bars; k++) parts.push(line([(wide * k) / (bars - 1), 0], [(wide * k) / (bars - 1), 1]));
  for (let k = 0; k < rungs; k++) {
    const y = (k + uniform(random, 0.2, 0.8)) / rungs;
    parts.push(line([-over, y], [wide + over, y]));
  }
  return turnedByChance(shapeOf(parts), random);
}

// A post with an arm or two to the right, or with a foot or arms on both sides. An arm at the top that points to the
// left would be a 7.
function bracket(random: Random): Shape {
  const arm = (y: number): Line => line([0.2, y], [0.2 + uniform(random, 0.45, 0.8), y + 0.04 * random.normal()]);
  const kind = random.int(4);
  const post = line([0.2, 0], [0.2, 1]);
  if (kind === 0) return shapeOf([post, arm(0)]);
  if (kind === 1) return shapeOf([post, arm(uniform(random, 0.3, 0.7))]);
  if (kind === 2) return shapeOf([post, arm(0), arm(1)]);
  // Lower down it is a 1 on its foot.
  const y = uniform(random, 0, 0.7);
  return shapeOf([post, line([0.2 - uniform(random, 0.35, 0.6), y], [0.2 + uniform(random, 0.35, 0.6), y])]);
}

function zigzag(random: Random): Shape {
  const turns = 3 + random.int(4);
  const at = Array.from({ length: turns }, (_, k): [number, number] => [
    (k * uniform(random, 0.9, 1.1)) / (turns - 1),
    (k % 2) * uniform(random, 0.4, 0.9),
  ]);
  return shapeOf([{ at }]);
}

// A closed outline with corners, wide enough to be no 0.
function polygon(random: Random): Shape {
  const wide = uniform(random, 1, 1.7);
  const inward = uniform(random, 0, 0.35);
  const [in0, in1] = random.next() < 0.5 ? [inward, 0] : [0, inward];
  const parts = [line([in0, 0], [wide - in0, 0], [wide - in1, 1], [in1, 1], [in0, 0])];
  if (random.next() < 0.3) parts.push(line([0, 0.5], [wide, 0.5]));
  return shapeOf(parts);
}

// A patch of one tone, hatched so closely that it is full: a disc, a half disc, a wedge or a board. A narrow one might
// be a 0 or an 8 of a broad pen.
function solid(random: Random): Shape {
  const wide = uniform(random, 0.9, 1.8);
  const kind = random.int(4);
  // Left and right ends at a height, [0, 1] of the width.
  const span = (y: number): [number, number] => {
    const bulge = Math.sqrt(Math.max(0, 0.25 - (y - 0.5) ** 2));
    if (kind === 0) return [0.5 - bulge, 0.5 + bulge];
    if (kind === 1) return [0, 2 * bulge];
    if (kind === 2) return [0.5 - y / 2, 0.5 + y / 2];
    return [0, 1];
  };
  const parts: Line[] = [];
  for (let y = 0.01; y < 1; y += HATCH) {
    const [from, to] = span(y);
    parts.push(line([wide * from, y], [wide * to, y]));
  }
  return shapeOf(parts);
}

/** Distance of hatches: less than the width of the thinnest pen, which is 0.035 of the height. */
const HATCH = 0.03;

// Two to four long lines that lie nearer to level than to upright, some of them meeting.
function lines(random: Random): Shape {
  const parts: Line[] = [];
  const slope = uniform(random, -0.4, 0.4);
  for (let k = 1 + random.int(4); k >= 0; k--) {
    const [y, own] = [random.next() * 0.6, slope + 0.15 * random.normal()];
    parts.push(line([uniform(random, 0, 0.2), y], [uniform(random, 0.8, 1.2), y + own]));
  }
  if (random.next() < 0.5) parts.push(line([uniform(random, 0, 0.3), -0.1], [uniform(random, 0, 0.3), 0.8]));
  return shapeOf(parts);
}

/** Lying, as often as not. */
function turnedByChance(shape: Shape, random: Random): Shape {
  return random.next() < 0.5 ? shape : mapPoints(shape, (x, y) => [1 - y, x]);
}
