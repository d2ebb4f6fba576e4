import { describe, expect, it } from 'vitest';
import { fillsCorners } from '../../../src/regions/find/frame.js';

/** Bits of a mask as the kernels paint it: ink, and what is beside ink. */
const INK = 3;
const BESIDE = 1;

interface Mask {
  readonly mask: Uint8Array;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Draws what a formula says is ink, from the middle of its box, cut out at its own box; what else lies in the rows of
 * the mask is full of ink.
 */
function drawn(isInk: (x: number, y: number) => boolean): Mask {
  const half = 100;
  const pixels: [x: number, y: number][] = [];
  for (let y = -half; y < half; y++)
    for (let x = -half; x < half; x++) if (isInk(x + 0.5, y + 0.5)) pixels.push([x, y]);
  const [xs, ys] = [pixels.map(([x]) => x), pixels.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) + 1 - left, Math.max(...ys) + 1 - top];
  const stride = width + 9;
  const mask = new Uint8Array(stride * height).fill(INK);
  for (let y = 0; y < height; y++) mask.fill(BESIDE, y * stride, y * stride + width);
  for (const [x, y] of pixels) mask[(y - top) * stride + x - left] = INK;
  return { mask, stride, width, height };
}

const isFrame = ({ mask, stride, width, height }: Mask): boolean => fillsCorners(mask, stride, width, height);

/** A rectangle's ring, 2 pixels wide, turned about its middle; with corners as round as a circle of this radius. */
function ring(width: number, height: number, { degrees = 0, radius = 0 } = {}): Mask {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  // How far outside of the outline a place is.
  const outside = (x: number, y: number): number => {
    const [dx, dy] = [Math.abs(x) - width / 2 + radius, Math.abs(y) - height / 2 + radius];
    return Math.hypot(Math.max(0, dx), Math.max(0, dy)) + Math.min(0, Math.max(dx, dy)) - radius;
  };
  return drawn((x, y) => {
    const away = outside(cos * x + sin * y, cos * y - sin * x);
    return away <= 0 && away > -2;
  });
}

const ellipse = (width: number, height: number): Mask =>
  drawn((x, y) => {
    const away = Math.hypot((2 * x) / width, (2 * y) / height) - 1;
    return away <= 0 && away > -8 / (width + height);
  });

const SIZES = [
  [60, 60],
  [40, 80],
  [120, 50],
  [16, 20],
  [8, 8],
] as const;

describe.each(SIZES)('a ring of %d by %d', (width, height) => {
  it('is a frame where it is a rectangle', () => {
    expect(isFrame(ring(width, height))).toBe(true);
  });

  it('is none where it is an ellipse', () => {
    expect(isFrame(ellipse(width, height))).toBe(false);
  });
});

describe('a square ring', () => {
  it.each([-7, -5, -3, -1, 1, 3, 5, 7])('is a frame where it is turned by %d degrees', (degrees) => {
    for (const size of [30, 60, 110]) expect(isFrame(ring(size, size, { degrees })), String(size)).toBe(true);
  });

  it.each([12, 20, 45])('is none where it stands on a corner: turned by %d degrees', (degrees) => {
    for (const size of [30, 60, 110]) expect(isFrame(ring(size, size, { degrees })), String(size)).toBe(false);
  });

  it('is a frame up to corners that a circle of a third of its size rounds off', () => {
    // Such a corner comes as near as 0.41 of the circle's radius to the box's: 0.1 of the size, and 0.15.
    for (const size of [40, 80, 120]) {
      expect(isFrame(ring(size, size, { radius: 0.15 * size }))).toBe(true);
      expect(isFrame(ring(size, size, { radius: 0.24 * size }))).toBe(true);
      expect(isFrame(ring(size, size, { radius: 0.37 * size }))).toBe(false);
    }
  });

  it('is none where one of its corners is missing, whichever', () => {
    const whole = ring(60, 60);
    for (const [right, down] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const mask = whole.mask.slice();
      for (let y = 0; y < 15; y++)
        for (let x = 0; x < 15; x++)
          mask[(down ? whole.height - 1 - y : y) * whole.stride + (right ? whole.width - 1 - x : x)] = BESIDE;
      expect(isFrame({ ...whole, mask }), `${right}, ${down}`).toBe(false);
    }
  });
});

it('what is beside ink fills no corner, and a single pixel does', () => {
  const bare = { mask: new Uint8Array(40 * 30).fill(BESIDE), stride: 40, width: 30, height: 30 };
  expect(isFrame(bare)).toBe(false);
  for (const p of [0, 29, 29 * 40, 29 * 40 + 29]) bare.mask[p] = INK;
  expect(isFrame(bare)).toBe(true);
});
