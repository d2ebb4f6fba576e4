// Owns a control: Gaussian noise. It must not look at any model.
import type { Attack } from './attack.js';
import { clip } from './ball.js';
import { eachImage } from './each-image.js';

/** Adds independent normal noise of standard deviation epsilon to every pixel and clips to [0, 1]. */
export const gaussian: Attack = {
  name: 'gaussian',
  summary: 'Control: normal noise on every pixel, clipped',
  adversarial: false,
  needs: { victim: 'none', gate: false },
  unit: 'standard deviation',
  sweep: [0.1, 0.2, 0.3, 0.4, 0.5],
  typical: 0.3,
  defaults: {},
  prepare: ({ epsilon, random }) =>
    eachImage(random, 'gaussian', (image, own) => {
      for (let p = 0; p < image.length; p++) image[p] = clip(image[p]! + epsilon * own.normal());
    }),
};
