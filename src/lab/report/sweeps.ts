// Owns the sweeps over epsilon: corruption rate and leak of each attack on each model, beside the author's rates.
import type { Labelled } from '../judging/curves.js';
import { AUTHOR_SWEEPS, authorRate } from './author.js';
import { type ReportContext, corruptionShare, gateOf, imagesFor, leakOf, needsOf, type Subject } from './context.js';
import type { Block, Section, TableCell } from './page.js';
import { curves, type Panel } from './plots.js';
import { percent, type Share } from './shares.js';
import { NOISE } from './article.js';
import type { Attack } from '../attacks/attack.js';
import { universal } from '../attacks/universal.js';
import { fgsm } from '../attacks/fgsm.js';
import { pgdEarly } from '../attacks/pgd-early.js';
import { pgd } from '../attacks/pgd.js';
import { gateAware } from '../attacks/gate-aware.js';
import { transfer } from '../attacks/transfer.js';

/** The attacks of a sweep, by rising knowledge. */
const SWEPT: readonly Attack[] = [universal, fgsm, pgdEarly, pgd, gateAware, transfer];

/** One attack on one model at one epsilon. */
export interface SweepPoint {
  readonly model: string;
  readonly attack: string;
  readonly epsilon: number;
  readonly images: number;
  /** Share of the digits read right when clean that are read wrong. */
  readonly corruption: Share;
  /** Share of all of them that are wrong and accepted by the ratio at 90 % of the regular held-out digits kept. */
  readonly leak: Share;
  /** The author's corruption rate, where he states one. */
  readonly author?: number | undefined;
}

/** A swept point with the outputs it was counted on. */
export interface Swept {
  readonly point: SweepPoint;
  readonly subject: Subject;
  readonly outcomes: Labelled;
}

/** Runs every attack of a sweep on every subject. */
export async function runSweeps(context: ReportContext): Promise<Swept[]> {
  const swept: Swept[] = [];
  for (const subject of context.subjects) {
    const gate = gateOf(subject, 'ratio');
    for (const attack of SWEPT) {
      for (const epsilon of epsilonsOf(attack, context)) {
        const outcomes = await sweepRun(context, subject, attack, epsilon);
        if (!outcomes) continue;
        const author = authorRate(subject.name, attack.name, epsilon);
        swept.push({
          subject,
          outcomes,
          point: {
            model: subject.name,
            attack: attack.name,
            epsilon,
            images: outcomes.labels.length,
            corruption: corruptionShare(subject, outcomes),
            leak: leakOf(gate, outcomes),
            author,
          },
        });
      }
    }
  }
  return swept;
}

/** What is fitted before takes long: the two strengths of "Output analysis" only. */
function epsilonsOf({ needs }: Attack, { plan }: ReportContext): readonly number[] {
  return needs.fit ? [NOISE.weak, NOISE.strong] : plan.epsilons;
}

/** An attack with the sweep's settings; undefined where there is no other model to transfer from. */
async function sweepRun(
  context: ReportContext,
  subject: Subject,
  attack: Attack,
  epsilon: number,
): Promise<Labelled | undefined> {
  const { name } = attack;
  const given = needsOf(context, attack, subject, context.plan.sweep[name]);
  return given && context.run({ subject, attack: name, epsilon, images: imagesFor(subject, context), ...given });
}

/** The section. */
export async function sweepSection(context: ReportContext, swept: readonly Swept[]): Promise<Section> {
  const points = swept.map(({ point }) => point);
  const figure = async (
    name: string,
    title: string,
    quantity: (point: SweepPoint) => Share,
    withAuthor: boolean,
    caption: string,
  ): Promise<Block> => ({
    kind: 'figure',
    name,
    caption,
    picture: await context.drawing.chart(
      curves({
        x: { title: 'epsilon (change of a pixel, 0 to 1)', domain: [0, 0.4] },
        y: { title, percent: true, domain: [0, 1] },
        panels: context.subjects.map((subject) => panelOf(subject, points, quantity, withAuthor)),
        names: [...SWEPT.map(({ name }) => name), ...(withAuthor ? [HIS] : [])],
        form: 'line',
        columns: 3,
      }),
    ),
  });
  const blocks: Block[] = [
    {
      kind: 'text',
      text:
        `Every attack on the first ${context.plan.images} test digits of a model (${context.plan.heavyImages} ` +
        `of the article's convolutional ones, which cost ten times as much). Corruption rate as RobustML ` +
        `counts it: the share of the digits read right when clean that the attack makes wrong. Leak: the ` +
        `share that is wrong and that the ratio accepts at 90 % of the regular held-out digits kept. ` +
        `Gate-aware knows that gate. PGD with early stop is the author's: it stops at the first flip, where ` +
        `the ratio is near 1 and any gate catches it.`,
    },
    await figure(
      'sweep-corruption',
      'corruption rate',
      ({ corruption }) => corruption,
      true,
      "Corruption rate against epsilon, with 95 % intervals, and the author's rates of PGD with early stop.",
    ),
    await figure('sweep-leak', 'leak', ({ leak }) => leak, false, 'Leak against epsilon, with 95 % intervals.'),
    ...context.subjects.map(({ name }) =>
      sweepTable(
        name,
        points.filter(({ model }) => model === name),
      ),
    ),
  ];
  return { id: 'sweeps', title: 'Strength of the attacks', blocks, numbers: { author: AUTHOR_SWEEPS, points } };
}

const HIS = 'pgd-early, author';

function panelOf(
  { name: model }: Subject,
  points: readonly SweepPoint[],
  quantity: (point: SweepPoint) => Share,
  withAuthor: boolean,
): Panel {
  const series = SWEPT.map(({ name: attack }) => ({
    name: attack,
    points: points
      .filter((point) => point.model === model && point.attack === attack)
      .map((point) => {
        const {
          share,
          interval: [lo, hi],
        } = quantity(point);
        return { x: point.epsilon, y: share, lo, hi };
      }),
  }));
  const his = AUTHOR_SWEEPS.find((sweep) => sweep.model === model && sweep.attack === pgdEarly.name);
  const author = Object.entries(his?.rates ?? {}).map(([epsilon, y]) => ({ x: Number(epsilon), y }));
  return { title: model, series: withAuthor ? [...series, { name: HIS, points: author }] : series };
}

function sweepTable(model: string, points: readonly SweepPoint[]): Block {
  const epsilons = [...new Set(points.map(({ epsilon }) => epsilon))].sort((a, b) => a - b);
  const rows = SWEPT.flatMap(({ name: attack }): TableCell[][] => {
    const at = (epsilon: number): SweepPoint | undefined =>
      points.find((point) => point.attack === attack && point.epsilon === epsilon);
    const his = epsilons.map((epsilon) => authorRate(model, attack, epsilon));
    const ours = (name: string, quantity: (point: SweepPoint) => Share): TableCell[] => [
      name,
      ...epsilons.map((epsilon) => percent(at(epsilon) && quantity(at(epsilon)!).share)),
    ];
    if (epsilons.every((epsilon) => at(epsilon) === undefined)) return [];
    return [
      ours(`${attack}, corruption`, ({ corruption }) => corruption),
      ...(his.some((rate) => rate !== undefined)
        ? [
            [`${attack}, author`, ...his.map((rate) => percent(rate))].map((text) => ({
              text,
              mark: 'author' as const,
            })),
          ]
        : []),
      ours(`${attack}, leak`, ({ leak }) => leak),
    ];
  });
  return {
    kind: 'table',
    caption: `${model}, ${points[0]?.images ?? 0} test digits: corruption rate and leak by epsilon`,
    head: ['attack', ...epsilons.map(String)],
    rows,
  };
}
