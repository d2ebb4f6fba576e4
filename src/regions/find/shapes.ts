// Owns what of a frame is no region but looks like ink all the same: wide words, specks of a scene, pieces of frames.
// One shape for one thing, over thresholds, levels and polarities. What they say of a digit beside them is the gate's.
import { BoxBands } from '../../base/box-bands.js';
import { sharedArea, type Edges } from '../../base/box-index.js';
import type { Shape } from '../../types.js';
import { strokeOf, type Candidate, type Labelling } from './candidate.js';
import type { Bounds } from './groups.js';

/** A shape is seen again by another cut when it shares more than this of the smaller box... */
const SAME = 0.5;
/** ... and the larger box is at most this many times as large: what is larger holds it, as a frame holds a digit. */
const HOLDS = 6;

/** Shapes less high than this many pixels of their level are specks. */
const SPECK = 8;

/** The mean of the ink of a stroke, soft edges and all, as a share of its full contrast: measured on regions. */
const MEAN_OF_FULL = 0.8;

/** Collects what the search passed over. */
export interface ShapeCollector {
  /** Begins with a new frame. */
  clear(): void;
  /** Takes what was passed over; it is kept when its ink has a contrast of at least `minContrast` on average. */
  add(bounds: Bounds, at: Labelling, minContrast: number): void;
  /** The shapes of the frame that are none of its regions, from large to small. */
  settle(regions: readonly Candidate[]): Shape[];
}

/** A thing by its edges, in source pixels. */
interface Placed extends Edges {
  readonly area: number;
  readonly shape: Pick<Shape, 'polarity' | 'ink'> | undefined;
}

/** A collector that keeps its list. */
export function createShapeCollector(): ShapeCollector {
  const seen: Placed[] = [];
  return {
    clear: () => void (seen.length = 0),
    add(bounds, { level: { scale }, polarity }, minContrast) {
      const contrast = bounds.sum / bounds.area / MEAN_OF_FULL;
      if (bounds.bottom - bounds.top < SPECK || contrast < minContrast) return;
      seen.push(place(bounds, scale, { polarity, ink: { contrast, stroke: strokeOf(bounds) * scale } }));
    },
    settle(regions) {
      const bands = new BoxBands<Placed>(regions.map((region) => place(region, region.scale)));
      const shapes: Shape[] = [];
      for (const one of seen.sort((a, b) => b.area - a.area || a.top - b.top || a.left - b.left)) {
        if (bands.someNear(one, (other) => same(one, other))) continue;
        bands.insert(one);
        const { left, top, right, bottom, shape } = one;
        shapes.push({ box: [left, top, right - left, bottom - top], ...shape! });
      }
      return shapes;
    },
  };
}

function place({ left, top, right, bottom }: Edges, scale: number, shape?: Placed['shape']): Placed {
  return {
    left: left * scale,
    top: top * scale,
    right: right * scale,
    bottom: bottom * scale,
    area: (right - left) * (bottom - top) * scale * scale,
    shape,
  };
}

function same(a: Placed, b: Placed): boolean {
  const [small, large] = a.area < b.area ? [a.area, b.area] : [b.area, a.area];
  return sharedArea(a, b) > SAME * small && large <= HOLDS * small;
}
