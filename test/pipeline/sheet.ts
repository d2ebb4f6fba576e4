// Writes sheets of digits by hands of the lab, as pictures in memory. Holds no tests.
import { createRandom } from '../../src/base/random.js';
import { handDigit } from '../../src/lab/data/camera/hands.js';
import { drawShape } from '../../src/lab/data/camera/shape.js';
import { gray, type Gray } from '../source/pictures.js';

/** White paper with dark digits in rows, as far apart as written ones. */
export function sheet(rows: readonly string[], seed = 4): Gray {
  const [random, width, height] = [createRandom(seed), 100 + 90 * Math.max(...rows.map((row) => row.length)), 420];
  const ink = new Float32Array(width * height);
  rows.forEach((row, line) =>
    [...row].forEach((digit, k) =>
      drawShape(handDigit(Number(digit), random), ink, width, height, {
        left: 50 + 90 * k,
        top: 40 + 120 * line,
        scale: 60,
        width: 6,
      }),
    ),
  );
  return gray(width, height, (x, y) => Math.round(220 - 0.05 * x - 170 * ink[y * width + x]!));
}
