// Outputs of a made-up network, for tests that need no network: near one-hot, some wrong, noise that differs by digit.
import { createRandom } from '../../src/base/random.js';

/** Outputs `[count, 10]` and labels; the share `wrong` reads as the next class, noise of a digit is up to `noise`. */
export function labelled(
  count: number,
  { seed = 1, wrong = 0.03, noise = 0.15 } = {},
): { outputs: Float32Array; labels: Uint8Array } {
  const random = createRandom(seed);
  const outputs = new Float32Array(count * 10);
  const labels = Uint8Array.from({ length: count }, () => random.int(10));
  labels.forEach((label, i) => {
    const shown = random.next() < wrong ? (label + 1) % 10 : label;
    const amount = noise * random.next();
    for (let j = 0; j < 10; j++) outputs[i * 10 + j] = (j === shown ? 0.95 : 0) + amount * random.normal();
  });
  return { outputs, labels };
}

/** The ten outputs of one image. */
export function row(outputs: Float32Array, i: number): number[] {
  return Array.from(outputs.subarray(i * 10, i * 10 + 10));
}
