// Owns the author's protocol for the convolutional networks, run beside the strict one of `article`, and the steps that
// lead from the one to the other: they show what each difference does. It must not fit noise or form groups itself.
import type { Attack } from '../attacks/attack.js';
import { universal, universalOf } from '../attacks/universal.js';
import { slice } from '../data/dataset.js';
import { thresholdAt, type Labelled } from '../judging/curves.js';
import { outputsOf } from '../judging/measure.js';
import { ratio } from '../rules/ratio.js';
import { authorCorruption, NOISE } from './article.js';
import { AUTHOR_PROTOCOL, authorRow, protocolRow, type ProtocolRow } from './author.js';
import { firstOf, fittingSteps, gateOf, type ReportContext, type Subject, wrongShare } from './context.js';
import { corruptionRate, formGroups, halfNoisedAccuracy, valuesOf, type Groups } from './groups.js';
import type { Block, Section, TableCell } from './page.js';
import { percent, shareOf, short, withInterval, type Share } from './shares.js';
import { createRandom } from '../../base/random.js';
import { evidence } from '../../gate/gate.js';
import { CLASSES } from '../../types.js';

/** What a threshold on the 1-2 ratio does. */
export interface RatioCut {
  readonly ratio: number;
  /** Share of the regular digits at or above it. */
  readonly kept: Share;
  /** Share of the corrupted digits at or above it. */
  readonly passes: Share;
}

/** The last of the ways: what the author did. */
export const AUTHORS = "the author's protocol";

/** How a model is measured. */
interface Way {
  readonly step: 'strict' | 'transferred' | 'six vectors' | typeof AUTHORS;
  /** Bounds of the vectors, by class from 0 on. */
  readonly epsilons: readonly number[];
  readonly digits: 'test' | 'training';
}

/** A model measured in one way. */
export interface ProtocolStep extends Way {
  readonly model: string;
  /** Whose noise vectors these are. */
  readonly noiseOf: string;
  readonly images: number;
  /** Of the clean digits, [0, 1]. */
  readonly accuracy: number;
  readonly halfNoised: number;
  /** Share of the noised digits that are read wrong. */
  readonly corruption: number;
  /** The strict reading: the threshold keeps 90 % of the regular held-out digits. */
  readonly strictCut: RatioCut;
  /** The author's reading: the threshold keeps the share that his keeps, of the regular ones of these same digits. */
  readonly sameKept: RatioCut;
  /** His threshold as it is. */
  readonly sameRatio: RatioCut;
}

/** A way, and what it takes. */
interface Run extends Way {
  readonly attack: Attack;
  /** Whose noise; undefined: the model's own. */
  readonly surrogate: Subject | undefined;
}

/** From the strict protocol to the author's; each has one difference more than the one before. */
function runsWith(softmax: Subject): Run[] {
  const ten = { attack: universal, epsilons: new Array<number>(CLASSES).fill(NOISE.strong) };
  const { epsilons } = AUTHOR_PROTOCOL;
  const six = { attack: universalOf(epsilons), epsilons, surrogate: softmax };
  return [
    { ...ten, step: 'strict', surrogate: undefined, digits: 'test' },
    { ...ten, step: 'transferred', surrogate: softmax, digits: 'test' },
    { ...six, step: 'six vectors', digits: 'test' },
    { ...six, step: AUTHORS, digits: 'training' },
  ];
}

/** The models of the author's protocol that are here. */
function measurable({ subjects }: ReportContext): { readonly subject: Subject; readonly author: ProtocolRow }[] {
  return subjects.flatMap((subject) => {
    const author = protocolRow(subject.name);
    return author ? [{ subject, author }] : [];
  });
}

/** Measures every convolutional model there is in every way; none without the softmax network that the noise is of. */
export async function measureProtocol(context: ReportContext): Promise<ProtocolStep[]> {
  const softmax = context.subjects.find(({ name }) => name === AUTHOR_PROTOCOL.noiseOf.model);
  if (!softmax) return [];
  const steps: ProtocolStep[] = [];
  for (const { subject, author } of measurable(context)) {
    for (const run of runsWith(softmax)) steps.push(await measureStep(context, subject, author, run));
  }
  return steps;
}

async function measureStep(
  context: ReportContext,
  subject: Subject,
  author: ProtocolRow,
  { attack, surrogate, ...way }: Run,
): Promise<ProtocolStep> {
  const clean = cleanDigits(context, subject, author, way.digits);
  const images = clean.labels.length;
  const noised = await context.run({
    subject,
    attack,
    surrogate,
    digits: way.digits,
    epsilon: Math.max(...way.epsilons),
    images,
    settings: { fitting: fittingSteps(context, surrogate ?? subject) },
  });
  const groups = formGroups(clean.outputs, noised.outputs, clean.labels, createRandom(context.seed).fork('groups'));
  return {
    ...way,
    model: subject.name,
    noiseOf: (surrogate ?? subject).name,
    images,
    accuracy: 1 - wrongShare(clean).share,
    halfNoised: halfNoisedAccuracy(groups),
    corruption: corruptionRate(groups),
    strictCut: cutAt(groups, gateOf(subject, ratio.name).threshold),
    sameKept: cutAt(groups, thresholdAt(ratiosOf(groups, 'regular'), author.kept)),
    sameRatio: cutAt(groups, author.ratio),
  };
}

/** The clean digits of a way: the test digits as the article's table takes them, training digits as many as his. */
function cleanDigits(
  { data, plan }: ReportContext,
  { network, test }: Subject,
  author: ProtocolRow,
  digits: Way['digits'],
): Labelled {
  if (digits === 'test') return firstOf(test, plan.article);
  const some = slice(data.training, 0, Math.min(plan.article, author.images, data.training.count));
  return { outputs: outputsOf(network, some), labels: some.labels };
}

function ratiosOf(groups: Groups, name: 'regular' | 'corrupted'): Float64Array {
  return valuesOf(groups.outputs, groups[name], (outputs, offset) => evidence(outputs, offset).ratio);
}

function cutAt(groups: Groups, threshold: number): RatioCut {
  const above = (name: 'regular' | 'corrupted'): Share => {
    const ratios = ratiosOf(groups, name);
    return shareOf(ratios.filter((each) => each >= threshold).length, ratios.length);
  };
  return { ratio: threshold, kept: above('regular'), passes: above('corrupted') };
}

/** The section; undefined where no convolutional model is. `steps` is what `measureProtocol` gave. */
export function protocolSection(context: ReportContext, steps: readonly ProtocolStep[]): Section | undefined {
  if (measurable(context).length === 0) return undefined;
  const { noiseOf, epsilons } = AUTHOR_PROTOCOL;
  const what =
    `The author's figures of the convolutional networks rest on another protocol than those of the fully ` +
    `connected ones. His noise is by all signs fitted on a softmax network, which its notebook loads ` +
    `(${percent(noiseOf.accuracy, 2)} right; here \`${noiseOf.model}\`), and carried over; it has ` +
    `six vectors, of the classes 0 to ${epsilons.length - 1} at eps ${epsilons.join(', ')}; the digits are training digits; and the threshold is read off the same digits. `;
  const blocks: Block[] =
    steps.length === 0
      ? [{ kind: 'text', text: `${what}It is not run here: ${noiseOf.model} is missing.` }]
      : [{ kind: 'text', text: what + STEPS_TEXT }, stepsTable(steps), authorTable(steps)];
  return {
    id: 'author-protocol',
    title: "The author's protocol for the convolutional networks",
    blocks,
    numbers: { author: AUTHOR_PROTOCOL, steps },
  };
}

const STEPS_TEXT =
  `Strict: the model's own noise, one vector of each of the ten classes at eps ${NOISE.strong}, test digits, as ` +
  `in the table before. Transferred: the same, but for the noise, which is fitted on the softmax network. Six ` +
  `vectors: his classes and strengths in their place. The author's protocol: training digits too. A digit gets ` +
  `the vector of another class than its own, drawn at random among those that there are.`;

function stepsTable(steps: readonly ProtocolStep[]): Block {
  return {
    kind: 'table',
    caption:
      "From the strict protocol to the author's, one difference more in each row. The threshold keeps 90 % of the " +
      'regular held-out digits; what passes is a share of the corrupted digits, with its 95 % interval',
    head: [
      'model and protocol',
      'noise of',
      'digits',
      'clean',
      'half noised',
      'corruption rate',
      'ratio threshold',
      'regular kept',
      'corrupted that pass',
    ],
    rows: steps.map(({ strictCut: cut, ...step }): TableCell[] => [
      `${step.model}, ${step.step}`,
      step.noiseOf,
      `${step.images} ${step.digits}`,
      percent(step.accuracy, 2),
      percent(step.halfNoised, 2),
      percent(step.corruption),
      short(cut.ratio),
      percent(cut.kept.share),
      withInterval(cut.passes),
    ]),
  };
}

/** His figures beside ours of the last step, with the threshold set in his two ways. */
function authorTable(steps: readonly ProtocolStep[]): Block {
  const rows = steps
    .filter(({ step }) => step === AUTHORS)
    .flatMap((step) => {
      const cells = (name: string, { ratio: threshold, kept, passes }: RatioCut): TableCell[] => [
        `${step.model}, ${name}`,
        `${step.images}`,
        percent(step.accuracy, 2),
        percent(step.halfNoised, 2),
        percent(step.corruption),
        short(threshold),
        percent(kept.share),
        withInterval(passes),
      ];
      return [
        authorCells(step.model).map((text): TableCell => ({ text, mark: 'author' })),
        cells('at his share kept', step.sameKept),
        cells('at his ratio', step.sameRatio),
      ];
    });
  return {
    kind: 'table',
    caption: "The author's protocol: his figures, and ours with the threshold set in either of his ways",
    head: [
      'model',
      'training digits',
      'clean',
      'half noised',
      'corruption rate',
      'ratio threshold',
      'regular kept',
      'corrupted that pass',
    ],
    rows,
  };
}

/**
 * The corruption rate of a row of his. Where he does not state the clean accuracy on these digits, that of the article
 * stands in.
 */
export function protocolCorruption({ model, accuracy, halfNoised }: ProtocolRow): number {
  return authorCorruption({ accuracy: accuracy ?? authorRow(model)!.accuracy, halfNoised });
}

function authorCells(model: string): string[] {
  const author = protocolRow(model)!;
  return [
    `${model}, author`,
    String(author.images),
    percent(author.accuracy, 2),
    percent(author.halfNoised, 2),
    `about ${percent(protocolCorruption(author), 0)}`,
    String(author.ratio),
    percent(author.kept),
    percent(author.passes, 2),
  ];
}
