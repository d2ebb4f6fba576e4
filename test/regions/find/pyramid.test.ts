import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import { createKernels } from '../../../src/kernels/kernels.js';
import { createPyramid } from '../../../src/regions/find/pyramid.js';
import { halved, type Plane } from './plain.js';

function image(width: number, height: number, seed = 1): Plane {
  const random = createRandom(seed);
  return { width, height, values: Uint8Array.from({ length: width * height }, () => random.int(256)) };
}

function pyramidOf() {
  const kernels = createKernels();
  const pyramid = createPyramid(kernels);
  const fill = ({ values, width, height }: Plane, longest: number, smallest: number) =>
    pyramid.levels
      .slice(0, pyramid.fill({ gray: values, width, height, scale: 1 }, longest, smallest))
      .map((level) => ({
        width: level.width,
        height: level.height,
        scale: level.scale,
        values: kernels.bytes.slice(level.gray, level.gray + level.width * level.height),
      }));
  return fill;
}

it('halves until the shorter side would be too small', () => {
  const whole = image(41, 30);
  const half = halved(whole);
  expect(pyramidOf()(whole, 100, 7)).toEqual([
    { ...whole, scale: 1 },
    { ...half, scale: 2 },
    { ...halved(half), scale: 4 },
  ]);
});

it('begins with half of a large image however large it is, and leaves the image as it was', () => {
  for (const [width, height] of [
    [50, 18],
    [331, 150],
    [97, 260],
  ] as const) {
    const whole = image(width, height);
    const before = whole.values.slice();
    const levels = pyramidOf()(whole, Math.max(width, height) >> 2, 5);
    const half = halved(whole);
    expect(levels[0]).toEqual({ ...half, scale: 2 });
    if (levels[1]) expect(levels[1]).toEqual({ ...halved(half), scale: 4 });
    expect(whole.values).toEqual(before);
  }
});

it('is the same after a larger image, and has one level even for a single pixel', () => {
  const used = pyramidOf();
  used(image(80, 60, 2), 100, 5);
  const plane = image(21, 22, 3);
  expect(used(plane, 100, 5)).toEqual(pyramidOf()(plane, 100, 5));
  expect(used({ width: 1, height: 1, values: Uint8Array.of(9) }, 100, 5)).toEqual([
    { width: 1, height: 1, scale: 1, values: Uint8Array.of(9) },
  ]);
});
