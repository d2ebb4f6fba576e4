import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { keptPool } from '../../../../src/lab/data/camera/kept-pool.js';
import { makePool, type Pool } from '../../../../src/lab/data/camera/pool.js';
import type { Mixture } from '../../../../src/lab/data/camera/sampler.js';
import { handDigit } from '../../../../src/lab/data/camera/hands.js';
import { drawShape } from '../../../../src/lab/data/camera/shape.js';
import type { Digits } from '../../../../src/lab/data/dataset.js';
import { createRandom } from '../../../../src/base/random.js';
import { NO_DIGIT, PIXELS } from '../../../../src/types.js';

/** Sixty digits in the form of MNIST, drawn by hand's templates. */
function digits(): Digits {
  const random = createRandom(21);
  const labels = Uint8Array.from({ length: 60 }, (_, i) => i % 10);
  const images = new Uint8Array(60 * PIXELS);
  labels.forEach((label, i) => {
    const ink = new Float32Array(PIXELS);
    drawShape(handDigit(label, random), ink, 28, 28, { left: 5, top: 4, scale: 19, width: 2.5 });
    ink.forEach((value, p) => (images[i * PIXELS + p] = Math.round(255 * value)));
  });
  return { count: 60, images, labels };
}

const none: Mixture = { plain: 0, penned: 0, styled: 0, signs: 0, clutter: 0 };
const make = (mixture: Partial<Mixture>, size = 40, seed = 5): Promise<Pool> =>
  makePool(digits(), { size, seed, mixture: { ...none, ...mixture } }, { threads: 0 });
const ink = (pool: Pool, i: number) =>
  pool.images.subarray(i * PIXELS, (i + 1) * PIXELS).reduce((sum, value) => sum + value, 0) / 255;

describe('makePool', () => {
  it('makes digits with their labels, and non-digits with theirs', async () => {
    for (const kind of ['plain', 'penned', 'styled', 'worn', 'typed'] as const)
      expect(Math.max(...(await make({ [kind]: 1 })).labels)).toBeLessThan(10);
    for (const kind of ['signs', 'clutter', 'letters', 'print', 'pieces', 'scenes'] as const)
      expect(new Set((await make({ [kind]: 1 }, 20)).labels)).toEqual(new Set([NO_DIGIT]));
    const mixed = await make({ styled: 1, signs: 1 }, 200);
    const share = mixed.labels.filter((label) => label === NO_DIGIT).length / 200;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.12);
  });

  it('gives every example ink in the middle of the picture', async () => {
    const pool = await make({ penned: 1, styled: 1, signs: 1 }, 60);
    for (let i = 0; i < pool.count; i++) {
      expect(ink(pool, i)).toBeGreaterThan(12);
      expect(ink(pool, i)).toBeLessThan(400);
      expect(Math.max(...pool.images.subarray(i * PIXELS, i * PIXELS + 28))).toBeLessThan(255);
    }
  });

  it('follows from its seed alone', async () => {
    expect(await make({ penned: 1, clutter: 1 }, 20)).toEqual(await make({ penned: 1, clutter: 1 }, 20));
    expect((await make({ penned: 1 }, 20, 6)).images).not.toEqual((await make({ penned: 1 }, 20)).images);
  });
});

describe('a recipe from before there were letters, print, pieces, scenes, worn and typed digits', () => {
  it('makes the examples it made', async () => {
    const old = { plain: 0.1, penned: 0.3, styled: 0.2, signs: 0.2, clutter: 0.2 };
    const pool = await make(old, 60);
    const hash = createHash('sha256').update(pool.images).update(pool.labels).digest('hex');
    // Computed by the program without them; it follows from the finder too.
    expect(hash).toBe('d9d7cb66fd63ff959c557a053e0afbf3195920d731ae6c68589ff72c84e49438');
    expect(await make({ ...old, letters: 0, print: 0, pieces: 0, scenes: 0, worn: 0, typed: 0 }, 60)).toEqual(pool);
  });
});

describe('keptPool', () => {
  let folder = '';
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('makes a pool once, and another one for another plan', async () => {
    folder = await mkdtemp(join(tmpdir(), 'lq-pool-'));
    let made = 0;
    const options = { threads: 0, keepIn: join(folder, 'kept'), onProgress: () => made++ };
    const plan = { size: 15, seed: 1, mixture: { ...none, styled: 1 } };
    const first = await keptPool(digits(), plan, options);
    const second = await keptPool(digits(), plan, options);
    expect(made).toBe(1);
    expect(Buffer.from(second.images).equals(first.images)).toBe(true);
    expect(second.labels).toEqual(first.labels);
    await keptPool(digits(), { ...plan, seed: 2 }, options);
    expect(made).toBe(2);
    expect(await readdir(join(folder, 'kept'))).toHaveLength(2);
  });
});
