// Owns finding boxes near a box among many. Which of them matter is the caller's.
import RBush, { type BBox } from 'rbush';
import type { Box } from '../types.js';

/** A box by its edges; right and bottom are exclusive. */
export interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Things that have edges, by where they lie. */
export class BoxIndex<T extends Edges> extends RBush<T> {
  override toBBox({ left, top, right, bottom }: T): BBox {
    return { minX: left, minY: top, maxX: right, maxY: bottom };
  }

  override compareMinX(a: T, b: T): number {
    return a.left - b.left;
  }

  override compareMinY(a: T, b: T): number {
    return a.top - b.top;
  }

  /** What overlaps or touches a box that is widened to both sides by `across`, upwards and downwards by `along`. */
  near({ left, top, right, bottom }: Edges, across = 0, along = across): T[] {
    return this.search({ minX: left - across, minY: top - along, maxX: right + across, maxY: bottom + along });
  }
}

/** A box by its edges. */
export function edgesOf([x, y, width, height]: Box): Edges {
  return { left: x, top: y, right: x + width, bottom: y + height };
}

/** How much area two boxes share. */
export function sharedArea(a: Edges, b: Edges): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}
