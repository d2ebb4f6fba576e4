// Owns Gaussian blur: the bell and one pass along an axis. How far the bell reaches, how it is scaled and what lies
// outside differ between the control `blur`, the camera model's examples and the camera clip; each says its own, since
// another choice re-rolls what it makes.

/** Numbers of either width. */
export type Plane = Float32Array | Float64Array;

/** What is taken where a blur reaches over the border: the border's own value again, or nothing (dark). */
export type Outside = 'repeated' | 'dark';

/**
 * `exp(-d^2 / 2 sigma^2)` at the distances -radius to radius, not scaled: `[2 radius + 1]`.
 * @param sigma Standard deviation in pixels, > 0.
 */
export function bell(sigma: number, radius: number): Float64Array {
  return Float64Array.from({ length: 2 * radius + 1 }, (_, k) => Math.exp(-((k - radius) ** 2) / (2 * sigma * sigma)));
}

/** One pass of a blur. */
export interface Pass {
  readonly width: number;
  readonly height: number;
  readonly axis: 'x' | 'y';
  /** Weights, the middle one last of the first half: `[2 radius + 1]`. */
  readonly kernel: Plane;
  readonly outside: Outside;
  /** Every value is divided by it. Default 1: the kernel's weights sum to 1. */
  readonly total?: number;
}

/** Blurs `from`, `[height, width]`, along one axis into `to`, another plane of that size. Sums in double precision. */
export function blurPass(from: Plane, to: Plane, { width, height, axis, kernel, outside, total = 1 }: Pass): void {
  const radius = (kernel.length - 1) / 2;
  const [length, step] = axis === 'x' ? [width, 1] : [height, width];
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const centre = axis === 'x' ? x : y;
      const inside = centre >= radius && centre + radius < length;
      let sum = 0;
      for (let k = -radius; k <= radius; k++) {
        const at = inside ? centre + k : Math.min(length - 1, Math.max(0, centre + k));
        if (outside === 'dark' && at !== centre + k) continue;
        sum += kernel[k + radius]! * from[p + (at - centre) * step]!;
      }
      to[p] = sum / total;
    }
  }
}
