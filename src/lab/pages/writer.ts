// Owns hands: how one writer, with one pen, makes the marks of a text. It must not know where they are put.
import { uniform, type Random } from '../../base/random.js';
import { inkOf } from '../../fixtures/ink.js';
import { CLASSES, PIXELS, type DigitClass } from '../../types.js';
import { crossBar, handDigit } from '../data/camera/hands.js';
import { bend, mapPoints, union, type Shape } from '../data/camera/shape.js';
import { skeletonOf } from '../data/camera/skeleton.js';
import type { Digits } from '../data/dataset.js';
import { labelOf, type Font } from './fonts.js';
import { strokeGlyph, type Glyph } from './glyph.js';
import { letterShape } from '../data/camera/letters.js';

/** Makes marks. */
export interface Writer {
  /**
   * The mark of a character that is no space.
   * @param height Of a digit, in pixels.
   */
  mark(character: string, height: number, random: Random): Glyph;
}

/** How thick a pen is. */
export interface Pen {
  /** Its width in pixels for digits of this height. */
  width(height: number): number;
}

/** A pen whose width is this share of a digit's height. */
export const penOf = (share: number): Pen => ({ width: (height) => Math.max(0.9, share * height) });

/** A pen of a width in pixels, whatever is written with it. */
export const penOfPixels = (pixels: number): Pen => ({ width: () => pixels });

/** Writes with a font. @param more Share of a digit's height by which its strokes are thickened. Default 0. */
export function fontWriter(font: Font, more = 0): Writer {
  return { mark: (character, height) => font.glyph(character, height, more * height) };
}

/** A person's own ways. */
interface Habit {
  readonly slant: number;
  readonly narrow: number;
  readonly crossed: boolean;
}

function habit(random: Random): Habit {
  return { slant: uniform(random, -0.08, 0.22), narrow: uniform(random, 0.55, 0.85), crossed: random.next() < 0.3 };
}

/** Draws digits and letters by strokes known of hands. */
export function strokeWriter(pen: Pen, random: Random): Writer {
  const own = habit(random);
  return {
    mark: (character, height, chance) => {
      const label = labelOf(character);
      const digit = typeof label === 'number' ? narrowed(handDigit(label, chance), own.narrow) : undefined;
      return drawn(digit ?? letterShape(character), { label, height, pen, own }, chance);
    },
  };
}

/**
 * Draws digits along the middle of MNIST's strokes, with any pen; letters by strokes.
 * @param digits MNIST's held-out digits: no model is trained on them.
 */
export function pennedWriter(digits: Digits, pen: Pen, random: Random): Writer {
  const own = habit(random);
  const byClass = sortedOut(digits);
  return {
    mark: (character, height, chance) => {
      const label = labelOf(character);
      if (typeof label !== 'number') return drawn(letterShape(character), { label, height, pen, own }, chance);
      const bytes = imageOf(digits, chosen(byClass, label, chance));
      const skeleton = skeletonOf(bytes, 255);
      const shape = label === 7 && own.crossed ? union([skeleton, crossBar(chance)]) : skeleton;
      return drawn(shape, { label, height, pen, own: { ...own, slant: 0 } }, chance);
    },
  };
}

/** Writes MNIST's digits as they are; letters by strokes of a pen that is as thick. @param digits As `pennedWriter`. */
export function mnistWriter(digits: Digits, random: Random): Writer {
  const [weight, own, byClass] = [uniform(random, 0.3, 0.6), habit(random), sortedOut(digits)];
  return {
    mark: (character, height, chance) => {
      const label = labelOf(character);
      if (typeof label !== 'number')
        return drawn(letterShape(character), { label, height, pen: penOf(0.11), own }, chance);
      const bytes = imageOf(digits, chosen(byClass, label, chance));
      const ink = inkOf(
        Float32Array.from(bytes, (value) => value / 255),
        weight,
      );
      return { label, left: 0, ...scaledTo(ink, height) };
    },
  };
}

/** MNIST's mask at the height asked for: each pixel is the mean of what lies under it. */
function scaledTo(
  { width, height, mask }: { width: number; height: number; mask: Float32Array },
  wanted: number,
): Pick<Glyph, 'width' | 'height' | 'coverage' | 'top' | 'advance'> {
  const scale = wanted / Math.max(height, 0.8 * width);
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  const coverage = new Float32Array(w * h);
  for (let y = 0, p = 0; y < h; y++) {
    for (let x = 0; x < w; x++, p++) {
      let [sum, count] = [0, 0];
      for (
        let v = Math.floor((y * height) / h);
        v < Math.max(((y + 1) * height) / h, Math.floor((y * height) / h) + 1);
        v++
      ) {
        for (
          let u = Math.floor((x * width) / w);
          u < Math.max(((x + 1) * width) / w, Math.floor((x * width) / w) + 1);
          u++
        ) {
          sum += mask[v * width + u] ?? 0;
          count++;
        }
      }
      coverage[p] = sum / count;
    }
  }
  return { width: w, height: h, coverage, top: -h, advance: w };
}

interface Draw {
  readonly label: Glyph['label'];
  readonly height: number;
  readonly pen: Pen;
  readonly own: Habit;
}

/** Slanted as its writer does, bent as every single mark is. */
function drawn(shape: Shape, { label, height, pen, own }: Draw, random: Random): Glyph {
  const slanted = mapPoints(shape, (x, y) => [x + own.slant * (1 - y), y]);
  const bent = bend(slanted, { turn: 0.04, slant: 0.05, aspect: 0.07, warp: 0.015 }, random);
  let left = Infinity;
  for (let k = 0; k < bent.points.length; k += 2) left = Math.min(left, bent.points[k]!);
  const width = pen.width(height);
  return strokeGlyph(
    mapPoints(bent, (x, y) => [x - left, y]),
    { scale: height - Math.min(width, 0.3 * height), pen: width, label },
  );
}

function narrowed(shape: Shape, narrow: number): Shape {
  return mapPoints(shape, (x, y) => [narrow * x, y]);
}

function imageOf({ images }: Digits, index: number): Uint8Array {
  return images.subarray(index * PIXELS, (index + 1) * PIXELS);
}

/** Indices of the digits of each class. */
function sortedOut({ labels }: Digits): readonly number[][] {
  const byClass = Array.from({ length: CLASSES }, (): number[] => []);
  labels.forEach((label, index) => byClass[label]?.push(index));
  return byClass;
}

function chosen(byClass: readonly (readonly number[])[], label: DigitClass, random: Random): number {
  const own = byClass[label]!;
  return own[random.int(own.length)]!;
}
