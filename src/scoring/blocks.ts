// Owns the form of a network that ONNX Runtime computes fastest. What the network is, and its hash, stay as they are.
import { ModelError } from '../base/errors.js';
import type { Model } from '../model/folder.js';
import type { ConvLayer } from '../model/network.js';
import { toOnnx } from '../model/onnx.js';
import { withFilters } from '../model/widen.js';

/** Filters that its convolutions compute together. A convolution of any other number falls back to slower kernels. */
const BLOCK = 8;

/** What filters of zeros may add to a convolution at most, as a share: more costs as much as the blocks gain. */
const MOST_ADDED = 0.1;

/**
 * The bytes to open in ONNX Runtime: the model's own, or where its convolutions are a few filters short of whole blocks
 * those of a network with filters of zeros besides, whose outputs differ by rounding only.
 */
export function bytesInBlocks(model: Pick<Model, 'onnx' | 'network'>): Uint8Array {
  const network = model.network();
  const wider = withFilters(network, filtersInBlocks);
  if (wider === network) return model.onnx;
  try {
    return toOnnx(wider);
  } catch (error) {
    // As large as a network may be already.
    if (error instanceof ModelError) return model.onnx;
    throw error;
  }
}

function filtersInBlocks({ filters }: ConvLayer): number {
  const whole = Math.ceil(filters / BLOCK) * BLOCK;
  return whole - filters <= MOST_ADDED * filters ? whole : filters;
}
