// Owns the figures that the report compares with, as data with their source. Numbers and words only; nothing is
// computed.

/** Where a figure is from. */
export type Source = 'article' | 'notebook' | 'predecessor';

/** What the author gives at one share of regular digits kept. Shares are in [0, 1]. */
export interface AuthorCut {
  /** Threshold on the 1-2 ratio; undefined where it is not stated. */
  readonly ratio?: number;
  /** True when the ratio was read off a plot. */
  readonly about?: boolean;
  /** Share of the corrupted digits above it: one number, or the ends of what he states. */
  readonly passes: readonly [lo: number, hi: number];
}

/** One row of the article's table. */
export interface AuthorRow {
  /** The model here that stands for his. */
  readonly model: string;
  readonly accuracy: number;
  /** Accuracy with noise of eps 0.35 on half of the digits. */
  readonly halfNoised: number;
  readonly at90: AuthorCut;
  readonly at80?: AuthorCut;
  readonly source: Source;
}

/**
 * "Output analysis" and its notebooks: 10,000 MNIST images, noise of eps 0.35 on half of them. Of the fully connected
 * networks they are test images; how the convolutional ones were measured, `AUTHOR_PROTOCOL` has.
 */
export const AUTHOR_ROWS: readonly AuthorRow[] = [
  {
    model: 'fc-lq',
    accuracy: 0.9865,
    halfNoised: 0.5528,
    at90: { ratio: 6.6, passes: [0.44, 0.44] },
    at80: { ratio: 18.2, passes: [0.175, 0.175] },
    source: 'article',
  },
  {
    model: 'fc-lq-pruned',
    accuracy: 0.9828,
    halfNoised: 0.6296,
    at90: { ratio: 3.4, passes: [0.25, 0.25] },
    at80: { ratio: 7, passes: [0.09, 0.09] },
    source: 'article',
  },
  {
    model: 'cnn-lq',
    accuracy: 0.993,
    halfNoised: 0.7689,
    at90: { ratio: 31, about: true, passes: [0.05, 0.05] },
    source: 'article',
  },
  {
    model: 'cnn-lq-pruned',
    accuracy: 0.991,
    halfNoised: 0.839,
    at90: { ratio: 10, about: true, passes: [0.05, 0.06] },
    source: 'notebook',
  },
];

/** One convolutional network of the author's, measured by his own protocol. */
export interface ProtocolRow {
  /** The model here that stands for his. */
  readonly model: string;
  /** Training images, the noised half included. */
  readonly images: number;
  /** On these images, clean; undefined where he does not state it. */
  readonly accuracy?: number;
  readonly halfNoised: number;
  /** The 1-2 ratio at which he counts. */
  readonly ratio: number;
  /** Share of the regular digits above it. */
  readonly kept: number;
  /** Share of the corrupted digits above it. */
  readonly passes: number;
}

/**
 * How the notebooks measure the convolutional networks, which is not how they measure the fully connected ones: the one
 * that fits the vectors loads a softmax network, so they are by all signs carried over to the linear-quadratic one;
 * there are six of them, most of them weaker; and the images are training images. Which ones he does not say; that the
 * pruned network's are training images too is inferred.
 */
export const AUTHOR_PROTOCOL: {
  /** The model here that stands for the softmax network, and the accuracy of his. */
  readonly noiseOf: { readonly model: string; readonly accuracy: number };
  /** By class, from 0 on: classes 0 to 5. */
  readonly epsilons: readonly number[];
  readonly rows: readonly ProtocolRow[];
} = {
  noiseOf: { model: 'cnn-softmax', accuracy: 0.9923 },
  epsilons: [0.35, 0.25, 0.25, 0.3, 0.25, 0.35],
  rows: [
    {
      model: 'cnn-lq',
      images: 10_000,
      accuracy: 0.9935,
      halfNoised: 0.8227,
      ratio: 31,
      kept: 0.896,
      passes: 0.0495,
    },
    { model: 'cnn-lq-pruned', images: 5000, halfNoised: 0.8394, ratio: 10.2, kept: 0.911, passes: 0.058 },
  ],
};

/** Share of digits that an attack flips on one of the author's fully connected models, by epsilon. */
export interface AuthorSweep {
  readonly model: string;
  readonly attack: 'fgsm' | 'pgd-early';
  /** Corruption rate by epsilon. */
  readonly rates: Readonly<Record<string, number>>;
}

/**
 * White-box L-infinity corruption rates of the author's notebooks (RobustML style; his PGD stops at the first flip).
 */
export const AUTHOR_SWEEPS: readonly AuthorSweep[] = [
  {
    model: 'fc-softmax',
    attack: 'pgd-early',
    rates: { 0.05: 0.421, 0.1: 0.949, 0.15: 0.997, 0.2: 1, 0.25: 1, 0.3: 1 },
  },
  {
    model: 'fc-lq',
    attack: 'pgd-early',
    rates: { 0.05: 0.096, 0.1: 0.612, 0.15: 0.918, 0.2: 0.983, 0.25: 0.995, 0.3: 1 },
  },
  {
    model: 'fc-lq-pruned',
    attack: 'pgd-early',
    rates: { 0.05: 0.081, 0.1: 0.249, 0.15: 0.719, 0.2: 0.928, 0.25: 0.987, 0.3: 0.996 },
  },
  { model: 'fc-softmax', attack: 'fgsm', rates: { 0.1: 0.863 } },
  { model: 'fc-lq', attack: 'fgsm', rates: { 0.1: 0.526 } },
  { model: 'fc-lq-pruned', attack: 'fgsm', rates: { 0.1: 0.238 } },
];

/** The article's range of the top output of regular digits on its unpruned fully connected model. */
export const AUTHOR_RANGE: readonly [lo: number, hi: number] = [0.5, 1.1];

/** Share of the corrupted digits that this range alone rejects there. */
export const AUTHOR_RANGE_REJECTS = 0.3;

/** What the article says of its nine lowest- and nine highest-confidence images, in numbers of images. */
export const AUTHOR_EXTREMES = {
  images: 9,
  /** Lowest confidence: all are corrupted by both strengths. */
  lowest: { weakCorrupted: 9, strongCorrupted: 9 },
  /** Highest confidence: weak noise leaves 7 right; strong noise takes much of the confidence in 1 case. */
  highest: { weakCorrupted: 2, strongMuchLowered: 1 },
} as const;

/** Published robust accuracy on MNIST at L-infinity 0.3 under AutoAttack (no gate), [0, 1]. */
export const PUBLISHED_ROBUST: readonly { readonly name: string; readonly accuracy: number }[] = [
  { name: 'Zhang et al. 2020', accuracy: 0.9395 },
  { name: 'TRADES (Zhang et al. 2019)', accuracy: 0.9276 },
  { name: 'Madry et al. 2018', accuracy: 0.8843 },
];

/** The row of a model, where the author has one. */
export function authorRow(model: string): AuthorRow | undefined {
  return AUTHOR_ROWS.find((row) => row.model === model);
}

/** The row of a model that the author measured by his own protocol. */
export function protocolRow(model: string): ProtocolRow | undefined {
  return AUTHOR_PROTOCOL.rows.find((row) => row.model === model);
}

/** The author's corruption rate of an attack on a model at an epsilon, where he states one. */
export function authorRate(model: string, attack: string, epsilon: number): number | undefined {
  return AUTHOR_SWEEPS.find((sweep) => sweep.model === model && sweep.attack === attack)?.rates[String(epsilon)];
}
