// Scores with plain loops in double precision: slow and obvious, the truth that the other engines are held to.

import { convOutput, samePadding, validate, type ConvLayer, type DenseLayer, type Network } from '../model/network.js';
import { CLASSES, PIXELS } from '../types.js';
import { batchOf, closedScorer } from './batch.js';
import type { Scorer } from './scorer.js';

const ENGINE = 'reference';

/**
 * A scorer that computes each output by its definition.
 * @throws ModelError when the network is not whole.
 */
export function referenceScorer(network: Network): Scorer {
  validate(network);
  let closed = false;
  return {
    engine: ENGINE,
    async score(pixels, n) {
      const batch = batchOf(pixels, n);
      if (closed) throw closedScorer(ENGINE);
      const outputs = new Float32Array(n * CLASSES);
      for (let i = 0; i < n; i++) {
        const image = Float64Array.from(batch.subarray(i * PIXELS, (i + 1) * PIXELS));
        outputs.set(forward(network, image), i * CLASSES);
      }
      return outputs;
    },
    async close() {
      closed = true;
    },
  };
}

function forward(network: Network, image: Float64Array): Float64Array {
  return network.layers.reduce((x, layer) => {
    const y = layer.kind === 'dense' ? dense(layer, x) : conv(layer, x);
    return layer.activation === 'relu' ? y.map((value) => Math.max(0, value)) : y;
  }, image);
}

function dense({ inputs, units, weights, bias }: DenseLayer, x: Float64Array): Float64Array {
  const y = Float64Array.from(bias);
  for (let i = 0; i < inputs; i++) for (let j = 0; j < units; j++) y[j]! += x[i]! * weights[i * units + j]!;
  return y;
}

function conv(layer: ConvLayer, x: Float64Array): Float64Array {
  const [rows, columns, filters] = convOutput(layer);
  const y = new Float64Array(rows * columns * filters);
  let at = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let filter = 0; filter < filters; filter++)
        y[at++] = layer.bias[filter]! + window(layer, x, row, column, filter);
  return y;
}

/** One filter at one place of the output: the sum over the window, where pixels outside the image count as 0. */
function window(
  { inputs: [height, width, channels], kernel, filters, stride, weights }: ConvLayer,
  x: Float64Array,
  row: number,
  column: number,
  filter: number,
): number {
  const top = row * stride - samePadding(height, kernel[0], stride)[0];
  const left = column * stride - samePadding(width, kernel[1], stride)[0];
  let sum = 0;
  for (let ky = 0; ky < kernel[0]; ky++)
    for (let kx = 0; kx < kernel[1]; kx++) {
      const [py, px] = [top + ky, left + kx];
      if (py < 0 || py >= height || px < 0 || px >= width) continue;
      for (let c = 0; c < channels; c++)
        sum +=
          x[(py * width + px) * channels + c]! * weights[((ky * kernel[1] + kx) * channels + c) * filters + filter]!;
    }
  return sum;
}
