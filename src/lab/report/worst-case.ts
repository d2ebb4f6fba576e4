// Owns the worst case of each image over all L-infinity attacks, beside published robust accuracies.
import { L_INFINITY_ATTACKS } from '../attacks/list.js';
import type { Outcome } from '../judging/evaluate.js';
import { countLeaks, type LeakFigures } from '../judging/leaks.js';
import { PUBLISHED_ROBUST } from './author.js';
import { type ReportContext, firstOf, gateOf, imagesFor, needsOf, type Subject } from './context.js';
import { claimOf } from './claims.js';
import { markedName } from './diagnostics.js';
import type { Block, Section, TableCell } from './page.js';
import { percent } from './shares.js';

/** Epsilon of the published figures. */
const EPSILON = 0.3;

/**
 * Rules that a leak is stated for, by the cost a model was trained with, each at 90 % of the regular held-out digits
 * kept. Every attack that knows the gate runs once against each of them, so each rule more costs as much as these
 * attacks do.
 */
const DEFENDED = { lq: ['ratio', 'residual'], softmax: ['ratio', 'softmax'] } as const;

/** The worst case of one model. */
export interface WorstCase {
  readonly model: string;
  readonly images: number;
  /** What took part, with its settings; what knows the gate ran against each of these rules. */
  readonly attacks: readonly {
    readonly attack: string;
    readonly settings: object;
    readonly against?: readonly string[];
  }[];
  /** By rule. */
  readonly rules: readonly { readonly rule: string; readonly threshold: number; readonly leaks: LeakFigures }[];
}

/** Runs every L-infinity attack on the model that is meant to withstand them; on others with fewer images. */
export async function measureWorst(context: ReportContext, subject: Subject): Promise<WorstCase> {
  const images = imagesFor(
    subject,
    context,
    claimOf(subject.name) ? context.plan.images : Math.ceil(context.plan.images / 5),
  );
  const defended = DEFENDED[subject.model.card.kind];
  const runs: Outcome[] = [];
  const attacks: WorstCase['attacks'][number][] = [];
  for (const attack of L_INFINITY_ATTACKS) {
    const { name, needs } = attack;
    const given = needsOf(context, attack, subject, context.plan.worst[name]);
    if (!given) continue;
    const rules = needs.gate ? defended : [defended[0]];
    for (const rule of rules)
      runs.push(await context.run({ subject, attack: name, epsilon: EPSILON, images, rule, ...given }));
    attacks.push({ attack: name, settings: runs.at(-1)!.settings, ...(needs.gate && { against: rules }) });
  }
  const clean = firstOf(subject.test, images);
  return {
    model: subject.name,
    images,
    attacks,
    rules: defended.map((rule) => {
      const gate = gateOf(subject, rule);
      return { rule, threshold: gate.threshold, leaks: countLeaks(clean, runs, gate.accepts) };
    }),
  };
}

/** The section. `masked`: names of the models whose gradients may be masked. */
export function worstSection(found: readonly WorstCase[], masked: ReadonlySet<string>): Section {
  const attacks = found[0]?.attacks.map(({ attack, settings }) => `${attack}${wordsOf(settings)}`).join('; ') ?? 'none';
  const rows = found.flatMap(({ model, images, rules }): TableCell[][] =>
    rules.map(
      (
        {
          rule,
          leaks: {
            cleanAccuracy,
            robustAccuracy,
            coverage,
            leaked,
            leaked95: [lo, hi],
          },
        },
        i,
      ) => [
        i === 0 ? markedName(model, masked) : '',
        String(images),
        percent(cleanAccuracy),
        percent(robustAccuracy ?? undefined),
        rule,
        percent(coverage),
        `${percent(leaked, 2)} (${(100 * lo).toFixed(2)}-${(100 * hi).toFixed(2)})`,
      ],
    ),
  );
  const aware = found[0]?.attacks.flatMap(({ attack, against }) => (against ? [attack] : [])).join(', ') ?? 'none';
  const published = PUBLISHED_ROBUST.map(({ name, accuracy }) => [
    { text: `published: ${name}`, mark: 'author' as const },
    ...['-', '-', percent(accuracy, 2), 'none', '-', '-'].map((text) => ({ text, mark: 'author' as const })),
  ]);
  const blocks: Block[] = [
    {
      kind: 'text',
      text:
        `An image counts as wrong, and as leaked, when any of the attacks makes it so at ` +
        `eps ${EPSILON}: ${attacks}. What knows the gate (${aware}) is run once against each of the two ` +
        `rules that a leak is stated for: ${DEFENDED.lq.join(' and ')}, of softmax ` +
        `models ${DEFENDED.softmax.join(' and ')}; that doubles what these attacks cost. Robust accuracy: ` +
        `right when clean and under every attack, before any gate. Leak: accepted and wrong under at least ` +
        `one of them, at 90 % of the regular held-out digits kept. The published figures are ` +
        `of AutoAttack, without a gate.`,
    },
    {
      kind: 'table',
      caption: 'Worst case over all L-infinity attacks per image',
      head: ['model', 'test digits', 'clean', 'robust accuracy', 'gate', 'regular kept', 'leak (95 % interval)'],
      rows: [...rows, ...published],
    },
  ];
  return {
    id: 'worst-case',
    title: `The worst case at eps ${EPSILON}`,
    blocks,
    numbers: { epsilon: EPSILON, published: PUBLISHED_ROBUST, models: found },
  };
}

function wordsOf(settings: object): string {
  const parts = Object.entries(settings).map(([name, value]) => `${String(value)} ${name}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
