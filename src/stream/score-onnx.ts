// Scores with ONNX Runtime: the engine of the main job. Knows ONNX bytes, not how they were made.

import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { ModelError } from '../errors.js';
import { INPUT_NAME, OUTPUT_NAME } from '../model/onnx.js';
import { INPUT_SIZE } from '../model/network.js';
import { batchOf, closedScorer } from './score-batch.js';
import type { Scorer } from './score.js';

const ENGINE = 'onnx';

/** Options of `onnxScorer`. */
export interface OnnxScorerOptions {
  /** Threads that share one batch. Default 2, or 1 on a machine of less than four cores: there decoding keeps the others busy. */
  readonly threads?: number;
}

/**
 * A scorer from the bytes of a model.onnx. `score` blocks the event loop while it computes (onnxruntime-node runs the
 * network in the calling thread), so a batch should stay within a few milliseconds of work.
 * @throws ModelError when onnxruntime-node can't be loaded or refuses the bytes.
 */
export async function onnxScorer(
  onnx: Uint8Array,
  { threads = availableParallelism() < 4 ? 1 : 2 }: OnnxScorerOptions = {},
): Promise<Scorer> {
  const ort = await loadRuntime();
  let session: InferenceSession | undefined = await ort.InferenceSession.create(onnx, sessionOptions(threads)).catch((cause: unknown) => {
    throw new ModelError(`ONNX Runtime refuses the model: ${messageOf(cause)}. Is model.onnx damaged?`, { cause });
  });
  return {
    engine: ENGINE,
    async score(pixels, n) {
      const batch = batchOf(pixels, n);
      if (session === undefined) throw closedScorer(ENGINE);
      if (n === 0) return new Float32Array(0);
      const feeds = { [INPUT_NAME]: new ort.Tensor('float32', batch, [n, INPUT_SIZE]) };
      const { [OUTPUT_NAME]: outputs } = await session.run(feeds).catch((cause: unknown) => {
        throw new ModelError(`ONNX Runtime failed on a batch of ${n} digits: ${messageOf(cause)}.`, { cause });
      });
      return outputs!.data as Float32Array;
    },
    async close() {
      const open = session;
      session = undefined;
      await open?.release();
    },
  };
}

async function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  try {
    const ort = await import('onnxruntime-node');
    // Set before the first session: the runtime's own start-up warnings would land on stderr among the user's messages.
    ort.env.logLevel = 'fatal';
    return ort;
  } catch (cause) {
    throw new ModelError(`onnxruntime-node can't be loaded: ${messageOf(cause)}. Install the package's dependencies again.`, { cause });
  }
}

function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    // Idle threads that spin would take the core that ffmpeg decodes on.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.trim() : String(cause);
}
