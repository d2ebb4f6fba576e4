// Owns projected sign descent (Madry et al. 2018, "Towards deep learning models resistant to adversarial attacks"): the
// loop that PGD attacks share. It must not know what an attack keeps of the way.
import { setImmediate } from 'node:timers/promises';
import type { CostGradient, Victim } from './attack.js';
import { stepInBall } from './ball.js';

/** What to descend, from where and how far. */
export interface Descent {
  readonly victim: Victim;
  /** `[n, 784]`: the middle of the ball. */
  readonly origin: Float32Array;
  /** `[n, 784]`: where to begin. Changed. */
  readonly pixels: Float32Array;
  readonly epsilon: number;
  readonly steps: number;
  /** Signed length of step `step`, 0 to `steps` - 1: above 0 climbs the cost, below 0 descends it. */
  readonly lengthOf: (step: number) => number;
  readonly cost: CostGradient;
  /** What silent units let through, see `Victim.gradient`. Default 0. */
  readonly slope?: number | undefined;
  /**
   * Shown every point of the way with its outputs: the start, and what follows each step. Neither array may be kept.
   * @returns Images that stay where they are from here on (entries other than 0); nothing when none does.
   */
  readonly visit: (pixels: Float32Array, outputs: Float32Array) => Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a descent. @throws `signal`'s reason, between two steps. */
export async function descend({
  victim,
  origin,
  pixels,
  epsilon,
  steps,
  lengthOf,
  cost,
  slope,
  visit,
  signal,
}: Descent): Promise<void> {
  for (let step = 0; step < steps; step++) {
    // The engine's calls block; without a pause no signal would ever be heard.
    await setImmediate();
    signal?.throwIfAborted();
    const { outputs, pixels: gradient } = victim.gradient(pixels, cost, slope);
    const still = visit(pixels, outputs);
    stepInBall(pixels, origin, epsilon, gradient, lengthOf(step), still);
  }
  visit(pixels, victim.outputs(pixels));
}

/** First step as a share of epsilon. */
const FIRST_STEP = 0.25;

/**
 * Step lengths that fall from a quarter of `epsilon` to nearly 0 along half a cosine: wide at the start, fine at the
 * end.
 */
export function shrinkingSteps(epsilon: number, steps: number): (step: number) => number {
  return (step) => (FIRST_STEP * epsilon * (1 + Math.cos((Math.PI * step) / steps))) / 2;
}
