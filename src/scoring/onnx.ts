// Scores with ONNX Runtime: the engine of the main job. Knows ONNX bytes, not how they were made.

import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { ModelError } from '../base/errors.js';
import { INPUT_NAME, OUTPUT_NAME } from '../model/onnx.js';
import { CLASSES, PIXELS } from '../types.js';
import { batchOf, closedScorer } from './batch.js';
import type { Scorer } from './scorer.js';

const ENGINE = 'onnx';

/** Options of `onnxScorer`. */
export interface OnnxScorerOptions {
  /**
   * Threads that share one batch. Default 2; on a machine of less than four cores 1 for batches of less than 48 digits,
   * for decoding keeps the others busy, and threads that wait for each other cost time.
   */
  readonly threads?: number;
}

/** Digits from which on a batch takes so long that the decoder would wait for it. */
const LARGE = 48;

/**
 * A scorer from the bytes of a model.onnx that was checked (`fromOnnx`): whatever its graph says is run. `score` blocks
 * the event loop while it computes (onnxruntime-node runs the network in the calling thread), so a batch should stay
 * within a few milliseconds of work.
 * @throws ModelError when onnxruntime-node can't be loaded or refuses the bytes.
 */
export async function onnxScorer(onnx: Uint8Array, { threads }: OnnxScorerOptions = {}): Promise<Scorer> {
  const ort = await loadRuntime();
  const [few, many] =
    threads === undefined
      ? [availableParallelism() < 4 ? 1 : 2, Math.min(2, availableParallelism())]
      : [threads, threads];
  // By their number of threads; another one than for few digits is opened when it is needed.
  const sessions = new Map<number, InferenceSession>();
  let closed = false;

  async function open(count: number): Promise<InferenceSession> {
    const session = await ort.InferenceSession.create(onnx, sessionOptions(count)).catch((cause: unknown) => {
      throw new ModelError(`ONNX Runtime refuses the model: ${messageOf(cause)}. Is model.onnx damaged?`, { cause });
    });
    sessions.set(count, session);
    return session;
  }

  await open(few);
  return {
    engine: ENGINE,
    async score(pixels, n) {
      const batch = batchOf(pixels, n);
      if (closed) throw closedScorer(ENGINE);
      if (n === 0) return new Float32Array(0);
      const count = n < LARGE ? few : many;
      const session = sessions.get(count) ?? (await open(count));
      const feeds = { [INPUT_NAME]: new ort.Tensor('float32', batch, [n, PIXELS]) };
      const { [OUTPUT_NAME]: outputs } = await session.run(feeds).catch((cause: unknown) => {
        throw new ModelError(`ONNX Runtime failed on a batch of ${n} digits: ${messageOf(cause)}.`, { cause });
      });
      if (outputs?.type !== 'float32' || outputs.dims.join() !== `${n},${CLASSES}`)
        throw new ModelError(
          `ONNX Runtime gave ${outputs ? `${outputs.type} [${outputs.dims.join(', ')}]` : 'no outputs'} for a batch ` +
            `of ${n} digits; it must be float32 [${n}, ${CLASSES}].`,
        );
      return outputs.data as Float32Array;
    },
    async close() {
      closed = true;
      const opened = [...sessions.values()];
      sessions.clear();
      for (const session of opened) await session.release();
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
    throw new ModelError(
      `onnxruntime-node can't be loaded: ${messageOf(cause)}. Install the package's dependencies again.`,
      { cause },
    );
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
