// The search for digits once more, slow and obvious, as the truth that the compiled one is compared with.
import type { Components } from '../../../src/regions/find/components.js';
import type { Kernels } from '../../../src/kernels/kernels.js';
import type { InkPatch } from '../../../src/kernels/patch-arena.js';
import type { CandidateMeasures } from '../../../src/regions/find/candidate.js';

/** An image or a map: `[height, width]` row-major, 0 to 255. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
}

/** Copies bytes into the kernels' memory; where they are. */
export function put(kernels: Kernels, values: Uint8Array): number {
  const piece = kernels.piece();
  piece.reserve(values.length);
  kernels.bytes.set(values, piece.address);
  return piece.address;
}

/** Each pixel the rounded mean of four; an odd last row or column is left out. */
export function halved({ width, height, values }: Plane): Plane {
  const out: number[] = [];
  for (let y = 0; y + 1 < height; y += 2)
    for (let x = 0; x + 1 < width; x += 2) {
      out.push(
        Math.floor(
          (values[y * width + x]! +
            values[y * width + x + 1]! +
            values[(y + 1) * width + x]! +
            values[(y + 1) * width + x + 1]!) /
            4 +
            0.5,
        ),
      );
    }
  return { width: width >> 1, height: height >> 1, values: Uint8Array.from(out) };
}

/** Sums over windows of any size: `weights` over `[height, width]`. */
function windowSums(weights: ArrayLike<number>, width: number, height: number, radius: number): Float64Array {
  const table = new Float64Array((width + 1) * (height + 1));
  const at = (x: number, y: number) =>
    table[Math.max(0, Math.min(height, y)) * (width + 1) + Math.max(0, Math.min(width, x))]!;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      table[(y + 1) * (width + 1) + x + 1] = weights[y * width + x]! + at(x, y + 1) + at(x + 1, y) - at(x, y);
  return Float64Array.from({ length: width * height }, (_, p) => {
    const [x, y] = [p % width, Math.floor(p / width)];
    return (
      at(x + radius + 1, y + radius + 1) -
      at(x - radius, y + radius + 1) -
      at(x + radius + 1, y - radius) +
      at(x - radius, y - radius)
    );
  });
}

/**
 * How much darker or lighter each pixel is than the mean of those around it that are not below, or not above, the mean
 * of their own windows.
 */
export function inkMaps(
  { width, height, values }: Plane,
  radius: number,
): { readonly dark: Uint8Array; readonly light: Uint8Array } {
  const [sums, sizes] = [
    windowSums(values, width, height, radius),
    windowSums(new Uint8Array(values.length).fill(1), width, height, radius),
  ];
  const mean = sums.map((sum, p) => Math.floor(sum / sizes[p]! + 0.5));
  const difference = (side: (p: number) => boolean, sign: number) => {
    const mine = Array.from(values, (_, p) => Number(side(p)));
    const [sum, count] = [
      windowSums(
        mine.map((one, p) => one * values[p]!),
        width,
        height,
        radius,
      ),
      windowSums(mine, width, height, radius),
    ];
    return Uint8Array.from(values, (value, p) =>
      count[p]! > 0 ? Math.max(0, Math.floor((sign * (sum[p]! - count[p]! * value)) / count[p]!)) : 0,
    );
  };
  return { dark: difference((p) => values[p]! >= mean[p]!, 1), light: difference((p) => values[p]! <= mean[p]!, -1) };
}

/** A component by flood fill. */
export interface PlainComponent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly area: number;
  readonly sum: number;
  readonly perimeter: number;
  readonly holes: number;
  /** Its pixels' indices, ascending. */
  readonly pixels: readonly number[];
}

/**
 * 8-connected components above a threshold, in the order of their first pixels: edges counted one by one, holes as
 * 4-connected pieces of ground that do not reach the border.
 */
export function components({ width, height, values }: Plane, threshold: number): PlainComponent[] {
  const label = new Int32Array(width * height).fill(-1);
  const on = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && values[y * width + x]! > threshold;
  const found: PlainComponent[] = [];
  for (let s = 0; s < values.length; s++) {
    if (label[s] !== -1 || !on(s % width, Math.floor(s / width))) continue;
    const pixels = [s];
    label[s] = found.length;
    for (const p of pixels) {
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) {
          const [x, y] = [(p % width) + dx, Math.floor(p / width) + dy];
          if (!on(x, y) || label[y * width + x] !== -1) continue;
          label[y * width + x] = found.length;
          pixels.push(y * width + x);
        }
    }
    found.push(
      measure(
        pixels.sort((a, b) => a - b),
        width,
        values,
      ),
    );
  }
  return found;
}

function measure(pixels: readonly number[], width: number, values: Uint8Array): PlainComponent {
  const [xs, ys] = [pixels.map((p) => p % width), pixels.map((p) => Math.floor(p / width))];
  const [left, top, right, bottom] = [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
  const [w, h] = [right - left, bottom - top];
  // The component in its box, with one pixel of ground around.
  const own = new Uint8Array((w + 2) * (h + 2));
  pixels.forEach((_, k) => (own[(ys[k]! - top + 1) * (w + 2) + xs[k]! - left + 1] = 1));
  const beside = [-1, 1, -w - 2, w + 2];
  let perimeter = 0;
  own.forEach((mine, p) => (perimeter += mine ? beside.filter((d) => !own[p + d]).length : 0));
  return {
    left,
    top,
    right,
    bottom,
    area: pixels.length,
    sum: pixels.reduce((sum, p) => sum + values[p]!, 0),
    perimeter,
    holes: piecesOfGround(own, w + 2) - 1,
    pixels,
  };
}

function piecesOfGround(own: Uint8Array, width: number): number {
  const seen = own.slice();
  let pieces = 0;
  for (let s = 0; s < seen.length; s++) {
    if (seen[s]) continue;
    pieces++;
    seen[s] = 1;
    const stack = [s];
    for (let p = stack.pop(); p !== undefined; p = stack.pop()) {
      for (const q of [p % width > 0 ? p - 1 : p, p % width < width - 1 ? p + 1 : p, p - width, p + width]) {
        if (seen[q] !== 0) continue;
        seen[q] = 1;
        stack.push(q);
      }
    }
  }
  return pieces;
}

/** The horizontal runs of a component, as `row: start-end`, sorted. */
export function runsOf({ pixels }: PlainComponent, width: number): string[] {
  const runs: [y: number, start: number, end: number][] = [];
  for (const p of pixels) {
    const [x, y, last] = [p % width, Math.floor(p / width), runs.at(-1)];
    if (last?.[0] === y && last[2] === x) last[2]++;
    else runs.push([y, x, x + 1]);
  }
  return runs.map(([y, start, end]) => `${y}: ${start}-${end}`).sort();
}

/** Plain components as the grouper takes them; it does not look at runs. */
export function tabled(list: readonly PlainComponent[]): Components {
  const ints = (of: (c: PlainComponent) => number) => Int32Array.from(list, of);
  return {
    count: list.length,
    full: false,
    left: ints((c) => c.left),
    top: ints((c) => c.top),
    right: ints((c) => c.right),
    bottom: ints((c) => c.bottom),
    area: ints((c) => c.area),
    sum: ints((c) => c.sum),
    perimeter: ints((c) => c.perimeter),
    holes: ints((c) => c.holes),
    last: ints(() => 0),
    runs: 0,
  };
}

/** What the cutter says of pixels that are one candidate's ink, found in `map` above a threshold. */
export function cutOut(
  pixels: ReadonlySet<number>,
  map: Plane,
  gray: Plane,
  threshold: number,
): Pick<CandidateMeasures, 'contrast' | 'clutter' | 'roughness' | 'softness' | 'patchLeft' | 'patchTop'> & {
  readonly patch: Omit<InkPatch, 'address'>;
} {
  const { width, height, values } = map;
  const ink = [...pixels];
  const mean = ink.reduce((sum, p) => sum + values[p]!, 0) / ink.length;
  const strong = ink.filter((p) => values[p]! >= mean);
  const contrast = strong.reduce((sum, p) => sum + values[p]!, 0) / strong.length;
  const whole = measure(
    ink.sort((a, b) => a - b),
    width,
    values,
  );
  // Within two pixels in the city-block distance.
  const beside = (p: number) =>
    [-2, -1, 0, 1, 2].some((dy) =>
      [-2, -1, 0, 1, 2].some((dx) => {
        const [x, y] = [(p % width) + dx, Math.floor(p / width) + dy];
        return (
          Math.abs(dx) + Math.abs(dy) <= 2 && x >= 0 && x < width && y >= 0 && y < height && pixels.has(y * width + x)
        );
      }),
    );
  const around = (margin: number) => {
    const [left, top] = [Math.max(0, whole.left - margin), Math.max(0, whole.top - margin)];
    const [w, h] = [Math.min(width, whole.right + margin) - left, Math.min(height, whole.bottom + margin) - top];
    return {
      left,
      top,
      width: w,
      height: h,
      list: Array.from({ length: w * h }, (_, k) => (top + Math.floor(k / w)) * width + left + (k % w)),
    };
  };
  const view = around(2 + Math.round(0.25 * (whole.bottom - whole.top))).list;
  const ring = view.filter((p) => !beside(p));
  const plain = ring.filter((p) => values[p]! <= 0.35 * contrast);
  const average = (of: (g: number) => number) =>
    plain.reduce((sum, p) => sum + of(gray.values[p]!), 0) / Math.max(1, plain.length);
  const middling = view.filter((p) => beside(p) && values[p]! > 0.25 * contrast && values[p]! < 0.75 * contrast);
  const patch = around(2);
  const share = (p: number) =>
    pixels.has(p) || (beside(p) && values[p]! <= threshold) ? Math.min(1, values[p]! / contrast) : 0;
  return {
    contrast,
    clutter: (ring.length - plain.length) / Math.max(1, ring.length),
    roughness: Math.sqrt(Math.max(0, average((g) => g * g) - average((g) => g) ** 2)) / contrast,
    softness: middling.length / perimeterOf(ink, map, threshold),
    patchLeft: patch.left,
    patchTop: patch.top,
    patch: { width: patch.width, height: patch.height, ink: Float32Array.from(patch.list, share) },
  };
}

// Each piece of a candidate has its own outline.
function perimeterOf(ink: readonly number[], map: Plane, threshold: number): number {
  const mine = new Set(ink);
  return components(map, threshold)
    .filter(({ pixels }) => mine.has(pixels[0]!))
    .reduce((sum, c) => sum + c.perimeter, 0);
}
