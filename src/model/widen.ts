// A wider network with the same outputs: convolutions get filters of zeros, for engines that work in blocks of filters.
import { widthOf, type ConvLayer, type Layer, type Network } from './network.js';

/**
 * The network with as many filters in each convolution as `filtersOf` says, at least those that it has: the new ones
 * give 0, and nothing is made of that. Outputs differ by the rounding of another order of adding only. The given network
 * is not changed; it is returned where nothing is to be added.
 */
export function withFilters(network: Network, filtersOf: (layer: ConvLayer) => number): Network {
  const layers = [...network.layers];
  let changed = false;
  for (let i = 0; i + 1 < layers.length; i++) {
    const layer = layers[i]!;
    if (layer.kind !== 'conv') continue;
    const to = filtersOf(layer);
    if (to <= layer.filters) continue;
    layers[i] = giving(layer, to);
    layers[i + 1] = reading(layers[i + 1]!, layer.filters, to);
    changed = true;
  }
  return changed ? { layers } : network;
}

/** The convolution with more filters. */
function giving(layer: ConvLayer, to: number): ConvLayer {
  const { filters, weights, bias } = layer;
  return { ...layer, filters: to, weights: spread(weights, filters, to), bias: spread(bias, filters, to) };
}

/** The layer behind it, which has no weight for what is new. */
function reading(layer: Layer, from: number, to: number): Layer {
  const inner = widthOf(layer);
  const weights = spread(layer.weights, from * inner, to * inner);
  if (layer.kind === 'dense') return { ...layer, inputs: (layer.inputs / from) * to, weights };
  const [height, width] = layer.inputs;
  return { ...layer, inputs: [height, width, to], weights };
}

/** Runs of `from` numbers as runs of `to`, with zeros behind each. */
function spread(values: Float32Array, from: number, to: number): Float32Array {
  const spreadOut = new Float32Array((values.length / from) * to);
  for (let run = 0; run * from < values.length; run++)
    spreadOut.set(values.subarray(run * from, (run + 1) * from), run * to);
  return spreadOut;
}
