// Owns what most kinds draw by lot: a size, a hand with its pen, digits, one of a list. It must not draw a page.
import { uniform, type Random } from '../../../base/random.js';
import { plainGround, type Ground, type GroundOptions } from '../ground.js';
import { fontWriter, mnistWriter, pennedWriter, penOf, strokeWriter, type Pen, type Writer } from '../writer.js';
import type { Tools } from './kind.js';

/** One of a list. */
export function one<T>(list: readonly T[], random: Random): T {
  return list[random.int(list.length)]!;
}

/** The size of a picture: a webcam's, a phone's made smaller. */
export function anySize(random: Random): { width: number; height: number } {
  const [width, height] = one(SIZES, random);
  return { width, height };
}

const SIZES = [
  [640, 480],
  [800, 600],
  [960, 720],
  [1024, 768],
  [1280, 720],
  [1280, 960],
  [1600, 1200],
] as const;

/** Plain paper (or a board, or a screen) of any size, with an ink. */
export function anyGround(
  random: Random,
  options: Omit<GroundOptions, 'width' | 'height'> = {},
): Ground & { readonly size: { readonly width: number; readonly height: number } } {
  const size = anySize(random);
  return { size, ...plainGround({ ...size, ...options }, random) };
}

/** Height of digits in pixels, more often small: 14 to 120, and no more than a share of the picture's. */
export function anyHeight(
  random: Random,
  { height, most = 120, least = 14 }: { height: number; most?: number; least?: number },
): number {
  const top = Math.min(most, 0.22 * height);
  return least + (Math.max(least, top) - least) * random.next() ** 1.6;
}

/** A pen from a fine liner to a marker. */
export function anyPen(random: Random): Pen {
  return penOf(0.035 + 0.15 * random.next() ** 1.5);
}

/** A hand that writes digits: strokes, MNIST's own, or a font drawn after one. */
export function anyHand(tools: Tools, random: Random, pen = anyPen(random)): Writer {
  const lot = random.next();
  if (lot < 0.3) return strokeWriter(pen, random);
  if (lot < 0.65) return pennedWriter(tools.digits, pen, random);
  if (lot < 0.8) return mnistWriter(tools.digits, random);
  return handFont(tools, random);
}

/** A hand that writes digits and letters. */
export function letterHand(tools: Tools, random: Random): Writer {
  return random.next() < 0.55 ? handFont(tools, random) : strokeWriter(anyPen(random), random);
}

/** A font drawn after handwriting, with a pen of some width. */
export function handFont({ fonts }: Tools, random: Random): Writer {
  return fontWriter(one(fonts.hand, random), random.next() < 0.5 ? uniform(random, 0, 0.08) : 0);
}

/** So many digits, each as likely. */
export function anyDigits(count: number, random: Random): string {
  return Array.from({ length: count }, () => random.int(10)).join('');
}

/** A whole number of lo to hi, both included. */
export function between(lo: number, hi: number, random: Random): number {
  return lo + random.int(hi - lo + 1);
}
