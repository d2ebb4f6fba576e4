// Owns the statistics that the noise of an image is told from.

import { LEVELS } from '../layout';

/**
 * Counts how often pixels differ from their right neighbour by 0 to 255, over every third pixel of every third row.
 * `histogram`: `[LEVELS]` u32, overwritten. Returns the number of pairs.
 */
export function neighbourDifferences(gray: usize, width: i32, height: i32, histogram: usize): i32 {
  memory.fill(histogram, 0, 4 * LEVELS);
  let count = 0;
  for (let y: i32 = 0; y < height; y += 3) {
    const row = gray + y * width;
    for (let x: i32 = 0; x + 1 < width; x += 3, count++) {
      const bin = histogram + (abs(i32(load<u8>(row + x)) - i32(load<u8>(row + x, 1))) << 2);
      store<u32>(bin, load<u32>(bin) + 1);
    }
  }
  return count;
}
