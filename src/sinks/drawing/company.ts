// Owns how lines and words of marks are shown: discreet outlines below boxes and labels. It must not judge them.
import type { CanvasRenderingContext2D } from 'canvas';
import type { FrameSightings, Line, Word } from '../../types.js';
import { toRect, type Rect, type View } from './labels.js';
import { PALETTE } from './palette.js';

/** How much of them is seen: they lie under what is read. */
const OPACITY = 0.75;

/** Space around a word, in units of the picture. */
const AROUND = 0.35;

/** Draws the lines that hold a sighting: a rim around each word of several marks, and a stroke from word to word. */
export function drawCompany(
  context: CanvasRenderingContext2D,
  unit: number,
  { sightings, lines = [] }: Pick<FrameSightings, 'sightings' | 'lines'>,
  view: View,
): void {
  context.save();
  context.globalAlpha = OPACITY;
  context.strokeStyle = PALETTE.line;
  context.lineWidth = Math.max(1, Math.round(unit / 12));
  context.lineJoin = 'round';
  for (const line of lines) {
    if (!line.words.some((word) => holdsSighting(word, sightings.length))) continue;
    for (const word of line.words) if (word.marks.length > 1) rim(context, unit, toRect(word.box, view));
    strokesBetween(context, unit, line, view);
  }
  context.restore();
}

/** Marks are counted from the sightings on. */
function holdsSighting({ marks }: Word, sightings: number): boolean {
  return marks.some((k) => k < sightings);
}

/** In the middle of pixels: between two a thin rim would be faint. */
function rim(context: CanvasRenderingContext2D, unit: number, { x, y, width, height }: Rect): void {
  const around = AROUND * unit;
  const [left, top] = [Math.floor(x - around) + 0.5, Math.floor(y - around) + 0.5];
  const [right, bottom] = [Math.floor(x + width + around) + 0.5, Math.floor(y + height + around) + 0.5];
  context.strokeRect(left, top, right - left, bottom - top);
}

/** From the middle of a word's right side to the left side of the next; words that lie above each other need none. */
function strokesBetween(context: CanvasRenderingContext2D, unit: number, { words }: Line, view: View): void {
  const rects = words.map(({ box }) => toRect(box, view));
  context.beginPath();
  for (const [i, next] of rects.slice(1).entries()) {
    const word = rects[i]!;
    const [from, to] = [word.x + word.width + AROUND * unit, next.x - AROUND * unit];
    if (from >= to) continue;
    context.moveTo(from, Math.floor(word.y + word.height / 2) + 0.5);
    context.lineTo(to, Math.floor(next.y + next.height / 2) + 0.5);
  }
  context.stroke();
}
