// Owns the article's figures: extreme digits, the groups' distributions of the ratio, and of the top output. What they show
// was measured by `measureArticle`.
import { evidence } from '../../stream/gate.js';
import { shareAbove } from '../curves.js';
import type { ArticleRow } from './article.js';
import { NOISE } from './article.js';
import { AUTHOR_RANGE, authorRow } from './author.js';
import type { Bench } from './bench.js';
import { extremesFigures } from './extremes.js';
import { valuesOf, type Groups } from './groups.js';
import type { Block, Section } from './page.js';
import { curves, type Panel, type Point } from './plots.js';

/** Where the ratio's curves are drawn: evenly on a logarithmic axis from 1 to 1000. */
const RATIOS = Array.from({ length: 121 }, (_, i) => 10 ** (i / 40));

/** Where the top output's curves are drawn, and the edges of the histogram's bins. */
const TOPS = Array.from({ length: 81 }, (_, i) => Number((i * 0.025).toFixed(3)));

const GROUP_NAMES = ['regular', 'ineffective', 'corrupted'] as const;

/** The section. `rows` is what `measureArticle` gave. */
export async function articleFigures(bench: Bench, rows: readonly ArticleRow[]): Promise<Section> {
  const blocks: Block[] = [];
  const fc = bench.subjects.find(({ name }) => name === 'fc-lq');
  const extremes = fc && (await extremesFigures(bench, fc));
  if (extremes) blocks.push(...extremes.blocks);
  const ratios = rows.map((row) => ({ row, panel: ratioPanel(row) }));
  if (ratios.length > 0) blocks.push(await ratioFigure(bench, ratios.map(({ panel }) => panel)));
  const tops = rows.filter(({ model, noiseOf }) => model === noiseOf).map((row) => ({ row, ...topPanels(row) }));
  if (tops.length > 0) blocks.push(await topCurves(bench, tops.map(({ above }) => above)), await topHistograms(bench, tops.map(({ histogram }) => histogram)));
  const numbers = {
    ...(extremes && { extremes: extremes.numbers }),
    ratios: ratios.map(({ row, panel }) => ({ model: row.model, noiseOf: row.noiseOf, curves: panel.series })),
    tops: tops.map(({ row, above, histogram }) => ({ model: row.model, above: above.series, histogram: histogram.series })),
  };
  return { id: 'article-figures', title: 'The article\'s figures', blocks, numbers };
}

function titleOf({ model, noiseOf }: ArticleRow): string {
  return model === noiseOf ? model : `${model}, noise of ${noiseOf}`;
}

function ratioPanel(row: ArticleRow): Panel {
  const series = GROUP_NAMES.map((name) => ({ name, points: pointsAbove(row.groups, name, (outputs, offset) => evidence(outputs, offset).ratio, RATIOS) }));
  const ours = row.cuts.find(({ coverage }) => coverage === 0.9)?.rules.find(({ rule }) => rule === 'ratio')?.threshold;
  const his = authorRow(row.model)?.at90.ratio;
  const before = his !== undefined && his < (ours ?? 0);
  const marks = [...(ours !== undefined && ours >= 1 && ours <= 1000 ? [{ x: ours, label: '90 % kept', before: his !== undefined && !before }] : []), ...(his === undefined ? [] : [{ x: his, label: 'author\'s', before }])];
  return { title: titleOf(row), series, marks };
}

function pointsAbove(groups: Groups, name: (typeof GROUP_NAMES)[number], quantity: (outputs: Float32Array, offset: number) => number, xs: readonly number[]): Point[] {
  const shares = shareAbove(valuesOf(groups.outputs, groups[name], quantity), xs);
  return xs.map((x, i) => ({ x, y: shares[i]! }));
}

async function ratioFigure({ drawing, plan }: Bench, panels: readonly Panel[]): Promise<Block> {
  const picture = await drawing.chart(
    curves({
      x: { title: '1-2 ratio (log axis)', scale: 'log', domain: [1, 1000], values: [1, 3, 10, 30, 100, 300, 1000] },
      y: { title: 'share of the group above', domain: [0, 1], percent: true },
      panels, names: GROUP_NAMES, form: 'curve',
    }),
  );
  return { kind: 'figure', name: 'ratio-groups', picture, caption: `How much of each group has a 1-2 ratio above x: ${plan.article} test digits, noise of eps ${NOISE.strong} on half of them. The upright lines are the threshold that keeps 90 % of the regular held-out digits, and the author's on his model.` };
}

const top = (outputs: Float32Array, offset: number): number => evidence(outputs, offset).top;

function topPanels(row: ArticleRow): { above: Panel; histogram: Panel } {
  const kinds = [['clean', 'regular'], ['corrupted', 'corrupted']] as const;
  const marks = AUTHOR_RANGE.map((x) => ({ x, label: String(x) }));
  const above = kinds.map(([name, group]) => ({ name, points: pointsAbove(row.groups, group, top, TOPS) }));
  const histogram = above.map(({ name, points }) => ({ name, points: points.slice(0, -1).map(({ x, y }, i) => ({ x, y: y - points[i + 1]!.y })) }));
  return { above: { title: titleOf(row), series: above, marks }, histogram: { title: titleOf(row), series: histogram, marks } };
}

const TOP_AXIS = { title: 'top output', domain: [0, 2], values: [0, 0.5, 1, 1.5, 2] } as const;

async function topCurves({ drawing }: Bench, panels: readonly Panel[]): Promise<Block> {
  const picture = await drawing.chart(curves({ x: TOP_AXIS, y: { title: 'share above', domain: [0, 1], percent: true }, panels, names: ['clean', 'corrupted'], form: 'curve' }));
  return { kind: 'figure', name: 'top-output', picture, caption: `How much of the clean digits that are read right, and of the corrupted ones, has a top output above x. The upright lines are the article's range ${AUTHOR_RANGE.join(' to ')}: outside it lies no regular digit of its unpruned fully connected model. A softmax model's outputs are logits, most of them above 2.` };
}

async function topHistograms({ drawing }: Bench, panels: readonly Panel[]): Promise<Block> {
  const picture = await drawing.chart(curves({ x: TOP_AXIS, y: { title: 'share in a bin of 0.025', percent: true }, panels, names: ['clean', 'corrupted'], form: 'steps' }));
  return { kind: 'figure', name: 'top-output-histogram', picture, caption: 'The same as histograms. What lies outside 0 to 2 is left out.' };
}
