// Tests of `lq-stream train` and `lq-stream prune`: a model from a recipe, another from it, and what wrong arguments
// get.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as prune from '../../../src/cli/lab/prune.js';
import * as train from '../../../src/cli/lab/train.js';
import { ModelError, SourceError, UsageError } from '../../../src/base/errors.js';
import { readModel } from '../../../src/model/folder.js';
import { sparsity } from '../../../src/model/network.js';
import { bars } from '../../lab/synthetic.js';
import { writeIdx } from './mnist-files.js';

let folder: string;
let home: string;
let said: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lq-train-'));
  home = process.cwd();
  said = '';
  process.chdir(folder);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  await writeIdx(folder, 'train', bars(240));
  await writeIdx(folder, 't10k', bars(60));
  await writeFile(
    join(folder, 'bars.recipe.yaml'),
    'name: bars\nlayers: [{dense: 16}]\ntraining: {steps: 400, batch: 40}\ncalibration: {coverage: 0.8, ' +
      'outside: [0.1, 0]}\n',
  );
  await writeFile(
    join(folder, 'quick.recipe.yaml'),
    'name: quick\nlayers: [{dense: 8}]\ntraining: {steps: 40, batch: 40}\n',
  );
  await writeFile(join(folder, 'thin.recipe.yaml'), 'name: thin\nparent: bars\npruning: {share: 0.5, images: 100}\n');
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.chdir(home);
  await rm(folder, { recursive: true });
});

describe('lq-stream train and prune', () => {
  it('make a model beside its recipe, a pruned one from that, and one by options', async () => {
    const data = ['--data', folder];
    expect(await train.run([join(folder, 'bars.recipe.yaml'), ...data])).toBe(0);
    expect(said).toMatch(/backend .*\n.*training: 400 steps.*\n(.*\n)*.*test accuracy/);
    expect(await train.run([join(folder, 'thin.recipe.yaml'), ...data, '--seed', '9'])).toBe(0);
    const thin = await readModel('thin', { modelsDir: folder });
    expect(thin.card).toMatchObject({
      seed: 9,
      recipe: { parent: 'bars', parentHash: (await readModel('bars', { modelsDir: folder })).hash },
    });
    expect(sparsity(thin.network()).map(({ weights, zeros }) => zeros / weights)).toEqual([0.5, 0.5]);

    const options = [
      '--share',
      '0.9,0',
      '--method',
      'absolute',
      '--images',
      '50',
      '--fine-tune',
      '1',
      '--out',
      join(folder, 'mine'),
    ];
    expect(await prune.run([join(folder, 'bars'), ...options, ...data])).toBe(0);
    const mine = await readModel(join(folder, 'mine'));
    expect(mine.card).toMatchObject({
      name: 'mine',
      pruning: { method: 'absolute', share: [0.9, 0] },
      recipe: {
        parent: 'bars',
        fineTuning: { epochs: 1, rate: 0.0001 },
        calibration: { coverage: 0.8, outside: [0.1, 0] },
      },
    });
    expect(sparsity(mine.network()).map(({ zeros }) => zeros)).toEqual([Math.floor(0.9 * 784 * 16), 0]);

    // Whole units go with all their weights, and compacting deletes them.
    expect(
      await prune.run([
        join(folder, 'bars'),
        '--units',
        '0.5',
        '--images',
        '50',
        '--compact',
        '--out',
        join(folder, 'half'),
        ...data,
      ]),
    ).toBe(0);
    const half = await readModel(join(folder, 'half'));
    expect(half.card).toMatchObject({ pruning: { share: 0, units: 0.5, zeros: [0.5, 0.5], compacted: true } });
    expect(half.network().layers[0]).toMatchObject({ units: 8 });
  });

  it('stop on SIGINT with exit code 130, write no model, and go on with --resume', async () => {
    const recipe = join(folder, 'bars.recipe.yaml');
    const running = train.run([recipe, '--data', folder]);
    // The first line says that the backend is open and signals are listened to; the first check comes much later.
    await vi.waitUntil(() => said.includes('held-out'), { interval: 1, timeout: 10_000 });
    process.emit('SIGINT');
    expect(await running).toBe(130);
    expect(said).toMatch(/stopped; the same command with --resume/);
    await expect(readModel('bars', { modelsDir: folder })).rejects.toThrow(ModelError);
    expect(await train.run([recipe, '--data', folder, '--resume'])).toBe(0);
    expect(said).toMatch(/training: 400 steps of 40 examples, going on from step \d+/);
  });

  it('prune needs as many training digits as it draws', async () => {
    await train.run([join(folder, 'quick.recipe.yaml'), '--data', folder]);
    const pruned = prune.run([
      join(folder, 'quick'),
      '--share',
      '0.9,0',
      '--out',
      join(folder, 'mine'),
      '--data',
      folder,
    ]);
    await expect(pruned).rejects.toThrow(/pruning\.images is 2000/);
    await expect(pruned).rejects.toBeInstanceOf(ModelError);
  });

  it('show their help on stdout', async () => {
    let shown = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      shown += String(text);
      return true;
    });
    expect([await train.run(['--help']), await prune.run(['-h'])]).toEqual([0, 0]);
    expect(shown).toBe(train.help + prune.help);
  });

  it.each([
    [train.run, [], /one recipe, for example/],
    [train.run, ['a.yaml', 'b.yaml'], /found "a\.yaml b\.yaml"/],
    [train.run, ['a.yaml', '--epochs', '3'], /--epochs.*see lq-stream train --help/s],
    [train.run, ['no-such.yaml'], /no-such\.yaml: can't be read/],
    [prune.run, [], /one model, for example/],
    [prune.run, ['fc-lq', '--share', '0.5'], /Give --out/],
    [prune.run, ['fc-lq', '--out', 'x'], /Give --share/],
  ] as const)('refuse wrong arguments (%#)', async (run, argv, message) => {
    await expect(run([...argv])).rejects.toThrow(message);
    await expect(run([...argv])).rejects.toBeInstanceOf(UsageError);
  });

  it('refuse a wrong seed or share before anything is made', async () => {
    const recipe = join(folder, 'bars.recipe.yaml');
    await expect(train.run([recipe, '--seed', '-1'])).rejects.toThrow(/--seed/);
    await expect(train.run([recipe, '--seed', '1.5'])).rejects.toThrow(/--seed must be a whole number/);
    await expect(train.run([recipe, '--data', join(folder, 'nowhere')])).rejects.toBeInstanceOf(SourceError);
    await train.run([join(folder, 'quick.recipe.yaml'), '--data', folder]);
    const model = join(folder, 'quick');
    await expect(prune.run([model, '--out', 'x', '--share', 'half'])).rejects.toThrow(
      /--share must be a number, found "half"/,
    );
    await expect(prune.run([model, '--out', 'x', '--share', '1.5'])).rejects.toThrow(/share/);
    await expect(prune.run([model, '--out', 'x', '--units', '0,0.5'])).rejects.toThrow(
      /0\.5 of the last layer's units/,
    );
    await expect(prune.run([model, '--out', 'x', '--share', '0.5', '--method', 'luck'])).rejects.toThrow(/method/);
  });
});
