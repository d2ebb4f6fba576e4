// Ink that is still there, on digits drawn into a picture and cut out of it again.
import { expect, it } from 'vitest';
import { inkMaskOf, stillThere } from '../../src/gate/ink-mask.js';
import type { Box, Digit } from '../../src/types.js';

/** A stroke of a picture: the pixels of a rectangle. */
type Stroke = readonly [x: number, y: number, width: number, height: number];

/** The digit that strokes make, scaled to 20 pixels and centred by its box: nearest pixels, no more. */
function digit(strokes: readonly Stroke[]): Digit {
  const left = Math.min(...strokes.map(([x]) => x));
  const top = Math.min(...strokes.map(([, y]) => y));
  const width = Math.max(...strokes.map(([x, , w]) => x + w)) - left;
  const height = Math.max(...strokes.map(([, y, , h]) => y + h)) - top;
  const step = Math.max(width, height) / 20;
  const box: Box = [left, top, width, height];
  const pixels = Float32Array.from({ length: 784 }, (_, k) => {
    const x = left + width / 2 + ((k % 28) + 0.5 - 14) * step;
    const y = top + height / 2 + (Math.floor(k / 28) + 0.5 - 14) * step;
    return strokes.some(([sx, sy, w, h]) => x >= sx && x < sx + w && y >= sy && y < sy + h) ? 1 : 0;
  });
  return { region: { id: 'r', box, polarity: 'dark-on-light' }, pixels };
}

const upright: Stroke = [100, 50, 10, 100];
const shared = (a: readonly Stroke[], b: readonly Stroke[]): number =>
  stillThere(inkMaskOf(digit(a)), inkMaskOf(digit(b)));

it('finds all of a stroke in what is drawn on from it, whatever that does to its size', () => {
  expect(shared([upright], [upright])).toBe(1);
  expect(shared([upright], [upright, [40, 90, 70, 10]])).toBe(1);
  expect(shared([upright], [upright, [40, 90, 70, 10], [40, 20, 10, 80], [20, 20, 120, 10]])).toBeGreaterThan(0.95);
});

it('finds little of it in another digit at the same place, and nothing elsewhere', () => {
  expect(
    shared(
      [upright],
      [
        [50, 50, 100, 10],
        [50, 140, 100, 10],
      ],
    ),
  ).toBeLessThan(0.5);
  expect(shared([upright], [[300, 50, 10, 100]])).toBe(0);
  expect(
    stillThere(inkMaskOf({ ...digit([upright]), pixels: new Float32Array(784) }), inkMaskOf(digit([upright]))),
  ).toBe(0);
});
