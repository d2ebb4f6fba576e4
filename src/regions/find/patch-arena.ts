// Owns the memory of a frame's patches: taken piece by piece, given back all at once, so that none is allocated for
// each.

/** Numbers a block holds at least: the patches of a frame with a few dozen digits. */
const BLOCK = 1 << 17;

/** Takes numbers for a frame; what was taken holds until `clear`. */
export interface Shelf {
  /** `length` numbers with arbitrary content. */
  take(length: number): Float32Array;
  /** Takes everything back; the blocks stay for the next frame. */
  clear(): void;
}

/** An empty shelf. It grows to what the fullest frame needed. */
export function createShelf(): Shelf {
  const blocks: Float32Array[] = [];
  let [block, used] = [0, 0];
  return {
    take(length) {
      while (block < blocks.length && used + length > blocks[block]!.length) [block, used] = [block + 1, 0];
      if (block === blocks.length) blocks.push(new Float32Array(Math.max(BLOCK, length)));
      const taken = blocks[block]!.subarray(used, used + length);
      used += length;
      return taken;
    },
    clear() {
      [block, used] = [0, 0];
    },
  };
}
