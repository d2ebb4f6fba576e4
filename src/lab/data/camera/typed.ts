// Owns digits that no hand wrote: as they are printed and cut into wheels of counters, and of the seven bars of a display.
// No paper, no camera.

import { uniform, type Random } from '../../../base/random.js';
import { bend, mapPoints, shapeOf, type Line, type Shape } from './shape.js';

const line = (...at: [number, number][]): Line => ({ at });
const arc = (...at: [number, number][]): Line => ({ at, smooth: true });

/** A closed bow through the middles of the sides of a box and near its corners. */
function loop(left: number, top: number, right: number, bottom: number): Line {
  const [w, h] = [right - left, bottom - top];
  const at = (x: number, y: number): [number, number] => [left + x * w, top + y * h];
  const [near, far] = [0.13, 0.87];
  return arc(
    at(0.5, 0),
    at(near, near),
    at(0, 0.5),
    at(near, far),
    at(0.5, 1),
    at(far, far),
    at(1, 0.5),
    at(far, near),
    at(0.5, 0),
  );
}

/** Ways in which each digit is printed, in the unit box. */
const PRINTED: readonly (readonly (readonly Line[])[])[] = [
  [[loop(0, 0, 1, 1)]],
  [
    [line([0.2, 0.2], [0.55, 0], [0.55, 1])],
    [line([0.2, 0.2], [0.55, 0], [0.55, 1]), line([0.15, 1], [0.95, 1])],
    [line([0.3, 0.12], [0.55, 0], [0.55, 1])],
    [line([0.15, 0.3], [0.6, 0], [0.6, 1])],
  ],
  [
    [arc([0.03, 0.25], [0.2, 0.04], [0.55, 0], [0.92, 0.12], [0.94, 0.36], [0.6, 0.66], [0, 1]), line([0, 1], [1, 1])],
    [
      arc([0.03, 0.3], [0.12, 0.06], [0.5, 0], [0.88, 0.08], [0.97, 0.3], [0.78, 0.54], [0, 1]),
      line([0, 1], [0.97, 1]),
    ],
  ],
  [
    [
      arc([0.04, 0.18], [0.45, 0], [0.9, 0.12], [0.88, 0.38], [0.4, 0.47]),
      arc([0.4, 0.47], [0.85, 0.54], [1, 0.75], [0.8, 0.95], [0.4, 1], [0, 0.83]),
    ],
    [
      line([0.05, 0], [0.92, 0], [0.45, 0.4]),
      arc([0.45, 0.4], [0.9, 0.48], [1, 0.72], [0.82, 0.95], [0.4, 1], [0, 0.85]),
    ],
  ],
  [
    [line([0.7, 1], [0.7, 0], [0, 0.7], [1, 0.7])],
    [line([0.5, 0], [0, 0.74], [1, 0.74]), line([0.72, 0.4], [0.72, 1])],
    [line([0.78, 1], [0.78, 0], [0.68, 0], [0, 0.66], [0, 0.74], [1, 0.74])],
  ],
  [
    [
      line([0.92, 0], [0.12, 0], [0.05, 0.46]),
      arc([0.05, 0.46], [0.5, 0.36], [0.92, 0.48], [1, 0.7], [0.8, 0.95], [0.4, 1], [0, 0.86]),
    ],
    [
      line([0.95, 0], [0.1, 0], [0.1, 0.45]),
      arc([0.1, 0.45], [0.55, 0.4], [0.95, 0.55], [0.95, 0.82], [0.6, 1], [0.2, 0.98], [0, 0.82]),
    ],
  ],
  [
    [loop(0, 0.4, 1, 1), arc([0.02, 0.72], [0.02, 0.4], [0.2, 0.08], [0.55, 0], [0.9, 0.12])],
    [loop(0, 0.4, 1, 1), line([0.02, 0.62], [0.62, 0])],
  ],
  [
    [line([0, 0], [1, 0], [0.35, 1])],
    [line([0, 0], [1, 0], [1, 0.12], [0.4, 1])],
    [line([0, 0], [1, 0]), arc([1, 0], [0.6, 0.4], [0.42, 1])],
    [line([0, 0.14], [0, 0], [1, 0], [0.4, 1])],
  ],
  [
    [loop(0.07, 0, 0.93, 0.46), loop(0, 0.46, 1, 1)],
    [loop(0.02, 0, 0.98, 0.49), loop(0, 0.49, 1, 1)],
  ],
  [
    [loop(0, 0, 1, 0.6), arc([0.98, 0.28], [0.98, 0.6], [0.8, 0.92], [0.45, 1], [0.1, 0.88])],
    [loop(0, 0, 1, 0.6), line([0.98, 0.38], [0.38, 1])],
  ],
];

/** A digit of print: level, of even width, wide or narrow, upright or leaning a little. */
export function printedDigit(digit: number, random: Random): Shape {
  const styles = PRINTED[digit]!;
  const wide = uniform(random, 0.42, 0.85) * (digit === 1 ? 0.7 : 1);
  const lean = random.next() < 0.2 ? uniform(random, 0.05, 0.22) : 0;
  return straight(shapeOf(styles[random.int(styles.length)]!), wide, lean, random);
}

/**
 * Bars of a display that are lit: a top, b and c the right ones (upper, lower), d bottom, e and f the left ones (lower,
 * upper), g the middle one; some displays light one bar more in 6, 7 and 9.
 */
const LIT: readonly (readonly string[])[] = [
  ['abcdef'],
  ['bc'],
  ['abged'],
  ['abgcd'],
  ['fgbc'],
  ['afgcd'],
  ['afgedc', 'fgedc'],
  ['abc', 'abc', 'fabc'],
  ['abcdefg'],
  ['abcdfg', 'abcfg'],
];

const BARS: Readonly<Record<string, readonly [x0: number, y0: number, x1: number, y1: number]>> = {
  a: [0, 0, 1, 0],
  b: [1, 0, 1, 0.5],
  c: [1, 0.5, 1, 1],
  d: [0, 1, 1, 1],
  e: [0, 0.5, 0, 1],
  f: [0, 0, 0, 0.5],
  g: [0, 0.5, 1, 0.5],
};

/** A digit of a display of seven bars, with a gap between the bars or none. */
export function barDigit(digit: number, random: Random): Shape {
  const ways = LIT[digit]!;
  const wide = uniform(random, 0.4, 0.62);
  // A closed frame is no digit: what tells a 0 from it is its gaps.
  const gap = digit === 0 ? uniform(random, 0.04, 0.08) : random.next() < 0.4 ? 0 : uniform(random, 0.01, 0.07);
  const bars = Array.from(ways[random.int(ways.length)]!, (bar): Line => {
    const [x0, y0, x1, y1] = BARS[bar]!;
    // The gap is of the height, whatever the width.
    const [dx, dy] = [(gap / wide) * Math.sign(x1 - x0), gap * Math.sign(y1 - y0)];
    return line([x0 + dx, y0 + dy], [x1 - dx, y1 - dy]);
  });
  return straight(shapeOf(bars), wide, random.next() < 0.6 ? uniform(random, 0.04, 0.2) : 0, random);
}

function straight(shape: Shape, wide: number, lean: number, random: Random): Shape {
  const sheared = mapPoints(shape, (x, y) => [0.5 + wide * (x - 0.5) + lean * (0.5 - y), y]);
  return bend(sheared, { turn: 0.03, slant: 0.02, aspect: 0.05, warp: 0.004 }, random);
}
