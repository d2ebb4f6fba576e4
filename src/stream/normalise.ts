// Owns the MNIST form: ink of any size in, 28x28 with the digit's box in 20x20 and its centre of mass in the middle out.

/** Side of a normalised digit in pixels. */
export const SIDE = 28;
/** The longer side of the digit's box after scaling, in pixels (LeCun et al., the MNIST database). */
export const BOX = 20;
/** Pixels of a normalised digit. */
export const PIXELS = SIDE * SIDE;

/** Ink below this strength does not stretch the digit's box: soft edges and noise stay outside it. */
const BOX_LEVEL = 0.35;
/** A digit whose strongest ink is weaker than this after scaling (thin strokes) is amplified by at most this factor. */
const MAX_GAIN = 3;

/** Strength of ink: `[height, width]` row-major, 0 ground to 1 ink. */
export interface Ink {
  readonly ink: Float32Array;
  readonly width: number;
  readonly height: number;
}

interface InkBox {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * Normalises one digit as MNIST does: the box of the ink is scaled, aspect kept, so that its longer side is 20 pixels,
 * and placed so that the centre of mass of the ink is at the centre of pixel (14, 14), where MNIST has it. Scaling is by exact area
 * overlap (linear interpolation when enlarging), so every source pixel counts by the area it covers.
 * Thin strokes that scaling made faint are amplified so that their strongest pixels are full ink.
 *
 * @param out `[28 * 28]`, overwritten
 * @returns false when there is no ink: `out` is then all zero
 */
export function normaliseMnist(source: Ink, out: Float32Array): boolean {
  out.fill(0, 0, PIXELS);
  const box = inkBox(source);
  if (!box) return false;
  const scale = BOX / Math.max(box.right - box.left, box.bottom - box.top);
  const [cx, cy] = centreOfMass(source);
  resample(source, cx, cy, 1 / scale, out);
  amplify(out);
  return true;
}

/**
 * Scales a whole rectangle to 28x28 by exact area overlap, as it is: no box, no centring, no amplification.
 * @param out `[28 * 28]`, overwritten
 */
export function normaliseStretch({ ink, width, height }: Ink, out: Float32Array): void {
  const x = overlaps(width / 2, width / SIDE, width);
  const y = overlaps(height / 2, height / SIDE, height);
  weigh({ ink, width, height }, x, y, out);
}

function inkBox({ ink, width, height }: Ink): InkBox | undefined {
  const box = { left: width, top: height, right: 0, bottom: 0 };
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      if (ink[p]! < BOX_LEVEL) continue;
      if (x < box.left) box.left = x;
      if (x >= box.right) box.right = x + 1;
      if (y < box.top) box.top = y;
      box.bottom = y + 1;
    }
  }
  return box.right > 0 ? box : undefined;
}

function centreOfMass({ ink, width, height }: Ink): [x: number, y: number] {
  let [mass, mx, my] = [0, 0, 0];
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const value = ink[p]!;
      if (value === 0) continue;
      mass += value;
      mx += value * (x + 0.5);
      my += value * (y + 0.5);
    }
  }
  return [mx / mass, my / mass];
}

// Where MNIST has the centre of mass, measured: index 14 in both directions, half a pixel beyond the image's centre.
const OFF_CENTRE = 0.5;

function resample(source: Ink, cx: number, cy: number, step: number, out: Float32Array): void {
  const x = overlaps(cx - OFF_CENTRE * step, step, source.width);
  const y = overlaps(cy - OFF_CENTRE * step, step, source.height);
  weigh(source, x, y, out);
}

/** For each of the 28 output pixels along one axis: the first source pixel under it and the weights from there. */
interface Overlaps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Float64Array;
  readonly stride: number;
}

// Output pixel k looks at a window around its centre, one step wide but never narrower than a source pixel.
function overlaps(centre: number, step: number, length: number): Overlaps {
  const span = Math.max(1, step);
  const stride = Math.ceil(span) + 2;
  const table = { first: new Int32Array(SIDE), count: new Int32Array(SIDE), weights: new Float64Array(SIDE * stride), stride };
  for (let k = 0; k < SIDE; k++) {
    const middle = centre + (k + 0.5 - SIDE / 2) * step;
    const [from, to] = [middle - span / 2, middle + span / 2];
    const first = Math.max(0, Math.floor(from));
    const last = Math.min(length - 1, Math.ceil(to) - 1);
    table.first[k] = first;
    table.count[k] = Math.max(0, last - first + 1);
    for (let s = first; s <= last; s++) {
      table.weights[k * stride + s - first] = (Math.min(to, s + 1) - Math.max(from, s)) / span;
    }
  }
  return table;
}

// The rows of the source scaled to the width of the output, `[height, 28]`: output rows overlap, their sources are scaled once.
let lines = new Float64Array(0);
const sums = new Float64Array(SIDE);

function weigh({ ink, width, height }: Ink, x: Overlaps, y: Overlaps, out: Float32Array): void {
  if (lines.length < height * SIDE) lines = new Float64Array(2 * height * SIDE);
  for (let row = 0; row < height; row++) narrowRow(ink, row * width, x, row * SIDE);
  for (let i = 0; i < SIDE; i++) {
    sums.fill(0);
    for (let a = 0, p = y.first[i]! * SIDE; a < y.count[i]!; a++) {
      const weight = y.weights[i * y.stride + a]!;
      for (let j = 0; j < SIDE; j++, p++) sums[j]! += lines[p]! * weight;
    }
    out.set(sums, i * SIDE);
  }
}

function narrowRow(ink: Float32Array, start: number, { first, count, weights, stride }: Overlaps, to: number): void {
  for (let j = 0, w = 0; j < SIDE; j++, w += stride) {
    let line = 0;
    for (let b = 0, p = start + first[j]!, n = count[j]!; b < n; b++) line += ink[p + b]! * weights[w + b]!;
    lines[to + j] = line;
  }
}

// Full ink is what the 12 strongest pixels have on average: fewer would be noise, a thin 1 has no more than 20.
const STRONGEST = 12;

function amplify(out: Float32Array): void {
  const top = new Float32Array(STRONGEST);
  for (let p = 0; p < PIXELS; p++) {
    const value = out[p]!;
    if (value <= top[0]!) continue;
    let k = 0;
    for (; k + 1 < STRONGEST && top[k + 1]! < value; k++) top[k] = top[k + 1]!;
    top[k] = value;
  }
  const strength = top.reduce((sum, value) => sum + value, 0) / STRONGEST;
  const gain = Math.min(MAX_GAIN, 1 / strength);
  if (gain <= 1) return;
  for (let p = 0; p < PIXELS; p++) out[p] = Math.min(1, out[p]! * gain);
}
