// Owns which weights a pruning removes. Pure: a network and numbers about its inputs in, masks out. It must not train or
// run networks.
import { ModelError } from '../errors.js';
import type { Layer, Network } from '../model/network.js';
import type { PruningPlan } from './recipe.js';

/** The mean input of each layer over some images: `[inputs]` for a dense layer; a convolution's is not looked at. */
export type MeanInputs = readonly ArrayLike<number>[];

/**
 * Masks for the weights of each layer: 1 keeps, 0 removes. Per layer exactly floor(share x weights) are removed, those with
 * the smallest score; of equal scores the first. The score is, for `absolute`, |w_ij|; for `activated`, the activated value
 * |mean of w_ij * input_i| (REFERENCE, Activation pruning); for `combined`, the geometric mean of the two. Convolutions are
 * always judged by |w|: their weights meet many inputs.
 * @throws ModelError when the number of shares is not the number of layers.
 */
export function pruningMasks(network: Network, plan: Pick<PruningPlan, 'method' | 'share'>, inputs: MeanInputs): Float32Array[] {
  const shares = sharesOf(network, plan.share);
  return network.layers.map((layer, i) => smallestRemoved(scores(layer, plan.method, inputs[i]!), shares[i]!));
}

/** The network with the masked weights set to 0. Biases stay. The given one is not changed. */
export function applyMasks(network: Network, masks: readonly Float32Array[]): Network {
  const layers = network.layers.map((layer, i) => ({ ...layer, weights: layer.weights.map((w, j) => (masks[i]![j] === 0 ? 0 : w)) }));
  return { layers };
}

/** One share a layer: a single number stands for every dense layer and leaves convolutions alone. */
function sharesOf({ layers }: Network, share: PruningPlan['share']): readonly number[] {
  if (typeof share === 'number') return layers.map(({ kind }) => (kind === 'dense' ? share : 0));
  if (share.length !== layers.length) {
    throw new ModelError(`Pruning has ${share.length} shares, but the network has ${layers.length} layers (${layers.map(({ kind }) => kind).join(', ')}). Give one share a layer, or a single number.`);
  }
  return share;
}

function scores(layer: Layer, method: PruningPlan['method'], meanInput: ArrayLike<number>): Float32Array {
  if (method === 'absolute' || layer.kind === 'conv') return layer.weights.map(Math.abs);
  const { units } = layer;
  return layer.weights.map((w, j) => {
    const input = Math.abs(meanInput[Math.floor(j / units)]!);
    return Math.abs(w) * (method === 'activated' ? input : Math.sqrt(input));
  });
}

function smallestRemoved(values: Float32Array, share: number): Float32Array {
  // A share such as 0.7 of 10 must give 7, though 0.7 * 10 may round to just below.
  const removed = Math.floor(share * values.length + 1e-6);
  const mask = new Float32Array(values.length).fill(1);
  if (removed === 0) return mask;
  const limit = Float32Array.from(values).sort()[removed - 1]!;
  let ties = removed;
  values.forEach((value, i) => {
    if (value >= limit) return;
    mask[i] = 0;
    ties--;
  });
  for (let i = 0; ties > 0; i++) {
    if (values[i] !== limit) continue;
    mask[i] = 0;
    ties--;
  }
  return mask;
}
