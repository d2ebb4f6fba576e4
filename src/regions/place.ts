// Owns where the rectangles that a pipeline names lie in a frame. It knows nothing of what is in them.
import { UsageError } from '../base/errors.js';
import type { Box, Region } from '../types.js';

/** Named rectangles as a pipeline file gives them: pixels of the source, or fractions of the frame's sides. */
export interface AskedRegions {
  readonly units: 'pixels' | 'relative';
  readonly list: readonly FixedRegion[];
}

/** A named rectangle: as it was asked for, or placed, which is in pixels of the source. */
export type FixedRegion = Pick<Region, 'id' | 'box'>;

/**
 * The fixed regions in pixels of a frame of the given size (pixels). Relative boxes are rounded to whole pixels, at
 * least 1x1. Throws UsageError for a region that is not wholly inside the frame, with its id, its box and the size.
 */
export function placeRegions({ units, list }: AskedRegions, width: number, height: number): FixedRegion[] {
  return list.map(({ id, box }) => {
    const placed = units === 'pixels' ? box : relativeToPixels(box, width, height);
    const [x, y, w, h] = placed;
    if (x + w <= width && y + h <= height) return { id, box: placed };
    throw new UsageError(
      `region ${id}: box [${placed.join(', ')}] is not inside the frame, which is ${width}x${height} ` +
        `pixels; boxes are [x, y, width, height]`,
    );
  });
}

function relativeToPixels([x, y, w, h]: Box, width: number, height: number): Box {
  const left = Math.min(width - 1, Math.round(x * width));
  const top = Math.min(height - 1, Math.round(y * height));
  // Edges are rounded, not sizes, so that neighbours which meet in the file meet in the frame.
  return [left, top, Math.max(1, Math.round((x + w) * width) - left), Math.max(1, Math.round((y + h) * height) - top)];
}
