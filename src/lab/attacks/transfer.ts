// Transfer: images made on another model. The search itself is in target-search.
import { UsageError } from '../../base/errors.js';
import { L_INFINITY_SWEEP, settingsOf, type Attack } from './attack.js';
import { searchTargets } from './target-search.js';

const DEFAULTS = { steps: 100, restarts: 1 };

/**
 * The gate-aware search on a surrogate: one image for each wrong class and restart, the one nearest to the target
 * there. The victim is asked once about each of them, and its worst is kept. Needs no gradients of the victim, so a
 * model that only hides its gradients fails here.
 * @throws UsageError when there is no surrogate.
 */
export const transfer: Attack = {
  name: 'transfer',
  summary: "gate-aware images made on another model; the victim's worst of them",
  adversarial: true,
  needs: { victim: 'outputs', gate: true, surrogate: 'needed' },
  unit: 'L-infinity',
  sweep: L_INFINITY_SWEEP,
  typical: 0.3,
  defaults: DEFAULTS,
  version: 2,
  prepare: ({ victim, surrogate, accepts, epsilon, random, settings, signal }) => {
    if (!surrogate)
      throw new UsageError('The attack transfer needs another model to make its images on; give --surrogate MODEL.');
    const search = { guide: surrogate, victim, accepts, epsilon, random, signal, ...settingsOf(DEFAULTS, settings) };
    return { perturb: (pixels, labels, start) => searchTargets(search, pixels, labels, start) };
  },
};
