// Owns a control: a rectangle laid over the image. It must not look at any model.
import { uniform, type Random } from '../../base/random.js';
import type { Attack } from './attack.js';
import { eachImage } from './each-image.js';
import { SIDE } from '../../types.js';

/** A bar may be this many times as long as it is wide. */
const LONGEST = 6;

/**
 * Lays one rectangle, black or white with equal chance, wholly within the image over it: its area is epsilon of the
 * image's (to whole pixels), its shape anything from a square to a bar, its place random.
 */
export const occlusion: Attack = {
  name: 'occlusion',
  summary: 'Control: a black or white rectangle or bar laid over the image',
  adversarial: false,
  needs: { victim: 'none', gate: false },
  unit: 'share of the image',
  sweep: [0.02, 0.05, 0.1, 0.2],
  typical: 0.1,
  defaults: {},
  prepare: ({ epsilon, random }) =>
    eachImage(random, 'occlusion', (image, own) => {
      const [width, height] = sides(epsilon, own);
      const [left, top] = [own.int(SIDE - width + 1), own.int(SIDE - height + 1)];
      const level = own.int(2);
      for (let y = top; y < top + height; y++) image.fill(level, y * SIDE + left, y * SIDE + left + width);
    }),
};

/** Width and height in pixels: the wished ratio of the two as nearly as the area and the image allow. */
function sides(share: number, random: Random): [number, number] {
  const area = share * SIDE * SIDE;
  const ratio = LONGEST ** uniform(random, -1, 1);
  const fit = (side: number): number => Math.min(SIDE, Math.max(1, Math.round(side)));
  const longer = fit(Math.min(SIDE, Math.sqrt(area * Math.max(ratio, 1 / ratio))));
  const shorter = area === 0 ? 0 : fit(area / longer);
  return ratio > 1 ? [longer, shorter] : [shorter, longer];
}
