// Owns the checks for masked gradients: what must hold of attacks on a model before its robustness is believed (Athalye,
// Carlini and Wagner 2018, "Obfuscated gradients give a false sense of security"; Carlini et al. 2019).
import type { AttackSettings } from '../attacks/attack.js';
import { corruptionShare, gateOf, imagesFor, leakOf, surrogateFor, type Bench, type Subject } from './bench.js';
import type { Block, Section, TableCell } from './page.js';
import { percent } from './shares.js';

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
  readonly images: number;
  readonly checks: readonly Check[];
}

/** Epsilon at which attacks are compared. */
const EPSILON = 0.2;

/** By how much a stronger setting may fall behind: chance in its random starts. */
const SLACK = 0.02;

/** At epsilon 1 every image can become every other: fewer wrong than this share means that gradients lead nowhere. */
const ALL = 0.99;

/** Runs the checks of one model. */
export async function diagnose(bench: Bench, subject: Subject): Promise<Diagnosis> {
  const images = imagesFor(subject, bench, Math.ceil(bench.plan.images / 5));
  const gate = gateOf(subject, 'ratio', 0.9);
  const surrogate = surrogateFor(subject, bench.subjects);
  const rates = async (attack: string, settings: AttackSettings, epsilon = EPSILON): Promise<{ wrong: number; leak: number }> => {
    const outcomes = await bench.run({ subject, attack, epsilon, images, settings, surrogate: attack === 'transfer' ? surrogate : undefined });
    return { wrong: corruptionShare(subject, outcomes).share, leak: leakOf(gate, outcomes).share };
  };
  const few = await rates('pgd', { steps: 10, restarts: 1 });
  const many = await rates('pgd', { steps: 50, restarts: 1 });
  const restarted = await rates('pgd', { steps: 50, restarts: 4 });
  const oneStep = await rates('fgsm', {});
  const unbounded = await rates('pgd', { steps: 50, restarts: 1 }, 1);
  const square = bench.has('square') ? await rates('square', bench.plan.sweep['square'] ?? {}) : undefined;
  const aware = await rates('gate-aware', bench.plan.sweep['gate-aware'] ?? {});
  const transfer = surrogate && (await rates('transfer', bench.plan.sweep['transfer'] ?? {}));
  const white = Math.max(restarted.wrong, aware.wrong);
  const checks = [
    atLeast('more steps are not weaker', 'PGD with 50 steps', many.wrong, 'with 10', few.wrong),
    atLeast('more restarts are not weaker', 'PGD with 4 starts', restarted.wrong, 'with 1', many.wrong),
    atLeast('many steps beat one', 'PGD with 50 steps', many.wrong, 'FGSM', oneStep.wrong),
    ...(square ? [atLeast('white box beats black box', 'white box', white, 'Square', square.wrong), atLeast('white box beats black box at the gate', 'leak of gate-aware', aware.leak, 'of Square', square.leak)] : []),
    ...(transfer ? [atLeast('white box beats transfer', 'white box', white, `transfer from ${surrogate.name}`, transfer.wrong), atLeast('white box beats transfer at the gate', 'leak of gate-aware', aware.leak, 'of transfer', transfer.leak)] : []),
    { name: 'unbounded noise corrupts everything', found: `PGD at eps 1: ${percent(unbounded.wrong)}`, holds: unbounded.wrong >= ALL },
  ];
  return { model: subject.name, images, checks };
}

function atLeast(name: string, strong: string, strongRate: number, weak: string, weakRate: number): Check {
  return { name, found: `${strong} ${percent(strongRate)}, ${weak} ${percent(weakRate)}`, holds: strongRate >= weakRate - SLACK };
}

/** The section. */
export function diagnosticsSection(diagnoses: readonly Diagnosis[]): Section {
  const failed = diagnoses.filter(({ checks }) => checks.some(({ holds }) => !holds));
  const blocks: Block[] = [
    { kind: 'text', text: `A model that hides its gradients looks robust to gradient attacks only. At eps ${EPSILON}, corruption rates unless it says leak; a stronger attack may fall behind by ${percent(SLACK, 0)} at most, and at eps 1 at least ${percent(ALL, 0)} must be wrong.` },
    ...failed.map(({ model, checks }): Block => ({ kind: 'warning', text: `${model} fails: ${checks.filter(({ holds }) => !holds).map(({ name, found }) => `${name} (${found})`).join('; ')}. Do not believe its robustness to gradient attacks.` })),
    ...diagnoses.map(({ model, images, checks }): Block => ({
      kind: 'table', caption: `${model}, ${images} test digits: ${checks.every(({ holds }) => holds) ? 'every check holds' : 'a check fails'}`, head: ['what must hold', 'found', ''],
      rows: checks.map(({ name, found, holds }): TableCell[] => [name, found, holds ? 'holds' : { text: 'FAILS', mark: 'bad' }]),
    })),
  ];
  return { id: 'diagnostics', title: 'Are gradients masked?', blocks, numbers: { epsilon: EPSILON, diagnoses } };
}
