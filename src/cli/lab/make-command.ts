// Owns what `train` and `prune` share once their arguments are read: data, backend and parent in, a model folder out.
import { performance } from 'node:perf_hooks';
import { describeBackend, openBackend } from '../../lab/training/backend.js';
import { loadDataset } from '../../lab/data/dataset.js';
import { makeModel, type Parent } from '../../lab/training/make-model.js';
import type { Recipe } from '../../lab/training/recipe.js';
import { writeModel, type Model } from '../../model/folder.js';
import { untilInterrupted } from '../interrupt.js';
import { trainingReport } from './training-report.js';

/** Where checkpoints and pools are kept while a model is made: not beside the models, which are committed. */
export const CACHE = '.cache';

/** What a command says beyond the recipe. */
export interface MakeCommand {
  /** The model folder to write. */
  readonly out: string;
  /** Folder of IDX files. Default: MNIST. */
  readonly data?: string | undefined;
  /** The parent's model, when the recipe names one. */
  readonly parent?: Model;
  readonly resume: boolean;
}

/**
 * Makes a recipe's model, writes it, and says on stderr what it does.
 * @returns false when a signal stopped it, between two steps; nothing is written then but the checkpoint.
 */
export async function makeAndWrite(recipe: Recipe, { out, data, parent, resume }: MakeCommand): Promise<boolean> {
  const report = trainingReport(process.stderr, () => performance.now());
  const dataset = await loadDataset(data);
  const backend = await openBackend();
  report.stage(`${recipe.name}: backend ${describeBackend(backend)}`);
  return await untilInterrupted(
    async (signal) => {
      const from: Parent | undefined = parent && {
        network: parent.network(),
        kind: parent.card.kind,
        hash: parent.hash,
      };
      const { network, draft } = await makeModel(recipe, {
        data: dataset,
        backend,
        checkpoints: CACHE,
        resume,
        report,
        signal,
        ...(from && { parent: from }),
      });
      const card = await writeModel(out, network, draft);
      const percent = (share = 0): string => `${(100 * share).toFixed(2)} %`;
      const { mnistTestAccuracy, mnistTestAccepted, mnistTestAcceptedWrong } = card.figures;
      report.stage(
        `${out}: test accuracy ${percent(mnistTestAccuracy)}; the gate (ratio ${card.thresholds.ratio}, ` +
          `range ${card.thresholds.range.join(' to ')}) ` +
          `accepts ${percent(mnistTestAccepted)}, ${percent(mnistTestAcceptedWrong)} wrongly`,
      );
    },
    () => report.stage('stopped; the same command with --resume goes on from the last check'),
  );
}
