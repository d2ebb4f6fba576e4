// Owns the two ways in which a descent with restarts sets out. It must not descend.
import { uniform, type Random } from '../../base/random.js';
import { clip } from './ball.js';
import { PIXELS } from '../../types.js';

/** How a descent sets out. */
export interface Start {
  /**
   * `[n, 784]`: where it begins, inside the ball of radius `epsilon` around `origin` (`[n, 784]`) and inside [0, 1].
   */
  from(origin: Float32Array, epsilon: number, randomOf: (image: number) => Random): Float32Array;
  /** What silent units let through of the gradient, see `Victim.gradient`. */
  readonly slope: number;
}

/**
 * Slope of silent units on the second way. Of 0, 0.05, 0.1 and 0.3, this one flipped most digits of a hardened network.
 */
const SLOPE = 0.05;

/** From anywhere in the ball along the true gradient (Madry et al. 2018). */
const open: Start = {
  slope: 0,
  from: (origin, epsilon, randomOf) => moved(origin, randomOf, (_pixel, random) => uniform(random, -epsilon, epsilon)),
};

/**
 * A hardened network learns to cut pixels off below and above the middle: there its units are silent and the true
 * gradient is 0 although there is a way (masked gradients; Athalye, Carlini and Wagner 2018, arXiv 1802.00420). So each
 * pixel starts on its way to the middle, and silent units let a little through.
 */
const pastSilence: Start = {
  slope: SLOPE,
  from: (origin, epsilon, randomOf) =>
    moved(origin, randomOf, (pixel, random) => (pixel < 0.5 ? epsilon : -epsilon) * random.next()),
};

/** How a restart, 0, 1, ..., sets out: the two take turns. */
export function startOf(restart: number): Start {
  return restart % 2 === 0 ? open : pastSilence;
}

function moved(
  origin: Float32Array,
  randomOf: (image: number) => Random,
  by: (pixel: number, random: Random) => number,
): Float32Array {
  const start = new Float32Array(origin.length);
  for (let image = 0, at = 0; at < origin.length; image++) {
    const random = randomOf(image);
    for (const end = at + PIXELS; at < end; at++) start[at] = clip(origin[at]! + by(origin[at]!, random));
  }
  return start;
}
