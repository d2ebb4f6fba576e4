// Owns the lab's randomness: one seeded generator, forked by name. No other source of chance may be used in src/lab.

/**
 * A seeded stream of random numbers. Calling any method advances it; the same seed gives the same numbers everywhere.
 */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /**
   * Uniform integer in [0, n).
   * @param n A whole number, 1 to 2^32.
   */
  int(n: number): number;
  /** Standard normal: mean 0, standard deviation 1. */
  normal(): number;
  /**
   * An independent stream that depends on this stream's seed and the label only, not on how far this one has advanced:
   * adding draws in one place leaves the numbers of another as they were.
   */
  fork(label: string): Random;
}

/**
 * Makes a generator: sfc32 (Chris Doty-Humphrey, PractRand) seeded by splitmix32.
 * @param seed Any finite number; its whole part is taken, and all 53 bits of it count.
 */
export function createRandom(seed: number): Random {
  return new Sfc32(Math.trunc(seed) >>> 0, Math.trunc(seed / 2 ** 32) >>> 0);
}

/**
 * A normal draw cut off at two standard deviations, drawn again until it lies inside (as TensorFlow's truncated
 * normal).
 * @param sd Standard deviation before the cut, >= 0.
 */
export function truncatedNormal(random: Random, sd: number): number {
  let value = random.normal();
  while (Math.abs(value) > 2) value = random.normal();
  return value * sd;
}

/** Shuffles in place (Fisher-Yates) and returns the same array. */
export function shuffle<T extends { length: number; [index: number]: unknown }>(random: Random, items: T): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    const kept = items[i];
    (items as { [index: number]: unknown })[i] = items[j];
    (items as { [index: number]: unknown })[j] = kept;
  }
  return items;
}

/** Uniform in [lo, hi). */
export function uniform(random: Random, lo: number, hi: number): number {
  return lo + (hi - lo) * random.next();
}

class Sfc32 implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spare: number | undefined;
  readonly #low: number;
  readonly #high: number;

  constructor(low: number, high: number) {
    this.#low = low;
    this.#high = high;
    this.#a = splitmix32(low);
    this.#b = splitmix32(high ^ 0x9e3779b9);
    this.#c = splitmix32(this.#a ^ this.#b);
    for (let i = 0; i < 15; i++) this.#bits();
  }

  next(): number {
    return this.#bits() / 2 ** 32;
  }

  int(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32)
      throw new RangeError(`int(n) needs a whole n of 1 to 2^32, got ${n}`);
    // Refuse the few top values that would favour small results.
    const limit = 2 ** 32 - (2 ** 32 % n);
    let bits = this.#bits();
    while (bits >= limit) bits = this.#bits();
    return bits % n;
  }

  normal(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return value;
    }
    // Box-Muller; 1 - next() is in (0, 1], so that the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const angle = 2 * Math.PI * this.next();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  fork(label: string): Random {
    let low = this.#low ^ 0x811c9dc5;
    let high = this.#high ^ 0x01000193;
    for (let i = 0; i < label.length; i++) {
      low = Math.imul(low ^ label.charCodeAt(i), 0x01000193);
      high = splitmix32(high ^ low);
    }
    return new Sfc32(splitmix32(low ^ label.length), high);
  }

  #bits(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result;
    this.#c |= 0;
    return result >>> 0;
  }
}

function splitmix32(seed: number): number {
  let z = (seed + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}
