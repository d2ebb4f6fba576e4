// Owns what tells one run of an attack from another: the facts that its images follow from, and the names under which
// what it made is kept. One place, so that nothing that is kept is taken for another run's. It must not run or read.
import { createHash } from 'node:crypto';
import { settingsOf, type AttackSettings } from '../attacks/attack.js';
import type { Digits } from '../data/dataset.js';
import type { EvaluateOptions } from './evaluate.js';

/** What tells a model from others, for people and for programs. */
export interface ModelIdentity {
  readonly name: string;
  /** sha256 of its model.onnx, hexadecimal. */
  readonly hash: string;
}

/** No more than a model's identity. */
export function identityOf({ name, hash }: ModelIdentity): ModelIdentity {
  return { name, hash };
}

/**
 * Everything that the images of a run depend on, beside the clean images themselves. What has no part in it is absent.
 */
export interface Facts {
  readonly attack: string;
  readonly version: number;
  readonly epsilon: number;
  readonly settings: AttackSettings;
  readonly seed: number;
  /** sha256 of the model attacked, hexadecimal; absent where another model alone decides. */
  readonly model?: string | undefined;
  /** sha256 of the model that images or vectors are made on. */
  readonly surrogate?: string | undefined;
  /** The gate in words. */
  readonly gate?: string | undefined;
  /** Stands for the training digits. */
  readonly training: string;
  /** Another backend rounds differently. */
  readonly backend: string;
}

/** What a run depends on. */
export type RunOptions = Pick<
  EvaluateOptions,
  'attack' | 'subject' | 'surrogate' | 'gate' | 'epsilon' | 'settings' | 'seed' | 'data' | 'backend'
>;

/** The settings of a run as they are used, defaults included. */
export function settledSettings({ attack, settings = {} }: Pick<RunOptions, 'attack' | 'settings'>): AttackSettings {
  return attack.defaults ? settingsOf(attack.defaults, settings) : settings;
}

/** The facts of a run. */
export function factsOf(options: RunOptions): Facts {
  const { attack, subject, surrogate, gate, epsilon, seed, data, backend } = options;
  return {
    attack: attack.name,
    version: attack.version ?? 1,
    epsilon,
    settings: settledSettings(options),
    seed,
    backend,
    model: subject.hash,
    surrogate: attack.needs.surrogate && surrogate?.hash,
    gate: attack.needs.gate ? gate.name : undefined,
    training: createHash('sha256')
      .update(JSON.stringify(Object.entries(data.hashes).sort()))
      .digest('hex'),
  };
}

/** The facts of what is prepared before a run: fitted on another model, it is the same for all it is used on. */
export function preparationFacts(options: RunOptions): Facts {
  const facts = factsOf(options);
  return { ...facts, model: undefined, surrogate: facts.surrogate ?? facts.model };
}

/** The form of what is kept; another one would be found under other names. */
export const FORMAT = 'lq-stream outcomes 1';

/** The name that stands for facts: the attack's, and a hash. */
export function nameOf(facts: Facts): string {
  const settings = Object.entries(facts.settings).sort(([a], [b]) => (a < b ? -1 : 1));
  const { attack, version, epsilon, seed, model, surrogate, gate, training, backend } = facts;
  const text = JSON.stringify([
    FORMAT,
    attack,
    version,
    epsilon,
    settings,
    seed,
    model,
    surrogate,
    gate,
    training,
    backend,
  ]);
  return `${attack}-${createHash('sha256').update(text).digest('hex')}`;
}

/** What stands for clean images and their labels: 16 hexadecimal digits. */
export function digitsKey({ images, labels }: Pick<Digits, 'images' | 'labels'>): string {
  return createHash('sha256').update(images).update(labels).digest('hex').slice(0, 16);
}
