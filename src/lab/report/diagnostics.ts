// Owns the checks for masked gradients: what must hold of attacks on a model before its robustness is believed
// (Athalye, Carlini and Wagner 2018, "Obfuscated gradients give a false sense of security"; Carlini et al. 2019).
import { type Attack, type AttackSettings, settingsOf } from '../attacks/attack.js';
import { gateAware } from '../attacks/gate-aware.js';
import { epsilonFor, epsilonsInWords } from './claims.js';
import {
  corruptionShare,
  gateOf,
  imagesFor,
  leakOf,
  surrogateFor,
  type ReportContext,
  type Subject,
} from './context.js';
import type { Block, Section, TableCell } from './page.js';
import { percent, type Share } from './shares.js';
import { pgd } from '../attacks/pgd.js';
import { fgsm } from '../attacks/fgsm.js';
import { square as squareSearch } from '../attacks/square.js';
import { transfer as transferred } from '../attacks/transfer.js';
import { surrogateBy } from '../judging/surrogates.js';

/** One check of one model. */
export interface Check {
  readonly name: string;
  /** The corruption rates (or leaks) that are compared, in words. */
  readonly found: string;
  readonly holds: boolean;
}

/** A model's checks. */
export interface Diagnosis {
  readonly model: string;
  /** At which attacks are compared. */
  readonly epsilon: number;
  readonly images: number;
  readonly checks: readonly Check[];
}

/** By how much a stronger setting may fall behind: chance in its random starts. */
const SLACK = 0.02;

/** How much more may be found by twice the work: beyond it the attack had not found what there is. */
const LITTLE = 0.05;

/** The fewest digits that count: of few digits, one or two are chance. */
const FEWEST = 2;

/** Runs an attack for the checks, always on the same digits. */
type Rates = (
  attack: Attack,
  settings: AttackSettings,
  epsilon?: number,
) => Promise<{ readonly wrong: Share; readonly leak: Share }>;

/** Runs the checks of one model. */
export async function diagnose(context: ReportContext, subject: Subject): Promise<Diagnosis> {
  const images = imagesFor(subject, context, Math.ceil(context.plan.images / 5));
  const epsilon = epsilonFor(subject.name);
  const gate = gateOf(subject, 'ratio');
  const surrogate = surrogateFor(subject, context.subjects);
  const rates: Rates = async (attack, settings, at = epsilon) => {
    const outcomes = await context.run({
      subject,
      attack: attack.name,
      epsilon: at,
      images,
      settings,
      surrogate: surrogateBy(attack, { needed: surrogate }),
    });
    return { wrong: corruptionShare(subject, outcomes), leak: leakOf(gate, outcomes) };
  };
  return { model: subject.name, epsilon, images, checks: await checksOf(context, rates, surrogate?.name) };
}

async function checksOf({ plan, has }: ReportContext, rates: Rates, surrogate: string | undefined): Promise<Check[]> {
  // Two restarts: one of each of the two ways in which a descent sets out.
  const few = await rates(pgd, { steps: 10, restarts: 2 });
  const many = await rates(pgd, { steps: 50, restarts: 2 });
  const restarted = await rates(pgd, { steps: 50, restarts: 4 });
  const oneStep = await rates(fgsm, {});
  const unbounded = await rates(pgd, { steps: 50, restarts: 2 }, 1);
  const usual = settingsOf(gateAware.defaults ?? {}, plan.sweep[gateAware.name] ?? {});
  const aware = await rates(gateAware, usual);
  const awareTwice = await rates(gateAware, twice(usual));
  const square = has(squareSearch.name) ? await rates(squareSearch, plan.sweep[squareSearch.name] ?? {}) : undefined;
  const transfer = surrogate === undefined ? undefined : await rates(transferred, plan.sweep[transferred.name] ?? {});
  const white = restarted.wrong.count >= aware.wrong.count ? restarted.wrong : aware.wrong;
  return [
    atLeast('more steps are not weaker', 'PGD with 50 steps', many.wrong, 'with 10', few.wrong),
    atLeast('many steps beat one', 'PGD with 50 steps', many.wrong, 'FGSM', oneStep.wrong),
    littleMore('more restarts find little more', 'PGD with 4 starts', restarted.wrong, 'with 2', many.wrong),
    littleMore(
      'more work finds little more at the gate',
      'leak of gate-aware with twice the steps and starts',
      awareTwice.leak,
      'as in the sweeps',
      aware.leak,
    ),
    ...(square
      ? [
          atLeast('white box beats black box', 'white box', white, 'Square', square.wrong),
          atLeast('white box beats black box at the gate', 'leak of gate-aware', aware.leak, 'of Square', square.leak),
        ]
      : []),
    ...(transfer
      ? [
          atLeast('white box beats transfer', 'white box', white, `transfer from ${surrogate}`, transfer.wrong),
          atLeast(
            'white box beats transfer at the gate',
            'leak of gate-aware',
            aware.leak,
            'of transfer',
            transfer.leak,
          ),
        ]
      : []),
    {
      name: 'unbounded noise corrupts everything',
      found: `PGD at eps 1: ${percent(unbounded.wrong.share)}`,
      holds: unbounded.wrong.count >= unbounded.wrong.of - slackOf(unbounded.wrong, SLACK),
    },
  ];
}

function twice({ steps, restarts, ...others }: AttackSettings): AttackSettings {
  return {
    ...others,
    ...(steps !== undefined && { steps: 2 * steps }),
    ...(restarts !== undefined && { restarts: 2 * restarts }),
  };
}

/** A share of the digits as a number of them. */
function slackOf({ of }: Share, share: number): number {
  return Math.max(FEWEST, share * of);
}

/** `strong` may fall behind `weak` by chance only. Both are counted at the same digits. */
export function atLeast(name: string, strong: string, strongRate: Share, weak: string, weakRate: Share): Check {
  return {
    name,
    found: words(strong, strongRate, weak, weakRate),
    holds: strongRate.count >= weakRate.count - slackOf(weakRate, SLACK),
  };
}

/** `more` may be ahead of `less` by little only. Both are counted at the same digits. */
export function littleMore(name: string, more: string, moreRate: Share, less: string, lessRate: Share): Check {
  return {
    name,
    found: words(more, moreRate, less, lessRate),
    holds: moreRate.count <= lessRate.count + slackOf(lessRate, LITTLE),
  };
}

function words(one: string, { share }: Share, other: string, { share: otherShare }: Share): string {
  return `${one} ${percent(share)}, ${other} ${percent(otherShare)}`;
}

/** Names of the models that fail a check. */
export function maskedModels(diagnoses: readonly Diagnosis[]): ReadonlySet<string> {
  return new Set(diagnoses.filter(({ checks }) => checks.some(({ holds }) => !holds)).map(({ model }) => model));
}

/** What names a model in a table, its name by default, marked when it is among those that fail a check. */
export function markedName(model: string, masked: ReadonlySet<string>, text: string = model): TableCell {
  return masked.has(model) ? { text: `${text}\nmasked gradients?`, mark: 'bad' } : text;
}

/** The section. */
export function diagnosticsSection(diagnoses: readonly Diagnosis[]): Section {
  const masked = maskedModels(diagnoses);
  const blocks: Block[] = [
    {
      kind: 'text',
      text:
        `A model that hides its gradients looks robust to gradient attacks only. Corruption rates, unless ` +
        `it says leak, ${epsilonsInWords()}. A stronger attack may fall behind ` +
        `by ${percent(SLACK, 0)} of the digits at most, twice the work may find ${percent(LITTLE, 0)} more, ` +
        `and at eps 1 all but ${percent(SLACK, 0)} must be wrong; where that is less than ${FEWEST} ` +
        `digits, ${FEWEST} are allowed.`,
    },
    ...diagnoses
      .filter(({ model }) => masked.has(model))
      .map(({ model, checks }): Block => ({
        kind: 'warning',
        text: `${model} fails: ${checks
          .filter(({ holds }) => !holds)
          .map(({ name, found }) => `${name} (${found})`)
          .join('; ')}. Do not believe its robustness to gradient attacks.`,
      })),
    ...diagnoses.map(({ model, epsilon, images, checks }): Block => ({
      kind: 'table',
      caption:
        `${model} at eps ${epsilon}, ${images} test ` +
        `digits: ${masked.has(model) ? 'a check fails' : 'every check holds'}`,
      head: ['what must hold', 'found', ''],
      rows: checks.map(({ name, found, holds }): TableCell[] => [
        name,
        found,
        holds ? 'holds' : { text: 'FAILS', mark: 'bad' },
      ]),
    })),
  ];
  return { id: 'diagnostics', title: 'Are gradients masked?', blocks, numbers: { diagnoses } };
}
