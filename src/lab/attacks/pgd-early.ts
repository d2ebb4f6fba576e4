// PGD as the author of "Output analysis" ran it: an image stops at its first wrong answer. Nothing else.
import { L_INFINITY_SWEEP, settingsOf, type Attack } from './attack.js';
import { crossEntropy, margin } from './objectives.js';
import { descend } from './descent.js';
import { CLASSES } from '../../types.js';

const DEFAULTS = { steps: 40 };

/** Steps reach this many times epsilon in all, so that every corner of the ball is within reach from its middle. */
const REACH = 2.5;

/**
 * PGD with early stop, as in the author's notebooks: climbs the cross entropy, from the image
 * itself, in steps of 2.5 eps / steps. What it gives lies on the border between two classes, where
 * the ratio is near 1: any gate catches that, so it says how easily a model flips, and nothing about a gate.
 */
export const pgdEarly: Attack = {
  name: 'pgd-early',
  summary: "projected gradient steps up to the first wrong answer (the author's)",
  adversarial: true,
  needs: { victim: 'gradients', gate: false },
  unit: 'L-infinity',
  sweep: L_INFINITY_SWEEP,
  typical: 0.3,
  defaults: DEFAULTS,
  prepare: ({ victim, epsilon, settings, signal }) => {
    const { steps } = settingsOf(DEFAULTS, settings);
    return {
      perturb: async (origin, labels) => {
        const pixels = origin.slice();
        const flipped = new Uint8Array(labels.length);
        await descend({
          victim,
          origin,
          pixels,
          epsilon,
          steps,
          signal,
          lengthOf: () => (REACH * epsilon) / steps,
          cost: crossEntropy((i) => labels[i]!),
          visit: (_pixels, outputs) => {
            labels.forEach((label, i) => {
              if (margin(outputs, i * CLASSES, label) > 0) flipped[i] = 1;
            });
            return flipped;
          },
        });
        return pixels;
      },
    };
  },
};
