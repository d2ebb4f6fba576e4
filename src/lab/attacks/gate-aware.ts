// Gate-aware PGD: the attack that wants to be accepted. The search itself is in target-search.
import { L_INFINITY_SWEEP, settingsOf, type Attack } from './attack.js';
import { searchTargets } from './target-search.js';

const DEFAULTS = { steps: 100, restarts: 5 };

/**
 * Drives the outputs to what a gate accepts as each of the nine wrong classes in turn (the honest evaluation),
 * with restarts and no early stop, and keeps what the gate accepts although it is wrong. Pairs of restarts
 * take turns between two distances (`gateObjectiveOf`): to the one-hot vector, and of the target behind the magnitudes
 * of the others; for a softmax model, whose logits are never one-hot, the latter and the softmax confidence.
 */
export const gateAware: Attack = {
  name: 'gate-aware',
  summary: 'drives the outputs to what a gate accepts as each wrong class; keeps what this gate accepts',
  adversarial: true,
  needs: { victim: 'gradients', gate: true },
  unit: 'L-infinity',
  sweep: L_INFINITY_SWEEP,
  typical: 0.3,
  defaults: DEFAULTS,
  version: 2,
  prepare: ({ victim, accepts, epsilon, random, settings, signal }) => {
    const search = { guide: victim, victim, accepts, epsilon, random, signal, ...settingsOf(DEFAULTS, settings) };
    return { perturb: (pixels, labels, start) => searchTargets(search, pixels, labels, start) };
  },
};
