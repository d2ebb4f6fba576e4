// Tests of src/replay/survival.ts: perturbations made by hand, so that what must come out is known.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { SurvivalMeter, type Images } from '../../src/replay/survival.js';
import { near } from './hands.js';

/** Two digits; the second is moved by up to 20 levels a pixel, the first by exactly 10. */
function images(): Images {
  const random = createRandom(4);
  const clean = Uint8Array.from({ length: 2 * 784 }, () => 40 + random.int(150));
  return { clean, shown: clean.map((value, p) => value + (p < 784 ? 10 : random.int(41) - 20)) };
}

const pixelsOf = (bytes: Uint8Array, image: number): Float32Array =>
  Float32Array.from(bytes.subarray(image * 784, image * 784 + 784), (value) => value / 255);

describe('SurvivalMeter', () => {
  it('finds no difference when the perturbation comes out as it went in', () => {
    const some = images();
    const meter = new SurvivalMeter(some);
    for (const image of [0, 1]) {
      meter.saw(`d${image}`, image, 'attacked', pixelsOf(some.shown, image));
      meter.saw(`d${image}`, image, 'clear', pixelsOf(some.clean, image));
    }
    const { digits, linf, mean, put } = meter.result()!;
    const mass = some.shown.reduce((sum, value, p) => sum + Math.abs(value - some.clean[p]!), 0) / 255 / (2 * 784);
    expect({ digits, put }).toEqual({ digits: 2, put: near(mass, 9) });
    expect(Math.max(linf, mean)).toBeLessThan(1e-6);
  });

  it('measures a known offset, also when both pictures are distorted alike', () => {
    const some = images();
    const meter = new SurvivalMeter(some);
    const out = pixelsOf(some.shown, 0).map((value) => value / 2 + 0.1);
    out[5]! += 0.2;
    meter.saw(
      'd0',
      0,
      'clear',
      pixelsOf(some.clean, 0).map((value) => value / 2 + 0.1),
    );
    meter.saw('d0', 0, 'attacked', out);
    // Half of 10 levels is gone everywhere; at one pixel 0.2 are added to the half that is left.
    const half = 5 / 255;
    expect(meter.result()).toEqual({
      digits: 1,
      put: near(10 / 255, 7),
      linf: near(0.2 - half, 6),
      mean: near((783 * half + 0.2 - half) / 784, 6),
    });
  });

  it("compares the first time that a digit is seen in each state, and keeps no buffer of the caller's", () => {
    const some = images();
    const meter = new SurvivalMeter(some);
    const buffer = pixelsOf(some.shown, 0);
    meter.saw('d0', 0, 'attacked', buffer);
    buffer.fill(1);
    meter.saw('d0', 0, 'attacked', buffer);
    meter.saw('d0', 0, 'clear', pixelsOf(some.clean, 0));
    meter.saw('d0', 0, 'clear', buffer);
    expect(meter.result()).toMatchObject({ digits: 1, linf: near(0, 6) });
  });

  it('says nothing of digits that were seen in one state only', () => {
    const some = images();
    const meter = new SurvivalMeter(some);
    meter.saw('d0', 0, 'attacked', pixelsOf(some.shown, 0));
    meter.saw('d1', 1, 'clear', pixelsOf(some.clean, 1));
    expect(meter.result()).toBeUndefined();
  });
});
