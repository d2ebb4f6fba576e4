// Owns the names that a truth file may give an attack or a control: part of its format. How they are done is the lab's.

/** In the order in which people see them. A new attack of the lab is named here too; a test holds the two together. */
export const ATTACK_NAMES: readonly [string, ...string[]] = [
  'universal',
  'fgsm',
  'pgd-early',
  'pgd',
  'gate-aware',
  'apgd',
  'square',
  'transfer',
  'patch',
  'gaussian',
  'salt-pepper',
  'blur',
  'occlusion',
  'non-digits',
];
