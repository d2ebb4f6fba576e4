// Owns the image pyramid that digits are searched in: each level is half the one below. It knows nothing of ink.

/** One level of the pyramid. `gray` may be longer than `width * height`. */
export interface Level {
  width: number;
  height: number;
  /** Luma, row-major, 0 to 255. */
  gray: Uint8Array;
  /** Source pixels per pixel of this level: 1, 2, 4, ... */
  scale: number;
}

/** The buffers of a pyramid; they grow to the largest frame seen and are then reused. */
export interface Pyramid {
  readonly levels: Level[];
}

/** An empty pyramid. */
export function createPyramid(): Pyramid {
  return { levels: [] };
}

/**
 * Fills the pyramid from one gray image and returns the number of levels in use.
 * @param longest the first level searched is the finest whose longer side is at most this many pixels
 * @param smallest levels stop when the shorter side would fall below this many pixels (one level is always made)
 */
export function fillPyramid(pyramid: Pyramid, gray: Uint8Array, width: number, height: number, longest: number, smallest: number): number {
  let [w, h, scale, from] = [width, height, 1, gray];
  while (Math.max(w, h) > longest) {
    const spare = levelAt(pyramid, 0, w >> 1, h >> 1, scale * 2);
    halve(from, w, spare.gray, w >> 1, h >> 1);
    [w, h, scale, from] = [w >> 1, h >> 1, scale * 2, spare.gray];
  }
  if (scale === 1) levelAt(pyramid, 0, w, h, 1).gray.set(gray.subarray(0, w * h));
  let count = 1;
  while (Math.min(w, h) >> 1 >= smallest) {
    const next = levelAt(pyramid, count++, w >> 1, h >> 1, scale * 2);
    halve(from, w, next.gray, w >> 1, h >> 1);
    [w, h, scale, from] = [w >> 1, h >> 1, scale * 2, next.gray];
  }
  return count;
}

function levelAt(pyramid: Pyramid, index: number, width: number, height: number, scale: number): Level {
  const level = (pyramid.levels[index] ??= { width, height, gray: new Uint8Array(0), scale });
  if (level.gray.length < width * height) level.gray = new Uint8Array(width * height);
  level.width = width;
  level.height = height;
  level.scale = scale;
  return level;
}

// Each output pixel is the rounded mean of a 2x2 block; an odd last row or column is left out.
// `from` and `to` may be the same buffer: the write position never passes the read position.
function halve(from: Uint8Array, stride: number, to: Uint8Array, width: number, height: number): void {
  for (let y = 0, out = 0; y < height; y++) {
    let a = 2 * y * stride;
    let b = a + stride;
    for (let x = 0; x < width; x++, a += 2, b += 2) {
      to[out++] = (from[a]! + from[a + 1]! + from[b]! + from[b + 1]! + 2) >> 2;
    }
  }
}
