// Owns where labels stand beside boxes, and what they say. Pure; draws nothing.

import type { Box, Sighting } from '../../types.js';

/** A rectangle in pixels of the picture. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How source pixels map to the picture's: `scale` of these per source pixel, source point (left, top) at (x, y). */
export interface View {
  readonly left: number;
  readonly top: number;
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** A ratio in few characters: `×18.4`, `×250`, `×INF`. */
export function ratioText(ratio: number): string {
  if (!Number.isFinite(ratio)) return '×INF';
  return ratio < 99.95 ? `×${ratio.toFixed(1)}` : ratio < 9999.5 ? `×${ratio.toFixed(0)}` : '×>9999';
}

/** What is said beside a rejected region: its reason, and the ratio where there is one. */
export function rejectionText({ verdict }: Sighting): string {
  if (verdict.accepted) return '';
  return verdict.rejected === 'blank' || verdict.rejected === 'not-finite'
    ? verdict.rejected
    : `${verdict.rejected} ${ratioText(verdict.ratio)}`;
}

/** A box as a rectangle of the picture. */
export function toRect([x, y, width, height]: Box, view: View): Rect {
  return {
    x: view.x + (x - view.left) * view.scale,
    y: view.y + (y - view.top) * view.scale,
    width: width * view.scale,
    height: height * view.scale,
  };
}

/**
 * Finds a place for a label of `width` x `height` beside `box`, within `bounds`: above, below, right or left, the first
 * that hides least of the other boxes and labels. Only where the box leaves no room beside it does the label lie on it.
 * `hidden` is how much it hides, as a multiple of its own area.
 */
export function placeLabel(
  box: Rect,
  width: number,
  height: number,
  bounds: Rect,
  boxes: readonly Rect[],
  labels: readonly Rect[],
  gap: number,
): Rect & { readonly hidden: number } {
  const above = box.y - height - gap,
    below = box.y + box.height + gap,
    middle = box.y + (box.height - height) / 2;
  const flush = box.x + box.width - width;
  const wanted: readonly (readonly [number, number])[] = [
    [box.x, above],
    [flush, above],
    [box.x, below],
    [flush, below],
    [box.x + box.width + gap, middle],
    [box.x - width - gap, middle],
  ];
  let best: Rect | undefined,
    least = Infinity;
  for (const [x, y] of wanted) {
    const label = {
      x: clamp(x, bounds.x, bounds.x + bounds.width - width),
      y: clamp(y, bounds.y, bounds.y + bounds.height - height),
      width,
      height,
    };
    // Its own digit weighs most, then other digits, then other labels.
    const cost = 100 * overlap(label, box) + 3 * hidden(label, boxes) + 2 * hidden(label, labels);
    if (cost < least) [best, least] = [label, cost];
  }
  return { ...(best ?? { x: bounds.x, y: bounds.y, width, height }), hidden: least / (width * height) };
}

function hidden(label: Rect, others: readonly Rect[]): number {
  let sum = 0;
  for (const other of others) sum += overlap(label, other);
  return sum;
}

/** Common area. */
function overlap(a: Rect, b: Rect): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Into [lo, hi]; `lo` where there is no room. */
function clamp(value: number, lo: number, hi: number): number {
  return Math.max(lo, Math.min(hi, value));
}
