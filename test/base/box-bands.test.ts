// Whether any box is near, against asking every box.
import { expect, it } from 'vitest';
import { BoxBands } from '../../src/base/box-bands.js';
import type { Edges } from '../../src/base/box-index.js';
import { createRandom } from '../../src/base/random.js';

const random = createRandom(4);
const box = (): Edges => {
  const [left, top] = [random.int(400), random.int(400)];
  return { left, top, right: left + 1 + random.int(60), bottom: top + 1 + random.int(200) };
};

it('asks every box that touches another one, widened to all sides, once, until one is what is asked for', () => {
  const boxes = Array.from({ length: 200 }, box);
  const bands = new BoxBands(boxes.slice(0, 120));
  for (const one of boxes.slice(120)) bands.insert(one);
  for (const reach of [0, 25, 90])
    for (const a of [...boxes.slice(0, 40), { left: 900, top: 900, right: 910, bottom: 910 }]) {
      const near = boxes.filter(
        (b) =>
          b.left <= a.right + reach &&
          a.left <= b.right + reach &&
          b.top <= a.bottom + reach &&
          a.top <= b.bottom + reach,
      );
      const asked: Edges[] = [];
      expect(bands.someNear(a, (other) => asked.push(other) === 0, reach)).toBe(false);
      expect(new Set(asked)).toEqual(new Set(near));
      expect(asked).toHaveLength(near.length);
      expect(near.every((one) => bands.someNear(a, (other) => other === one, reach))).toBe(true);
    }
  expect(new BoxBands<Edges>().someNear(boxes[0]!, () => true)).toBe(false);
});
