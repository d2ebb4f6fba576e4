// Owns how marks follow one another: a text as a line of marks, straight, slanted or curved. It must not draw.
import { uniform, type Random } from '../../base/random.js';
import type { Glyph } from './glyph.js';
import type { Ink, Page } from './page.js';
import type { Writer } from './writer.js';

/** How a text is set. */
export interface Setting {
  readonly writer: Writer;
  /** Of a digit, in pixels. */
  readonly height: number;
  /** Between two marks, as a share of the height; below 0 they may touch. Default 0.12. */
  readonly gap?: number;
  /** Width of a space, as a share of the height. Default 0.6. */
  readonly space?: number;
  /** How far marks stray from their line and size, as a share of the height. Default 0.03. */
  readonly stray?: number;
}

/** A text with its marks in their places, from the pen's place at 0, 0. */
export interface Line {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly { readonly glyph: Glyph; readonly x: number; readonly y: number }[];
}

/** Sets a text. Characters are taken one by one: no font's own pairs are heeded. */
export function setLine(text: string, setting: Setting, random: Random): Line {
  const { writer, height, gap = 0.12, space = 0.6, stray = 0.03 } = setting;
  const marks: { glyph: Glyph; x: number; y: number }[] = [];
  let x = 0;
  for (const character of text) {
    if (character === ' ') {
      x += space * height;
      continue;
    }
    const glyph = writer.mark(character, height * (1 + stray * random.normal()), random);
    marks.push({ glyph, x, y: stray * height * random.normal() });
    x += glyph.advance + gap * height * uniform(random, 0.75, 1.25);
  }
  return { width: x, height, marks };
}

/** Where a line goes. */
export interface Course {
  readonly x: number;
  readonly y: number;
  /** Radians, clockwise. Default 0. */
  readonly angle?: number;
  /** How far its middle sags below its ends, in pixels; below 0 it rises. Default 0. */
  readonly sag?: number;
}

/** Draws a line on a page. */
export function putLine(page: Page, line: Line, { x, y, angle = 0, sag = 0 }: Course, ink: Ink, random: Random): void {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (const { glyph, x: along, y: off } of line.marks) {
    const t = line.width > 0 ? along / line.width : 0;
    const [u, v] = [along, off + 4 * sag * t * (1 - t)];
    const lean = Math.atan2(4 * sag * (1 - 2 * t), Math.max(1, line.width));
    page.put(glyph, { x: x + cos * u - sin * v, y: y + sin * u + cos * v, angle: angle + lean }, ink, random);
  }
}

/** A text set so that it is no wider than `room`: smaller where it would be. */
export function fittingLine(text: string, setting: Setting, room: number, random: Random): Line {
  const line = setLine(text, setting, random);
  if (line.width <= room) return line;
  return setLine(text, { ...setting, height: (0.97 * setting.height * room) / line.width }, random);
}
