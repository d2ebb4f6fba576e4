// Owns the form of a recipe, the data from which a model is made again, and reading it. It must not train, prune or
// touch models.
import { z } from 'zod';
import { yamlForm } from '../../base/yaml-form.js';

const count = z.int().min(1);

/**
 * A hidden layer: `{dense: 1500}` or `{conv: [4, 4, 32], stride: 2}` (kernel height, width, filters). All have ReLU.
 */
const hiddenLayer = z.union([
  z.strictObject({ dense: count }),
  z.strictObject({ conv: z.tuple([count, count, count]), stride: count.default(1) }),
]);

/** How far an example is moved at random, each quantity uniform within +- its limit. All default to 0: not at all. */
const augmentation = z.strictObject({
  /** Degrees. */
  rotate: z.number().min(0).max(45).default(0),
  /** Share of the size: 0.1 is 0.9 to 1.1 times. */
  scale: z.number().min(0).max(0.5).default(0),
  /** Horizontal shift of the top against the bottom, as a share of the height. */
  shear: z.number().min(0).max(0.5).default(0),
  /** Pixels. */
  shift: z.number().min(0).max(6).default(0),
});

const share = z.number().min(0);

/**
 * A pool of examples as `lab/data/camera` makes them, beside the digits: digits as a camera sees them, and what is no
 * digit.
 */
const pool = z.strictObject({
  /** The pool follows from it and from the digits. */
  seed: z.int().min(0).default(1),
  /** Examples in all. */
  size: count,
  /** Shares of the kinds of example, see `lab/data/camera/sampler`; they are normalised to sum to 1. */
  mixture: z.strictObject({
    plain: share,
    penned: share,
    styled: share,
    signs: share,
    clutter: share,
    // Default: none of these.
    letters: share.optional(),
    print: share.optional(),
    pieces: share.optional(),
    scenes: share.optional(),
    worn: share.optional(),
    typed: share.optional(),
  }),
});

/** Adversarial training, see `lab/training/harden`. */
const hardening = z.strictObject({
  /** L-infinity distance, at its highest. */
  epsilon: z.number().positive().max(1),
  /** Gradient steps of the attack on each batch. */
  steps: count.default(4),
  /** How far the steps reach together, in epsilons: above 1, so that a bad random start can be left. */
  reach: z.number().positive().default(2),
  /** Training steps over which epsilon rises from 0. */
  ramp: count.default(1),
  /** Share of each batch that is left as it is. */
  clean: z.number().min(0).max(1).default(0),
  /** Whether what is no digit is moved too, to where some output is large. Default: it stays as it is. */
  nonDigits: z.boolean().optional(),
  /**
   * Share of each batch that gets a square instead, of a side as a share of the image's, at a place where it hurts, and
   * free within it. Default: none.
   */
  patches: z.strictObject({ share: z.number().min(0).max(1), side: z.number().positive().max(1) }).optional(),
});

/** Universal noise to refuse, see `lab/training/universal-noise`. */
const noise = z.strictObject({
  /** L-infinity norms, `[least, largest]`. */
  epsilon: z
    .tuple([z.number().positive().max(1), z.number().positive().max(1)])
    .refine(([least, largest]) => least <= largest, 'must state the smaller one first'),
  /** Share of each batch that carries noise and has no class. */
  share: z.number().min(0).max(1),
  /** Examples that share a vector. */
  group: count.default(4),
  /** Gradient steps in which a vector is fitted. */
  steps: count.default(4),
});

const training = z
  .strictObject({
    /** `lq`: mean over batch and outputs of (y - o)^2 / 2. `softmax`: softmax and cross entropy, the baseline. */
    cost: z.enum(['lq', 'softmax']).default('lq'),
    /** Length of the training: either epochs of the examples there are, or steps. */
    epochs: z.number().positive().optional(),
    steps: count.optional(),
    /** Examples a step. */
    batch: count.default(250),
    /** Adam's learning rate, at its highest. */
    rate: z.number().positive().default(1e-3),
    /** `cosine`: down to 0 at the last step. */
    schedule: z.enum(['cosine', 'constant']).default('cosine'),
    /** Steps over which the rate rises from 0. */
    warmUp: z.int().min(0).default(0),
    /** Share of the units of each hidden dense layer that dropout keeps; 1 is no dropout. */
    keep: z.number().positive().max(1).default(1),
    /** Weight of sum(w^2) / 2 over weights and biases in the cost. */
    l2: z.number().min(0).default(1e-4),
    /** Decay per step of the moving average of the weights, which is what is kept; 0 keeps the last weights. */
    average: z.number().min(0).lt(1).default(0),
    /** Examples made for real frames from the training digits, beside these. Default: the training digits alone. */
    pool: pool.optional(),
    /** How often each training digit itself comes in an epoch, for one time of each example of the pool. */
    repeat: count.default(1),
    /** Default: examples as they are. */
    augmentation: augmentation.optional(),
    /** Learn from examples that are perturbed against the network itself. Default: no. */
    hardening: hardening.optional(),
    /** Learn that what universal noise drowns is of no class. Default: no. */
    noise: noise.optional(),
  })
  .refine((value) => (value.epochs === undefined) !== (value.steps === undefined), 'must state either epochs or steps');

const shares = z.union([z.number().min(0).max(1), z.array(z.number().min(0).max(1)).min(1)]);

const pruning = z.strictObject({
  /** By |mean of w_ij * input_i| over training images, by |w_ij|, or by the geometric mean of the two. */
  method: z.enum(['activated', 'absolute', 'combined']).default('activated'),
  /** Share of the weights set to 0: one number for every dense layer, or one a layer (0 leaves it alone). */
  share: shares,
  /**
   * Share of the whole units (filters of a convolution) that go first, with all their weights: one number for every
   * hidden dense layer, or one a layer, 0 for the last. Default: none.
   */
  units: shares.optional(),
  /** Training images over which activated values are averaged. */
  images: count.default(2000),
});

/**
 * Share of the regular digits that a gate keeps when a recipe asks for nothing else: where the article "Output
 * analysis" compares gates.
 */
export const DEFAULT_COVERAGE = 0.9;

const calibration = z
  .strictObject({
    /**
     * Share of the held-out digits that are read right which the thresholds accept. Default: 0.9, when there is no
     * maxRisk.
     */
    coverage: z.number().gt(0).lt(1).optional(),
    /**
     * In place of coverage: the share of wrong ones among what is accepted must be at or below this, by an exact upper
     * bound.
     */
    maxRisk: z.number().gt(0).lt(1).optional(),
    /** How sure that bound is. Default: 0.95. */
    confidence: z.number().gt(0).lt(1).optional(),
    /**
     * Share of the digits read right that the range alone may cut off: half at each end, or `[at the low end, at the
     * high end]`.
     */
    outside: z
      .union([z.number().min(0).max(0.5), z.tuple([z.number().min(0).max(0.5), z.number().min(0).max(0.5)])])
      .default(0.001),
    /**
     * Share of the pool's non-digits that the thresholds may accept; coverage is given up for it where it must be.
     * Default: no limit.
     */
    nonDigits: z.number().min(0).lt(1).optional(),
    /**
     * Examples made for real frames from the held-out digits, beside these: what a camera shows sets the thresholds as
     * well.
     */
    pool: pool.optional(),
  })
  .refine(
    (value) => value.coverage === undefined || value.maxRisk === undefined,
    'must state either coverage or maxRisk',
  )
  .refine((value) => value.confidence === undefined || value.maxRisk !== undefined, 'confidence goes with maxRisk')
  .refine(
    (value) => value.nonDigits === undefined || value.maxRisk === undefined,
    'nonDigits goes with coverage: for maxRisk, what is no digit and is accepted is wrong already',
  )
  .refine((value) => value.nonDigits === undefined || value.pool !== undefined, 'nonDigits needs a pool')
  .transform(({ coverage = DEFAULT_COVERAGE, maxRisk, confidence = 0.95, ...rest }) => ({
    ...(maxRisk === undefined ? { coverage } : { maxRisk, confidence }),
    ...rest,
  }));

/** The schema of a recipe file. */
export const recipeSchema = z
  .strictObject({
    /** Name of the model and of its folder. */
    name: z
      .string()
      .max(100)
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'),
    description: z.string().optional(),
    /** Every random choice follows from it. */
    seed: z.int().min(0).default(1),
    /** Hidden layers of a new network; ten linear outputs are added. */
    layers: z.array(hiddenLayer).optional(),
    /** Training of a new network. */
    training: training.optional(),
    /** In place of layers and training: the model to start from, a name beside this one or a folder. */
    parent: z.string().min(1).optional(),
    /** What is set to 0 afterwards. */
    pruning: pruning.optional(),
    /** Training under the pruning mask. */
    fineTuning: training.optional(),
    /** Delete units and inputs that no longer do anything; the outputs stay the same. */
    compact: z.boolean().default(false),
    calibration: calibration.prefault({}),
  })
  .refine(
    (value) => (value.parent === undefined) === (value.layers !== undefined && value.training !== undefined),
    'must state either layers and training (a new network) or parent (a network to start from)',
  )
  .refine((value) => value.fineTuning === undefined || value.pruning !== undefined, 'fineTuning needs pruning');

/** A checked recipe with all defaults filled in. */
export type Recipe = z.infer<typeof recipeSchema>;

/** How a network is trained. */
export type TrainingPlan = z.infer<typeof training>;

/** How training examples are perturbed. */
export type HardeningPlan = z.infer<typeof hardening>;

/** How universal noise is put on training examples. */
export type NoisePlan = z.infer<typeof noise>;

/** One hidden layer of a new network. */
export type HiddenLayer = z.infer<typeof hiddenLayer>;

/** What pruning removes. */
export type PruningPlan = z.infer<typeof pruning>;

/** What the thresholds are set for. */
export type CalibrationPlan = z.infer<typeof calibration>;

/** Limits of random movement. */
export type Augmentation = z.infer<typeof augmentation>;

/** Schema of one training; fills in its defaults. */
export const trainingSchema = training;

/** Schema of what thresholds are set for; fills in its defaults. */
export const calibrationSchema = calibration;

/** Bytes of a recipe at most. */
export const RECIPE_BYTES = 262_144;

const form = yamlForm('recipe', recipeSchema, RECIPE_BYTES);

/**
 * Reads a recipe from a YAML file; also one that comes through a pipe and has an end.
 * @throws UsageError when it can't be read or is no recipe: with the place, the rule, the value and the nearest known
 *   key.
 */
export function readRecipe(file: string): Recipe {
  return form.read(file);
}

/** As `readRecipe`, from text; `file` is its name in messages. */
export function parseRecipeText(text: string, file: string): Recipe {
  return form.parse(text, file);
}

/**
 * Checks a recipe and fills in its defaults. `where` names it in messages.
 * @throws UsageError with what is wrong, one complaint a line.
 */
export function parseRecipe(value: unknown, where: string): Recipe {
  return form.check(value, where);
}

/** Steps of a training on a set of `examples` digits. */
export function stepsOf({ epochs, steps, batch }: TrainingPlan, examples: number): number {
  return steps ?? Math.max(1, Math.round(((epochs ?? 0) * examples) / batch));
}
