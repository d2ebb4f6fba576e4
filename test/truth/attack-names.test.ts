import { expect, it } from 'vitest';
import { ATTACKS } from '../../src/lab/attacks/list.js';
import { ATTACK_NAMES } from '../../src/truth/attack-names.js';

it('are those of the lab’s attacks, in its order', () => {
  expect(ATTACK_NAMES).toEqual(ATTACKS.map(({ name }) => name));
});
