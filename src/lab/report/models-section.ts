// Owns the table of the models that a report is about, and what is said of those that are missing.
import { sparsity } from '../../model/network.js';
import { authorRow } from './author.js';
import { wrongShare, type ReportContext, type Subject } from './context.js';
import { markedName } from './diagnostics.js';
import type { Block, Section, TableCell } from './page.js';
import { percent, withInterval, shareOf } from './shares.js';

/**
 * The section.
 * @param missing Names of models that were looked for.
 * @param masked Names of models whose gradients may be masked. Default: not known of any.
 */
export function modelsSection(
  { subjects }: ReportContext,
  missing: readonly string[],
  masked: ReadonlySet<string> = new Set(),
): Section {
  const rows = subjects.map(describe);
  const blocks: Block[] = [
    {
      kind: 'table',
      caption: 'Accuracy on all test digits with its 95 % interval, before any gate; weights without biases',
      head: ['model', 'cost', 'accuracy', 'author', 'weights', 'of them 0', 'model.onnx', 'pruned'],
      rows: rows.map(({ model, cost, accuracy, author, weights, zeros, bytes, pruning }): TableCell[] => [
        markedName(model, masked),
        cost,
        withInterval(accuracy, 2),
        { text: percent(author, 2), mark: 'author' },
        weights.toLocaleString('en'),
        percent(zeros / weights, 0),
        `${(bytes / 1e6).toFixed(1)} MB`,
        pruning,
      ]),
    },
    {
      kind: 'table',
      caption: 'Layers',
      head: ['model', 'layers in order'],
      rows: subjects.map(({ name, model }) => [name, model.card.architecture.join('\n')]),
    },
    ...missing.map((name): Block => ({
      kind: 'warning',
      text:
        `${name} is not here, so its figures are missing. Make it with \`lq-stream train ` +
        `models/${name}.recipe.yaml\`, then make the report again.`,
    })),
  ];
  return { id: 'models', title: 'Models', blocks, numbers: { models: rows, missing } };
}

function describe({ name, model, network, test }: Subject): {
  model: string;
  cost: string;
  accuracy: ReturnType<typeof shareOf>;
  author: number | undefined;
  weights: number;
  zeros: number;
  bytes: number;
  pruning: string;
  sha256: string;
} {
  const wrong = wrongShare(test);
  const layers = sparsity(network);
  return {
    model: name,
    cost: model.card.kind,
    accuracy: shareOf(wrong.of - wrong.count, wrong.of),
    author: authorRow(name)?.accuracy,
    weights: layers.reduce((sum, { weights }) => sum + weights, 0),
    zeros: layers.reduce((sum, layer) => sum + layer.zeros, 0),
    bytes: model.onnx.length,
    pruning: pruningWords(model.card.pruning),
    sha256: model.hash,
  };
}

function pruningWords(pruning: Subject['model']['card']['pruning']): string {
  if (pruning === null) return 'no';
  const shares = (given: unknown): string =>
    [given]
      .flat()
      .map((share) => percent(Number(share), 0))
      .join(', ');
  const units = pruning['units'] === undefined ? '' : `, of whole units ${shares(pruning['units'])}`;
  return (
    `${shares(pruning['share'])} by ${pruning['method'] as string} ` +
    `value${units}${pruning['compacted'] === true ? ', dead units deleted' : ''}`
  );
}
