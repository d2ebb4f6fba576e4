// Owns whether the ink of a digit is still there in a later one: their normalised pixels laid over each other where they
// stand in the picture. What follows from it is told in gate/growing.
import { SIDE, type Box, type Digit } from '../types.js';

/** Pixels from this strength on are ink. */
const INK = 0.5;

/** Ink may be this many pixels of the later digit away: boxes are whole pixels, and noise moves edges. */
const REACH = 1;

/** Where a digit has ink: a few bytes, to be kept for some seconds. */
export interface InkMask {
  readonly box: Box;
  /** A row each, one bit a pixel. */
  readonly rows: Uint32Array;
  /** Around the ink, in pixels; right and bottom are exclusive. Empty (right 0) without ink. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The ink of a digit. */
export function inkMaskOf({ pixels, region: { box } }: Digit): InkMask {
  const rows = new Uint32Array(SIDE);
  let [left, top, right, bottom] = [SIDE, SIDE, 0, 0];
  for (let y = 0, at = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++, at++) {
      if (pixels[at]! < INK) continue;
      rows[y]! |= 1 << x;
      [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), y + 1];
    }
  }
  return { box, rows, left, top, right, bottom };
}

/** The share of the earlier ink that is ink of the later digit too, at the same place of the picture, [0, 1]. */
export function stillThere(earlier: InkMask, later: InkMask): number {
  let [ink, kept] = [0, 0];
  for (let y = earlier.top; y < earlier.bottom; y++) {
    for (let x = earlier.left; x < earlier.right; x++) {
      if (!isInk(earlier, x, y)) continue;
      ink++;
      const [u, v] = [across(x + 0.5, earlier, later), down(y + 0.5, earlier, later)];
      if (isInkNear(later, Math.floor(u), Math.floor(v))) kept++;
    }
  }
  return ink === 0 ? 0 : kept / ink;
}

function isInk({ rows }: InkMask, x: number, y: number): boolean {
  return x >= 0 && x < SIDE && y >= 0 && y < SIDE && ((rows[y]! >>> x) & 1) === 1;
}

function isInkNear(mask: InkMask, x: number, y: number): boolean {
  for (let dy = -REACH; dy <= REACH; dy++)
    for (let dx = -REACH; dx <= REACH; dx++) if (isInk(mask, x + dx, y + dy)) return true;
  return false;
}

// The box stands around the ink in the picture, as the edges do in the mask.
function across(x: number, from: InkMask, to: InkMask): number {
  const inPicture = from.box[0] + ((x - from.left) / (from.right - from.left)) * from.box[2];
  return to.left + ((inPicture - to.box[0]) / to.box[2]) * (to.right - to.left);
}

function down(y: number, from: InkMask, to: InkMask): number {
  const inPicture = from.box[1] + ((y - from.top) / (from.bottom - from.top)) * from.box[3];
  return to.top + ((inPicture - to.box[1]) / to.box[3]) * (to.bottom - to.top);
}
