// Owns the image pyramid that digits are searched in: each level is half the one below. It knows nothing of ink.

import type { Frame } from '../../types.js';
import type { Kernels, Piece } from '../../kernels/kernels.js';

/** One level of the pyramid. */
export interface Level {
  width: number;
  height: number;
  /** Address in the kernels' memory of its luma: `[height, width]` row-major, 0 to 255. */
  gray: number;
  /** Source pixels per pixel of this level: 1, 2, 4, ... */
  scale: number;
}

/** A pyramid; its levels' memory grows to the largest frame seen and is then reused. */
export interface Pyramid {
  readonly levels: Level[];
  /**
   * Fills the pyramid from one image and returns the number of levels in use.
   * @param longest above so many pixels on the longer side the first level is half of the image, unless that has been
   *   halved before
   * @param smallest levels stop when the shorter side would fall below this many pixels (one level is always made)
   */
  fill(image: Image, longest: number, smallest: number): number;
}

/** A gray image: luma row-major, and how many source pixels each of its pixels stands for along each side. */
export type Image = Pick<Frame, 'gray' | 'width' | 'height' | 'scale'>;

/** Rows of the image that are copied and halved together: few enough to stay in the processor's cache. */
const BAND = 32;

/** An empty pyramid. */
export function createPyramid(kernels: Kernels): Pyramid {
  const levels: Level[] = [];
  const pieces: Piece[] = [];
  const band = kernels.piece();

  function levelAt(index: number, width: number, height: number, scale: number): Level {
    const level = (levels[index] ??= { width, height, gray: 0, scale });
    const piece = (pieces[index] ??= kernels.piece());
    piece.reserve(width * height);
    return Object.assign(level, { width, height, gray: piece.address, scale });
  }

  function halveImage(gray: Uint8Array, width: number, to: Level): void {
    band.reserve(BAND * width);
    for (let y = 0; y < to.height; y += BAND / 2) {
      const rows = Math.min(BAND / 2, to.height - y);
      kernels.bytes.set(gray.subarray(2 * y * width, 2 * (y + rows) * width), band.address);
      kernels.run.halve(band.address, width, to.gray + y * to.width, to.width, rows);
    }
  }

  function first({ gray, width, height, scale: base }: Image, longest: number): Level {
    if (Math.max(width, height) <= longest || base > 1) {
      const level = levelAt(0, width, height, base);
      kernels.bytes.set(gray.subarray(0, width * height), level.gray);
      return level;
    }
    const level = levelAt(0, width >> 1, height >> 1, 2 * base);
    halveImage(gray, width, level);
    return level;
  }

  return {
    levels,
    fill(image, longest, smallest) {
      let level = first(image, longest);
      let count = 1;
      while (Math.min(level.width, level.height) >> 1 >= smallest) {
        const next = levelAt(count++, level.width >> 1, level.height >> 1, 2 * level.scale);
        kernels.run.halve(level.gray, level.width, next.gray, next.width, next.height);
        level = next;
      }
      return count;
    },
  };
}
