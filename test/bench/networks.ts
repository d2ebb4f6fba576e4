// The networks that are scored: shipped ones, and fc-lq pruned here, before and after compaction. Trains nothing.
import { loadDataset, pixelsOf, slice } from '../../src/lab/data/dataset.js';
import { applyMasks, pruningMasks } from '../../src/lab/training/prune.js';
import { compact } from '../../src/model/compact.js';
import { readModel } from '../../src/model/folder.js';
import { sparsity, type Network } from '../../src/model/network.js';
import { PIXELS } from '../../src/types.js';

/** A network under a name. */
export interface NamedNetwork {
  readonly name: string;
  readonly network: Network;
  /** Its weights, and how many of them are not zero. */
  readonly note: string;
}

/** The fastest of fc-lq's pruned kin, by the name that it is measured under. */
export const SMALL = 'fc-lq-small as shipped';

/** Images whose inputs say which weights matter, as in the article. */
const IMAGES = 2000;
const SHARE = 0.8;

/**
 * fc-lq; the same with 80 % of each layer pruned by activated value, as it is and compacted (what the shipped
 * fc-lq-pruned is made from, before its fine-tuning); the shipped fc-lq-pruned, and fc-lq-small, where whole units went
 * first; camera and one.
 */
export async function networks(): Promise<NamedNetwork[]> {
  const [fc, shipped, small, camera, one] = await Promise.all(
    ['fc-lq', 'fc-lq-pruned', 'fc-lq-small', 'camera', 'one'].map(async (name) => (await readModel(name)).network()),
  );
  const pruned = applyMasks(fc!, pruningMasks(fc!, { method: 'activated', share: SHARE }, await meanInputs(fc!)));
  return [
    named('fc-lq', fc!),
    named('fc-lq pruned', pruned),
    named('fc-lq pruned, compacted', compact(pruned)),
    named('fc-lq-pruned as shipped', shipped!),
    named(SMALL, small!),
    named('camera', camera!),
    named('one', one!),
  ];
}

function named(name: string, network: Network): NamedNetwork {
  const counts = sparsity(network);
  const weights = counts.reduce((sum, layer) => sum + layer.weights, 0);
  const alive = weights - counts.reduce((sum, layer) => sum + layer.zeros, 0);
  return {
    name,
    network,
    note: `${(weights / 1e6).toFixed(2)} M${alive < weights ? `, ${(alive / 1e6).toFixed(2)} M not 0` : ''}`,
  };
}

/** The mean input of each dense layer over training images, by plain loops: no TensorFlow is needed for it. */
async function meanInputs({ layers }: Network): Promise<Float64Array[]> {
  const { training } = await loadDataset();
  const digits = slice(training, 0, IMAGES);
  const sums = layers.map((layer) => new Float64Array(layer.kind === 'dense' ? layer.inputs : 0));
  const pixels = pixelsOf(digits);
  for (let n = 0; n < digits.count; n++) {
    let x: Float64Array = Float64Array.from(pixels.subarray(n * PIXELS, (n + 1) * PIXELS));
    layers.forEach((layer, i) => {
      if (layer.kind !== 'dense') throw new RangeError('only fully connected networks are pruned here');
      x.forEach((value, j) => (sums[i]![j]! += value / digits.count));
      const y = Float64Array.from(layer.bias);
      x.forEach((value, j) => {
        if (value !== 0)
          for (let k = 0, at = j * layer.units; k < layer.units; k++) y[k]! += value * layer.weights[at + k]!;
      });
      x = layer.activation === 'relu' ? y.map((value) => Math.max(0, value)) : y;
    });
  }
  return sums;
}
