import { expect, it } from 'vitest';
import { createRandom } from '../../../src/lab/random.js';
import { createPyramid, fillPyramid, type Level } from '../../../src/stream/find/pyramid.js';

const image = (width: number, height: number, seed = 1) => {
  const random = createRandom(seed);
  return Uint8Array.from({ length: width * height }, () => random.int(256));
};

/** Each pixel the rounded mean of four; an odd last row or column is left out. */
function halved(gray: ArrayLike<number>, width: number, height: number): number[] {
  const out: number[] = [];
  for (let y = 0; y + 1 < height; y += 2) for (let x = 0; x + 1 < width; x += 2) {
    out.push(Math.floor((gray[y * width + x]! + gray[y * width + x + 1]! + gray[(y + 1) * width + x]! + gray[(y + 1) * width + x + 1]!) / 4 + 0.5));
  }
  return out;
}

const pixels = ({ gray, width, height }: Level) => Array.from(gray.subarray(0, width * height));

it('halves until the shorter side would be too small', () => {
  const [pyramid, gray] = [createPyramid(), image(41, 30)];
  expect(fillPyramid(pyramid, gray, 41, 30, 100, 7)).toBe(3);
  expect(pyramid.levels.map(({ width, height, scale }) => [width, height, scale])).toEqual([[41, 30, 1], [20, 15, 2], [10, 7, 4]]);
  const half = halved(gray, 41, 30);
  expect(pixels(pyramid.levels[0]!)).toEqual(Array.from(gray));
  expect(pixels(pyramid.levels[1]!)).toEqual(half);
  expect(pixels(pyramid.levels[2]!)).toEqual(halved(half, 20, 15));
});

it('begins with the finest level that is small enough, and leaves the image as it was', () => {
  const [pyramid, gray] = [createPyramid(), image(50, 18)];
  const before = gray.slice();
  expect(fillPyramid(pyramid, gray, 50, 18, 13, 5)).toBe(1);
  expect(pyramid.levels[0]).toMatchObject({ width: 12, height: 4, scale: 4 });
  expect(pixels(pyramid.levels[0]!)).toEqual(halved(halved(gray, 50, 18), 25, 9));
  expect(gray).toEqual(before);
});

it('is the same after a larger image, and has one level even for a single pixel', () => {
  const [used, fresh] = [createPyramid(), createPyramid()];
  fillPyramid(used, image(80, 60, 2), 80, 60, 100, 5);
  const gray = image(21, 22, 3);
  const count = fillPyramid(used, gray, 21, 22, 100, 5);
  expect(fillPyramid(fresh, gray, 21, 22, 100, 5)).toBe(count);
  expect(used.levels.slice(0, count).map(pixels)).toEqual(fresh.levels.map(pixels));
  expect(fillPyramid(used, Uint8Array.of(9), 1, 1, 100, 5)).toBe(1);
  expect(pixels(used.levels[0]!)).toEqual([9]);
});
