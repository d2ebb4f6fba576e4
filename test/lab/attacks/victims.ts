// Hand-written victims for the tests of attacks: no engine, everything countable.
import type { AttackContext, CostGradient, Victim } from '../../../src/lab/attacks/attack.js';
import { createRandom, type Random } from '../../../src/base/random.js';
import { evidence } from '../../../src/gate/gate.js';

/** A victim and how it was used. */
export interface Counted extends Victim {
  /** Images whose outputs were asked for, with or without gradient. */
  images: number;
  /** Calls. */
  calls: number;
}

/** Outputs `x W + b`, the gradient written out. `weights` is `[784, 10]`. */
export function linearVictim(weights: Float64Array, bias: readonly number[]): Counted {
  const victim: Counted = {
    images: 0,
    calls: 0,
    outputs: (pixels) => {
      const count = pixels.length / 784;
      victim.images += count;
      victim.calls += 1;
      const outputs = new Float32Array(count * 10);
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < 10; j++) {
          let sum = bias[j]!;
          for (let p = 0; p < 784; p++) sum += pixels[i * 784 + p]! * weights[p * 10 + j]!;
          outputs[i * 10 + j] = sum;
        }
      }
      return outputs;
    },
    gradient: (pixels, cost: CostGradient) => {
      const outputs = victim.outputs(pixels);
      const wanted = cost(outputs, 0);
      const gradient = Float32Array.from(pixels, (_, at) => {
        let sum = 0;
        for (let j = 0; j < 10; j++) sum += weights[(at % 784) * 10 + j]! * wanted[Math.floor(at / 784) * 10 + j]!;
        return sum;
      });
      return { outputs, pixels: gradient };
    },
  };
  return victim;
}

/**
 * A linear reader of ten random patterns: an image is `0.5 + pattern / 4`, and reads as its class with outputs near
 * one-hot.
 */
export function patterns(seed: number): { victim: Counted; image: (label: number) => Float32Array } {
  const random = createRandom(seed);
  const signs = Float64Array.from({ length: 7840 }, () => (random.next() < 0.5 ? -1 : 1));
  const weights = signs.map((sign) => (4 * sign) / 784);
  const bias = Array.from(
    { length: 10 },
    (_, j) => -0.5 * weights.reduce((sum, w, at) => (at % 10 === j ? sum + w : sum), 0),
  );
  return {
    victim: linearVictim(weights, bias),
    image: (label) => Float32Array.from({ length: 784 }, (_, p) => 0.5 + 0.25 * signs[p * 10 + label]!),
  };
}

/** What an attack is prepared with; a gate of ratio 3 and range 0.5 to 1.5, unless told otherwise. */
export function contextOf(victim: Victim, epsilon: number, more: Partial<AttackContext> = {}): AttackContext {
  const accepts = (outputs: Float32Array, at: number): boolean => {
    const { ratio, top } = evidence(outputs, at);
    return ratio >= 3 && top >= 0.5 && top <= 1.5;
  };
  const training = { count: 0, images: new Uint8Array(0), labels: new Uint8Array(0) };
  return { victim, epsilon, random: createRandom(1), settings: {}, accepts, training, ...more };
}

/** Images in a row. */
export function batch(images: readonly Float32Array[]): Float32Array {
  const pixels = new Float32Array(images.length * 784);
  images.forEach((image, i) => pixels.set(image, i * 784));
  return pixels;
}

/** Images that look a little like digits: bright blobs on black, many pixels exactly 0 or 1. */
export function blobs(count: number, random: Random): Float32Array {
  const pixels = new Float32Array(count * 784);
  for (let i = 0; i < count; i++) {
    const [cx, cy, radius] = [9 + 10 * random.next(), 9 + 10 * random.next(), 3 + 4 * random.next()];
    for (let p = 0; p < 784; p++)
      pixels[i * 784 + p] = Math.min(1, Math.max(0, radius - Math.hypot((p % 28) - cx, Math.floor(p / 28) - cy)));
  }
  return pixels;
}
