// PGD without early stop: the worst point of all its ways. It must not know the gate.
import { L_INFINITY_SWEEP, settingsOf, type Attack } from './attack.js';
import { startBest } from './best.js';
import { crossEntropy, margin, marginGradient } from './objectives.js';
import { descend, shrinkingSteps } from './descent.js';
import { startOf } from './starts.js';
import { CLASSES } from '../../types.js';

const DEFAULTS = { steps: 100, restarts: 2 };

/**
 * PGD (Madry et al. 2018) from random starts, with steps that shrink. Restarts take turns between two ways to set out
 * (`startOf`), and pairs of them between two costs: the margin of the best other class, and the cross entropy; neither
 * is the stronger one on every model. Of all points on the way, that with the largest margin of a wrong class is kept.
 */
export const pgd: Attack = {
  name: 'pgd',
  summary: 'projected gradient steps from random starts; the largest margin of a wrong class',
  adversarial: true,
  needs: { victim: 'gradients', gate: false },
  unit: 'L-infinity',
  sweep: L_INFINITY_SWEEP,
  typical: 0.3,
  defaults: DEFAULTS,
  version: 2,
  prepare: ({ victim, epsilon, settings, random, signal }) => {
    const { steps, restarts } = settingsOf(DEFAULTS, settings);
    return {
      perturb: async (origin, labels, start) => {
        const best = startBest(origin);
        const labelOf = (image: number): number => labels[image]!;
        for (let restart = 0; restart < restarts; restart++) {
          const setOut = startOf(restart);
          await descend({
            victim,
            origin,
            epsilon,
            steps,
            signal,
            slope: setOut.slope,
            pixels: setOut.from(origin, epsilon, (image) => random.fork(`image ${start + image} restart ${restart}`)),
            lengthOf: shrinkingSteps(epsilon, steps),
            cost: restart % 4 < 2 ? marginGradient(labelOf) : crossEntropy(labelOf),
            visit: (pixels, outputs) => {
              labels.forEach((label, i) => best.offer(i, margin(outputs, i * CLASSES, label), pixels, i));
              return undefined;
            },
          });
        }
        return best.pixels;
      },
    };
  },
};
