// Tests of `lq-stream attack`: its lines and table, a stop on the way, and what wrong arguments get.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../../src/cli/lab/attack.js';
import { attackReport } from '../../../src/cli/lab/attack-report.js';
import { ModelError, UsageError } from '../../../src/base/errors.js';
import { L_INFINITY_ATTACKS } from '../../../src/lab/attacks/list.js';
import { writeModel } from '../../../src/model/folder.js';
import { bars } from '../../lab/synthetic.js';
import { writeIdx } from './mnist-files.js';

let folder: string;
let home: string;
let printed: string;
let said: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lq-attack-'));
  home = process.cwd();
  [printed, said] = ['', ''];
  process.chdir(folder);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  await writeIdx(folder, 'train', bars(120));
  await writeIdx(folder, 't10k', bars(240));
  await writeReader(join(folder, 'reader'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.chdir(home);
  await rm(folder, { recursive: true });
});

/**
 * Reads bars as they are made: output k is the mean brightness of the rows of k, so near 0.63 for a bar and 0.04
 * elsewhere.
 */
async function writeReader(dir: string): Promise<void> {
  const weights = new Float32Array(7840);
  for (let p = 0; p < 784; p++) {
    const k = Math.floor((Math.floor(p / 28) - 4) / 2);
    if (k >= 0 && k < 10) weights[p * 10 + k] = 1 / 56;
  }
  const layer = {
    kind: 'dense',
    inputs: 784,
    units: 10,
    weights,
    bias: new Float32Array(10),
    activation: 'linear',
  } as const;
  await writeModel(
    dir,
    { layers: [layer] },
    {
      name: 'reader',
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

const reader = (): string => join(folder, 'reader');

describe('lq-stream attack', () => {
  it('prints a line for each attack and epsilon and the worst case of those that compare, and a table', async () => {
    expect(
      await run([
        reader(),
        '--data',
        folder,
        '--attack',
        'fgsm,pgd-early,blur',
        '--epsilon',
        '0.1,0.45',
        '--images',
        '120',
        '--steps',
        '5',
      ]),
    ).toBe(0);
    const lines = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ attack, epsilon }) => `${String(attack)} ${String(epsilon)}`)).toEqual([
      'fgsm 0.1',
      'fgsm 0.45',
      'pgd-early 0.1',
      'pgd-early 0.45',
      'blur 0.1',
      'blur 0.45',
      'worst-case 0.1',
      'worst-case 0.45',
    ]);
    // 0.63 - 0.1 against 0.04 + 0.1: right. 0.63 - 0.45 against 0.04 + 0.45: wrong, and all nine others alike, so never
    // accepted.
    expect(lines[0]).toMatchObject({
      model: 'reader',
      images: 120,
      cleanAccuracy: 1,
      coverage: 1,
      corrupted: 0,
      robustAccuracy: 1,
      leaked: 0,
      settings: {},
    });
    expect(lines[1]).toMatchObject({ corrupted: 1, robustAccuracy: 0, accepted: 0, leaked: 0 });
    expect(lines[2]).toMatchObject({ corrupted: 0, settings: { steps: 5 } });
    expect(lines[7]).toMatchObject({ attacks: ['fgsm', 'pgd-early'], corrupted: 1 });
    expect(said).toMatch(/backend .*120 test digits/);
    expect(said).toMatch(/model +attack +epsilon/);
    expect(said).toMatch(/worst-case +0\.45 +100\.00 % +100\.00 % +0\.00 %/);
  });

  it('gives a surrogate to what needs one; universal takes it, but not where a worst case is formed', async () => {
    await writeReader(join(folder, 'other'));
    const made = async (attack: string): Promise<unknown[]> => {
      printed = '';
      await run([
        reader(),
        '--data',
        folder,
        '--attack',
        attack,
        '--surrogate',
        join(folder, 'other'),
        '--images',
        '10',
        '--steps',
        '2',
        '--fitting',
        '2',
      ]);
      return printed
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { surrogate?: { name: string } }).surrogate?.name);
    };
    expect(await made('universal,gaussian')).toEqual(['reader', undefined]);
    expect(said).not.toContain('itself');
    expect(await made('universal,transfer')).toEqual([undefined, 'reader']);
    expect(said).toContain('universal on reader: fitted on reader itself, for the worst case');
  });

  it('sweeps each attack over its own strengths', async () => {
    expect(
      await run([reader(), '--data', folder, '--attack', 'occlusion', '--epsilon', 'sweep', '--images', '20']),
    ).toBe(0);
    const lines = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { epsilon: number });
    expect(lines.map(({ epsilon }) => epsilon)).toEqual([0.02, 0.05, 0.1, 0.2]);
  });

  it('stops on SIGINT with exit code 130 and goes on from what is kept to the same lines', async () => {
    const argv = [
      reader(),
      '--data',
      folder,
      '--attack',
      'pgd',
      '--epsilon',
      '0.2',
      '--images',
      '200',
      '--steps',
      '20',
      '--restarts',
      '1',
    ];
    const running = run(argv);
    await vi.waitFor(async () => expect(await readdir(join(folder, '.cache', 'outcomes'))).toHaveLength(1), {
      timeout: 60_000,
      interval: 2,
    });
    process.emit('SIGINT');
    expect(await running).toBe(130);
    expect(said).toContain('the same command goes on from there');
    expect(printed).toBe('');
    expect(await run(argv)).toBe(0);
    const straight = printed;
    printed = '';
    await rm(join(folder, '.cache'), { recursive: true });
    expect(await run(argv)).toBe(0);
    expect(printed).toBe(straight);
  });

  it("refuses what it can't run, and names what is near", async () => {
    const wrong = (...argv: string[]): Promise<number> => run([...argv, '--data', folder]);
    await expect(run([])).rejects.toThrow('which model?');
    await expect(wrong(reader(), '--attack', 'gate-awre')).rejects.toThrow(
      'did you mean "gate-aware"? There are universal, ',
    );
    for (const epsilon of ['1.01', '0', '-0.1', 'x', '0.1,'])
      await expect(wrong(reader(), `--epsilon=${epsilon}`)).rejects.toThrow(
        /--epsilon must be a number above 0 and at most 1 for gate-aware/,
      );
    await expect(wrong(reader(), '--attack', 'blur', '--epsilon', '29')).rejects.toThrow(
      'at most 28 for blur (pixels)',
    );
    await expect(wrong(reader(), '--steps', '0')).rejects.toThrow(
      '--steps must be a whole number of at least 1, found "0"',
    );
    await expect(wrong(reader(), '--images', '241')).rejects.toThrow('only 240 test digits');
    await expect(wrong(reader(), '--coverage', '0.9')).rejects.toThrow(UsageError);
    await expect(wrong(join(folder, 'nowhere'))).rejects.toThrow(ModelError);
    await expect(wrong(folder)).rejects.toThrow(ModelError);
    expect(printed).toBe('');
  });

  it('explains itself, naming every attack', async () => {
    expect(await run(['--help'])).toBe(0);
    for (const { name } of L_INFINITY_ATTACKS) expect(printed).toContain(`\n  ${name} `);
    expect(printed).toMatch(/\n {2}gate-aware +white box +L-infinity, 0\.3: /);
    expect(printed).toMatch(/\n {2}square +outputs only +L-infinity, 0\.3: /);
  });
});

describe('attackReport', () => {
  it('shows the rate and the time left on a terminal, and nothing of it elsewhere', () => {
    const show = (isTTY: boolean): string => {
      let [written, time] = ['', 0];
      const watch = attackReport(
        {
          isTTY,
          write: (text) => {
            written += text;
          },
        },
        () => time,
      ).watch({ model: 'm', attack: 'pgd', epsilon: 0.3 });
      watch({ stage: 'attacking', done: 100, total: 500, kept: 100 });
      time = 20_000;
      watch({ stage: 'attacking', done: 200, total: 500, kept: 100 });
      return written;
    };
    // 100 images in 20 s; the kept ones took no time.
    expect(show(true)).toContain('pgd 0.3 on m: 200 of 500 images, 5.0 images/s, 60 s left');
    expect(show(false)).toBe('');
  });
});
