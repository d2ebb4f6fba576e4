// Tests of `lq-stream replay`: clips made by hand so that every figure is known, and what wrong arguments and files
// get.
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../../src/cli/lab/replay.js';
import { SourceError, UsageError } from '../../../src/base/errors.js';
import { writeClips } from '../../../src/fixtures/adversarial/clips.js';
import { truthJson } from '../../../src/fixtures/truth-json.js';
import { readModel, writeModel } from '../../../src/model/folder.js';
import type { Truth } from '../../../src/truth/truth.js';
import { bars } from '../../lab/synthetic.js';
import { writeConstantModel } from '../../model-folder.js';

/** Digits shown, and how many of them are shown as the next class under attack. */
const [COUNT, SWAPPED] = [20, 4];

let folder: string;
const home = process.cwd();
let printed: string;
let said: string;

/** Reads bars as they are made: output k is the mean brightness of the rows of k. */
async function writeReader(dir: string, name: string, gain = 1): Promise<void> {
  const weights = new Float32Array(7840);
  for (let p = 0; p < 784; p++) {
    const k = Math.floor((Math.floor(p / 28) - 4) / 2);
    if (k >= 0 && k < 10) weights[p * 10 + k] = gain / 56;
  }
  await writeModel(
    dir,
    { layers: [{ kind: 'dense', inputs: 784, units: 10, weights, bias: new Float32Array(10), activation: 'linear' }] },
    {
      name,
      kind: 'lq',
      seed: 0,
      recipe: {},
      data: {},
      pruning: null,
      figures: { mnistTestAccuracy: 1 },
      thresholds: { ratio: 2, range: [0.3, 1.1], coverage: 0.9, calibratedOn: 'bars', examples: 1 },
    },
  );
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lq-replay-'));
  process.chdir(folder);
  await writeReader('reader', 'reader');
  await writeConstantModel('constant');
  const { images: clean, labels } = bars(COUNT);
  // The first four become the bar of the class after, which the reader is sure of; the others get a little brighter.
  const next = bars(COUNT + 1, 7).images.subarray(784);
  const attacked = clean.map((value, p) => (p < SWAPPED * 784 ? next[p]! : value + 10));
  const { hash } = await readModel('reader');
  const attack = { name: 'pgd', epsilon: 0.3, seed: 1, model: { name: 'reader', hash } };
  await writeClips({ clean, labels }, { folder: 'set/clean', clean: 'images.idx.gz', command: 'by hand' });
  await writeClips(
    { clean, attacked, labels, attack },
    { folder: 'set/pgd', clean: '../clean/images.idx.gz', command: 'by hand' },
  );
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  [printed, said] = ['', ''];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const PGD = 'set/pgd/windows-ffv1.json';
const CLEAN = 'set/clean/windows-ffv1.json';
const lines = (): Record<string, unknown>[] =>
  printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** The attacked clip under another name, with another truth. */
async function variant(name: string, change: Partial<Truth>): Promise<string> {
  const truth = JSON.parse(await readFile(PGD, 'utf8')) as Truth;
  await writeFile(`set/pgd/${name}`, truthJson({ ...truth, ...change }));
  return `set/pgd/${name}`;
}

describe('lq-stream replay', () => {
  it('counts what was made to leak, exactly, in lines and on a page; the same bytes each time', async () => {
    const set = [PGD, 'set/pgd/windows-h264.json', CLEAN];
    expect(await run([...set, '--html', 'a/page.html'])).toBe(0);
    const found = lines();
    for (const each of found.slice(0, 2)) {
      expect(each).toMatchObject({
        type: 'row',
        model: 'reader',
        rule: 'card',
        path: 'windows',
        attack: 'pgd',
        epsilon: 0.3,
        against: 'reader',
        adversarial: true,
        stray: 0,
        attacked: { digits: COUNT, missed: 0, corrupted: SWAPPED, accepted: COUNT, leaked: SWAPPED },
        clear: { digits: COUNT, accepted: COUNT, leaked: 0, coverage: 1 },
        pixels: { attacked: { digits: COUNT, leaked: SWAPPED }, clear: { digits: COUNT, accepted: COUNT } },
        // Attacked, then clear a third of a second later.
        wait: { p50: expect.closeTo(1 / 3, 2) as number, never: 0, of: COUNT },
      });
    }
    expect(found[0]).toMatchObject({ codec: 'ffv1', survival: { digits: COUNT } });
    expect((found[0]!['survival'] as { linf: number }).linf).toBeLessThanOrEqual(1 / 255 + 1e-6);
    expect(found[2]).toMatchObject({
      attack: null,
      clear: { digits: COUNT, accepted: COUNT, leaked: 0 },
      wait: { p50: 0, p95: 0 },
    });
    expect(found[3]).toMatchObject({
      type: 'headline',
      model: 'reader',
      attacked: { digits: 2 * COUNT, leaked: 2 * SWAPPED },
      coverage: 1,
      worst: { attack: 'pgd', leak: SWAPPED / COUNT },
    });
    expect(found).toHaveLength(4);
    expect(said).toMatch(/reader: at worst 20\.00 % leaked/);
    const before = printed;
    printed = '';
    await run([...set, '--quiet', '--html', 'b/page.html']);
    expect(printed).toBe(before);
    const page = await readFile('a/page.html', 'utf8');
    expect(page).toBe(await readFile('b/page.html', 'utf8'));
    expect(page).toMatch(/reader: 8 of its leaks by the gate of its card, as they were scored/);
    expect(page).not.toMatch(/NaN|undefined/);
    expect(await readdir('a')).toEqual(['page.html']);
  });

  it('tells with --numbers how many numbers of the digits are wrong, beside all else', async () => {
    expect(await run([PGD])).toBe(0);
    const without = printed;
    [printed, said] = ['', ''];
    expect(await run([PGD, '--numbers'])).toBe(0);
    expect(printed.startsWith(without)).toBe(true);
    const lines = printed.slice(without.length).trim().split('\n');
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    // Four of twenty digits are shown as another one that the reader is sure of, all in the first of four numbers.
    expect(rows.map(({ type, pattern, numbers, wrong }) => [type, pattern, numbers, wrong])).toEqual([
      ['numbers', 'one', 20, 4],
      ['numbers', 'every', 4, 1],
      ['numbers', 'some', 4, 0],
    ]);
    expect(said).toContain('reader: at worst 25.00 % of numbers told wrong (');
  });

  it('is a check with --max-leak: 1 above it, 0 at it and below', async () => {
    expect(await run([PGD, '--quiet', '--max-leak', '0.2'])).toBe(0);
    expect(said).toBe('');
    expect(await run([CLEAN, '--model', 'reader', '--quiet', '--max-leak', '0'])).toBe(0);
    expect(await run([PGD, CLEAN, '--quiet', '--max-leak', '19.99%'])).toBe(1);
    expect(said).toMatch(
      /^lq-stream: more leaked than --max-leak allows \(19\.99 %\): reader: at worst 20\.00 % leaked/,
    );
  });

  it('checks the clear digits of an attacked clip as well', async () => {
    const { frames } = JSON.parse(await readFile(PGD, 'utf8')) as Truth;
    // Every clear digit is said to be another one, so all of them leak; the attacked ones stay as they are.
    const lied = await variant('lied.json', {
      frames: frames.map((frame) => ({
        ...frame,
        digits: frame.digits.map((digit) =>
          digit.attack === undefined ? { ...digit, label: (digit.label! + 1) % 10 } : digit,
        ),
      })),
    });
    expect(await run([lied, '--quiet', '--max-leak', '20%'])).toBe(1);
    expect(said).toBe(
      'lq-stream: more leaked than --max-leak allows (20.00 %): reader, rule card: 100.00 % of the clear digits in ' +
        'the clip of pgd 0.3 (windows, ffv1)\n',
    );
  });

  it('plays several models, each with its own clips, and with --cross all with all', async () => {
    await run([PGD, CLEAN, '--model', 'reader', '--model', 'constant', '--quiet']);
    expect(lines().map(({ type, model, attack }) => [type, model, attack])).toEqual([
      ['row', 'reader', 'pgd'],
      ['row', 'reader', null],
      ['row', 'constant', null],
      ['headline', 'reader', undefined],
      ['headline', 'constant', undefined],
    ]);
    printed = '';
    await run([PGD, '--model', 'constant', '--cross', '--quiet']);
    // It says 7 of everything, and two of the 20 are one.
    expect(lines()[0]).toMatchObject({
      model: 'constant',
      against: 'reader',
      attacked: { accepted: COUNT, leaked: COUNT - 2 },
      clear: { accepted: 2, leaked: COUNT - 2, coverage: 0.1 },
    });
    await expect(run([PGD, '--model', 'constant'])).rejects.toThrow(
      /^No clip was made against constant; these were made against reader\. With --cross/,
    );
  });

  it('plays a model once that is named twice, and refuses two of one name', async () => {
    await run([CLEAN, '--model', 'reader', '--model', './reader', '--quiet']);
    expect(lines()).toHaveLength(2);
    await cp('reader', 'twin', { recursive: true });
    await expect(run([CLEAN, '--model', 'reader', '--model', './twin'])).rejects.toThrow(
      /reader and .*twin are both named reader/,
    );
  });

  it('refuses clips made against another training of a model, named or not, unless --cross says so', async () => {
    await writeReader('trained-again', 'reader', 0.9);
    const again = (...more: string[]): Promise<number> =>
      run([PGD, CLEAN, '--model', './trained-again', '--quiet', ...more]);
    await expect(again()).rejects.toThrow(UsageError);
    await expect(again()).rejects.toThrow(
      /windows-ffv1\.json was made against another reader \([0-9a-f]{12}\) than the one that is here/,
    );
    expect(printed).toBe('');
    expect(await again('--cross')).toBe(0);
    const attack = { name: 'pgd', epsilon: 0.3, seed: 1, model: { name: 'reader', hash: 'f'.repeat(64) } };
    await expect(run([await variant('other-training.json', { attacks: [attack] })])).rejects.toThrow(
      /was made against another reader \(ffffffffffff\)/,
    );
  });

  it.each<[string, Partial<Truth>, RegExp]>([
    [
      'more frames',
      { frameCount: 3 },
      /truth\.json: its clip .*windows-ffv1\.mkv has 2 frames, the truth file says 3\.$/,
    ],
    [
      'fewer frames',
      { frameCount: 1, frames: [{ frame: 0, digits: [{ id: 'd', label: 3, box: [0, 0, 9, 9], attack: 0 }] }] },
      /has 2 frames, the truth file says 1\.$/,
    ],
    ['another size', { width: 640 }, /its clip .* is 320x256, the truth file says 640x256\.$/],
    [
      'images that are missing',
      { images: { clean: 'none.gz', shown: 'none.gz' } },
      /its images .*none\.gz can't be read/,
    ],
  ])('refuses a truth that says %s than its clip has, and prints nothing', async (what, change, message) => {
    // Once after a clip that was played whole.
    const before = what === 'more frames' ? [CLEAN] : [];
    const truth = await variant('truth.json', change);
    const failure = run([...before, truth, '--model', 'reader', '--quiet', '--html', 'refused.html']);
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow(message);
    expect(printed).toBe('');
    expect(await readdir('.')).not.toContain('refused.html');
  });

  it('says when a clip is no video', async () => {
    await writeFile('set/pgd/noise.mkv', 'this is no video');
    const sha256 = createHash('sha256').update('this is no video').digest('hex');
    await expect(run([await variant('noise.json', { clip: 'noise.mkv', sha256 }), '--quiet'])).rejects.toThrow(
      SourceError,
    );
  });

  it.each<[readonly string[], RegExp]>([
    [[PGD, '--model', 'raeder'], /Unknown model "raeder"/],
    [[PGD, '--model', './nowhere'], /no model folder at .*nowhere/],
    [['nowhere'], /nowhere is not there/],
    [[], /fixtures\/adversarial is not there/],
    [[PGD, '--max-leak', '5'], /--max-leak must be a share between 0 and 1, or a percentage \(0\.5%\), found "5"/],
    [[PGD, '--max-leak', '101%'], /found "101%"/],
    [[PGD, '--max-leak', 'none'], /found "none"/],
    [[PGD, '--coverage', '1'], /--coverage must be a number above 0 and below 1, found "1"/],
    [[PGD, '--rule', 'card,residaul'], /unknown rule "residaul"; did you mean "residual"\?/],
    [[PGD, '--html', 'set'], /--html set can't be written: it is a directory/],
    [[PGD, '--html', PGD], /--html .* is also the source/],
    [[PGD, '--modle', 'reader'], /did you mean --model\?/],
  ])('refuses %j', async (argv, message) => {
    const failure = run([...argv]);
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow(message);
    expect(printed).toBe('');
  });

  it('writes nothing when it is interrupted', async () => {
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text);
      if (String(text).includes('scored with')) process.emit('SIGINT');
      return true;
    });
    expect(await run([PGD, CLEAN, '--html', 'stopped/page.html'])).toBe(130);
    expect([printed, await readdir('stopped')]).toEqual(['', []]);
    expect(said).toMatch(/stopped; nothing is written\n$/);
  });
});
