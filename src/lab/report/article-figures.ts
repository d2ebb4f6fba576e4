// Owns the figures of the article "Output analysis": extreme digits, the groups' distributions of the ratio, and of the
// top output. What they show was measured by `measureArticle`.
import { evidence } from '../../gate/gate.js';
import { shareAbove } from '../judging/curves.js';
import type { ArticleRow } from './article.js';
import { NOISE } from './article.js';
import { AUTHOR_RANGE, authorRow } from './author.js';
import type { ReportContext } from './context.js';
import { extremesFigures } from './extremes.js';
import { valuesOf, type Groups } from './groups.js';
import type { Block, Section } from './page.js';
import { curves, type Panel, type Point } from './plots.js';
import { DEFAULT_COVERAGE } from '../training/recipe.js';

/** Where the ratio's curves are drawn: evenly on a logarithmic axis from 1 to 1000. */
const RATIOS = Array.from({ length: 121 }, (_, i) => 10 ** (i / 40));

/** Bins of the top output's histograms. */
const BINS = 80;

/**
 * Linear-quadratic outputs lie near 0 and 1; logits grow without bound, and are drawn as far as they go, in steps of
 * this.
 */
const [LQ_SIDE, LOGIT_STEP] = [2, 5];

/** Models whose top outputs are drawn on one axis, from 0 to `side`. */
interface Family {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly ArticleRow[];
  readonly side: number;
  /** Between two numbers. */
  readonly tick: number;
  /** Where upright lines stand. */
  readonly range: readonly number[];
  /** What there is to say beside the curves. */
  readonly note: string;
}

const GROUP_NAMES = ['regular', 'ineffective', 'corrupted'] as const;

/** The section. `rows` is what `measureArticle` gave. */
export async function articleFigures(context: ReportContext, rows: readonly ArticleRow[]): Promise<Section> {
  const blocks: Block[] = [];
  const fc = context.subjects.find(({ name }) => name === 'fc-lq');
  const extremes = fc && (await extremesFigures(context, fc));
  if (extremes) blocks.push(...extremes.blocks);
  const ratios = rows.map((row) => ({ row, panel: ratioPanel(row) }));
  if (ratios.length > 0)
    blocks.push(
      await ratioFigure(
        context,
        ratios.map(({ panel }) => panel),
      ),
    );
  const tops: (TopPanels & { readonly row: ArticleRow })[] = [];
  for (const family of familiesOf(context, rows)) {
    const panels = family.rows.map((row) => ({ row, ...topPanels(row, family) }));
    blocks.push(...(await topFigures(context, family, panels)));
    tops.push(...panels);
  }
  const numbers = {
    ...(extremes && { extremes: extremes.numbers }),
    ratios: ratios.map(({ row, panel }) => ({ model: row.model, noiseOf: row.noiseOf, curves: panel.series })),
    tops: tops.map(({ row, above, histogram }) => ({
      model: row.model,
      above: above.series,
      histogram: histogram.series,
    })),
  };
  return { id: 'article-figures', title: "The article's figures", blocks, numbers };
}

function titleOf({ model, noiseOf }: ArticleRow): string {
  return model === noiseOf ? model : `${model}, noise of ${noiseOf}`;
}

function ratioPanel(row: ArticleRow): Panel {
  const series = GROUP_NAMES.map((name) => ({
    name,
    points: pointsAbove(row.groups, name, (outputs, offset) => evidence(outputs, offset).ratio, RATIOS),
  }));
  const ours = row.cuts
    .find(({ coverage }) => coverage === DEFAULT_COVERAGE)
    ?.rules.find(({ rule }) => rule === 'ratio')?.threshold;
  const his = authorRow(row.model)?.at90.ratio;
  const before = his !== undefined && his < (ours ?? 0);
  const marks = [
    ...(ours !== undefined && ours >= 1 && ours <= 1000
      ? [{ x: ours, label: '90 % kept', before: his !== undefined && !before }]
      : []),
    ...(his === undefined ? [] : [{ x: his, label: "author's", before }]),
  ];
  return { title: titleOf(row), series, marks };
}

function pointsAbove(
  groups: Groups,
  name: (typeof GROUP_NAMES)[number],
  quantity: (outputs: Float32Array, offset: number) => number,
  xs: readonly number[],
): Point[] {
  const shares = shareAbove(valuesOf(groups.outputs, groups[name], quantity), xs);
  return xs.map((x, i) => ({ x, y: shares[i]! }));
}

async function ratioFigure({ drawing, plan }: ReportContext, panels: readonly Panel[]): Promise<Block> {
  const picture = await drawing.chart(
    curves({
      x: { title: '1-2 ratio (log axis)', scale: 'log', domain: [1, 1000], values: [1, 3, 10, 30, 100, 300, 1000] },
      y: { title: 'share of the group above', domain: [0, 1], percent: true },
      panels,
      names: GROUP_NAMES,
      form: 'curve',
    }),
  );
  return {
    kind: 'figure',
    name: 'ratio-groups',
    picture,
    caption:
      `How much of each group has a 1-2 ratio above x: ${plan.article} test digits, noise of ` +
      `eps ${NOISE.strong} on half of them. The upright lines are the threshold that keeps 90 % of the ` +
      `regular held-out digits, and the author's on his model.`,
  };
}

const top = (outputs: Float32Array, offset: number): number => evidence(outputs, offset).top;

const topsOf = (groups: Groups, name: (typeof GROUP_NAMES)[number]): Float64Array =>
  valuesOf(groups.outputs, groups[name], top);

/** Linear-quadratic models and softmax models, each where there are some; every model under its own noise. */
function familiesOf({ subjects }: ReportContext, rows: readonly ArticleRow[]): Family[] {
  const own = rows.filter(({ model, noiseOf }) => model === noiseOf);
  const softmax = own.filter((row) => subjects.find(({ name }) => name === row.model)?.model.card.kind === 'softmax');
  const highest = Math.max(
    1,
    ...softmax.flatMap(({ groups }) => [...topsOf(groups, 'regular'), ...topsOf(groups, 'corrupted')]),
  );
  const families: Family[] = [
    {
      name: 'top-output',
      title: 'top output',
      rows: own.filter((row) => !softmax.includes(row)),
      side: LQ_SIDE,
      tick: 0.5,
      range: AUTHOR_RANGE,
      note:
        `The upright lines are the article's range ${AUTHOR_RANGE.join(' to ')}: outside it lies no regular ` +
        `digit of its unpruned fully connected model.`,
    },
    {
      name: 'top-logit',
      title: 'top logit',
      rows: softmax,
      side: LOGIT_STEP * Math.ceil(highest / LOGIT_STEP),
      tick: LOGIT_STEP,
      range: [],
      note: "A softmax model's outputs are logits: nothing holds them near 1.",
    },
  ];
  return families.filter((family) => family.rows.length > 0);
}

/** Curves and a histogram of the top output. */
interface TopPanels {
  readonly above: Panel;
  readonly histogram: Panel;
}

function topPanels(row: ArticleRow, { side, range }: Family): TopPanels {
  const edges = Array.from({ length: BINS + 1 }, (_, i) => Number(((i * side) / BINS).toFixed(4)));
  const kinds = [
    ['clean', 'regular'],
    ['corrupted', 'corrupted'],
  ] as const;
  const marks = range.map((x) => ({ x, label: String(x) }));
  const above = kinds.map(([name, group]) => ({ name, points: pointsAbove(row.groups, group, top, edges) }));
  const histogram = above.map(({ name, points }) => ({
    name,
    points: points.slice(0, -1).map(({ x, y }, i) => ({ x, y: y - points[i + 1]!.y })),
  }));
  return {
    above: { title: titleOf(row), series: above, marks },
    histogram: { title: titleOf(row), series: histogram, marks },
  };
}

async function topFigures(
  { drawing }: ReportContext,
  { name, title, side, tick, note }: Family,
  panels: readonly TopPanels[],
): Promise<Block[]> {
  const x = {
    title,
    domain: [0, side],
    values: Array.from({ length: Math.round(side / tick) + 1 }, (_, i) => i * tick),
  } as const;
  const names = ['clean', 'corrupted'];
  const above = await drawing.chart(
    curves({
      x,
      y: { title: 'share above', domain: [0, 1], percent: true },
      panels: panels.map((each) => each.above),
      names,
      form: 'curve',
    }),
  );
  const histogram = await drawing.chart(
    curves({
      x,
      y: { title: `share in a bin of ${side / BINS}`, percent: true },
      panels: panels.map((each) => each.histogram),
      names,
      form: 'steps',
    }),
  );
  return [
    {
      kind: 'figure',
      name,
      picture: above,
      caption:
        `How much of the clean digits that are read right, and of the corrupted ones, has a ${title} above ` +
        `x. ${note}`,
    },
    {
      kind: 'figure',
      name: `${name}-histogram`,
      picture: histogram,
      caption: `The same as histograms. What lies outside 0 to ${side} is left out.`,
    },
  ];
}
