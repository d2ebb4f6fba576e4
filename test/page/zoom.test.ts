// Tests of what two fingers do to the picture: what is under them stays under them.
import { expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { pinched, WHOLE, type Fingers, type View } from '../../src/page/zoom.js';

const SIZE = [640, 360] as const;

/** The point of the picture that stands at a share of what is shown. */
function under({ x, y, zoom }: View, [u, v]: readonly [number, number]): [number, number] {
  return [x + (u * SIZE[0]) / zoom, y + (v * SIZE[1]) / zoom];
}

it('keeps the points under both fingers where the picture has room for it', () => {
  const random = createRandom(5);
  for (let k = 0; k < 200; k++) {
    const view = { x: 200 + 40 * random.next(), y: 100 + 40 * random.next(), zoom: 4 };
    const [u, v, half] = [0.4 + 0.2 * random.next(), 0.4 + 0.2 * random.next(), 0.05 + 0.1 * random.next()];
    const from: Fingers = [
      [u - half, v],
      [u + half, v],
    ];
    const grown = half * (1 + random.next());
    const to: Fingers = [
      [u + 0.02 - grown, v - 0.01],
      [u + 0.02 + grown, v - 0.01],
    ];
    const next = pinched(view, from, to, SIZE);
    expect(next.zoom).toBeCloseTo((4 * grown) / half);
    for (const i of [0, 1] as const) {
      const [before, after] = [under(view, from[i]), under(next, to[i])];
      expect(after[0]).toBeCloseTo(before[0], 6);
      expect(after[1]).toBeCloseTo(before[1], 6);
    }
  }
});

it('stays within the picture, and goes back to the whole', () => {
  const apart: Fingers = [
    [0.1, 0.1],
    [0.9, 0.9],
  ];
  const near: Fingers = [
    [0.45, 0.45],
    [0.55, 0.55],
  ];
  expect(pinched({ x: 100, y: 50, zoom: 2 }, apart, near, SIZE)).toEqual(WHOLE);
  const large = pinched(WHOLE, near, apart, SIZE);
  expect(large.zoom).toBeCloseTo(8);
  expect(pinched(large, near, apart, SIZE).zoom).toBe(12);
  const atEdge = pinched({ x: 0, y: 0, zoom: 2 }, near, [near[0], [0.56, 0.55]], SIZE);
  expect(atEdge.x).toBeGreaterThanOrEqual(0);
  expect(pinched(WHOLE, [near[0], near[0]], apart, SIZE)).toBe(WHOLE);
});
