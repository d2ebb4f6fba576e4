import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../src/model/folder.js';
import { findTruths } from '../../src/replay/find.js';
import { ImageOutputs } from '../../src/replay/images.js';
import { rowsOf, type Row } from '../../src/replay/rows.js';
import { CARD, openRules } from '../../src/replay/rules.js';
import { readFixture } from '../../src/truth/truth.js';
import { openScorer, type Scorer } from '../../src/scoring/scorer.js';

const SET = fileURLToPath(new URL('../../fixtures/adversarial', import.meta.url));

/** What `npx lq-stream replay` wrote down when the set was made: the figures that docs/replay.md shows. */
const published = readFileSync(path.join(SET, 'replay.ndjson'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Published)
  .filter(({ type }) => type === 'row');

interface Published extends Pick<Row, 'model' | 'hash' | 'clip' | 'codec' | 'path' | 'attacked' | 'clear'> {
  readonly type: string;
  readonly attack: string | null;
  readonly epsilon: number;
}

/** Other processors round the last bit of an output otherwise: one digit at a threshold may fall to its other side. */
const SLACK = 1;

describe.each(['one', 'camera', 'hardened'])('the shipped %s over the set', (name) => {
  let scorer: Scorer;
  const rows: Row[] = [];
  beforeAll(async () => {
    const model = await readModel(name);
    scorer = await openScorer(model);
    const contestant = {
      model,
      scorer,
      direct: new ImageOutputs(scorer),
      rules: await openRules([CARD], scorer, undefined, 0.9),
    };
    // Where an attack comes through whole, and where it has to go through everything.
    const files = await findTruths(['clean', 'controls', name].map((folder) => path.join(SET, folder)));
    for (const file of files.filter((each) => /windows-ffv1|page-h264/.test(each)))
      rows.push(...(await rowsOf(await readFixture(file), contestant)));
  });
  afterAll(() => scorer.close());

  it('leaks and keeps what is published', () => {
    expect(rows.length).toBeGreaterThanOrEqual(2 * 13);
    for (const row of rows) {
      const own = published.find(
        (each) =>
          each.model === name &&
          each.hash === row.hash &&
          each.path === row.path &&
          each.codec === row.codec &&
          each.attack === (row.attack?.name ?? null) &&
          (row.attack === undefined || each.epsilon === row.attack.epsilon),
      );
      const where = `${row.attack?.name ?? 'clean'} ${row.attack?.epsilon ?? ''} ${row.path} ${row.codec}`;
      expect(own, where).toBeDefined();
      expect(
        Math.abs(row.attacked.leaked - own!.attacked.leaked),
        `${where}: leaked ${row.attacked.leaked}`,
      ).toBeLessThanOrEqual(SLACK);
      expect(
        Math.abs(row.clear.accepted - own!.clear.accepted),
        `${where}: kept ${row.clear.accepted}`,
      ).toBeLessThanOrEqual(SLACK);
      expect(
        Math.abs(row.clear.leaked - own!.clear.leaked),
        `${where}: clear and wrong ${row.clear.leaked}`,
      ).toBeLessThanOrEqual(SLACK);
    }
  });

  it('gets the attack whole in lossless windows', () => {
    const lossless = rows.filter(({ attack, codec, survival }) => attack && codec === 'ffv1' && survival);
    expect(lossless.length).toBeGreaterThanOrEqual(8);
    for (const { survival } of lossless) expect(survival!.linf).toBeLessThanOrEqual(1 / 255);
  });
});

describe('what is published', () => {
  it.each(['one', 'camera', 'hardened'])('%s keeps nine in ten of the clear digits', (name) => {
    const clean = published.filter(({ model, attack }) => model === name && attack === null);
    expect(clean).toHaveLength(4);
    const [accepted, digits] = [
      clean.reduce((sum, { clear }) => sum + clear.accepted, 0),
      clean.reduce((sum, { clear }) => sum + clear.digits, 0),
    ];
    expect(accepted / digits).toBeGreaterThanOrEqual(0.9);
  });

  it.each(['one', 'camera', 'hardened'])('%s lets nothing of universal noise pass, in any form', (name) => {
    const universal = published.filter(({ model, attack }) => model === name && attack === 'universal');
    expect(universal).toHaveLength(2 * 4);
    for (const { attacked } of universal) expect(attacked.leaked).toBe(0);
  });

  it('hardened lets of FGSM, PGD and gate-aware at most 0.5 % in lossless windows', () => {
    const own = published.filter(
      ({ model, codec, path: way }) => model === 'hardened' && codec === 'ffv1' && way === 'windows',
    );
    const white = own.filter(({ attack }) => attack !== null && ['fgsm', 'pgd', 'gate-aware'].includes(attack));
    expect(white).toHaveLength(4);
    const leaked = white.reduce((sum, { attacked }) => sum + attacked.leaked, 0);
    expect(leaked / white.reduce((sum, { attacked }) => sum + attacked.digits, 0)).toBeLessThanOrEqual(0.005);
  });
});
