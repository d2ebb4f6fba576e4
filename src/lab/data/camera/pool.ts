// Owns the camera model's training set: a pool of examples made once from a seed, in shards, by as many threads as
// there are cores. The pool does not depend on how many threads made it.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Digits } from '../dataset.js';
import { createRandom } from '../../../base/random.js';
import { createSampler, type Mixture } from './sampler.js';
import { PIXELS } from '../../../types.js';

/** What a pool is made of. */
export interface PoolPlan {
  /** Examples in all. */
  readonly size: number;
  readonly mixture: Mixture;
  readonly seed: number;
}

/** Examples; what is no digit (`NO_DIGIT`) has the zero vector as its target. */
export type Pool = Digits;

/** Examples in a shard: the unit of work and of randomness. */
const SHARD = 4096;

/** What a thread is told. */
export interface ShardOrder {
  readonly digits: Digits;
  readonly plan: PoolPlan;
}

/** Makes one shard in this thread. Shard `k` depends on the plan and `k` alone. */
export function makeShard({ digits, plan }: ShardOrder, shard: number): Pool {
  const count = Math.min(SHARD, plan.size - shard * SHARD);
  const sampler = createSampler(digits, plan.mixture);
  const random = createRandom(plan.seed).fork(`shard ${shard}`);
  const pool = { count, images: new Uint8Array(count * PIXELS), labels: new Uint8Array(count) };
  for (let k = 0; k < count; k++) {
    const { pixels, label } = sampler.next(random);
    for (let p = 0; p < PIXELS; p++) pool.images[k * PIXELS + p] = Math.round(255 * pixels[p]!);
    pool.labels[k] = label;
  }
  return pool;
}

/** Options of {@link makePool}. */
export interface PoolOptions {
  /** Threads. Default: one per core. 0: this thread. */
  readonly threads?: number;
  /** Called after each shard with the number of examples made so far. */
  readonly onProgress?: (made: number) => void;
  readonly signal?: AbortSignal;
}

/** Makes a pool. The same digits and plan give the same pool, whatever the number of threads. */
export async function makePool(
  digits: Digits,
  plan: PoolPlan,
  { threads = availableParallelism(), onProgress, signal }: PoolOptions = {},
): Promise<Pool> {
  const pool = { count: plan.size, images: new Uint8Array(plan.size * PIXELS), labels: new Uint8Array(plan.size) };
  const shards = Math.ceil(plan.size / SHARD);
  let [next, made] = [0, 0];
  const keep = (shard: number, part: Pool): void => {
    pool.images.set(part.images, shard * SHARD * PIXELS);
    pool.labels.set(part.labels, shard * SHARD);
    onProgress?.((made += part.count));
  };
  if (threads === 0) {
    for (; next < shards; next++) keep(next, makeShard({ digits, plan }, next));
    return pool;
  }
  const take = (): number | undefined => (next < shards ? next++ : undefined);
  await Promise.all(
    Array.from({ length: Math.min(threads, shards) }, () => runThread({ digits, plan }, take, keep, signal)),
  );
  return pool;
}

function runThread(
  order: ShardOrder,
  take: () => number | undefined,
  keep: (shard: number, part: Pool) => void,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./pool-worker.js', import.meta.url), { workerData: order });
    const stop = (): void => void worker.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    let shard = take();
    const go = (): void => {
      worker.postMessage(shard ?? null);
    };
    worker.on('message', (part: Pool) => {
      keep(shard!, part);
      shard = take();
      go();
    });
    worker.once('error', reject);
    worker.once('exit', (code) => {
      signal?.removeEventListener('abort', stop);
      if (code === 0) resolve();
      else
        reject(
          signal?.aborted
            ? (signal.reason as Error)
            : new Error(`a thread that makes examples ended with code ${code}`),
        );
    });
    go();
  });
}
