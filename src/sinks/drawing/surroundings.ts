// Owns what a contact sheet shows of where a digit stands: a strip of the frame around it, with its box and its word.
// It must not judge it.
import type { CanvasRenderingContext2D } from 'canvas';
import type { Box, Frame, FrameSightings } from '../../types.js';
import { toRect, type Rect, type View } from './labels.js';
import { PALETTE } from './palette.js';

/** Size of a strip in pixels. */
export const STRIP = { width: 88, height: 30 } as const;

/** Height of a strip, as a multiple of the digit's. */
const TALL = 1.8;

/** A strip of a frame, kept when the frame is gone. */
export interface Surroundings {
  /** `[30, 88]` row-major gray. */
  readonly gray: Uint8Array;
  /** Where the digit, and the word that it stands in, lie in the strip; they may reach beyond it. */
  readonly box: Rect;
  readonly word?: Rect;
}

/** The surroundings of a sighting of a frame, by its index; undefined where it was not judged by its company. */
export function surroundingsOf({ frame, sightings, lines }: FrameSightings, k: number): Surroundings | undefined {
  if (!lines) return undefined;
  const { box } = sightings[k]!.digit.region;
  const view = viewAround(box);
  const word = lines.flatMap(({ words }) => words).find(({ marks }) => marks.includes(k));
  return {
    gray: cut(frame, view),
    box: toRect(box, view),
    ...(word && word.marks.length > 1 && { word: toRect(word.box, view) }),
  };
}

/** Draws a strip at x, y; the digit's box has the colour of its verdict. */
export function drawSurroundings(
  context: CanvasRenderingContext2D,
  createImageData: typeof import('canvas').createImageData,
  { gray, box, word }: Surroundings,
  colour: string,
  x: number,
  y: number,
): void {
  const image = createImageData(STRIP.width, STRIP.height);
  for (const [i, value] of gray.entries()) image.data.set([value, value, value, 255], 4 * i);
  context.putImageData(image, x, y);
  context.save();
  context.beginPath();
  context.rect(x, y, STRIP.width, STRIP.height);
  context.clip();
  context.lineWidth = 1;
  for (const [rim, shade] of [[word, PALETTE.line] as const, [box, colour] as const]) {
    if (!rim) continue;
    context.strokeStyle = shade;
    strokeAround(context, rim, x, y);
  }
  context.restore();
}

/** A rim of one pixel around a rectangle of the strip at x, y, in whole pixels: it would be faint between two. */
function strokeAround(context: CanvasRenderingContext2D, rim: Rect, x: number, y: number): void {
  const [left, top] = [Math.round(rim.x), Math.round(rim.y)];
  const [right, bottom] = [Math.round(rim.x + rim.width), Math.round(rim.y + rim.height)];
  context.strokeRect(x + left - 0.5, y + top - 0.5, right - left + 1, bottom - top + 1);
}

/** The digit in the middle of the strip. */
function viewAround([x, y, width, height]: Box): View {
  const scale = STRIP.height / (TALL * height);
  return {
    left: x + width / 2 - STRIP.width / 2 / scale,
    top: y + height / 2 - STRIP.height / 2 / scale,
    x: 0,
    y: 0,
    scale,
  };
}

/** The nearest pixel of the frame for each of the strip; what lies beyond the frame is black. */
function cut({ gray, width, height, left, top, scale }: Frame, view: View): Uint8Array {
  const strip = new Uint8Array(STRIP.width * STRIP.height);
  for (let i = 0; i < strip.length; i++) {
    const x = Math.floor((view.left + ((i % STRIP.width) + 0.5) / view.scale - left) / scale);
    const y = Math.floor((view.top + (Math.floor(i / STRIP.width) + 0.5) / view.scale - top) / scale);
    if (x >= 0 && x < width && y >= 0 && y < height) strip[i] = gray[y * width + x]!;
  }
  return strip;
}
