// Owns the value between the values of a grid: eased or straight, in the middle of four. Pure. Every formula keeps its
// order of operations: shipped models and clips are made with it, and another order rounds otherwise.
import { SIDE } from '../../types.js';

/** Where the middle of a digit's image lies, along each side, in pixels from the middle of its first one. */
export const MIDDLE = (SIDE - 1) / 2;

/** 0 at 0, 1 at 1, level at both ends (3t^2 - 2t^3). @param t In [0, 1]. */
export function ease(t: number): number {
  return t * t * (3 - 2 * t);
}

/**
 * The value between four that stand in a square.
 * @param right Share of the right ones, [0, 1]. @param low Share of the lower ones, [0, 1].
 */
export function bilinear(
  topLeft: number,
  topRight: number,
  bottomLeft: number,
  bottomRight: number,
  right: number,
  low: number,
): number {
  return (
    (1 - low) * ((1 - right) * topLeft + right * topRight) + low * ((1 - right) * bottomLeft + right * bottomRight)
  );
}

/**
 * The value at a place of a digit's image `[784]`, in pixels from the middle of its first one; 0 outside. In the
 * image's own unit.
 */
export function sampleDigit(image: ArrayLike<number>, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  return bilinear(
    valueAt(image, left, top),
    valueAt(image, left + 1, top),
    valueAt(image, left, top + 1),
    valueAt(image, left + 1, top + 1),
    x - left,
    y - top,
  );
}

function valueAt(image: ArrayLike<number>, x: number, y: number): number {
  return x >= 0 && y >= 0 && x < SIDE && y < SIDE ? image[y * SIDE + x]! : 0;
}
