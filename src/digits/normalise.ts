// Owns the MNIST form: ink of any size in, 28x28 with the digit's box in 20x20 and its centre of mass in the middle
// out, one row of a batch for each. It reads ink where it lies in the kernels' memory.
import type { Kernels } from '../kernels/kernels.js';
import {
  INK_ACROSS,
  INK_BOTTOM,
  INK_DOWN,
  INK_LEFT,
  INK_MASS,
  INK_MEASURES,
  INK_RIGHT,
  INK_TOP,
} from '../kernels/layout.js';
import type { InkPatch } from '../kernels/patch-arena.js';
import { PIXELS, SIDE } from '../types.js';

/** The longer side of the digit's box after scaling, in pixels (LeCun et al., the MNIST database). */
export const BOX = 20;

/** Ink below this strength does not stretch the digit's box: soft edges and noise stay outside it. */
const BOX_LEVEL = 0.35;
/**
 * A digit that scaling made faint (thin strokes) is amplified until its 12 strongest pixels are full ink on average,
 * fewer would be noise and a thin 1 has no more than 20; but by no more than this factor.
 */
const MAX_GAIN = 3;
/**
 * Where MNIST has the centre of mass, measured: index 14 in both directions, half a pixel beyond the image's centre.
 */
const OFF_CENTRE = 0.5;

/**
 * How ink is brought to 28x28.
 *
 * `mnist`, as MNIST does: the box of the ink is scaled, aspect kept, so that its longer side is 20 pixels, and placed
 * so that the centre of mass of the ink is at the centre of pixel (14, 14), where MNIST has it. Thin strokes that
 * scaling made faint are amplified so that their strongest pixels are full ink.
 *
 * `stretch`: the whole rectangle as it is, no box, no centring, no amplification.
 *
 * Both scale by exact area overlap (linear interpolation when enlarging), so every source pixel counts by the area it
 * covers.
 */
export type Form = 'mnist' | 'stretch';

/** Digits in one form, one a patch, in order. */
export interface Batch {
  /** `[n, 784]`, [0, 1], light ink on dark ground; all zero where there is no ink. The caller's own. */
  readonly batch: Float32Array;
  /** Whether the patch at the same index holds no ink. */
  readonly blank: readonly boolean[];
}

/** Normalises patches that lie in its kernels' memory. Throws RangeError for a patch of another memory. */
export type Normaliser = (patches: readonly InkPatch[]) => Batch;

/** A normaliser that keeps its room in the kernels' memory, where the patches are. */
export function createNormaliser(kernels: Kernels, form: Form): Normaliser {
  const rows = kernels.piece();
  const fill = form === 'mnist' ? createMnist(kernels) : createStretch(kernels);
  return (patches) => {
    const bytes = 4 * PIXELS;
    rows.reserve(bytes * patches.length);
    const blank = patches.map((patch, i) => {
      if (patch.ink.buffer !== kernels.bytes.buffer)
        throw new RangeError('the patch lies in the memory of other kernels');
      return !fill(patch, rows.address + bytes * i);
    });
    // Copied once for the whole frame: it is scored, and kept with the sightings, while the next one is worked on here.
    const batch = new Float32Array(kernels.bytes.buffer, rows.address, PIXELS * patches.length).slice();
    return { batch, blank };
  };
}

/** Writes the form of a patch to the row at an address, `[28, 28]` f32, and says whether there was ink. */
type Fill = (patch: InkPatch, row: number) => boolean;

function createMnist(kernels: Kernels): Fill {
  const [result, work] = [kernels.piece(), kernels.piece()];
  result.reserve(8 * INK_MEASURES);
  work.reserve(kernels.run.amplifyRoom());
  const look = kernels.viewed((buffer) => new Float64Array(buffer, result.address, INK_MEASURES));
  const resample = createResampler(kernels);
  return (patch, row) => {
    kernels.run.measureInk(patch.address, patch.width, patch.height, BOX_LEVEL, result.address);
    const ink = look();
    if (ink[INK_RIGHT] === 0) {
      kernels.bytes.fill(0, row, row + 4 * PIXELS);
      return false;
    }
    const scale = BOX / Math.max(ink[INK_RIGHT]! - ink[INK_LEFT]!, ink[INK_BOTTOM]! - ink[INK_TOP]!);
    const step = 1 / scale;
    const [x, y] = [ink[INK_ACROSS]! / ink[INK_MASS]!, ink[INK_DOWN]! / ink[INK_MASS]!];
    resample(patch, x - OFF_CENTRE * step, step, y - OFF_CENTRE * step, step, row);
    kernels.run.amplify(row, PIXELS, MAX_GAIN, work.address);
    return true;
  };
}

function createStretch(kernels: Kernels): Fill {
  const resample = createResampler(kernels);
  return (patch, row) => {
    const { width, height } = patch;
    resample(patch, width / 2, width / SIDE, height / 2, height / SIDE, row);
    return new Float32Array(kernels.bytes.buffer, row, PIXELS).some((value) => value > 0);
  };
}

function createResampler(kernels: Kernels) {
  const work = kernels.piece();
  return (
    { address, width, height }: InkPatch,
    centreX: number,
    stepX: number,
    centreY: number,
    stepY: number,
    row: number,
  ): void => {
    work.reserve(kernels.run.resampleRoom(width, height, stepX, stepY, SIDE));
    kernels.run.resample(address, width, height, centreX, stepX, centreY, stepY, SIDE, row, work.address);
  };
}
