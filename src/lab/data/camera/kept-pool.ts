// Owns pools on disk: one that was made once is read again, so that a training can go on where it stopped.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeOutput } from '../../../base/output/file.js';
import type { Digits } from '../dataset.js';
import { makePool, type Pool, type PoolOptions, type PoolPlan } from './pool.js';
import { PIXELS } from '../../../types.js';

/**
 * The pool of a plan: read from `keepIn` when it was made there before, else made and written there.
 * The file's name is a hash of the plan and the digits; it can be deleted at any time.
 */
export async function keptPool(
  digits: Digits,
  plan: PoolPlan,
  { keepIn, ...options }: PoolOptions & { readonly keepIn: string },
): Promise<Pool> {
  const key = createHash('sha256')
    .update(JSON.stringify(plan))
    .update(digits.images)
    .update(digits.labels)
    .digest('hex');
  const file = join(keepIn, `pool-${key.slice(0, 16)}.bin`);
  const kept = await readFile(file).catch(() => undefined);
  if (kept?.length === plan.size * (PIXELS + 1)) {
    const bytes = new Uint8Array(kept.buffer, kept.byteOffset, kept.length);
    return {
      count: plan.size,
      images: bytes.subarray(0, plan.size * PIXELS),
      labels: bytes.subarray(plan.size * PIXELS),
    };
  }
  const pool = await makePool(digits, plan, options);
  await writeOutput(file, [pool.images, pool.labels]);
  return pool;
}
