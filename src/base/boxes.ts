// How boxes lie to each other. Pure.
import type { Box } from '../types.js';

/** The middle of a box: `[x, y]`. */
export function centreOf([x, y, width, height]: Box): readonly [x: number, y: number] {
  return [x + width / 2, y + height / 2];
}

/** Distance between the centres of two boxes, in units of the longer side of the larger one. */
export function displacement(a: Box, b: Box): number {
  const dx = a[0] + a[2] / 2 - (b[0] + b[2] / 2);
  const dy = a[1] + a[3] / 2 - (b[1] + b[3] / 2);
  return Math.sqrt(dx * dx + dy * dy) / Math.max(a[2], a[3], b[2], b[3]);
}

/** The smallest box that holds all of `boxes`, of which there is at least one. */
export function unionBox(boxes: readonly Box[]): Box {
  const left = Math.min(...boxes.map(([x]) => x));
  const top = Math.min(...boxes.map(([, y]) => y));
  return [
    left,
    top,
    Math.max(...boxes.map(([x, , w]) => x + w)) - left,
    Math.max(...boxes.map(([, y, , h]) => y + h)) - top,
  ];
}
