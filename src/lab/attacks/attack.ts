// Owns the form of an attack: what it is given, what it gives back. Each attack is a file beside this one; the list of
// them is attacks/list. No attack here, no engine, no files.
import type { Digits } from '../data/dataset.js';
import type { Random } from '../../base/random.js';
import type { Thresholds } from '../../types.js';

/** The model under attack, as an attack sees it. Batches of any size; the arrays given are not kept or changed. */
export interface Victim {
  /** Cost the model was trained with: what an attack follows when it works against that cost. Default: lq. */
  readonly kind?: 'lq' | 'softmax' | undefined;
  /** Raw outputs `[n, 10]` of pixels `[n, 784]`. Costs one query an image. */
  outputs(pixels: Float32Array): Float32Array;
  /**
   * White-box access: outputs `[n, 10]`, and the gradient `[n, 784]` with respect to the pixels of a cost that is
   * stated by its gradient with respect to the outputs.
   * @param costGradient Called once or more, each time for some of the images in order: given their outputs `[m, 10]`
   *   and the index of the first of them, it gives the cost's gradient `[m, 10]`.
   * @param slope What a silent unit (a ReLU below 0) lets through of the gradient, [0, 1]. Default 0, the true
   *   gradient; above 0 an approximation that sees past silent units.
   */
  gradient(
    pixels: Float32Array,
    costGradient: CostGradient,
    slope?: number,
  ): { readonly outputs: Float32Array; readonly pixels: Float32Array };
}

/** Outputs `[m, 10]` of the images from `first` on -> gradient of a cost with respect to them, `[m, 10]`. */
export type CostGradient = (outputs: Float32Array, first: number) => Float32Array;

/** Whether the gate accepts the ten outputs at `offset`. What an attack that knows the gate is given of it. */
export type Accepts = (outputs: Float32Array, offset: number) => boolean;

/** Settings that an attack may be given; each attack states its own defaults and ignores what it does not use. */
export interface AttackSettings {
  /** Gradient steps an image. */
  readonly steps?: number | undefined;
  /** Random starts. */
  readonly restarts?: number | undefined;
  /** Queries of the outputs an image (attacks without gradients). */
  readonly queries?: number | undefined;
  /** Steps in which a universal vector is fitted. */
  readonly fitting?: number | undefined;
}

/** The settings that an attack uses: its defaults, each replaced by the one given where there is one. */
export function settingsOf<T extends AttackSettings>(defaults: T, given: AttackSettings): T {
  const asked = Object.entries(given).filter(([name, value]) => name in defaults && value !== undefined);
  return { ...defaults, ...(Object.fromEntries(asked) as AttackSettings) };
}

/** Where a long preparation keeps how far it came, so that a stopped run goes on from there. */
export interface Keep {
  /** What was saved last; undefined when nothing was. */
  load(): Promise<Float32Array | undefined>;
  save(values: Float32Array): Promise<void>;
}

/** What an attack is prepared with. */
export interface AttackContext {
  readonly victim: Victim;
  /**
   * Strength, in the attack's own unit (`Attack.unit`): for L-infinity attacks the largest change of a pixel, [0, 1].
   */
  readonly epsilon: number;
  /** All chance of the attack. */
  readonly random: Random;
  readonly settings: AttackSettings;
  /** The gate in front of the victim's outputs. */
  readonly accepts: Accepts;
  /** That gate's thresholds, for attacks that aim at them; absent where it is another kind of gate. */
  readonly thresholds?: Thresholds | undefined;
  /** Digits that the victim may have been trained on, for what is fitted before (never test digits). */
  readonly training: Digits;
  /** Another model, on which `transfer` makes its images and `universal` fits its vectors. */
  readonly surrogate?: Victim | undefined;
  /** Absent: nothing is kept. */
  readonly keep?: Keep | undefined;
  /** Told how much of a long preparation is done, [0, 1]. */
  readonly onProgress?: ((share: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An attack that is ready for images. */
export interface Prepared {
  /**
   * Perturbs a batch. The images given are not changed.
   * @param pixels `[n, 784]`, [0, 1], light ink on dark ground.
   * @param labels `[n]`, the true classes.
   * @param start Index of the first image in the whole set: chance follows from it, so that results do not depend on
   *   how a set is cut into batches.
   * @returns `[n, 784]`, [0, 1].
   */
  perturb(pixels: Float32Array, labels: Uint8Array, start: number): Float32Array | Promise<Float32Array>;
}

/** What kind of strength an attack's epsilon states. */
export type EpsilonUnit =
  | 'L-infinity'
  | 'patch side (share of the image)'
  | 'standard deviation'
  | 'share of pixels'
  | 'pixels'
  | 'share of the image'
  | 'none';

/** Epsilons of most L-infinity sweeps: those of the author's tables. */
export const L_INFINITY_SWEEP: readonly number[] = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3];

/** What an attack has to be given: its own word, so that nobody else decides by its name. */
export interface AttackNeeds {
  /** Of the model attacked: its gradients, its outputs alone, or nothing. */
  readonly victim: 'gradients' | 'outputs' | 'none';
  /** Whether the gate (`accepts`) has a part in what it makes. */
  readonly gate: boolean;
  /** Another model: it can't do without, or fits on it what it has to fit. Absent: it takes none. */
  readonly surrogate?: 'needed' | 'optional';
  /**
   * True when it fits something on training digits before the first image, in `settings.fitting` steps: that is long.
   */
  readonly fit?: true;
  /** True when an image costs as much as five of most attacks: places are searched too, and each one anew. */
  readonly patience?: true;
}

/** An attack, or a control: a disturbance that no adversary chose. */
export interface Attack {
  /** As on the command line: `gate-aware`. */
  readonly name: string;
  /** One line for people: what it does. */
  readonly summary: string;
  /** False for controls. */
  readonly adversarial: boolean;
  readonly needs: AttackNeeds;
  readonly unit: EpsilonUnit;
  /** Epsilons of a sweep, ascending. */
  readonly sweep: readonly number[];
  /** The epsilon taken when none is asked for. */
  readonly typical: number;
  /** True when what comes out is no digit any more (its label is `NO_DIGIT`): accepting it at all is a leak. */
  readonly nonDigits?: boolean;
  /** The settings that it uses, with their defaults; it ignores the others. Absent: it may use any of them. */
  readonly defaults?: AttackSettings;
  /**
   * Raised when the same settings give other images than before, so that kept outcomes are not taken for its own.
   * Default: 1.
   */
  readonly version?: number;
  /** Fits what must be fitted and gives the attack ready to run. */
  prepare(context: AttackContext): Prepared | Promise<Prepared>;
}
