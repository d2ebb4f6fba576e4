// Owns the article's groups: which digits are noised, and what becomes of them. Pure: outputs in, indices out.
import { evidence } from '../../gate/gate.js';
import type { Random } from '../../base/random.js';
import { CLASSES } from '../../types.js';

/** A digit set, half noised: indices into it, and the outputs that each index has. Every index is in one group. */
export interface Groups {
  /** `[n, 10]`: of the noised image where it was noised, else of the clean one. */
  readonly outputs: Float32Array;
  /** Clean and right. */
  readonly regular: readonly number[];
  /** Noised, and right all the same. */
  readonly ineffective: readonly number[];
  /** Noised and wrong. */
  readonly corrupted: readonly number[];
  /** Clean and wrong: counted, left out of the curves. */
  readonly cleanWrong: readonly number[];
}

/**
 * Forms the groups of "Output analysis": each digit is noised with a probability of 1/2.
 * @param clean Outputs `[n, 10]` on the clean digits.
 * @param noised Outputs `[n, 10]` on the same digits, each with a noise vector of another class.
 * @param labels `[n]`, 0 to 9.
 */
export function formGroups(clean: Float32Array, noised: Float32Array, labels: Uint8Array, random: Random): Groups {
  const outputs = Float32Array.from(clean);
  const [regular, ineffective, corrupted, cleanWrong]: [number[], number[], number[], number[]] = [[], [], [], []];
  labels.forEach((label, i) => {
    const isNoised = random.next() < 0.5;
    const at = i * CLASSES;
    if (isNoised) outputs.set(noised.subarray(at, at + CLASSES), at);
    const right = evidence(outputs, at).digit === label;
    const group = isNoised ? (right ? ineffective : corrupted) : right ? regular : cleanWrong;
    group.push(i);
  });
  return { outputs, regular, ineffective, corrupted, cleanWrong };
}

/** Accuracy of the half noised set, [0, 1]. */
export function halfNoisedAccuracy({ regular, ineffective, corrupted, cleanWrong }: Groups): number {
  const right = regular.length + ineffective.length;
  return right / (right + corrupted.length + cleanWrong.length);
}

/** Share of the noised digits that are read wrong, [0, 1]: how strong the noise is. NaN when none was noised. */
export function corruptionRate({ ineffective, corrupted }: Groups): number {
  return corrupted.length / (corrupted.length + ineffective.length);
}

/** A quantity of the outputs of some digits of a set. */
export function valuesOf(
  outputs: Float32Array,
  indices: readonly number[],
  quantity: (outputs: Float32Array, offset: number) => number,
): Float64Array {
  return Float64Array.from(indices, (i) => quantity(outputs, i * CLASSES));
}
