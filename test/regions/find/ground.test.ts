import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import { createGroundFilter } from '../../../src/regions/find/ground.js';
import { createKernels } from '../../../src/kernels/kernels.js';
import { inkMaps, put, type Plane } from './plain.js';

function filtered(
  { width, height, values }: Plane,
  radius: number,
  kernels = createKernels(),
  filter = createGroundFilter(kernels, radius),
) {
  const { dark, light } = filter.apply({ gray: put(kernels, values), width, height });
  const read = (address: number) => Array.from(kernels.bytes.subarray(address, address + width * height));
  return { dark: read(dark), light: read(light) };
}

it('equals windows summed anew, borders included, and its buffers can be used again', () => {
  const random = createRandom(11);
  for (const radius of [1, 3, 22]) {
    const kernels = createKernels();
    const filter = createGroundFilter(kernels, radius);
    for (const [width, height] of [
      [23, 17],
      [160, 91],
      [16, 45],
      [65, 44],
      [5, 9],
      [1, 1],
      [1, 70],
      [130, 1],
    ] as const) {
      // Noise all over the range, a soft slope, few levels, and the extremes.
      const draw = [
        () => random.int(256),
        (p: number) => (p % width) + random.int(3),
        () => 120 + random.int(2),
        () => 255 * random.int(2),
        () => 255,
        () => 0,
      ];
      for (const value of draw) {
        const plane = { width, height, values: Uint8Array.from({ length: width * height }, (_, p) => value(p)) };
        const { dark, light } = inkMaps(plane, radius);
        expect(filtered(plane, radius, kernels, filter)).toEqual({ dark: Array.from(dark), light: Array.from(light) });
      }
    }
  }
});

it('has no ground for light ink at a peak whose window holds no low pixel', () => {
  // Each of the nine pixels in the middle lies above the mean of its own window, which sees the dark border.
  const values = Uint8Array.from(
    { length: 25 },
    (_, p) => [200, 150, 0][Math.max(Math.abs((p % 5) - 2), Math.abs(Math.floor(p / 5) - 2))]!,
  );
  const plane = { width: 5, height: 5, values };
  const { light } = inkMaps(plane, 1);
  expect(light[12]).toBe(0);
  expect(light[11]).toBeGreaterThan(0);
  expect(filtered(plane, 1).light).toEqual(Array.from(light));
});

it('measures ink against the paper, not against a dark desk beside it', () => {
  const [width, height] = [60, 40];
  const values = new Uint8Array(width * height).fill(200);
  for (let y = 0; y < height; y++) values.fill(20, y * width + 45, (y + 1) * width);
  for (let y = 10; y < 30; y++) values[y * width + 35] = 120;
  expect(filtered({ width, height, values }, 22).dark[20 * width + 35]).toBe(80);
});
