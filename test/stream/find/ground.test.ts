import { expect, it } from 'vitest';
import { createRandom } from '../../../src/lab/random.js';
import { createGroundFilter } from '../../../src/stream/find/ground.js';

/** Slow and obvious: every window is summed anew. */
function reference(gray: Uint8Array, width: number, height: number, radius: number): { dark: number[]; light: number[] } {
  const windowed = (x: number, y: number): number[] => {
    const list: number[] = [];
    for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) list.push(v * width + u);
    return list;
  };
  const average = (list: readonly number[]) => list.reduce((sum, p) => sum + gray[p]!, 0) / list.length;
  const at = (p: number) => windowed(p % width, Math.floor(p / width));
  const mean = Array.from(gray, (_, p) => Math.floor(average(at(p)) + 0.5));
  const difference = (p: number, side: (q: number) => boolean, sign: number) => {
    const list = at(p).filter(side);
    return list.length ? Math.max(0, Math.floor(sign * (average(list) - gray[p]!))) : 0;
  };
  return {
    dark: Array.from(gray, (_, p) => difference(p, (q) => gray[q]! >= mean[q]!, 1)),
    light: Array.from(gray, (_, p) => difference(p, (q) => gray[q]! <= mean[q]!, -1)),
  };
}

it('equals windows summed anew, borders included, and its buffers can be used again', () => {
  const random = createRandom(11);
  for (const radius of [1, 3, 22]) {
    const filter = createGroundFilter(radius);
    for (const [width, height] of [[23, 17], [5, 9], [1, 1]] as const) {
      const gray = Uint8Array.from({ length: width * height }, () => random.int(256));
      const { dark, light } = filter.apply(gray, width, height);
      const want = reference(gray, width, height, radius);
      expect(Array.from(dark.subarray(0, width * height))).toEqual(want.dark);
      expect(Array.from(light.subarray(0, width * height))).toEqual(want.light);
    }
  }
});

it('measures ink against the paper, not against a dark desk beside it', () => {
  const [width, height] = [60, 40];
  const gray = new Uint8Array(width * height).fill(200);
  for (let y = 0; y < height; y++) gray.fill(20, y * width + 45, (y + 1) * width);
  for (let y = 10; y < 30; y++) gray[y * width + 35] = 120;
  const { dark } = createGroundFilter(22).apply(gray, width, height);
  expect(dark[20 * width + 35]).toBe(80);
});
