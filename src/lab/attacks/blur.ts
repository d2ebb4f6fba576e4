// Owns a control: blur. It must not look at any model.
import type { Attack } from './attack.js';
import { eachImage } from './each-image.js';
import { PIXELS, SIDE } from '../../types.js';
import { bell, blurPass } from '../image/blur.js';

/** Gaussian blur of standard deviation epsilon in pixels, dark outside the image. Nothing in it is chance. */
export const blur: Attack = {
  name: 'blur',
  summary: 'Control: Gaussian blur',
  adversarial: false,
  needs: { victim: 'none', gate: false },
  unit: 'pixels',
  sweep: [0.5, 1, 1.5, 2, 3],
  typical: 1.5,
  defaults: {},
  prepare: ({ epsilon, random }) => {
    const kernel = kernelOf(epsilon);
    const between = new Float64Array(PIXELS);
    const pass = { width: SIDE, height: SIDE, kernel, outside: 'dark' } as const;
    return eachImage(random, 'blur', (image) => {
      blurPass(image, between, { ...pass, axis: 'x' });
      blurPass(between, image, { ...pass, axis: 'y' });
    });
  },
};

/** Weights that sum to 1, cut at four standard deviations. */
function kernelOf(sd: number): Float64Array {
  if (sd === 0) return Float64Array.of(1);
  const radius = Math.ceil(4 * sd);
  const weights = bell(sd, radius);
  // The half, twice: another order of summing rounds otherwise, and the committed clips were made with this one.
  const sum = 2 * weights.subarray(radius).reduce((a, b) => a + b, 0) - 1;
  return weights.map((weight) => weight / sum);
}
