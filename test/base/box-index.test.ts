// Finding boxes near a box, against looking at every box.
import { expect, it } from 'vitest';
import { BoxIndex, sharedArea, type Edges } from '../../src/base/box-index.js';
import { createRandom } from '../../src/base/random.js';

const random = createRandom(3);
const box = (): Edges => {
  const [left, top] = [random.int(400), random.int(400)];
  return { left, top, right: left + 1 + random.int(60), bottom: top + 1 + random.int(60) };
};

it('finds what touches a box widened to both sides and upwards and downwards, and nothing else', () => {
  const boxes = Array.from({ length: 300 }, box);
  const index = new BoxIndex<Edges>();
  index.load(boxes.slice(0, 200));
  for (const one of boxes.slice(200)) index.insert(one);
  for (const [across, along] of [
    [0, 0],
    [25, 25],
    [90, 0],
    [0, 40],
  ] as const) {
    const near = (a: Edges, b: Edges): boolean =>
      b.left <= a.right + across &&
      a.left <= b.right + across &&
      b.top <= a.bottom + along &&
      a.top <= b.bottom + along;
    for (const a of boxes.slice(0, 40)) {
      const want = boxes.filter((b) => near(a, b));
      const found = new Set(index.near(a, across, along));
      expect(found).toEqual(new Set(want));
    }
  }
});

it('shares as many pixels as are in both boxes', () => {
  const inside = ({ left, top, right, bottom }: Edges, x: number, y: number): boolean =>
    x >= left && x < right && y >= top && y < bottom;
  for (let k = 0; k < 40; k++) {
    const [a, b] = [box(), box()];
    let count = 0;
    for (let y = a.top; y < a.bottom; y++) for (let x = a.left; x < a.right; x++) if (inside(b, x, y)) count++;
    expect(sharedArea(a, b)).toBe(count);
  }
});
