// A smaller network with the same outputs: units that pruning left dead are deleted. Prunes nothing itself.

import { rowsReading, samePadding, validate, widthOf, type Layer, type Network } from './network.js';

/**
 * Deletes, until nothing changes, the units and filters of hidden layers
 * - that no weight of the next layer reads, or
 * - whose incoming weights are all zero: each is a constant, `activation(bias)`, that moves into the next layer's bias.
 *
 * A constant filter before a convolution that pads stays unless the constant is 0: padding reads zeros around it, so at
 * the borders it is no constant. At least one unit stays in each layer. The input keeps its 784 pixels, dead or not; a
 * model.onnx leaves the dead ones out (see `toOnnx`).
 * Outputs differ by rounding only. The given network is not changed.
 * @throws ModelError when the network is not whole.
 */
export function compact(network: Network): Network {
  validate(network);
  const layers = [...network.layers];
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 0; i + 1 < layers.length; i++) {
      const smaller = shrinkJoint(layers[i]!, layers[i + 1]!);
      if (smaller === undefined) continue;
      [layers[i], layers[i + 1]] = smaller;
      changed = true;
    }
  }
  return { layers };
}

/** Deletes what is dead between two layers; undefined when nothing is. */
function shrinkJoint(layer: Layer, next: Layer): [Layer, Layer] | undefined {
  const width = widthOf(layer);
  const bias = Float64Array.from(next.bias);
  const kept: number[] = [];
  for (let unit = 0; unit < width; unit++) {
    if (!isRead(next, unit, width)) continue;
    const constant = constantOf(layer, unit);
    if (constant === undefined || (constant !== 0 && pads(next))) kept.push(unit);
    else foldInto(bias, constant, next, unit, width);
  }
  if (kept.length === width) return undefined;
  if (kept.length > 0)
    return [keepUnits(layer, kept), keepInputs({ ...next, bias: Float32Array.from(bias) }, kept, width)];
  // A layer must keep a unit: the first stays, and nothing reads it, since what it had to say is in the bias now.
  if (width === 1 && !isRead(next, 0, width)) return undefined;
  const blind = keepInputs({ ...next, bias: Float32Array.from(bias) }, [0], width);
  return [keepUnits(layer, [0]), { ...blind, weights: new Float32Array(blind.weights.length) }];
}

function isRead(next: Layer, unit: number, width: number): boolean {
  for (const row of rowsReading(next, unit, width)) if (row.some((weight) => weight !== 0)) return true;
  return false;
}

/** The value of a unit that has no incoming weights left, whatever the input; undefined for others. */
function constantOf(layer: Layer, unit: number): number | undefined {
  const width = widthOf(layer);
  for (let at = unit; at < layer.weights.length; at += width) if (layer.weights[at] !== 0) return undefined;
  const value = layer.bias[unit]!;
  return layer.activation === 'relu' ? Math.max(0, value) : value;
}

function pads(layer: Layer): boolean {
  if (layer.kind === 'dense') return false;
  return [0, 1].some((side) =>
    samePadding(layer.inputs[side]!, layer.kernel[side]!, layer.stride).some((pixels) => pixels > 0),
  );
}

function foldInto(bias: Float64Array, constant: number, next: Layer, unit: number, width: number): void {
  for (const row of rowsReading(next, unit, width))
    row.forEach((weight, j) => {
      bias[j]! += constant * weight;
    });
}

/** The layer with only the units `kept`, in that order. */
function keepUnits(layer: Layer, kept: readonly number[]): Layer {
  const width = widthOf(layer);
  const rows = layer.weights.length / width;
  const weights = new Float32Array(rows * kept.length);
  for (let row = 0; row < rows; row++)
    kept.forEach((unit, j) => {
      weights[row * kept.length + j] = layer.weights[row * width + unit]!;
    });
  const bias = Float32Array.from(kept, (unit) => layer.bias[unit]!);
  return layer.kind === 'dense'
    ? { ...layer, units: kept.length, weights, bias }
    : { ...layer, filters: kept.length, weights, bias };
}

/** The layer reading only the units `kept` of the `width` before it. */
function keepInputs(layer: Layer, kept: readonly number[], width: number): Layer {
  const inner = widthOf(layer);
  const outer = layer.weights.length / (width * inner);
  const weights = new Float32Array(outer * kept.length * inner);
  let to = 0;
  for (let o = 0; o < outer; o++)
    for (const unit of kept) {
      const from = (o * width + unit) * inner;
      weights.set(layer.weights.subarray(from, from + inner), to);
      to += inner;
    }
  if (layer.kind === 'dense') return { ...layer, inputs: outer * kept.length, weights };
  const [height, columns] = layer.inputs;
  return { ...layer, inputs: [height, columns, kept.length], weights };
}
