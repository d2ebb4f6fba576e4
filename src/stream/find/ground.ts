// Owns the difference between a pixel and the ground around it, for both polarities. One level in, two maps out.

/**
 * How much each pixel is darker (`dark`) or lighter (`light`) than the ground around it, 0 to 255, row-major.
 *
 * The ground of a pixel is a masked mean over the square window around it: for dark ink the mean of those pixels
 * that are not below the window's plain mean, for light ink of those not above it. So neither the ink itself nor a
 * darker thing beside the paper pulls the ground of dark ink down, and a shadow moves ground and ink together.
 */
export interface InkMaps {
  dark: Uint8Array;
  light: Uint8Array;
}

/** Computes {@link InkMaps} with running sums: a constant cost per pixel whatever the radius. */
export interface GroundFilter {
  /** The maps are the filter's own buffers, valid until the next call. */
  apply(gray: Uint8Array, width: number, height: number): InkMaps;
}

/** The largest radius: a window's sum and count share one 32-bit number. */
export const MAX_RADIUS = 22;

// A sum of gray values (below 2^20) and a count of pixels (below 2^11) packed into one number: they add as one.
const ONE = 1 << 20;
const SUM = ONE - 1;

/** @param radius half the window's side in pixels (the side is `2 * radius + 1`), 1 to {@link MAX_RADIUS}; windows are cut at the border */
export function createGroundFilter(radius: number): GroundFilter {
  if (!(radius >= 1 && radius <= MAX_RADIUS)) throw new RangeError(`radius must be 1 to ${MAX_RADIUS}, not ${radius}`);
  const maps: InkMaps = { dark: new Uint8Array(0), light: new Uint8Array(0) };
  let mean = new Uint8Array(0);
  // One sum per column of the window; the masked two are padded so that the window may hang over both ends.
  let plain: Int32Array = new Int32Array(0);
  let high = plain;
  let low = plain;
  return {
    apply(gray, width, height) {
      if (mean.length < width * height) {
        mean = new Uint8Array(width * height);
        maps.dark = new Uint8Array(width * height);
        maps.light = new Uint8Array(width * height);
      }
      if (plain.length < width + 2 * radius + 1) [plain, high, low] = [0, 1, 2].map(() => new Int32Array(width + 2 * radius + 1)) as [Int32Array, Int32Array, Int32Array];
      plainMean(gray, width, height, radius, mean, plain);
      maskedDifference(gray, width, height, radius, mean, high, low, maps);
      return maps;
    },
  };
}

// 1 / count for every size a window can have.
const INVERSE = Float64Array.from({ length: (2 * MAX_RADIUS + 1) ** 2 + 1 }, (_, n) => (n > 0 ? 1 / n : 0));
// A product with 1 / count may fall just short of the whole number that the quotient is.
const EXACT = 1e-7;

function plainMean(gray: Uint8Array, width: number, height: number, radius: number, mean: Uint8Array, column: Int32Array): void {
  column.fill(0);
  for (let y = 0; y < Math.min(radius, height); y++) for (let x = 0, p = y * width; x < width; x++, p++) column[x + radius + 1]! += ONE + gray[p]!;
  for (let y = 0; y < height; y++) {
    if (y + radius < height) for (let x = radius + 1, p = (y + radius) * width; x <= width + radius; x++, p++) column[x]! += ONE + gray[p]!;
    if (y > radius) for (let x = radius + 1, p = (y - radius - 1) * width; x <= width + radius; x++, p++) column[x]! -= ONE + gray[p]!;
    let sum = 0;
    for (let x = 0; x < radius; x++) sum += x < width ? column[x + radius + 1]! : 0;
    for (let x = 0, p = y * width; x < width; x++, p++) {
      sum += (x + radius < width ? column[x + 2 * radius + 1]! : 0) - column[x]!;
      mean[p] = (sum & SUM) * INVERSE[sum >>> 20]! + (0.5 + EXACT);
    }
  }
}

function addRow(gray: Uint8Array, mean: Uint8Array, start: number, width: number, radius: number, high: Int32Array, low: Int32Array): void {
  for (let x = radius + 1, p = start; x <= width + radius; x++, p++) {
    const g = gray[p]!;
    const m = mean[p]!;
    if (g >= m) high[x]! += ONE + g;
    if (g <= m) low[x]! += ONE + g;
  }
}

function takeRow(gray: Uint8Array, mean: Uint8Array, start: number, width: number, radius: number, high: Int32Array, low: Int32Array): void {
  for (let x = radius + 1, p = start; x <= width + radius; x++, p++) {
    const g = gray[p]!;
    const m = mean[p]!;
    if (g >= m) high[x]! -= ONE + g;
    if (g <= m) low[x]! -= ONE + g;
  }
}

function maskedDifference(gray: Uint8Array, width: number, height: number, radius: number, mean: Uint8Array, high: Int32Array, low: Int32Array, { dark, light }: InkMaps): void {
  high.fill(0);
  low.fill(0);
  for (let y = 0; y < Math.min(radius, height); y++) addRow(gray, mean, y * width, width, radius, high, low);
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addRow(gray, mean, (y + radius) * width, width, radius, high, low);
    if (y > radius) takeRow(gray, mean, (y - radius - 1) * width, width, radius, high, low);
    let highs = 0;
    let lows = 0;
    for (let x = radius + 1; x < Math.min(2 * radius, width + radius) + 1; x++) {
      highs += high[x]!;
      lows += low[x]!;
    }
    for (let x = 0, p = y * width; x < width; x++, p++) {
      const inside = x + radius < width;
      highs += (inside ? high[x + 2 * radius + 1]! : 0) - high[x]!;
      lows += (inside ? low[x + 2 * radius + 1]! : 0) - low[x]!;
      const g = gray[p]!;
      const darker = (highs & SUM) * INVERSE[highs >>> 20]! + EXACT - g;
      const lighter = g + EXACT - (lows & SUM) * INVERSE[lows >>> 20]!;
      dark[p] = highs !== 0 && darker > 0 ? darker : 0;
      light[p] = lows !== 0 && lighter > 0 ? lighter : 0;
    }
  }
}
