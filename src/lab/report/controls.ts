// Owns what gates do with what no adversary chose (noise, blur, occlusion, what is no digit), and with patches.
import { ATTACKS } from '../attacks/list.js';
import { countLeaks, type LeakFigures } from '../judging/leaks.js';
import { outputsOf } from '../judging/measure.js';
import { firstOf, gateOf, imagesFor, type ReportContext, type RuleGate, type Subject } from './context.js';
import type { Block, Section, TableCell } from './page.js';
import { percent, shareOf, withInterval, type Share } from './shares.js';
import { CLASSES } from '../../types.js';

/** One disturbance of one model, behind the ratio at 90 % of the regular held-out digits kept. */
export interface Control {
  readonly model: string;
  readonly attack: string;
  readonly unit: string;
  readonly epsilon: number;
  readonly leaks: LeakFigures;
}

/** How much of another data set, of which none is a digit, a model accepts by each rule. */
export interface OtherSet {
  readonly model: string;
  readonly set: string;
  readonly rules: readonly { readonly rule: string; readonly accepted: Share }[];
}

/** Runs every control, and every attack that is not bounded by L-infinity, at its typical strength. */
export async function measureControls(context: ReportContext, subject: Subject): Promise<Control[]> {
  const gate = gateOf(subject, 'ratio');
  const images = imagesFor(subject, context);
  const found: Control[] = [];
  for (const { name, unit, typical, needs } of ATTACKS.filter(
    (attack) => !attack.adversarial || attack.unit !== 'L-infinity',
  )) {
    const some = needs.patience ? Math.ceil(images / 5) : images;
    const outcome = await context.run({
      subject,
      attack: name,
      epsilon: typical,
      images: some,
      settings: context.plan.sweep[name] ?? {},
    });
    found.push({
      model: subject.name,
      attack: name,
      unit,
      epsilon: typical,
      leaks: countLeaks(firstOf(subject.test, some), [outcome], gate.accepts),
    });
  }
  return found;
}

/** What a model accepts of the set that `--non-digits` names; undefined without one. */
export function measureOtherSet({ nonDigits }: ReportContext, subject: Subject): OtherSet | undefined {
  if (!nonDigits) return undefined;
  const outputs = outputsOf(subject.network, nonDigits.digits);
  const count = (gate: RuleGate): number =>
    Array.from(nonDigits.digits.labels.keys()).filter((i) => gate.accepts(outputs, i * CLASSES)).length;
  const rules = subject.rules.map(({ rule }) => ({
    rule: rule.name,
    accepted: shareOf(count(gateOf(subject, rule.name)), nonDigits.digits.count),
  }));
  return { model: subject.name, set: nonDigits.name, rules };
}

/** The section. */
export function controlsSection(controls: readonly Control[], others: readonly OtherSet[]): Section {
  const blocks: Block[] = [
    {
      kind: 'text',
      text:
        'Disturbances that no adversary chose, and the patch, which is not bounded in its square. Behind ' +
        'the ratio at 90 % of the regular held-out digits kept: accepted is the share of all disturbed ' +
        'images that it accepts, leak the share that is accepted and wrong. Of what is no digit, whatever ' +
        'is accepted is leak.',
    },
    {
      kind: 'table',
      caption: 'Controls at their typical strength',
      head: ['model', 'disturbance', 'test digits', 'corruption rate', 'accepted', 'leak (95 % interval)'],
      rows: controls.map(({ model, attack, epsilon, unit, leaks }, i): TableCell[] => [
        controls[i - 1]?.model === model ? '' : model,
        unit === 'none' ? attack : `${attack}, ${epsilon} (${unit})`,
        String(leaks.images),
        percent(leaks.corrupted ?? undefined),
        percent(leaks.accepted),
        `${percent(leaks.leaked)} (${leaks.leaked95.map((end) => (100 * end).toFixed(1)).join('-')})`,
      ]),
    },
    others.length === 0
      ? { kind: 'text', text: 'Another data set is looked at with `--non-digits DIR`, for example Fashion-MNIST.' }
      : {
          kind: 'table',
          caption:
            `Accepted of ${others[0]!.set}, in which nothing is a digit, at 90 % of the regular held-out ` +
            `digits kept`,
          head: ['model', ...others[0]!.rules.map(({ rule }) => rule)],
          rows: others.map(({ model, rules }) => [model, ...rules.map(({ accepted }) => withInterval(accepted, 2))]),
        },
  ];
  return { id: 'controls', title: 'Controls, and what is no digit', blocks, numbers: { controls, others } };
}
