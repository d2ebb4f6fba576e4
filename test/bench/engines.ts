// The engines that score, each on one thread. Opens them; measures nothing.
import { toOnnx } from '../../src/model/onnx.js';
import type { Network } from '../../src/model/network.js';
import { bytesInBlocks } from '../../src/scoring/blocks.js';
import { onnxScorer } from '../../src/scoring/onnx.js';
import { referenceScorer } from '../../src/scoring/reference.js';
import type { Scorer } from '../../src/scoring/scorer.js';

/** Opens a network on an engine. Rejects where the engine is not installed. */
export type OpenEngine = (network: Network) => Promise<Scorer>;

/** By name, each with one thread; `onnx, 2 threads` is how the product runs. */
export function openEngines(): Readonly<Record<string, OpenEngine>> {
  // Read by libtensorflow when it is loaded.
  process.env['TF_NUM_INTRAOP_THREADS'] = '1';
  process.env['TF_NUM_INTEROP_THREADS'] = '1';
  process.env['OMP_NUM_THREADS'] = '1';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const tfjs =
    (backend: 'node' | 'wasm'): OpenEngine =>
    async (network) =>
      (await import('../../src/scoring/tfjs.js')).tfjsScorer(network, { backends: [backend] });
  const onnx =
    (threads: number): OpenEngine =>
    (network) =>
      onnxScorer(bytesInBlocks({ onnx: toOnnx(network), network: () => network }), { threads });
  return {
    'onnx, 1 thread': onnx(1),
    'onnx, 2 threads': onnx(2),
    'tfjs-wasm, 1 thread': tfjs('wasm'),
    'tfjs-node, 1 thread': tfjs('node'),
    'reference, 1 thread': async (network) => referenceScorer(network),
  };
}
