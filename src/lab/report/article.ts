// Owns the table of the article "Output analysis": accuracy, noise on half of the digits, and what of it the gates let
// through, beside the author's figures. The article's figures are in article-figures.
import { AUTHOR_RANGE, AUTHOR_RANGE_REJECTS, AUTHOR_ROWS, authorRow, protocolRow, type AuthorCut } from './author.js';
import {
  acceptedShare,
  type ReportContext,
  firstOf,
  fittingSteps,
  gatesOf,
  type Subject,
  wrongShare,
} from './context.js';
import { corruptionRate, formGroups, halfNoisedAccuracy, valuesOf, type Groups } from './groups.js';
import type { Block, Section, TableCell } from './page.js';
import { percent, shareOf, short, withInterval, type Share } from './shares.js';
import { createRandom } from '../../base/random.js';
import { evidence } from '../../gate/gate.js';
import { universal } from '../attacks/universal.js';
import { DEFAULT_COVERAGE } from '../training/recipe.js';

/** The models of the article. */
export const ARTICLE_MODELS = [
  'fc-lq',
  'fc-lq-pruned',
  'fc-softmax',
  'cnn-lq',
  'cnn-lq-pruned',
  'cnn-softmax',
] as const;

/** Strengths of the article's noise: weak and strong. */
export const NOISE = { weak: 0.15, strong: 0.35 } as const;

/** Shares of regular digits at which the article gives figures. */
export const COVERAGES = [DEFAULT_COVERAGE, 0.8] as const;

/** What one rule lets through at one share of regular digits kept. */
export interface RuleCut {
  readonly rule: string;
  /** On the rule's confidence; for `ratio` the 1-2 ratio. */
  readonly threshold: number;
  /** Share of the regular test digits that it keeps: the threshold is set on others. */
  readonly kept: Share;
  /** Share of the corrupted digits that pass. */
  readonly passes: Share;
}

/** A model under noise that was fitted on it or on another. */
export interface ArticleRow {
  readonly model: string;
  /** Whose noise vectors these are. */
  readonly noiseOf: string;
  readonly accuracy: number;
  /** By strength. */
  readonly halfNoised: Readonly<Record<keyof typeof NOISE, number>>;
  readonly corruption: Readonly<Record<keyof typeof NOISE, number>>;
  /** At strong noise, by share kept. */
  readonly cuts: readonly { readonly coverage: number; readonly rules: readonly RuleCut[] }[];
  /** Share of the corrupted digits outside the article's range 0.5 to 1.1. */
  readonly outsideRange: Share;
  readonly groups: Groups;
}

/**
 * Measures every article model there is, each under its own noise, the pruned ones under their parent's as well (as the
 * article).
 */
export async function measureArticle(context: ReportContext): Promise<ArticleRow[]> {
  const rows: ArticleRow[] = [];
  for (const subject of articleSubjects(context)) {
    const parent = parentOf(subject, context);
    if (parent) rows.push(await measureRow(context, subject, parent));
    rows.push(await measureRow(context, subject, undefined));
  }
  return rows;
}

/** The subjects that the article has, in its order. */
function articleSubjects({ subjects }: ReportContext): Subject[] {
  return ARTICLE_MODELS.flatMap((name) => subjects.filter((subject) => subject.name === name));
}

/** The model that a pruned one was made from, when it is here too. */
function parentOf({ model }: Subject, { subjects }: Pick<ReportContext, 'subjects'>): Subject | undefined {
  return model.card.pruning === null ? undefined : subjects.find(({ name }) => name === model.card.recipe['parent']);
}

/** The rule of a cut that lets the fewest corrupted digits pass. */
export function bestRule(rules: readonly RuleCut[]): RuleCut | undefined {
  return rules.reduce<RuleCut | undefined>(
    (best, each) => (best === undefined || each.passes.count < best.passes.count ? each : best),
    undefined,
  );
}

/** Runs universal noise of a strength on a subject. */
function universalRun(
  context: ReportContext,
  subject: Subject,
  epsilon: number,
  images: number,
  surrogate?: Subject,
): ReturnType<ReportContext['run']> {
  return context.run({
    subject,
    attack: universal.name,
    epsilon,
    images,
    settings: { fitting: fittingSteps(context, surrogate ?? subject) },
    surrogate,
  });
}

async function measureRow(
  context: ReportContext,
  subject: Subject,
  surrogate: Subject | undefined,
): Promise<ArticleRow> {
  const clean = firstOf(subject.test, context.plan.article);
  const form = async (epsilon: number): Promise<Groups> => {
    const noised = await universalRun(context, subject, epsilon, clean.labels.length, surrogate);
    return formGroups(clean.outputs, noised.outputs, clean.labels, createRandom(context.seed).fork('groups'));
  };
  const [weak, strong] = [await form(NOISE.weak), await form(NOISE.strong)];
  const tops = valuesOf(strong.outputs, strong.corrupted, (outputs, offset) => evidence(outputs, offset).top);
  return {
    model: subject.name,
    noiseOf: (surrogate ?? subject).name,
    accuracy: 1 - wrongShare(clean).share,
    halfNoised: { weak: halfNoisedAccuracy(weak), strong: halfNoisedAccuracy(strong) },
    corruption: { weak: corruptionRate(weak), strong: corruptionRate(strong) },
    cuts: COVERAGES.map((coverage) => ({ coverage, rules: cutsOf(subject, strong, coverage) })),
    outsideRange: shareOf(tops.filter((top) => top < AUTHOR_RANGE[0] || top > AUTHOR_RANGE[1]).length, tops.length),
    groups: strong,
  };
}

function cutsOf(subject: Subject, { outputs, regular, corrupted }: Groups, coverage: number): RuleCut[] {
  return gatesOf(subject, coverage).map((gate) => ({
    rule: gate.rule,
    threshold: gate.threshold,
    kept: acceptedShare(gate, outputs, regular),
    passes: acceptedShare(gate, outputs, corrupted),
  }));
}

/** The section. `rows` is what `measureArticle` gave. */
export function articleSection(context: ReportContext, rows: readonly ArticleRow[]): Section {
  const blocks: Block[] = [
    {
      kind: 'text',
      text:
        `Of ${context.plan.article} test digits each is noised with a probability of 1/2, with the universal ` +
        `vector of one of the nine other classes. Corrupted: noised and wrong. The corruption rate is the ` +
        `share of noised digits that are wrong; a weak attack flatters every gate, so it stands beside ` +
        `every pass rate. Thresholds are set on the ${context.data.heldOut.count} held-out digits; the share ` +
        `they keep of regular test digits stands beside them. Rows in grey are the author's; those of the ` +
        `convolutional networks rest on another, easier protocol, which has a section of its own.`,
    },
    noiseTable(rows),
    ...COVERAGES.map((coverage) => cutTable(rows, coverage)),
    ...COVERAGES.map((coverage) => ruleTable(rows, coverage)),
    rangeText(rows),
  ];
  return {
    id: 'article',
    title: "The article's table",
    blocks,
    numbers: { author: AUTHOR_ROWS, rows: rows.map(({ groups, ...row }) => ({ ...row, groups: sizes(groups) })) },
  };
}

function sizes({ regular, ineffective, corrupted, cleanWrong }: Groups): Record<string, number> {
  return {
    regular: regular.length,
    ineffective: ineffective.length,
    corrupted: corrupted.length,
    cleanWrong: cleanWrong.length,
  };
}

/** A row's name; the noise of another model is named. */
function nameOf({ model, noiseOf }: ArticleRow): string {
  return model === noiseOf ? model : `${model}, noise of ${noiseOf}`;
}

/** The name of the author's row; one that can't be compared as it stands says so. */
function authorName(model: string): string {
  return `${model}, author${protocolRow(model) ? ' (another protocol)' : ''}`;
}

/** The author's row goes above the first of a model's rows: his noise is fitted on the unpruned model. */
function withAuthor(
  rows: readonly ArticleRow[],
  ours: (row: ArticleRow) => TableCell[],
  his: (model: string) => readonly string[] | undefined,
): TableCell[][] {
  return rows.flatMap((row, i) => {
    const cells = rows[i - 1]?.model === row.model ? undefined : his(row.model);
    return [
      ...(cells
        ? [
            ['author', ...cells].map((text) => ({
              text: text === 'author' ? authorName(row.model) : text,
              mark: 'author' as const,
            })),
          ]
        : []),
      ours(row),
    ];
  });
}

function noiseTable(rows: readonly ArticleRow[]): Block {
  return {
    kind: 'table',
    caption: 'Accuracy on clean digits, and with noise on half of them',
    head: [
      'model',
      'clean',
      `half noised, eps ${NOISE.strong}`,
      'corruption rate',
      `half noised, eps ${NOISE.weak}`,
      'corruption rate',
    ],
    rows: withAuthor(
      rows,
      (row) => [
        nameOf(row),
        percent(row.accuracy, 2),
        percent(row.halfNoised.strong, 2),
        percent(row.corruption.strong),
        percent(row.halfNoised.weak, 2),
        percent(row.corruption.weak),
      ],
      (model) => {
        const author = authorRow(model);
        return (
          author && [
            percent(author.accuracy, 2),
            percent(author.halfNoised, 2),
            `about ${percent(authorCorruption(author), 0)}`,
            '-',
            '-',
          ]
        );
      },
    ),
  };
}

/**
 * The author's corruption rate: half of his digits are noised, so what is missing from the clean accuracy went wrong in
 * that half.
 */
export function authorCorruption({
  accuracy,
  halfNoised,
}: {
  readonly accuracy: number;
  readonly halfNoised: number;
}): number {
  return 1 - (2 * halfNoised - accuracy);
}

function cutTable(rows: readonly ArticleRow[], coverage: number): Block {
  const words = (cut: AuthorCut): string[] => {
    const [lo, hi] = cut.passes;
    return [
      `${cut.about ? 'about ' : ''}${cut.ratio ?? '-'}`,
      percent(coverage, 0),
      lo === hi ? percent(lo) : `${(100 * lo).toFixed(0)}-${percent(hi, 0)}`,
      '-',
    ];
  };
  return {
    kind: 'table',
    caption:
      `At ${percent(coverage, 0)} of the regular digits kept, noise of eps ${NOISE.strong}: what passes ` +
      `of the corrupted digits, with its 95 % interval`,
    head: [
      'model',
      'ratio threshold',
      'regular test digits kept',
      'corrupted that pass, by ratio',
      'by the best rule',
      'corruption rate',
    ],
    rows: withAuthor(
      rows,
      (row) => {
        const rules = row.cuts.find((cut) => cut.coverage === coverage)?.rules ?? [];
        const ratio = rules.find(({ rule }) => rule === 'ratio');
        const best = bestRule(rules);
        return [
          nameOf(row),
          short(ratio?.threshold),
          percent(ratio?.kept.share),
          ratio ? withInterval(ratio.passes) : '-',
          best ? { text: `${withInterval(best.passes)}, ${best.rule}`, mark: 'best' } : '-',
          percent(row.corruption.strong),
        ];
      },
      (model) => {
        const author = authorRow(model);
        const cut = coverage === DEFAULT_COVERAGE ? author?.at90 : author?.at80;
        return author && cut && [...words(cut), `about ${percent(authorCorruption(author), 0)}`];
      },
    ),
  };
}

function ruleTable(rows: readonly ArticleRow[], coverage: number): Block {
  const names = rows[0]?.cuts[0]?.rules.map(({ rule }) => rule) ?? [];
  return {
    kind: 'table',
    caption:
      `Corrupted digits that pass each rule at ${percent(coverage, 0)} of the regular held-out digits ` +
      `kept (the best of a row is marked)`,
    head: ['model', ...names, 'corruption rate'],
    rows: rows.map((row) => {
      const rules = row.cuts.find((cut) => cut.coverage === coverage)?.rules ?? [];
      const best = bestRule(rules);
      return [
        nameOf(row),
        ...rules.map((each): TableCell =>
          each === best ? { text: percent(each.passes.share), mark: 'best' } : percent(each.passes.share),
        ),
        percent(row.corruption.strong),
      ];
    }),
  };
}

function rangeText(rows: readonly ArticleRow[]): Block {
  const found = rows.find(({ model }) => model === 'fc-lq');
  const ours = found
    ? `here it rejects ${withInterval(found.outsideRange)}, at a corruption rate of ${percent(found.corruption.strong)}`
    : 'fc-lq is not among the models of this report';
  return {
    kind: 'text',
    text:
      `The article's range of the top output, ${AUTHOR_RANGE.join(' to ')}, rejects ` +
      `about ${percent(AUTHOR_RANGE_REJECTS, 0)} of the corrupted digits of the unpruned fully connected ` +
      `model; ${ours}.`,
  };
}
