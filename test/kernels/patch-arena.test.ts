// Tests of src/kernels/patch-arena.ts.
import { describe, expect, it } from 'vitest';
import { createKernels } from '../../src/kernels/kernels.js';
import { createPatchArena } from '../../src/kernels/patch-arena.js';

describe('an arena', () => {
  it('gives patches that do not overlap, of any size, which hold while the memory grows', () => {
    const arena = createPatchArena(createKernels());
    const sizes = [
      [1, 1],
      [40, 25],
      [0, 3],
      [300, 300],
      [300, 300],
      [1000, 400],
      [7, 1],
    ] as const;
    const patches = sizes.map(([width, height], k) => {
      const patch = arena.take(width, height);
      patch.ink.fill(k);
      return patch;
    });
    patches.forEach((patch, k) => {
      const [width, height] = sizes[k]!;
      expect(patch).toMatchObject({ width, height });
      expect(patch.ink).toHaveLength(width * height);
      expect(patch.ink.every((value) => value === k)).toBe(true);
    });
  });

  it('says where in the memory a patch lies', () => {
    const kernels = createKernels();
    const arena = createPatchArena(kernels);
    arena.take(5, 3).ink.fill(1);
    const patch = arena.take(2, 2);
    patch.ink.set([0.25, 0.5, 0.75, 1]);
    const there = new DataView(kernels.bytes.buffer, patch.address);
    expect([0, 4, 8, 12].map((at) => there.getFloat32(at, true))).toEqual([0.25, 0.5, 0.75, 1]);
  });

  it('gives the same memory again after it was cleared', () => {
    const kernels = createKernels();
    const arena = createPatchArena(kernels);
    const sizes = [10, 130_000, 130_000, 500];
    const addresses = (): number[] => sizes.map((size) => arena.take(size, 1).address);
    const first = addresses();
    const bytes = kernels.bytes.length;
    for (let k = 0; k < 5; k++) {
      arena.clear();
      expect(addresses()).toEqual(first);
    }
    expect(kernels.bytes.length).toBe(bytes);
  });

  it('shares nothing with another arena of the same memory', () => {
    const kernels = createKernels();
    const [one, other] = [createPatchArena(kernels), createPatchArena(kernels)];
    const mine = one.take(50, 50);
    mine.ink.fill(1);
    other.take(50, 50).ink.fill(2);
    other.clear();
    expect(mine.ink.every((value) => value === 1)).toBe(true);
  });
});
