// Owns what scenes are drawn with: what a painter is, and how its surface becomes a page. No scene.
import type { CanvasRenderingContext2D } from 'canvas';
import type { Random } from '../../../base/random.js';
import { gridNoise } from '../../image/value-noise.js';
import { Page } from '../page.js';

/** Draws on a surface of this size; everything random comes from `random`. */
export type Painter = (context: CanvasRenderingContext2D, size: Size, random: Random) => void;

/** A place in pixels. */
export type Point = readonly [x: number, y: number];

/** Pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What was painted as a page, with the grain of stone or wood on it. @param grain Gray levels. */
export function painted(
  canvas: typeof import('canvas'),
  size: Size,
  paint: Painter,
  grain: number,
  random: Random,
): Page {
  const surface = canvas.createCanvas(size.width, size.height);
  const context = surface.getContext('2d');
  paint(context, size, random);
  const { data } = context.getImageData(0, 0, size.width, size.height);
  const page = new Page(size.width, size.height, 0);
  const [fine, coarse] = [
    gridNoise(random, size.width, size.height, 2),
    gridNoise(random, size.width, size.height, 11),
  ];
  for (let p = 0; p < page.gray.length; p++) {
    const luma = 0.299 * data[4 * p]! + 0.587 * data[4 * p + 1]! + 0.114 * data[4 * p + 2]!;
    page.gray[p] = luma + grain * (0.6 * fine[p]! + 0.8 * coarse[p]!);
  }
  return page;
}

/** A gray level as canvas takes it. @param alpha How much of the ground it hides, [0, 1]. */
export const gray = (level: number, alpha = 1): string =>
  `rgba(${Math.round(level)},${Math.round(level)},${Math.round(level)},${alpha})`;

/** Fills the surface from one gray level at its top to another at its bottom. */
export function fillDown(context: CanvasRenderingContext2D, size: Size, top: number, bottom: number): void {
  const shade = context.createLinearGradient(0, 0, 0, size.height);
  shade.addColorStop(0, gray(top));
  shade.addColorStop(1, gray(bottom));
  context.fillStyle = shade;
  context.fillRect(0, 0, size.width, size.height);
}

/** Covers everything with a level. */
export function fill(context: CanvasRenderingContext2D, { width, height }: Size, level: number): void {
  context.fillStyle = gray(level);
  context.fillRect(0, 0, width, height);
}

/** A line through points, with a round pen. */
export function stroke(
  context: CanvasRenderingContext2D,
  points: readonly (readonly [number, number])[],
  width: number,
  style: string,
): void {
  context.lineWidth = width;
  context.strokeStyle = style;
  context.lineCap = 'round';
  context.beginPath();
  points.forEach(([x, y], k) => (k === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.stroke();
}
