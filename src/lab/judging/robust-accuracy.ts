// Owns how many digits a network still reads right under PGD, on so few of them that it can be asked while the network
// trains. It must not judge a gate: that is what `attack` and `report` do, with stronger attacks on more digits.
import type { Network } from '../../model/network.js';
import { createRandom } from '../../base/random.js';
import { pgd } from '../attacks/pgd.js';
import { openVictim } from '../attacks/victim.js';
import { pixelsOf, slice, type Digits } from '../data/dataset.js';
import { accuracyOf } from './measure.js';

/** Digits that are attacked: 1 of them is half a percent. */
const DIGITS = 200;

/** Gradient steps, and both ways in which PGD sets out. */
const SETTINGS = { steps: 20, restarts: 2 };

/**
 * Share of the first 200 digits that a network reads right within L-infinity distance `epsilon`, under 2 restarts of 20
 * steps of PGD. A network that learns against a few steps of an attack can learn to deceive just these: it then reads
 * more clean digits while it withstands less ("catastrophic overfitting"; Wong, Rice and Kolter 2020, arXiv
 * 2001.03994), and no figure on clean digits shows it.
 * @param kind Cost that the network learns.
 * @throws `signal`'s reason when stopped.
 */
export async function robustAccuracy(
  network: Network,
  kind: 'lq' | 'softmax',
  digits: Digits,
  epsilon: number,
  signal?: AbortSignal,
): Promise<number> {
  const some = slice(digits, 0, Math.min(DIGITS, digits.count));
  const victim = openVictim(network, kind);
  try {
    const prepared = await pgd.prepare({
      victim,
      epsilon,
      random: createRandom(1).fork('robust accuracy'),
      settings: SETTINGS,
      accepts: () => true,
      training: some,
      signal,
    });
    const perturbed = await prepared.perturb(pixelsOf(some, 0, some.count), some.labels, 0);
    return accuracyOf(victim.outputs(perturbed), some.labels);
  } finally {
    victim.close();
  }
}
