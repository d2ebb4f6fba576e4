// Owns the worst case of each image over all L-infinity attacks, beside published robust accuracies.
import { L_INFINITY_ATTACKS } from '../attacks/list.js';
import type { Outcome } from '../evaluate.js';
import { countLeaks, type Leaks } from '../leaks.js';
import { fittingSteps } from './article.js';
import { PUBLISHED_ROBUST } from './author.js';
import { firstOf, gateOf, imagesFor, surrogateFor, type Bench, type Subject } from './bench.js';
import type { Block, Section, TableCell } from './page.js';
import { percent } from './shares.js';

/** Epsilon of the published figures. */
const EPSILON = 0.3;

/** Rules that gate-aware is run against, each at 90 % of the regular held-out digits kept. */
const DEFENDED = ['ratio', 'residual'] as const;

/** The worst case of one model. */
export interface WorstCase {
  readonly model: string;
  readonly images: number;
  /** What took part, with its settings. */
  readonly attacks: readonly { readonly attack: string; readonly settings: object }[];
  /** By rule. */
  readonly rules: readonly { readonly rule: string; readonly threshold: number; readonly leaks: Leaks }[];
}

/** Runs every L-infinity attack on the model that is meant to withstand them; on others with fewer images. */
export async function measureWorst(bench: Bench, subject: Subject): Promise<WorstCase> {
  const images = imagesFor(subject, bench, subject.name === 'hardened' ? bench.plan.images : Math.ceil(bench.plan.images / 5));
  const runs: Outcome[] = [];
  for (const { name } of L_INFINITY_ATTACKS) {
    const surrogate = name === 'transfer' ? surrogateFor(subject, bench.subjects) : undefined;
    if (name === 'transfer' && !surrogate) continue;
    const settings = name === 'universal' ? { fitting: fittingSteps(bench, subject) } : (bench.plan.worst[name] ?? {});
    const rules = name === 'gate-aware' ? DEFENDED : [DEFENDED[0]];
    for (const rule of rules) runs.push(await bench.run({ subject, attack: name, epsilon: EPSILON, images, settings, rule, surrogate }));
  }
  const clean = firstOf(subject.test, images);
  return {
    model: subject.name,
    images,
    attacks: runs.map(({ attack, settings }) => ({ attack, settings })),
    rules: DEFENDED.map((rule) => {
      const gate = gateOf(subject, rule, 0.9);
      return { rule, threshold: gate.threshold, leaks: countLeaks(clean, runs, gate.accepts) };
    }),
  };
}

/** The section. */
export function worstSection(found: readonly WorstCase[]): Section {
  const attacks = found[0]?.attacks.map(({ attack, settings }) => `${attack}${wordsOf(settings)}`).join('; ') ?? 'none';
  const rows = found.flatMap(({ model, images, rules }): TableCell[][] =>
    rules.map(({ rule, leaks: { cleanAccuracy, robustAccuracy, coverage, leaked, leaked95: [lo, hi] } }, i) => [
      i === 0 ? model : '', String(images), percent(cleanAccuracy), percent(robustAccuracy ?? undefined), rule, percent(coverage), `${percent(leaked, 2)} (${(100 * lo).toFixed(2)}-${(100 * hi).toFixed(2)})`,
    ]),
  );
  const published = PUBLISHED_ROBUST.map(({ name, accuracy }) => [{ text: `published: ${name}`, mark: 'author' as const }, ...['-', '-', percent(accuracy, 2), 'none', '-', '-'].map((text) => ({ text, mark: 'author' as const }))]);
  const blocks: Block[] = [
    { kind: 'text', text: `An image counts as wrong, and as leaked, when any of the attacks makes it so at eps ${EPSILON}: ${attacks}. Gate-aware is run against both rules. Robust accuracy: right when clean and under every attack, before any gate. Leak: accepted and wrong under at least one of them, at 90 % of the regular held-out digits kept. The published figures are of AutoAttack, without a gate.` },
    { kind: 'table', caption: 'Worst case over all L-infinity attacks per image', head: ['model', 'test digits', 'clean', 'robust accuracy', 'gate', 'regular kept', 'leak (95 % interval)'], rows: [...rows, ...published] },
  ];
  return { id: 'worst-case', title: `The worst case at eps ${EPSILON}`, blocks, numbers: { epsilon: EPSILON, published: PUBLISHED_ROBUST, models: found } };
}

function wordsOf(settings: object): string {
  const parts = Object.entries(settings).map(([name, value]) => `${String(value)} ${name}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
