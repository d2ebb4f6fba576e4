// Owns what a pen or a font leaves on paper: one mark as a mask of coverage. It must not know paper or cameras.
import type { Random } from '../../base/random.js';
import type { DigitClass } from '../../types.js';
import { gridNoise } from '../image/value-noise.js';
import { boundsOf, drawShape, type Shape } from '../data/camera/shape.js';

/** What a mark is: a digit, something else that is written (null), or what nobody would read (a rule, a box). */
export type Label = DigitClass | null | undefined;

/** One mark, cut to its ink. */
export interface Glyph {
  readonly label: Label;
  /** Size of the mask in pixels. */
  readonly width: number;
  readonly height: number;
  /** `[height, width]` row-major, [0, 1]: how much of the pixel is ink. */
  readonly coverage: Float32Array;
  /** Where the mask's upper left corner lies from the pen's place on the base line, in pixels; y grows downward. */
  readonly left: number;
  readonly top: number;
  /** How far the pen goes on for the next mark, in pixels. */
  readonly advance: number;
}

/** A mask as it was drawn, with room around it. */
interface Drawn {
  readonly coverage: Float32Array;
  readonly width: number;
  readonly height: number;
  /** The pen's place in it. */
  readonly x: number;
  readonly y: number;
}

/** Cuts a mask to its ink. @throws RangeError where there is none. */
export function cutGlyph({ coverage, width, height, x, y }: Drawn, label: Label, advance: number): Glyph {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let row = 0, p = 0; row < height; row++) {
    for (let column = 0; column < width; column++, p++) {
      if (coverage[p]! < 0.02) continue;
      left = Math.min(left, column);
      right = Math.max(right, column);
      top = Math.min(top, row);
      bottom = row;
    }
  }
  if (right < 0) throw new RangeError('The mark has no ink.');
  const [w, h] = [right - left + 1, bottom - top + 1];
  const cut = new Float32Array(w * h);
  for (let row = 0; row < h; row++)
    cut.set(coverage.subarray((row + top) * width + left, (row + top) * width + left + w), row * w);
  return { label, width: w, height: h, coverage: cut, left: left - x, top: top - y, advance };
}

/** How a shape is drawn. */
export interface Stroke {
  /** Pixels a unit of the shape. */
  readonly scale: number;
  /** The pen's width in pixels. */
  readonly pen: number;
  readonly label?: Label;
}

/** A shape of strokes drawn with a round pen; its unit box stands on the base line, and begins at the pen's place. */
export function strokeGlyph(shape: Shape, { scale, pen, label }: Stroke): Glyph {
  const [x0, y0, x1, y1] = boundsOf(shape);
  const room = Math.ceil(pen / 2 + 2);
  const [x, y] = [Math.ceil(room - scale * x0), Math.ceil(room + scale * (1 - y0))];
  const [width, height] = [Math.ceil(x + scale * x1 + room), Math.ceil(y + scale * (y1 - 1) + room)];
  const coverage = new Float32Array(width * height);
  drawShape(shape, coverage, width, height, { left: x, top: y - scale, scale, width: pen });
  return cutGlyph({ coverage, width, height, x, y }, label, scale * x1 + pen / 2);
}

/**
 * The same mark with ink that flows unevenly: here it is full, a little further on hardly there.
 * @param least Share of ink where there is least, [0, 1].
 */
export function faded(glyph: Glyph, least: number, random: Random): Glyph {
  const { width, height, coverage } = glyph;
  const cell = Math.max(3, Math.max(width, height) / 3);
  const flow = gridNoise(random, width, height, cell);
  return { ...glyph, coverage: coverage.map((value, p) => value * (least + (1 - least) * (0.5 + 0.5 * flow[p]!))) };
}
