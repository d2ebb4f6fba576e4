// Owns a control: salt and pepper. It must not look at any model.
import type { Attack } from './attack.js';
import { eachImage } from './each-image.js';

/** Each pixel is, with probability epsilon, replaced by black or white, with equal chance. */
export const saltPepper: Attack = {
  name: 'salt-pepper',
  summary: 'Control: a share of the pixels replaced by black or white',
  adversarial: false,
  needs: { victim: 'none', gate: false },
  unit: 'share of pixels',
  sweep: [0.05, 0.1, 0.2, 0.3, 0.4],
  typical: 0.2,
  defaults: {},
  prepare: ({ epsilon, random }) =>
    eachImage(random, 'salt-pepper', (image, own) => {
      for (let p = 0; p < image.length; p++) {
        const draw = own.next();
        if (draw < epsilon) image[p] = draw < epsilon / 2 ? 0 : 1;
      }
    }),
};
