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

/** @param radius half the window's side in pixels (the side is `2 * radius + 1`), >= 1; windows are cut at the border */
export function createGroundFilter(radius: number): GroundFilter {
  const maps: InkMaps = { dark: new Uint8Array(0), light: new Uint8Array(0) };
  let mean = new Uint8Array(0);
  let [total, high, highCount, low, lowCount] = [1, 2, 3, 4, 5].map(() => new Int32Array(0)) as Columns;
  return {
    apply(gray, width, height) {
      if (mean.length < width * height) {
        mean = new Uint8Array(width * height);
        maps.dark = new Uint8Array(width * height);
        maps.light = new Uint8Array(width * height);
      }
      if (total.length < width) [total, high, highCount, low, lowCount] = [1, 2, 3, 4, 5].map(() => new Int32Array(width)) as Columns;
      plainMean(gray, width, height, radius, mean, total);
      maskedDifference(gray, width, height, radius, mean, [total, high, highCount, low, lowCount], maps);
      return maps;
    },
  };
}

type Columns = [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];

function plainMean(gray: Uint8Array, width: number, height: number, radius: number, mean: Uint8Array, column: Int32Array): void {
  column.fill(0, 0, width);
  for (let y = 0; y < Math.min(radius, height); y++) for (let x = 0, p = y * width; x < width; x++, p++) column[x]! += gray[p]!;
  for (let y = 0; y < height; y++) {
    if (y + radius < height) for (let x = 0, p = (y + radius) * width; x < width; x++, p++) column[x]! += gray[p]!;
    if (y > radius) for (let x = 0, p = (y - radius - 1) * width; x < width; x++, p++) column[x]! -= gray[p]!;
    const rows = Math.min(height - 1, y + radius) - Math.max(0, y - radius) + 1;
    let sum = 0;
    for (let x = 0; x < Math.min(radius, width); x++) sum += column[x]!;
    for (let x = 0, p = y * width; x < width; x++, p++) {
      if (x + radius < width) sum += column[x + radius]!;
      if (x > radius) sum -= column[x - radius - 1]!;
      const columns = Math.min(width - 1, x + radius) - Math.max(0, x - radius) + 1;
      mean[p] = sum / (columns * rows) + 0.5;
    }
  }
}

function addRow(gray: Uint8Array, mean: Uint8Array, start: number, width: number, sign: 1 | -1, [, high, highCount, low, lowCount]: Columns): void {
  for (let x = 0, p = start; x < width; x++, p++) {
    const g = gray[p]!;
    const m = mean[p]!;
    if (g >= m) {
      high[x]! += sign * g;
      highCount[x]! += sign;
    }
    if (g <= m) {
      low[x]! += sign * g;
      lowCount[x]! += sign;
    }
  }
}

function maskedDifference(gray: Uint8Array, width: number, height: number, radius: number, mean: Uint8Array, columns: Columns, maps: InkMaps): void {
  const [, high, highCount, low, lowCount] = columns;
  const { dark, light } = maps;
  for (const column of columns) column.fill(0, 0, width);
  for (let y = 0; y < Math.min(radius, height); y++) addRow(gray, mean, y * width, width, 1, columns);
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addRow(gray, mean, (y + radius) * width, width, 1, columns);
    if (y > radius) addRow(gray, mean, (y - radius - 1) * width, width, -1, columns);
    let [hs, hn, ls, ln] = [0, 0, 0, 0];
    for (let x = 0; x < Math.min(radius, width); x++) {
      hs += high[x]!;
      hn += highCount[x]!;
      ls += low[x]!;
      ln += lowCount[x]!;
    }
    for (let x = 0, p = y * width; x < width; x++, p++) {
      const [enter, leave] = [x + radius, x - radius - 1];
      if (enter < width) {
        hs += high[enter]!;
        hn += highCount[enter]!;
        ls += low[enter]!;
        ln += lowCount[enter]!;
      }
      if (leave >= 0) {
        hs -= high[leave]!;
        hn -= highCount[leave]!;
        ls -= low[leave]!;
        ln -= lowCount[leave]!;
      }
      const g = gray[p]!;
      const darker = hn > 0 ? hs / hn - g : 0;
      const lighter = ln > 0 ? g - ls / ln : 0;
      dark[p] = darker > 0 ? darker : 0;
      light[p] = lighter > 0 ? lighter : 0;
    }
  }
}
