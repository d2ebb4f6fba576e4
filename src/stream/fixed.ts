// Owns the fixed rectangles: one frame in, the ink of each rectangle out, digit or not. It searches for nothing.
import { polarityOf, type FixedRegion } from '../config.js';
import type { Frame, Polarity } from '../types.js';
import type { FoundRegion, PolarityOption } from './regions.js';

/** How the ink of fixed rectangles is told from its ground. */
export interface FixedOptions {
  /** Default `auto`: what most of the rectangle is like is ground. */
  readonly polarity?: PolarityOption;
  /** Least contrast of ink against its ground, 0 to 255; a rectangle with less holds no ink. Default 24. */
  readonly minContrast?: number;
  /** Ink weaker than this share of the contrast, [0, 1), counts as ground. Default 0.2. */
  readonly floor?: number;
  /** Gray levels of ground and of full ink, which give the polarity too. Default: measured in each rectangle. */
  readonly levels?: readonly [ground: number, ink: number] | undefined;
}

/** Darkest and lightest level of a rectangle are taken at this share of its pixels, so that single ones don't count. */
const TAIL = 0.02;

/**
 * Reads the rectangles `at` (source pixels, wholly inside every frame's picture) of a frame. The patches are reused: they
 * hold until the next call.
 */
export function createFixedReader(at: readonly FixedRegion[], { polarity = 'auto', minContrast = 24, floor = 0.2, levels: known }: FixedOptions = {}): (frame: Frame) => FoundRegion[] {
  const patches = at.map(({ box: [, , width, height] }) => ({ width, height, ink: new Float32Array(width * height) }));
  const histogram = new Int32Array(256);
  const inkOfGray = new Float32Array(256);
  return (frame) =>
    at.map(({ id, box }, i) => {
      const patch = patches[i]!;
      const levels = measure(frame, box, histogram);
      const ground = known ? polarityOf(known) : groundOf(levels, polarity);
      const contrast = levels.high - levels.low;
      if (contrast < minContrast) patch.ink.fill(0);
      else {
        fillInk(known ?? (ground === 'dark-on-light' ? [levels.high, levels.low] : [levels.low, levels.high]), floor, inkOfGray);
        copyInk(frame, box, inkOfGray, patch.ink);
      }
      return { id, box, polarity: ground, patch, contrast };
    });
}

/** Gray levels of a rectangle: its tails and its median. */
interface Levels {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

function measure({ gray, width: stride, left, top }: Frame, [x, y, width, height]: FixedRegion['box'], histogram: Int32Array): Levels {
  histogram.fill(0);
  for (let row = y - top; row < y - top + height; row++) {
    for (let p = row * stride + x - left, end = p + width; p < end; p++) histogram[gray[p]!]!++;
  }
  const pixels = width * height;
  return { low: quantile(histogram, TAIL * pixels), median: quantile(histogram, pixels / 2), high: quantile(histogram, (1 - TAIL) * pixels) };
}

/** The first level up to which more than `rank` pixels lie. */
function quantile(histogram: Int32Array, rank: number): number {
  let [level, below] = [0, histogram[0]!];
  while (level < 255 && below <= rank) below += histogram[++level]!;
  return level;
}

function groundOf({ low, median, high }: Levels, polarity: PolarityOption): Polarity {
  if (polarity !== 'auto') return polarity;
  return median - low >= high - median ? 'dark-on-light' : 'light-on-dark';
}

/** Ink of each gray level as its share of the way from ground level to ink level: 0 up to `floor`, 1 at ink level and beyond. */
function fillInk([ground, full]: readonly [number, number], floor: number, out: Float32Array): void {
  for (let gray = 0; gray < 256; gray++) {
    const share = (gray - ground) / (full - ground);
    out[gray] = Math.min(1, Math.max(0, (share - floor) / (1 - floor)));
  }
}

function copyInk({ gray, width: stride, left, top }: Frame, [x, y, width, height]: FixedRegion['box'], inkOfGray: Float32Array, out: Float32Array): void {
  for (let row = 0, q = 0; row < height; row++) {
    const start = (y - top + row) * stride + x - left;
    for (let column = 0; column < width; column++, q++) out[q] = inkOfGray[gray[start + column]!]!;
  }
}
