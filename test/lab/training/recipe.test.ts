// Tests of src/lab/training/recipe.ts: defaults, what is refused and how it is said, and the recipes that this package
// ships.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { createNetwork } from '../../../src/lab/training/initial.js';
import { parseRecipe, parseRecipeText, readRecipe, RECIPE_BYTES, stepsOf } from '../../../src/lab/training/recipe.js';
import { describe as layersOf } from '../../../src/model/network.js';

const small = { name: 'small', layers: [{ dense: 5 }], training: { epochs: 2 } };

describe('parseRecipe', () => {
  it('fills in the defaults of the method', () => {
    expect(parseRecipe(small, 'recipe')).toEqual({
      name: 'small',
      seed: 1,
      layers: [{ dense: 5 }],
      compact: false,
      training: {
        cost: 'lq',
        epochs: 2,
        batch: 250,
        rate: 1e-3,
        schedule: 'cosine',
        warmUp: 0,
        keep: 1,
        l2: 1e-4,
        average: 0,
        repeat: 1,
      },
      calibration: { coverage: 0.9, outside: 0.001 },
    });
  });

  it('takes a risk in place of a coverage, and its own result again', () => {
    const { calibration } = parseRecipe({ ...small, calibration: { maxRisk: 0.01 } }, 'recipe');
    expect(calibration).toEqual({ maxRisk: 0.01, confidence: 0.95, outside: 0.001 });
    expect(parseRecipe({ ...small, calibration }, 'recipe').calibration).toEqual(calibration);
  });

  it.each([
    [{ ...small, calibration: { maxRisk: 0.01, coverage: 0.9 } }, /either coverage or maxRisk/],
    [{ ...small, calibration: { confidence: 0.9 } }, /confidence goes with maxRisk/],
    [{ ...small, calibration: { maxRisk: 0.01, nonDigits: 0.01 } }, /nonDigits goes with coverage/],
    [{ ...small, calibration: { nonDigits: 0.01 } }, /nonDigits needs a pool/],
    [{ ...small, calibration: { maxRisk: 1 } }, /maxRisk/],
    [{ ...small, calibration: { coverage: 1 } }, /calibration\.coverage .*1/],
    [{ ...small, name: 'Two Words' }, /name/],
    [{ ...small, trainings: {} }, /trainings/],
    [{ ...small, training: { epochs: 2, steps: 3 } }, /either epochs or steps/],
    [{ ...small, training: {} }, /either epochs or steps/],
    [{ ...small, training: { epochs: 2, keep: 0 } }, /keep/],
    [{ ...small, parent: 'fc-lq' }, /either layers and training .* or parent/],
    [{ name: 'small' }, /either layers and training .* or parent/],
    [{ ...small, layers: [{ dense: 5.5 }] }, /layers/],
    [{ name: 'small', parent: 'x', fineTuning: { epochs: 1 } }, /fineTuning needs pruning/],
    [{ name: 'small', parent: 'x', pruning: { share: 1.2 } }, /share/],
  ])('refuses %j', (value, message) => {
    expect(() => parseRecipe(value, 'recipe r.yaml')).toThrow(message);
    expect(() => parseRecipe(value, 'recipe r.yaml')).toThrow(UsageError);
    expect(() => parseRecipe(value, 'recipe r.yaml')).toThrow(/^recipe r\.yaml: /);
  });
});

describe('readRecipe', () => {
  it('says when a file is missing or no YAML, and where', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lq-recipe-'));
    try {
      expect(() => readRecipe(join(folder, 'no.yaml'))).toThrow(/can't be read \(ENOENT\)/);
      await writeFile(join(folder, 'bad.yaml'), '\nname: [');
      expect(() => readRecipe(join(folder, 'bad.yaml'))).toThrow(/bad\.yaml:2: not valid YAML/);
      await writeFile(join(folder, 'large.yaml'), `# ${'z'.repeat(RECIPE_BYTES)}`);
      expect(() => readRecipe(join(folder, 'large.yaml'))).toThrow(/large\.yaml: is larger than 256 KiB/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('reads every recipe that is shipped', async () => {
    const files = await glob('models/*.recipe.yaml');
    expect(files).toContain('models/fc-lq.recipe.yaml');
    for (const file of files) expect(file).toBe(`models/${readRecipe(file).name}.recipe.yaml`);
  });

  it('names the line of what is wrong', () => {
    expect(() => parseRecipeText('name: small\nlayers:\n  - dense: 5.5\n', 'r.yaml')).toThrow(/^recipe r\.yaml:3: /);
    expect(() => parseRecipeText('name: &a [*a]', 'r.yaml')).toThrow(
      new UsageError('recipe r.yaml:1: not valid YAML: the alias *a is within its own anchor'),
    );
  });

  it('knows the fc of the article', () => {
    const recipe = readRecipe('models/fc-lq.recipe.yaml');
    expect(layersOf(createNetwork(recipe.layers!, 1))).toEqual([
      'dense 784-1500 relu',
      'dense 1500-1000 relu',
      'dense 1000-800 relu',
      'dense 800-10 linear',
    ]);
    expect(recipe.training).toMatchObject({ cost: 'lq', batch: 250, keep: 0.7, l2: 1e-4 });
  });
});

describe('stepsOf', () => {
  it('counts steps, or epochs of the examples there are', () => {
    const { training } = parseRecipe(small, 'recipe');
    expect(stepsOf(training!, 55_000)).toBe(440);
    expect(stepsOf(training!, 10)).toBe(1);
    expect(stepsOf({ ...training!, epochs: undefined, steps: 7 }, 55_000)).toBe(7);
  });
});
