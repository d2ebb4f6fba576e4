// Owns the statistics that the lab states beside its shares: exact binomial bounds, AUROC, quantiles. Pure numbers; it
// must not know networks, gates or files.

/**
 * Exact two-sided interval of a share: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in
 * the case of the binomial", Biometrika 26 (1934). It covers the true share at least as often as `confidence` says.
 * @param successes A whole number, 0 to `trials`.
 * @param trials A whole number from 0; 0 gives [0, 1].
 * @param confidence In (0, 1).
 * @throws RangeError for other numbers.
 */
export function clopperPearson(
  successes: number,
  trials: number,
  confidence = 0.95,
): readonly [lo: number, hi: number] {
  const tail = (1 - confidence) / 2;
  return [
    1 - clopperPearsonUpper(trials - successes, trials, 1 - tail),
    clopperPearsonUpper(successes, trials, 1 - tail),
  ];
}

/**
 * Exact one-sided upper bound of a share: the true one is above it with a probability of at most 1 - `confidence`. It
 * is the `confidence` quantile of Beta(successes + 1, trials - successes); 1 when all trials succeed, or there are
 * none. Parameters and errors as for `clopperPearson`.
 */
export function clopperPearsonUpper(successes: number, trials: number, confidence: number): number {
  if (!Number.isInteger(trials) || !Number.isInteger(successes) || successes < 0 || successes > trials) {
    throw new RangeError(
      `successes and trials must be whole numbers with 0 <= successes <= trials, got ${successes} of ${trials}`,
    );
  }
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`confidence must be in (0, 1), got ${confidence}`);
  if (successes === trials) return 1;
  // Closed form, and the most frequent case: (1 - p)^trials = 1 - confidence.
  if (successes === 0) return -Math.expm1(Math.log1p(-confidence) / trials);
  return betaQuantile(confidence, successes + 1, trials - successes);
}

/**
 * Area under the ROC curve: how often one of the positives is above one of the negatives, ties counted half (the
 * Mann-Whitney U statistic over n m). 1 is perfect separation, 0.5 none. -Infinity and Infinity are ordinary values;
 * NaN must not occur.
 * @returns In [0, 1]; NaN when either side is empty.
 */
export function auroc(positives: ArrayLike<number>, negatives: ArrayLike<number>): number {
  const low = Float64Array.from(negatives).sort();
  let [below, notAbove, twice] = [0, 0, 0];
  for (const value of Float64Array.from(positives).sort()) {
    while (below < low.length && low[below]! < value) below++;
    while (notAbove < low.length && low[notAbove]! <= value) notAbove++;
    twice += below + notAbove;
  }
  return twice / (2 * positives.length * low.length);
}

/**
 * The value below which the given share of the values lies, linear between neighbours: 0 gives the smallest, 0.5 the
 * median, 1 the largest (type 7 of Hyndman and Fan 1996). NaN when there are no values.
 * @param share In [0, 1].
 */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const [lo, hi] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  const weight = at - Math.floor(at);
  // Not lo + (hi - lo) * weight, which is NaN from -Infinity on.
  return lo === hi ? lo : (1 - weight) * lo + weight * hi;
}

/** Halvings of [0, 1] after which neighbouring doubles are reached. */
const HALVINGS = 64;

/** The x at which the regularised incomplete beta function I_x(a, b), which rises with x, is `share`. */
function betaQuantile(share: number, a: number, b: number): number {
  let [lo, hi] = [0, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (lo + hi) / 2;
    if (incompleteBeta(middle, a, b) < share) lo = middle;
    else hi = middle;
  }
  return (lo + hi) / 2;
}

/**
 * I_x(a, b) for 0 < x < 1 and a, b >= 1. The continued fraction converges fast on one side of the mean only; the other
 * is its mirror.
 */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
  return (front / a) * betaFraction(x, a, b);
}

/**
 * 1 / (1 + d1 / (1 + d2 / ...)) of DLMF 8.17.22, from the front: the ratio of successive convergents (modified Lentz).
 */
function betaFraction(x: number, a: number, b: number): number {
  const [most, precision, tiny] = [100_000, 1e-15, 1e-300];
  let [value, c, d] = [1, 1, 0];
  for (let i = 1; i < most; i++) {
    const m = i >> 1;
    const term =
      i % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + term * d || tiny);
    c = 1 + term / c || tiny;
    value *= c * d;
    if (Math.abs(c * d - 1) < precision) break;
  }
  return 1 / value;
}

/**
 * ln Gamma(x) for x > 0: Stirling's series (DLMF 5.11.1) where it is exact to rounding, reached by Gamma(x + 1) = x
 * Gamma(x).
 */
function logGamma(x: number): number {
  let product = 1;
  while (x < 12) product *= x++;
  const y = 1 / (x * x);
  const series = (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - (y * 691) / 360360))))) / x;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series - Math.log(product);
}
