// Owns how a number is shown: one label for all of its digits, `?` where a place is not agreed on. It must not make
// numbers.
import type { CanvasRenderingContext2D } from 'canvas';
import type { NumberView } from '../../types.js';
import { placeLabel, toRect, type Rect, type View } from './labels.js';
import { drawText, textWidth } from './lettering.js';
import { PALETTE } from './palette.js';

/** What stands for a place that is not agreed on. */
const UNSURE = '?';

/** Height of its digits, in units of the picture: as those of an accepted digit's label. */
const SIZE = 1.7;

/** Space around them, and between the label and its digits' boxes. */
const MARGIN = 0.3;

/**
 * Draws the label of each number beside its digits, in the colour of lines; one that holds a `?` faintly.
 * @param boxes of the frame's digits, which labels leave free where they can
 * @returns where they are: other labels leave them free
 */
export function drawNumbers(
  context: CanvasRenderingContext2D,
  { unit, image }: { readonly unit: number; readonly image: Rect },
  numbers: readonly NumberView[],
  view: View,
  boxes: readonly Rect[],
): Rect[] {
  const [size, margin] = [SIZE * unit, MARGIN * unit];
  const labels: Rect[] = [];
  for (const { shown, box } of numbers) {
    const [width, height] = [textWidth(shown, size) + 2 * margin, size + 2 * margin];
    const label = placeLabel(toRect(box, view), width, height, image, boxes, labels, MARGIN * unit);
    context.fillStyle = PALETTE.panel;
    context.fillRect(label.x, label.y, width, height);
    const colour = shown.includes(UNSURE) ? PALETTE.dim : PALETTE.line;
    drawText(context, shown, label.x + margin, label.y + margin, size, colour, PALETTE.ground);
    labels.push(label);
  }
  return labels;
}
