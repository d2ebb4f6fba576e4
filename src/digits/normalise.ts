// Owns the MNIST form: ink of any size in, 28x28 with the digit's box in 20x20 and its centre of mass in the middle
// out.

import { createKernels } from '../kernels/kernels.js';

/** Side of a normalised digit in pixels. */
export const SIDE = 28;
/** The longer side of the digit's box after scaling, in pixels (LeCun et al., the MNIST database). */
export const BOX = 20;
/** Pixels of a normalised digit. */
export const PIXELS = SIDE * SIDE;

/** Ink below this strength does not stretch the digit's box: soft edges and noise stay outside it. */
const BOX_LEVEL = 0.35;
/**
 * A digit that scaling made faint (thin strokes) is amplified until its 12 strongest pixels are full ink on average,
 * fewer would be noise and a thin 1 has no more than 20; but by no more than this factor.
 */
const MAX_GAIN = 3;

/** Strength of ink: `[height, width]` row-major, 0 ground to 1 ink. */
export interface Ink {
  readonly ink: Float32Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Normalises one digit as MNIST does: the box of the ink is scaled, aspect kept, so that its longer side is 20 pixels,
 * and placed so that the centre of mass of the ink is at the centre of pixel (14, 14), where MNIST has it. Scaling is
 * by exact area overlap (linear interpolation when enlarging), so every source pixel counts by the area it covers.
 * Thin strokes that scaling made faint are amplified so that their strongest pixels are full ink.
 *
 * @param out `[28 * 28]`, overwritten
 * @returns false when there is no ink: `out` is then all zero
 */
export function normaliseMnist(source: Ink, out: Float32Array): boolean {
  out.fill(0, 0, PIXELS);
  const workplace = (shared ??= createWorkplace());
  const { left, top, right, bottom, mass, across, down } = workplace.measure(source);
  if (right === 0) return false;
  const scale = BOX / Math.max(right - left, bottom - top);
  const step = 1 / scale;
  workplace.resample(
    source,
    across / mass - OFF_CENTRE * step,
    step,
    down / mass - OFF_CENTRE * step,
    step,
    MAX_GAIN,
    out,
  );
  return true;
}

/**
 * Scales a whole rectangle to 28x28 by exact area overlap, as it is: no box, no centring, no amplification.
 * @param out `[28 * 28]`, overwritten
 */
export function normaliseStretch(source: Ink, out: Float32Array): void {
  const { width, height } = source;
  const workplace = (shared ??= createWorkplace());
  workplace.place(source);
  workplace.resample(source, width / 2, width / SIDE, height / 2, height / SIDE, 1, out);
}

/** Box of the ink, its mass, and the sums of x and y over it, at pixel centres. Pixels. */
interface Measures {
  readonly left: number;
  readonly top: number;
  /** 0 when there is no ink. */
  readonly right: number;
  readonly bottom: number;
  readonly mass: number;
  readonly across: number;
  readonly down: number;
}

/** The kernels with ink in their memory. */
interface Workplace {
  place(source: Ink): void;
  measure(source: Ink): Measures;
  /** Of the ink that was placed or measured last. `gain` is the most that faint ink is amplified by; 1: not at all. */
  resample(
    source: Ink,
    centreX: number,
    stepX: number,
    centreY: number,
    stepY: number,
    gain: number,
    out: Float32Array,
  ): void;
}

let shared: Workplace | undefined;

function createWorkplace(): Workplace {
  const kernels = createKernels();
  const [ink, work, result] = [kernels.piece(), kernels.piece(), kernels.piece()];
  result.reserve(4 * PIXELS);
  const look = kernels.viewed((buffer) => ({
    measures: new Float64Array(buffer, result.address, 7),
    digit: new Float32Array(buffer, result.address, PIXELS),
  }));

  function place({ ink: values, width, height }: Ink): void {
    const taps = tapsOf(width, height);
    ink.reserve(4 * (width * height + taps));
    work.reserve(8 * SIDE * (height + 3 * taps + 3) + 16 * (width + taps + 4));
    new Float32Array(kernels.bytes.buffer, ink.address, width * height).set(
      values.length === width * height ? values : values.subarray(0, width * height),
    );
  }

  return {
    place,
    measure(source) {
      place(source);
      kernels.run.measureInk(ink.address, source.width, source.height, BOX_LEVEL, result.address);
      const [left, top, right, bottom, mass, across, down] = look().measures as unknown as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      return { left, top, right, bottom, mass, across, down };
    },
    resample({ width, height }, centreX, stepX, centreY, stepY, gain, out) {
      kernels.run.resample(
        ink.address,
        width,
        height,
        centreX,
        stepX,
        centreY,
        stepY,
        Math.ceil(Math.max(1, stepX, stepY)) + 2,
        result.address,
        work.address,
      );
      if (gain > 1) kernels.run.amplify(result.address, gain, work.address);
      out.set(look().digit);
    },
  };
}

// An output pixel is at most a 20th of the longer side wide, but never narrower than a source pixel.
function tapsOf(width: number, height: number): number {
  return Math.ceil(Math.max(1, width / BOX, height / BOX)) + 2;
}

// Where MNIST has the centre of mass, measured: index 14 in both directions, half a pixel beyond the image's centre.
const OFF_CENTRE = 0.5;
