// Tests of src/regions/find/patch-arena.ts.
import { describe, expect, it } from 'vitest';
import { createShelf } from '../../../src/regions/find/patch-arena.js';

describe('a shelf', () => {
  it('gives pieces that do not overlap, of any size', () => {
    const shelf = createShelf();
    const sizes = [1, 1000, 0, 90_000, 90_000, 400_000, 7];
    const pieces = sizes.map((size, k) => shelf.take(size).fill(k));
    pieces.forEach((piece, k) => {
      expect(piece).toHaveLength(sizes[k]!);
      expect(piece.every((value) => value === k)).toBe(true);
    });
  });

  it('gives the same memory again after it was cleared', () => {
    const shelf = createShelf();
    const sizes = [10, 130_000, 130_000, 500];
    const buffers = (): ArrayBufferLike[] => sizes.map((size) => shelf.take(size).buffer);
    const first = buffers();
    for (let k = 0; k < 5; k++) {
      shelf.clear();
      expect(buffers()).toEqual(first);
      expect(buffers().every((buffer) => buffer instanceof ArrayBuffer)).toBe(true);
      shelf.clear();
      expect(buffers().every((buffer, i) => buffer === first[i])).toBe(true);
    }
  });
});
