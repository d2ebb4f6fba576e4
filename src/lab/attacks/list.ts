// Owns the list of attacks, in the order in which people see them. No attack here.
import type { Attack } from './attack.js';
import { fgsm } from './fgsm.js';
import { gateAware } from './gate-aware.js';
import { pgd } from './pgd.js';
import { pgdEarly } from './pgd-early.js';
import { transfer } from './transfer.js';
import { universal } from './universal.js';

/** Every attack and control, by what they know: the article's first, then by rising knowledge, controls last. */
export const ATTACKS: readonly Attack[] = [universal, fgsm, pgdEarly, pgd, gateAware, transfer];

/** Attacks of an adversary who may change every pixel by epsilon: over these a worst case is taken. */
export const L_INFINITY_ATTACKS: readonly Attack[] = ATTACKS.filter(({ adversarial, unit }) => adversarial && unit === 'L-infinity');
