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
  let side = new Uint8Array(0);
  // One sum per column of the window, padded with zeros so that the window may hang over both ends.
  let plain: Int32Array = new Int32Array(0);
  let high = plain;
  let low = plain;
  return {
    apply(gray, width, height) {
      if (side.length < width * height) {
        side = new Uint8Array(width * height);
        maps.dark = new Uint8Array(width * height);
        maps.light = new Uint8Array(width * height);
      }
      if (plain.length < width + 2 * radius + 1) [plain, high, low] = [0, 1, 2].map(() => new Int32Array(width + 2 * radius + 1)) as [Int32Array, Int32Array, Int32Array];
      const image = { gray, width, height, radius, side };
      sortSides(image, plain);
      subtractGround(image, high, low, maps);
      return maps;
    },
  };
}

interface Image {
  readonly gray: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly radius: number;
  /** Where each pixel stands to the plain mean of its window: HIGH not below it, LOW not above it, both when equal. */
  readonly side: Uint8Array;
}

const HIGH = 1;
const LOW = 2;

// 1 / count for every size a window can have.
const INVERSE = Float64Array.from({ length: (2 * MAX_RADIUS + 1) ** 2 + 1 }, (_, n) => (n > 0 ? 1 / n : 0));
// A product with 1 / count may fall just short of the whole number that the quotient is.
const EXACT = 1e-7;

// Comparisons below are arithmetic on sign bits (`d >> 31` is -1 when d < 0): on a noisy ground a branch would be
// taken at random, which costs more than all the rest.

function sortSides(image: Image, column: Int32Array): void {
  const { gray, width, height, radius } = image;
  const padding = radius + 1;
  column.fill(0);
  for (let y = 0; y < Math.min(radius, height); y++) addPlain(gray, y * width, width, column, padding);
  for (let y = 0; y < height; y++) {
    const [enter, leave] = [(y + radius) * width, (y - radius - 1) * width];
    if (y + radius >= height) {
      if (y > radius) takePlain(gray, leave, width, column, padding);
    } else if (y > radius) movePlain(gray, enter, leave, width, column, padding);
    else addPlain(gray, enter, width, column, padding);
    sideRow(image, y * width, column);
  }
}

function addPlain(gray: Uint8Array, start: number, width: number, column: Int32Array, padding: number): void {
  for (let x = padding, p = start, end = start + width; p < end; x++, p++) column[x] = (column[x]! + ONE + gray[p]!) | 0;
}

function takePlain(gray: Uint8Array, start: number, width: number, column: Int32Array, padding: number): void {
  for (let x = padding, p = start, end = start + width; p < end; x++, p++) column[x] = (column[x]! - ONE - gray[p]!) | 0;
}

// `addPlain` and `takePlain` at once: the counts do not change.
function movePlain(gray: Uint8Array, enter: number, leave: number, width: number, column: Int32Array, padding: number): void {
  for (let x = padding, p = enter, q = leave, end = enter + width; p < end; x++, p++, q++) column[x] = (column[x]! + gray[p]! - gray[q]!) | 0;
}

// g >= round(sum / count) is (2 g + 1) count > 2 sum, and g <= round(sum / count) is (2 g - 1) count <= 2 sum: no division.
function sideRow({ gray, side, width, radius }: Image, start: number, column: Int32Array): void {
  const reach = 2 * radius + 1;
  let sum = 0;
  for (let x = radius + 1; x < reach; x++) sum = (sum + column[x]!) | 0;
  for (let x = 0, p = start; x < width; x++, p++) {
    sum = (sum + column[x + reach]! - column[x]!) | 0;
    const count = sum >>> 20;
    const excess = 2 * (Math.imul(gray[p]!, count) - (sum & SUM));
    side[p] = HIGH * ((-excess - count) >>> 31) + LOW * ((excess - count - 1) >>> 31);
  }
}

function subtractGround(image: Image, high: Int32Array, low: Int32Array, maps: InkMaps): void {
  const { height, radius } = image;
  high.fill(0);
  low.fill(0);
  for (let y = 0; y < Math.min(radius, height); y++) addSides(image, y, high, low);
  for (let y = 0; y < height; y++) {
    const [enters, leaves] = [y + radius < height, y > radius];
    if (enters && leaves) moveSides(image, y + radius, y - radius - 1, high, low);
    else if (enters) addSides(image, y + radius, high, low);
    else if (leaves) takeSides(image, y - radius - 1, high, low);
    subtractRow(image, y, high, low, maps);
  }
}

function addSides({ gray, side, width, radius }: Image, y: number, high: Int32Array, low: Int32Array): void {
  for (let x = radius + 1, p = y * width, end = p + width; p < end; p++, x++) {
    const value = ONE + gray[p]!;
    const to = side[p]!;
    high[x] = (high[x]! + (value & ((to << 31) >> 31))) | 0;
    low[x] = (low[x]! + (value & ((to << 30) >> 31))) | 0;
  }
}

function takeSides({ gray, side, width, radius }: Image, y: number, high: Int32Array, low: Int32Array): void {
  for (let x = radius + 1, p = y * width, end = p + width; p < end; p++, x++) {
    const value = ONE + gray[p]!;
    const from = side[p]!;
    high[x] = (high[x]! - (value & ((from << 31) >> 31))) | 0;
    low[x] = (low[x]! - (value & ((from << 30) >> 31))) | 0;
  }
}

// `addSides` and `takeSides` at once.
function moveSides({ gray, side, width, radius }: Image, enter: number, leave: number, high: Int32Array, low: Int32Array): void {
  const back = (enter - leave) * width;
  for (let x = radius + 1, p = enter * width, end = p + width; p < end; p++, x++) {
    const add = ONE + gray[p]!;
    const to = side[p]!;
    const take = ONE + gray[p - back]!;
    const from = side[p - back]!;
    high[x] = (high[x]! + (add & ((to << 31) >> 31)) - (take & ((from << 31) >> 31))) | 0;
    low[x] = (low[x]! + (add & ((to << 30) >> 31)) - (take & ((from << 30) >> 31))) | 0;
  }
}

function subtractRow({ gray, width, radius }: Image, y: number, high: Int32Array, low: Int32Array, { dark, light }: InkMaps): void {
  const inverse = INVERSE;
  const reach = 2 * radius + 1;
  let highs = 0;
  let lows = 0;
  for (let x = radius + 1; x < reach; x++) {
    highs = (highs + high[x]!) | 0;
    lows = (lows + low[x]!) | 0;
  }
  for (let x = 0, p = y * width; x < width; x++, p++) {
    highs = (highs + high[x + reach]! - high[x]!) | 0;
    lows = (lows + low[x + reach]! - low[x]!) | 0;
    const g = gray[p]!;
    const darker = ((highs & SUM) * inverse[highs >>> 20]! + EXACT - g) | 0;
    const lighter = (g + EXACT - (lows & SUM) * inverse[lows >>> 20]!) | 0;
    dark[p] = darker & ~(darker >> 31);
    // A window may hold no low pixel at all (a peak of light): it has no ground for light ink.
    light[p] = lighter & ~(lighter >> 31) & ((0 - lows) >> 31);
  }
}
