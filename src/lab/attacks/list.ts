// Owns the list of attacks, in the order in which people see them. No attack here.
import { apgd } from './apgd.js';
import type { Attack } from './attack.js';
import { blur } from './blur.js';
import { fgsm } from './fgsm.js';
import { gateAware } from './gate-aware.js';
import { gaussian } from './gaussian.js';
import { nonDigits } from './non-digits.js';
import { occlusion } from './occlusion.js';
import { patch } from './patch.js';
import { pgd } from './pgd.js';
import { pgdEarly } from './pgd-early.js';
import { saltPepper } from './salt-pepper.js';
import { square } from './square.js';
import { transfer } from './transfer.js';
import { universal } from './universal.js';

/**
 * Every attack and control: those of "Output analysis" first, then the others of the L-infinity ball, the patch,
 * the controls.
 */
export const ATTACKS: readonly Attack[] = [
  universal,
  fgsm,
  pgdEarly,
  pgd,
  gateAware,
  apgd,
  square,
  transfer,
  patch,
  gaussian,
  saltPepper,
  blur,
  occlusion,
  nonDigits,
];

/** Attacks of an adversary who may change every pixel by epsilon: over these a worst case is taken. */
export const L_INFINITY_ATTACKS: readonly Attack[] = ATTACKS.filter(
  ({ adversarial, unit }) => adversarial && unit === 'L-infinity',
);

/** The attack of a name; undefined when there is none. */
export function attackNamed(name: string): Attack | undefined {
  return ATTACKS.find((attack) => attack.name === name);
}
