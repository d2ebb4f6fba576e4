// Owns examples from a fixed set: shuffled epochs, moved a little when asked. It must not read files or draw digits.
import type { Digits } from '../data/dataset.js';
import { createRandom, shuffle, uniform, type Random } from '../../base/random.js';
import type { Augmentation } from './recipe.js';
import type { Batch, Examples } from './train.js';
import { CLASSES, isDigit, PIXELS, SIDE } from '../../types.js';
import { MIDDLE, sampleDigit } from '../image/interpolate.js';

/** Options of `epochsOf`. */
export interface EpochOptions {
  /** Order and movements follow from it. */
  readonly seed: number;
  /** Examples to pass over (a training that is resumed). Default 0. */
  readonly position?: number;
  /** Default: digits as they are. */
  readonly augmentation?: Augmentation | undefined;
}

/**
 * Every digit once per epoch, in an order that is new each time; batches run on over the end of an epoch. What is
 * no digit (`NO_DIGIT`) has the zero vector as its target.
 */
export function epochsOf(digits: Digits, { seed, position = 0, augmentation }: EpochOptions): Examples {
  const random = createRandom(seed).fork('examples');
  const order = new Uint32Array(digits.count);
  let epoch = -1;
  let at = position;
  const indexOf = (example: number): number => {
    const wanted = Math.floor(example / digits.count);
    if (wanted !== epoch) {
      epoch = wanted;
      order.forEach((_, i) => (order[i] = i));
      shuffle(random.fork(`order ${epoch}`), order);
    }
    return order[example % digits.count]!;
  };
  return {
    next: (count) => {
      const moves = augmentation ? random.fork(`moves ${at}`) : undefined;
      const batch = { pixels: new Float32Array(count * PIXELS), targets: new Float32Array(count * CLASSES) };
      for (let i = 0; i < count; i++)
        writeExample(batch, i, digits, indexOf(at + i), moves && transformation(moves, augmentation!));
      at += count;
      return Promise.resolve(batch);
    },
    close: () => Promise.resolve(),
  };
}

/** `[a, b, c, d, e, f]`: an output pixel (x, y) from the centre takes the input at (a x + b y + c, d x + e y + f). */
type Affine = readonly [number, number, number, number, number, number];

function writeExample(
  { pixels, targets }: Batch,
  i: number,
  { images, labels }: Digits,
  index: number,
  affine: Affine | undefined,
): void {
  const image = images.subarray(index * PIXELS, (index + 1) * PIXELS);
  const out = pixels.subarray(i * PIXELS, (i + 1) * PIXELS);
  if (affine) resample(image, out, affine);
  else for (let p = 0; p < PIXELS; p++) out[p] = image[p]! / 255;
  const label = labels[index]!;
  if (isDigit(label)) targets[i * CLASSES + label] = 1;
}

function transformation(random: Random, { rotate, scale, shear, shift }: Augmentation): Affine {
  const angle = (uniform(random, -rotate, rotate) * Math.PI) / 180;
  const [sx, sy] = [1 / uniform(random, 1 - scale, 1 + scale), 1 / uniform(random, 1 - scale, 1 + scale)];
  const slant = uniform(random, -shear, shear);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [a, b, d, e] = [sx * (cos + slant * sin), sx * (slant * cos - sin), sy * sin, sy * cos];
  return [a, b, uniform(random, -shift, shift), d, e, uniform(random, -shift, shift)];
}

/** Bilinear, dark outside. `image` is `[784]` bytes, `out` `[784]` in [0, 1]. */
function resample(image: Uint8Array, out: Float32Array, [a, b, c, d, e, f]: Affine): void {
  for (let v = 0; v < SIDE; v++) {
    for (let u = 0; u < SIDE; u++) {
      const x = a * (u - MIDDLE) + b * (v - MIDDLE) + c + MIDDLE;
      const y = d * (u - MIDDLE) + e * (v - MIDDLE) + f + MIDDLE;
      out[v * SIDE + u] = sampleDigit(image, x, y) / 255;
    }
  }
}
