// Digits that tests can learn in a moment: class k is a bright bar in the rows of k, with seeded noise.
import type { Dataset, Digits } from '../../src/lab/data/dataset.js';
import { createRandom } from '../../src/base/random.js';

/** `count` bars, labels in turn. */
export function bars(count: number, seed = 1): Digits {
  const random = createRandom(seed);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  const images = new Uint8Array(count * 784);
  for (let i = 0; i < images.length; i++) {
    const row = Math.floor((i % 784) / 28);
    const bright = Math.floor((row - 4) / 2) === labels[Math.floor(i / 784)]!;
    images[i] = random.int(20) + (bright ? 150 : 0);
  }
  return { count, images, labels };
}

/** A small data set of bars. */
export function barData(): Dataset {
  return {
    name: 'bars',
    training: bars(400, 1),
    heldOut: bars(100, 2),
    test: bars(100, 3),
    hashes: { bars: 'hash of bars' },
  };
}
