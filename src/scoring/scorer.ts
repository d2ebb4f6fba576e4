// What scores digits: one interface, three engines that agree, and the choice between them. Runs no network itself.

import type { Model } from '../model/folder.js';
import { bytesInBlocks } from './blocks.js';

/** Runs a network over batches of digits. One batch at a time: call `score` again when the last call has settled. */
export interface Scorer {
  /** Name of what computes, for people: `onnx`, `tfjs-wasm`, `reference`, ... */
  readonly engine: string;
  /**
   * Raw outputs of `n` digits, 0 or more.
   * @param pixels `[n, 784]` in [0, 1], row-major; may be longer, so that one buffer serves every batch. Not kept.
   * @returns `[n, 10]`, the caller's own.
   * @throws ModelError when the engine fails, RangeError when `pixels` is too short or the scorer is closed.
   */
  score(pixels: Float32Array, n: number): Promise<Float32Array>;
  /** Frees what the engine holds. Idempotent. */
  close(): Promise<void>;
}

/** The engines: ONNX Runtime for work, TensorFlow.js and the plain loops to check it against. */
export const ENGINES = ['onnx', 'tfjs', 'reference'] as const;

/** Name of an engine. */
export type Engine = (typeof ENGINES)[number];

/**
 * Opens a model on an engine (default `onnx`). Each engine is loaded only when it is asked for.
 * @throws ModelError when the engine can't be loaded or refuses the model.
 */
export async function openScorer(model: Model, engine: Engine = 'onnx'): Promise<Scorer> {
  switch (engine) {
    case 'onnx':
      return (await import('./onnx.js')).onnxScorer(bytesInBlocks(model));
    case 'tfjs':
      return (await import('./tfjs.js')).tfjsScorer(model.network());
    case 'reference':
      return (await import('./reference.js')).referenceScorer(model.network());
  }
}
