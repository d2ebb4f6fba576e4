// Owns which weights a pruning removes. Pure: a network and numbers about its inputs in, masks out. It must not train
// or run networks.
import { ModelError } from '../../base/errors.js';
import { rowsReading, widthOf, type Layer, type Network } from '../../model/network.js';
import type { PruningPlan } from './recipe.js';

/** The mean input of each layer over some images: `[inputs]` for a dense layer; a convolution's is not looked at. */
export type MeanInputs = readonly ArrayLike<number>[];

/**
 * Masks for the weights of each layer: 1 keeps, 0 removes. Per layer exactly floor(share x weights) are removed, those
 * with the smallest score; of equal scores the first. The score is, for `absolute`, |w_ij|; for `activated`, the
 * activated value
 * |mean of w_ij * input_i| (of the predecessor of "Output analysis"); for `combined`, the geometric mean of the
 * two. Convolutions are always judged by |w|: their weights meet many inputs.
 *
 * With `units`, whole units (of a convolution: filters) go first: floor(share x units) of a layer, those for which the
 * scores of the weights that read them have the smallest sum. All weights into and out of them are removed and count
 * towards the share of weights; where they are more than that, no others are removed.
 * @throws ModelError when the number of shares is not the number of layers, or units of the last layer are to go.
 */
export function pruningMasks(
  network: Network,
  plan: Pick<PruningPlan, 'method' | 'share' | 'units'>,
  inputs: MeanInputs,
): Float32Array[] {
  const shares = sharesOf(network, plan.share, 'shares');
  const found = network.layers.map((layer, i) => scores(layer, plan.method, inputs[i]!));
  if (plan.units !== undefined) scoreOutUnits(network, unitSharesOf(network, plan.units), found);
  return found.map((each, i) => smallestRemoved(each, shares[i]!));
}

/** The network with the masked weights set to 0. Biases stay. The given one is not changed. */
export function applyMasks(network: Network, masks: readonly Float32Array[]): Network {
  const layers = network.layers.map((layer, i) => ({
    ...layer,
    weights: layer.weights.map((w, j) => (masks[i]![j] === 0 ? 0 : w)),
  }));
  return { layers };
}

/** One share a layer: a single number stands for every dense layer and leaves convolutions alone. */
function sharesOf({ layers }: Network, share: PruningPlan['share'], what: string): readonly number[] {
  if (typeof share === 'number') return layers.map(({ kind }) => (kind === 'dense' ? share : 0));
  if (share.length !== layers.length) {
    throw new ModelError(
      `Pruning has ${share.length} ${what}, but the network has ${layers.length} layers ` +
        `(${layers.map(({ kind }) => kind).join(', ')}). Give one a layer, or a single number.`,
    );
  }
  return share;
}

/** As shares of weights; the last layer's units are the classes, so a single number is not for them. */
function unitSharesOf(network: Network, units: PruningPlan['share']): readonly number[] {
  const shares = sharesOf(network, units, 'shares of units');
  if (typeof units === 'number') return shares.with(-1, 0);
  if (shares.at(-1)! > 0)
    throw new ModelError(
      `Pruning is to remove ${shares.at(-1)!} of the last layer's units, but these are the classes. Give ` +
        `0 for the last layer.`,
    );
  return shares;
}

/** A score below all others, for what has to go. */
const GONE = -1;

/**
 * Sets to `GONE` the scores of all weights into and out of the units that have to go. All are judged before any goes.
 */
function scoreOutUnits({ layers }: Network, shares: readonly number[], found: readonly Float32Array[]): void {
  const gone = layers.slice(1).map((next, i) => {
    const width = widthOf(layers[i]!);
    const sums = Float64Array.from({ length: width }, (_, unit) => {
      let sum = 0;
      for (const row of rowsReading(next, unit, width, found[i + 1])) for (const score of row) sum += score;
      return sum;
    });
    const order = Array.from(sums.keys()).sort((a, b) => sums[a]! - sums[b]! || a - b);
    return order.slice(0, floorOf(shares[i]!, width));
  });
  gone.forEach((units, i) => {
    const width = widthOf(layers[i]!);
    for (const unit of units) {
      for (let at = unit; at < found[i]!.length; at += width) found[i]![at] = GONE;
      for (const row of rowsReading(layers[i + 1]!, unit, width, found[i + 1])) row.fill(GONE);
    }
  });
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
  const removed = Math.max(
    floorOf(share, values.length),
    values.reduce((count, value) => (value === GONE ? count + 1 : count), 0),
  );
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

/** A share such as 0.7 of 10 must give 7, though 0.7 * 10 may round to just below. */
function floorOf(share: number, count: number): number {
  return Math.floor(share * count + 1e-6);
}
