// The fast gradient sign method: one step of length epsilon. Nothing else.
import { L_INFINITY_SWEEP, type Attack } from './attack.js';
import { stepInBall } from './ball.js';
import { crossEntropy } from './objectives.js';

/** FGSM (Goodfellow et al. 2015): `x + eps * sign(gradient of the cross entropy)`, cut to [0, 1]. */
export const fgsm: Attack = {
  name: 'fgsm',
  summary: 'one step along the sign of the gradient',
  adversarial: true,
  needs: { victim: 'gradients', gate: false },
  unit: 'L-infinity',
  sweep: L_INFINITY_SWEEP,
  typical: 0.3,
  defaults: {},
  prepare: ({ victim, epsilon }) => ({
    perturb: (pixels, labels) => {
      const moved = pixels.slice();
      const { pixels: gradient } = victim.gradient(
        pixels,
        crossEntropy((i) => labels[i]!),
      );
      stepInBall(moved, pixels, epsilon, gradient, epsilon);
      return moved;
    },
  }),
};
