// How often a number is told wrong where a fifth of the looks at its digits are, with what a pipeline file asks by
// default. LQ_READINGS says of how many clips each kind is tried (default 40): docs/readings.md has the figures of more.
import { expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { askedByDefault, simulate, type Simulation } from './simulate.js';

const CLIPS = Number(process.env['LQ_READINGS'] ?? 40);
const A_FIFTH = { share: 0.2, unclear: 0.1, frames: 250, fps: 25 } as const;

const KINDS: readonly (readonly [string, Simulation])[] = [
  ['any other digit', { ...A_FIFTH, wrong: 'any', turns: 0 }],
  ['always the same wrong one', { ...A_FIFTH, wrong: 'same', turns: 0 }],
  ['the same wrong one, while the counter goes on', { ...A_FIFTH, wrong: 'same', turns: 120 }],
];

it.each(KINDS)(
  'nothing is told wrong where a fifth of the looks show %s',
  { timeout: 1_800_000 },
  async (name, what) => {
    const random = createRandom(17);
    const asked = askedByDefault();
    let [right, wrong, silent] = [0, 0, 0];
    const waits: number[] = [];
    for (let clip = 0; clip < CLIPS; clip++) {
      const told = await simulate(what, random.fork(`${name} ${clip}`), asked);
      [right, wrong, silent] = [right + told.right, wrong + told.wrong, silent + Number(told.wait === undefined)];
      if (told.wait !== undefined) waits.push(told.wait);
    }
    waits.sort((a, b) => a - b);
    if (CLIPS > 40)
      process.stderr.write(
        `${name}: ${wrong} of ${right + wrong} readings wrong, ${silent} of ${CLIPS} clips without one; first after ` +
          `${waits[waits.length >> 1]} s (half), ${waits[Math.floor(0.95 * waits.length)]} s (95 %)\n`,
      );
    expect(wrong).toBe(0);
    // It is not silence that makes it right.
    expect(silent).toBeLessThanOrEqual(0.05 * CLIPS);
  },
);

it('and is, by the same measure, with a rule that trusts five looks of seven', { timeout: 60_000 }, async () => {
  const asked = askedByDefault();
  const hasty = { ...asked, agree: { ...asked.agree, frames: 5, of: 7, seconds: 0 } };
  let wrong = 0;
  for (let clip = 0; clip < 20; clip++)
    wrong += (await simulate({ ...A_FIFTH, wrong: 'same', turns: 0 }, createRandom(clip), hasty)).wrong;
  expect(wrong).toBeGreaterThan(0);
});
