// Owns the curves of leak against coverage for each rule and attack, and how well each rule separates (AUROC).
import { leakCurve, separation, type LeakCurve } from '../judging/curves.js';
import { epsilonFor, epsilonsInWords } from './claims.js';
import { firstOf, type ReportContext, type Subject } from './context.js';
import type { Block, Section, TableCell } from './page.js';
import { curves, type Panel } from './plots.js';
import { percent, shareOf } from './shares.js';
import type { Swept } from './sweeps.js';

/** Shares of the regular digits that thresholds are set for. */
const COVERAGES = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995];

/** Where an attack is looked at at another epsilon than the model's own: the strong noise of "Output analysis". */
const LOOKED_AT: Readonly<Record<string, number>> = { universal: 0.35 };

/** One rule against one attack on one model. */
export interface RuleCurve {
  readonly model: string;
  readonly attack: string;
  readonly epsilon: number;
  readonly rule: string;
  readonly curve: LeakCurve;
  /** Regular test digits against what the attack made wrong; NaN (null in JSON) when nothing is wrong. */
  readonly auroc: number;
}

/** Every rule against every attack that was swept. */
export function ruleCurves(swept: readonly Swept[]): RuleCurve[] {
  const looked = swept.filter(
    ({ subject, point: { attack, epsilon } }) => epsilon === (LOOKED_AT[attack] ?? epsilonFor(subject.name)),
  );
  return looked.flatMap(({ subject, point: { attack, epsilon }, outcomes }) =>
    subject.rules.map(({ rule, fitted }): RuleCurve => {
      const clean = firstOf(subject.test, outcomes.labels.length);
      const curve = leakCurve(fitted, {
        heldOut: subject.heldOut,
        clean: subject.test,
        attacked: outcomes,
        coverages: COVERAGES,
      });
      return {
        model: subject.name,
        attack,
        epsilon,
        rule: rule.name,
        curve,
        auroc: separation(fitted, clean, outcomes),
      };
    }),
  );
}

/** The section. */
export async function leakSection(context: ReportContext, found: readonly RuleCurve[]): Promise<Section> {
  const figures = await Promise.all(
    context.subjects.map((subject) =>
      figureOf(
        context,
        subject,
        found.filter(({ model }) => model === subject.name),
      ),
    ),
  );
  const blocks: Block[] = [
    {
      kind: 'text',
      text:
        `Each rule's threshold is set on the held-out digits for a share of the regular ones to keep; the ` +
        `curve shows what share of the regular test digits it keeps and what share of all attacked digits ` +
        `is then wrong and accepted (the leak), with 95 % intervals. Universal noise at ` +
        `eps ${LOOKED_AT['universal']}, the others ${epsilonsInWords()}. Gate-aware works against the ratio at 90 %: ` +
        `the other rules meet it as a transfer, and so does the ratio itself at stricter thresholds than ` +
        `that one (to the left of 90 %).`,
    },
    ...figures,
    aurocTable(context, found),
  ];
  return { id: 'leaks', title: 'Leak against coverage', blocks, numbers: { curves: found } };
}

async function figureOf(
  { drawing }: ReportContext,
  { name, rules }: Subject,
  found: readonly RuleCurve[],
): Promise<Block> {
  const attacks = [...new Set(found.map(({ attack }) => attack))];
  const picture = await drawing.chart(
    curves({
      x: { title: 'regular test digits kept', domain: [0.5, 1], percent: true, values: [0.5, 0.6, 0.7, 0.8, 0.9, 1] },
      y: {
        title: 'leak (log axis; 0 is drawn at the foot)',
        scale: 'log',
        domain: [FOOT, 1],
        percent: true,
        values: [0.001, 0.01, 0.1, 1],
      },
      panels: attacks.map((attack) =>
        panelOf(
          attack,
          found.filter((each) => each.attack === attack),
        ),
      ),
      names: rules.map(({ rule }) => rule.name),
      form: 'curve',
      columns: 2,
    }),
  );
  return {
    kind: 'figure',
    name: `leak-${name}`,
    picture,
    caption:
      `${name}: leak of each rule against the share of regular digits kept. Bands are 95 % intervals; a ` +
      `rule that lets none of the ${found[0]?.curve.images ?? 0} digits pass is drawn at the foot without ` +
      `one, and its leak may be up to ${percent(shareOf(0, found[0]?.curve.images ?? 0).interval[1], 2)}.`,
  };
}

/** The lowest leak on the axis. */
const FOOT = 0.0005;

function panelOf(attack: string, found: readonly RuleCurve[]): Panel {
  const wrong = found[0] ? found[0].curve.wrong / found[0].curve.images : undefined;
  return {
    title: `${attack}, eps ${found[0]?.epsilon ?? ''}: ${percent(wrong, 0)} wrong`,
    series: found.map(({ rule, curve }) => ({
      name: rule,
      points: curve.points.map(({ coverage, leak, interval: [lo, hi] }) => ({
        x: coverage,
        y: Math.max(FOOT, leak),
        ...(leak > 0 && { lo: Math.max(FOOT, lo), hi }),
      })),
    })),
  };
}

function aurocTable({ subjects }: ReportContext, found: readonly RuleCurve[]): Block {
  const rules = subjects[0]?.rules.map(({ rule }) => rule.name) ?? [];
  const rows = subjects.flatMap(({ name }) =>
    [...new Set(found.filter(({ model }) => model === name).map(({ attack }) => attack))].map((attack): TableCell[] => {
      const some = found.filter((each) => each.model === name && each.attack === attack);
      const best = Math.max(...some.map(({ auroc }) => auroc).filter(Number.isFinite));
      const value = (rule: string): TableCell => {
        const auroc = some.find((each) => each.rule === rule)?.auroc ?? NaN;
        const text = Number.isFinite(auroc) ? auroc.toFixed(3) : '-';
        return auroc === best ? { text, mark: 'best' } : text;
      };
      const { wrong, images } = some[0]!.curve;
      return [`${name}, ${attack} ${some[0]!.epsilon}`, percent(wrong / images), ...rules.map(value)];
    }),
  );
  return {
    kind: 'table',
    caption:
      'AUROC of each rule: how often a regular digit is surer than one that the attack made wrong (1 ' +
      'perfect, 0.5 none). The best of a row is marked.',
    head: ['model and attack', 'wrong', ...rules],
    rows,
  };
}
