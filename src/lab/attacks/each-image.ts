// Owns how a control goes through a batch: image by image, each with chance of its own. No disturbance itself.
import type { Random } from '../../base/random.js';
import type { Prepared } from './attack.js';
import { PIXELS } from '../../types.js';

/**
 * A control that changes each image on its own.
 * @param name Tells its chance from that of other controls.
 * @param disturb Changes one image `[784]` in place; `random` follows from the image's index in the whole set only.
 */
export function eachImage(
  random: Random,
  name: string,
  disturb: (image: Float32Array, random: Random) => void,
): Prepared {
  return {
    perturb: (pixels, _labels, start) => {
      const out = pixels.slice();
      for (let i = 0; i * PIXELS < out.length; i++)
        disturb(out.subarray(i * PIXELS, (i + 1) * PIXELS), random.fork(`${name} ${start + i}`));
      return out;
    },
  };
}
