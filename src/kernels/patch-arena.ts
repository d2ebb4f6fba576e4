// Owns ink in the kernels' memory: what a region is cut out as and a digit is made of, and the room that a frame's
// patches take. It knows neither what is ink nor what is done with it.
import type { Kernels, Piece } from './kernels.js';

/** Ink cut out of an image, in the memory of a set of kernels. It holds until its arena is cleared. */
export interface InkPatch {
  readonly width: number;
  readonly height: number;
  /** Where it lies in the kernels' memory: `[height, width]` f32, row-major, 0 ground to 1 ink. */
  readonly address: number;
  /** The same as a view. Growing the memory makes it empty: ask the patch again. */
  readonly ink: Float32Array;
}

/** Takes patches for a frame: one after the other, given back all at once, so that no memory is allocated for each. */
export interface PatchArena {
  /** A patch with arbitrary content. */
  take(width: number, height: number): InkPatch;
  /** Takes all patches back; the memory stays for the next ones. */
  clear(): void;
}

/** Bytes that the first block holds at least: the patches of a frame with a few dozen digits. */
const BLOCK = 1 << 19;

/** An empty arena. It grows to what the fullest frame needed. */
export function createPatchArena(kernels: Kernels): PatchArena {
  const blocks: Block[] = [];
  let [block, used] = [0, 0];

  // Each is at least twice the one before, so that frames which grow little by little leave few small ones behind.
  function addBlock(least: number): Block {
    const [piece, size] = [kernels.piece(), Math.max(BLOCK, 2 * (blocks.at(-1)?.size ?? 0), least)];
    piece.reserve(size);
    const added = { piece, size };
    blocks.push(added);
    return added;
  }

  return {
    take(width, height) {
      const bytes = Math.ceil((4 * width * height) / 16) * 16;
      while (block < blocks.length && used + bytes > blocks[block]!.size) [block, used] = [block + 1, 0];
      const { piece } = blocks[block] ?? addBlock(bytes);
      const address = piece.address + used;
      used += bytes;
      return new Patch(kernels, address, width, height);
    },
    clear() {
      [block, used] = [0, 0];
    },
  };
}

interface Block {
  readonly piece: Piece;
  /** Bytes. */
  readonly size: number;
}

class Patch implements InkPatch {
  readonly #kernels: Kernels;
  #view: Float32Array | undefined;

  constructor(
    kernels: Kernels,
    readonly address: number,
    readonly width: number,
    readonly height: number,
  ) {
    this.#kernels = kernels;
  }

  // Most patches are never looked at from here: the view is made when it is.
  get ink(): Float32Array {
    const { buffer } = this.#kernels.bytes;
    if (this.#view?.buffer !== buffer) this.#view = new Float32Array(buffer, this.address, this.width * this.height);
    return this.#view;
  }
}
