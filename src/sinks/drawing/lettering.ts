// Owns text in pictures: a small font of strokes, so that labels look the same on machines without any font. Draws no
// shapes but letters.

import type { CanvasRenderingContext2D } from 'canvas';

/** Height of a capital in grid steps. */
const GRID = 6;

/** Space between letters in grid steps. */
const GAP = 1.9;

/** Width of a stroke as a share of the capital height. */
const STROKE = 0.15;

/**
 * Polylines separated by commas, points as two digits x y; x to the right, y down from the capital line (0) to the
 * baseline (6).
 */
const GLYPHS: Readonly<Record<string, string>> = {
  0: '10 30 41 45 36 16 05 01 10',
  1: '01 10 16,06 26',
  2: '01 10 30 41 42 06 46',
  3: '01 10 30 41 42 33 44 45 36 16 05,13 33',
  4: '36 30 04 44',
  5: '40 00 02 32 43 45 36 16 05',
  6: '40 20 02 05 16 36 45 44 33 13 04',
  7: '00 40 16',
  8: '10 30 41 42 33 13 02 01 10,13 04 05 16 36 45 44 33',
  9: '42 33 13 02 01 10 30 41 44 26 06',
  A: '06 02 20 42 46,04 44',
  B: '00 30 41 42 33 03,33 44 45 36 06 00',
  C: '41 30 10 01 05 16 36 45',
  D: '00 30 41 45 36 06 00',
  E: '40 00 06 46,03 33',
  F: '40 00 06,03 33',
  G: '41 30 10 01 05 16 36 45 43 23',
  H: '00 06,40 46,03 43',
  I: '00 20,10 16,06 26',
  J: '40 45 36 16 05',
  K: '00 06,40 03 46',
  L: '00 06 46',
  M: '06 00 23 40 46',
  N: '06 00 46 40',
  O: '10 30 41 45 36 16 05 01 10',
  P: '06 00 30 41 42 33 03',
  Q: '10 30 41 45 36 16 05 01 10,24 46',
  R: '06 00 30 41 42 33 03,23 46',
  S: '41 30 10 01 02 13 33 44 45 36 16 05',
  T: '00 40,20 26',
  U: '00 05 16 36 45 40',
  V: '00 26 40',
  W: '00 16 23 36 40',
  X: '00 46,40 06',
  Y: '00 23 40,23 26',
  Z: '00 40 06 46',
  '.': '06 06',
  ':': '02 02,05 05',
  ',': '15 06',
  '-': '03 33',
  _: '06 46',
  '/': '06 40',
  '+': '21 25,03 43',
  '=': '02 42,04 44',
  '(': '10 01 05 16',
  ')': '00 11 15 06',
  '×': '02 35,32 05',
  '>': '01 33 05',
  '<': '31 03 35',
  '%': '06 40,00 01,45 46',
  '?': '01 10 30 41 42 23 24,26 26',
  ' ': '',
};

/** What stands for a character that the font lacks. */
const UNKNOWN = '03 03';

/** Width of a space in grid steps. */
const SPACE = 1.6;

/**
 * Draws text with its upper left corner at x, y. Letters are capitals whatever their case.
 * @param size Height of a capital in pixels.
 * @param outline Colour of a rim that keeps the text readable on any ground. Default: none.
 * @returns The width taken, as `textWidth`.
 */
export function drawText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  size: number,
  colour: string,
  outline?: string,
): number {
  context.save();
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.beginPath();
  let left = x;
  for (const letter of text.toUpperCase()) left += trace(context, letter, left, y, size / GRID);
  if (outline !== undefined) strokeAs(context, outline, size * (STROKE + 0.26));
  strokeAs(context, colour, size * STROKE);
  context.restore();
  return left - x;
}

/** Width of the text in pixels, the gap after its last letter included. */
export function textWidth(text: string, size: number): number {
  return [...text.toUpperCase()].reduce((sum, letter) => sum + advance(letter), 0) * (size / GRID);
}

function strokeAs(context: CanvasRenderingContext2D, colour: string, width: number): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

/** Adds a letter to the path; returns its advance in pixels. */
function trace(context: CanvasRenderingContext2D, letter: string, x: number, y: number, step: number): number {
  const glyph = GLYPHS[letter] ?? UNKNOWN;
  for (const line of glyph === '' ? [] : glyph.split(',')) {
    for (const [i, point] of line.split(' ').entries()) {
      const px = x + Number(point[0]) * step,
        py = y + Number(point[1]) * step;
      if (i === 0) context.moveTo(px, py);
      else context.lineTo(px, py);
    }
  }
  return advance(letter) * step;
}

function advance(letter: string): number {
  const glyph = GLYPHS[letter] ?? UNKNOWN;
  if (glyph === '') return SPACE + GAP;
  return Math.max(...glyph.split(/[ ,]/).map((point) => Number(point[0]))) + GAP;
}
