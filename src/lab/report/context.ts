// Owns what the report's sections work with: models ready to be judged, and a way to run attacks on them. Sections take
// it from here; how attacks are run and kept is evaluate's business.
import { setImmediate } from 'node:timers/promises';
import { ModelError } from '../../base/errors.js';
import { convOutput, type Network } from '../../model/network.js';
import type { Model } from '../../model/folder.js';
import { evidence } from '../../gate/gate.js';
import type { Attack, AttackSettings } from '../attacks/attack.js';
import { accepts, confidencesOf, thresholdAt, type Labelled } from '../judging/curves.js';
import type { Dataset, Digits } from '../data/dataset.js';
import type { Gate, Outcome } from '../judging/evaluate.js';
import { outputsOf } from '../judging/measure.js';
import { RULES } from '../rules/list.js';
import type { FittedRule, Rule } from '../rules/rule.js';
import type { Drawing } from './draw.js';
import type { ReportPlan } from './plan.js';
import { shareOf, type Share } from './shares.js';
import { CLASSES } from '../../types.js';
import { stranger, surrogateBy } from '../judging/surrogates.js';
import { DEFAULT_COVERAGE } from '../training/recipe.js';

/** A rule that knows a model's regular digits. */
export interface SubjectRule {
  readonly rule: Rule;
  readonly fitted: FittedRule;
}

/** A model that is judged, with what it says of clean digits. */
export interface Subject {
  readonly name: string;
  readonly model: Model;
  readonly network: Network;
  /** Clean, not trained on: thresholds are set on these. */
  readonly heldOut: Labelled;
  /** Clean test digits, all of them: figures are measured on these. */
  readonly test: Labelled;
  /** In the order of `rules/list`. */
  readonly rules: readonly SubjectRule[];
}

/** One run of an attack on the first digits of a set. */
export interface Run {
  readonly subject: Subject;
  /** By its name in the list, or one that is in no list. */
  readonly attack: string | Attack;
  readonly epsilon: number;
  readonly images: number;
  /** The set. Default: test. Thresholds and figures of a model on digits that it was trained on flatter it. */
  readonly digits?: 'test' | 'training';
  readonly settings?: AttackSettings;
  /**
   * The rule whose gate, at 90 % of the regular held-out digits kept, an attack that knows the gate works against.
   * Default: ratio.
   */
  readonly rule?: string;
  /** The model on which a transfer makes its images, or universal vectors are fitted. Default: none. */
  readonly surrogate?: Subject | undefined;
}

/** What sections work with. */
export interface ReportContext {
  readonly data: Dataset;
  readonly subjects: readonly Subject[];
  readonly plan: ReportPlan;
  readonly drawing: Drawing;
  /** Every random choice follows from it. */
  readonly seed: number;
  /** Runs an attack, or loads what was kept of it. */
  run(run: Run): Promise<Outcome>;
  /** Whether there is an attack of that name. */
  has(attack: string): boolean;
  /** The ten universal vectors `[784]` of a model, by class. */
  vectors(subject: Subject, epsilon: number): Promise<readonly Float32Array[]>;
  /** Digits of another set, of which none may be accepted, when there are some. */
  readonly nonDigits?: { readonly name: string; readonly digits: Digits } | undefined;
  /** Tells people what is being done. */
  say(text: string): void;
  /** Heard between two networks, batches or steps of a fit. */
  readonly signal?: AbortSignal | undefined;
}

/** A rule with a threshold on its confidence: a gate as attacks take it. */
export interface RuleGate extends Gate {
  readonly rule: string;
  /** Share of the regular held-out digits it was set to keep. */
  readonly coverage: number;
  readonly threshold: number;
}

/**
 * Reads a model for judging: runs the clean digits, fits every rule on the held-out ones.
 * @throws `signal`'s reason, before either set of digits.
 */
export async function openSubject(model: Model, data: Dataset, signal: AbortSignal | undefined): Promise<Subject> {
  const network = model.network();
  const read = async (digits: Digits): Promise<Labelled> => {
    // The engine's calls block; without a pause no signal would ever be heard.
    await setImmediate();
    signal?.throwIfAborted();
    return { outputs: outputsOf(network, digits), labels: digits.labels };
  };
  const heldOut = await read(data.heldOut);
  const test = await read(data.test);
  const rules = RULES.map((rule) => ({ rule, fitted: rule.fit(heldOut.outputs, heldOut.labels) }));
  return { name: model.name, model, network, heldOut, test, rules };
}

/**
 * The gate of a rule that keeps a share of the regular held-out digits, by default 90 %.
 * @throws ModelError for a rule that is not there.
 */
export function gateOf(subject: Subject, rule: string, coverage: number = DEFAULT_COVERAGE): RuleGate {
  const found = subject.rules.find((each) => each.rule.name === rule);
  if (!found) throw new ModelError(`There is no rule ${rule}.`);
  return gateFor(rule, found.fitted, subject.heldOut, coverage);
}

/** A fitted rule with the threshold that keeps a share of the regular ones of some digits. */
export function gateFor(rule: string, fitted: FittedRule, calibration: Labelled, coverage: number): RuleGate {
  const threshold = thresholdAt(confidencesOf(fitted, calibration).right, coverage);
  return {
    rule,
    coverage,
    threshold,
    name: `${rule} at least ${threshold}`,
    accepts: (outputs, offset) => accepts(fitted.confidence(outputs, offset), threshold),
  };
}

/** A gate for every rule of a subject. */
export function gatesOf(subject: Subject, coverage: number): RuleGate[] {
  return subject.rules.map(({ rule }) => gateOf(subject, rule.name, coverage));
}

/** Indices of the digits that are read right. */
export function regularIndices({ outputs, labels }: Labelled): number[] {
  return Array.from(labels.keys()).filter((i) => evidence(outputs, i * CLASSES).digit === labels[i]);
}

/** Share of the digits that are read wrong. What is no digit counts as wrong. */
export function wrongShare({ outputs, labels }: Labelled): Share {
  const wrong = labels.reduce((sum, label, i) => sum + (evidence(outputs, i * CLASSES).digit === label ? 0 : 1), 0);
  return shareOf(wrong, labels.length);
}

/** Share of the digits read right when clean that are read wrong under attack: the corruption rate. */
export function corruptionShare({ test }: Subject, attacked: Labelled): Share {
  const regular = regularIndices(firstOf(test, attacked.labels.length));
  return shareOf(
    regular.filter((i) => evidence(attacked.outputs, i * CLASSES).digit !== attacked.labels[i]).length,
    regular.length,
  );
}

/** Leak of a gate: share of all the digits that are wrong and accepted. */
export function leakOf(gate: RuleGate, { outputs, labels }: Labelled): Share {
  const leaked = labels.reduce(
    (sum, label, i) =>
      sum + (evidence(outputs, i * CLASSES).digit !== label && gate.accepts(outputs, i * CLASSES) ? 1 : 0),
    0,
  );
  return shareOf(leaked, labels.length);
}

/** Share that a gate accepts of the digits of these indices. */
export function acceptedShare(gate: RuleGate, outputs: Float32Array, indices: readonly number[]): Share {
  return shareOf(indices.filter((i) => gate.accepts(outputs, i * CLASSES)).length, indices.length);
}

/** The first `count` of some outcomes. */
export function firstOf({ outputs, labels }: Labelled, count: number): Labelled {
  return { outputs: outputs.subarray(0, count * CLASSES), labels: labels.subarray(0, count) };
}

/** Multiplications that one image costs: what decides how many images a model can be attacked on. */
export function multiplications({ layers }: Network): number {
  return layers.reduce((sum, layer) => {
    if (layer.kind === 'dense') return sum + layer.weights.length;
    const [height, width] = convOutput(layer);
    return sum + layer.weights.length * height * width;
  }, 0);
}

/** Test digits that a subject is attacked on: fewer where a network is heavy. `images` is for one that is not. */
export function imagesFor(
  subject: Subject,
  { plan, data }: Pick<ReportContext, 'plan' | 'data'>,
  images: number = plan.images,
): number {
  const share = multiplications(subject.network) > plan.heavy ? plan.heavyImages / plan.images : 1;
  return Math.min(data.test.count, Math.max(1, Math.round(images * share)));
}

/** The subject from which images are transferred to another: see `stranger`. */
export function surrogateFor(subject: Subject, subjects: readonly Subject[]): Subject | undefined {
  const convolutional = subject.network.layers.some(({ kind }) => kind === 'conv');
  const name = stranger(
    { name: subject.name, convolutional },
    subjects.map((each) => each.name),
  );
  return subjects.find((each) => each.name === name);
}

/** Steps in which universal vectors are fitted on a subject. */
export function fittingSteps({ plan }: Pick<ReportContext, 'plan'>, { network }: Subject): number {
  return plan.fitting[multiplications(network) > plan.heavy ? 1 : 0];
}

/**
 * What an attack is given on a subject, by what it says it needs; undefined where it needs another model and there is
 * none.
 * @param settings Those of an attack that fits nothing before.
 */
export function needsOf(
  context: Pick<ReportContext, 'plan' | 'subjects'>,
  attack: Attack,
  subject: Subject,
  settings: AttackSettings = {},
): Pick<Run, 'settings' | 'surrogate'> | undefined {
  const surrogate = surrogateBy(attack, { needed: surrogateFor(subject, context.subjects) });
  if (attack.needs.surrogate === 'needed' && !surrogate) return undefined;
  return { settings: attack.needs.fit ? { fitting: fittingSteps(context, subject) } : settings, surrogate };
}
