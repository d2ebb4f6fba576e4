import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import { createKernels } from '../../../src/kernels/kernels.js';
import { createNoiseMeter } from '../../../src/regions/find/noise.js';
import { put } from './plain.js';

it('tells the spread of the noise, whatever lies on the ground, and none of a single column', () => {
  const random = createRandom(4);
  const kernels = createKernels();
  const noise = createNoiseMeter(kernels);
  for (const spread of [4, 10, 25]) {
    const values = Uint8Array.from(
      { length: 300 * 200 },
      (_, p) => (p % 40 < 8 ? 50 : 130) + spread * Math.max(-4, Math.min(4, random.normal())),
    );
    // The median is a whole gray level.
    expect(Math.abs(noise({ gray: put(kernels, values), width: 300, height: 200 }) - spread)).toBeLessThan(1.1);
  }
  expect(noise({ gray: put(kernels, new Uint8Array(600).fill(90)), width: 30, height: 20 })).toBe(0);
  expect(noise({ gray: put(kernels, Uint8Array.of(1, 200, 3)), width: 1, height: 3 })).toBe(0);
});
