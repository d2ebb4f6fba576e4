// Owns a control: blur. It must not look at any model.
import { SIDE } from '../../types.js';
import type { Attack } from './attack.js';
import { eachImage } from './each-image.js';

/** Gaussian blur of standard deviation epsilon in pixels, dark outside the image. Nothing in it is chance. */
export const blur: Attack = {
  name: 'blur',
  summary: 'Control: Gaussian blur',
  adversarial: false,
  access: 'none',
  unit: 'pixels',
  sweep: [0.5, 1, 1.5, 2, 3],
  typical: 1.5,
  defaults: {},
  knowsGate: false,
  prepare: ({ epsilon, random }) => {
    const weights = kernel(epsilon);
    const between = new Float64Array(SIDE * SIDE);
    return eachImage(random, 'blur', (image) => {
      convolve(image, 1, SIDE, weights, between);
      convolve(between, SIDE, 1, weights, image);
    });
  },
};

/** Weights at distance 0, 1, ... (both sides alike; they sum to 1 over both), cut at four standard deviations. */
function kernel(sd: number): number[] {
  if (sd === 0) return [1];
  const weights = Array.from({ length: Math.ceil(4 * sd) + 1 }, (_, k) => Math.exp(-(k * k) / (2 * sd * sd)));
  const sum = 2 * weights.reduce((a, b) => a + b, 0) - 1;
  return weights.map((weight) => weight / sum);
}

/** One pass along the axis in which neighbours are `along` apart; lines are `across` apart. */
function convolve(
  from: Float32Array | Float64Array,
  along: number,
  across: number,
  weights: number[],
  to: Float32Array | Float64Array,
): void {
  for (let line = 0; line < SIDE; line++) {
    for (let k = 0; k < SIDE; k++) {
      let sum = 0;
      for (let s = Math.max(0, k - weights.length + 1); s < Math.min(SIDE, k + weights.length); s++)
        sum += weights[Math.abs(s - k)]! * from[line * across + s * along]!;
      to[line * across + k * along] = sum;
    }
  }
}
