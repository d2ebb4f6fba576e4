// Owns connected components: a map and a threshold in, components with their measures and runs out. No judgement.

import type { Kernels } from './kernels.js';

/** Components of one labelling, as parallel arrays indexed by component, in the order of their first rows; valid until the next labelling. */
export interface Components {
  count: number;
  left: Int32Array;
  top: Int32Array;
  /** Exclusive. */
  right: Int32Array;
  /** Exclusive. */
  bottom: Int32Array;
  /** Pixels. */
  area: Int32Array;
  /** Length of the outline in pixel edges, holes included. */
  perimeter: Int32Array;
  /** Number of holes. */
  holes: Int32Array;
  /** First run of each component; follow `next` (-1 ends). */
  first: Int32Array;
  /** Sum of the map over the component's pixels. */
  sum: Int32Array;
  runs: Runs;
}

/** Horizontal runs of pixels above the threshold, those of components that are not kept included. */
export interface Runs {
  count: number;
  next: Int32Array;
  y: Uint16Array;
  start: Uint16Array;
  /** Exclusive. */
  end: Uint16Array;
}

/** Components outside these limits are not kept. Pixels. */
export interface SizeLimits {
  readonly minHeight: number;
  readonly maxHeight: number;
  readonly maxWidth: number;
  readonly minArea: number;
}

/** A map of gray levels in the kernels' memory. */
export interface GrayMap {
  /** Address of `[height, width]`, row-major, 0 to 255. */
  readonly map: number;
  /** At most 65535. */
  readonly width: number;
  /** At most 65535. */
  readonly height: number;
}

/** Labels 8-connected components of the pixels whose value is above a threshold. */
export interface Labeller {
  /** Begins with a map: it is labelled until another one is opened. */
  open(map: GrayMap): void;
  label(threshold: number, limits: SizeLimits): Components;
}

const NOTHING = { i32: new Int32Array(0), u16: new Uint16Array(0) };

/**
 * A labeller that keeps its buffers.
 * @param maxRuns at most this many runs are kept; what is below and to the right is then left out (a frame of pure noise), default 1 << 18
 */
export function createLabeller(kernels: Kernels, maxRuns = 1 << 18): Labeller {
  const [maxima, block, total] = [kernels.piece(), kernels.piece(), kernels.piece()];
  block.reserve(15 * 4 * maxRuns);
  total.reserve(4);
  const { i32, u16 } = NOTHING;
  const runs: Runs = { count: 0, next: i32, y: u16, start: u16, end: u16 };
  const result: Components = { count: 0, left: i32, top: i32, right: i32, bottom: i32, area: i32, perimeter: i32, holes: i32, first: i32, sum: i32, runs };
  let at: GrayMap = { map: 0, width: 0, height: 0 };

  // The arrays lie in the order that kernels/components gives.
  function look(): void {
    const { buffer } = kernels.bytes;
    if (runs.y.buffer === buffer) return;
    const ints = (k: number) => new Int32Array(buffer, block.address + 4 * maxRuns * k, maxRuns);
    const shorts = (k: number) => new Uint16Array(buffer, block.address + 4 * maxRuns * 13 + 2 * maxRuns * k, maxRuns);
    Object.assign(result, { left: ints(0), top: ints(1), right: ints(2), bottom: ints(3), area: ints(4), perimeter: ints(5), holes: ints(6), first: ints(7), sum: ints(8) });
    Object.assign(runs, { next: ints(9), y: shorts(0), start: shorts(1), end: shorts(2) });
  }

  return {
    open(map) {
      at = map;
      maxima.reserve(16 * Math.ceil(map.width / 64) * map.height);
      kernels.run.summarise(map.map, map.width, map.height, maxima.address);
    },
    label(threshold, { minHeight, maxHeight, maxWidth, minArea }) {
      const { map, width, height } = at;
      result.count = kernels.run.labelComponents(map, width, height, threshold, maxima.address, block.address, maxRuns, minHeight, maxHeight, maxWidth, minArea, total.address);
      look();
      runs.count = new Uint32Array(kernels.bytes.buffer, total.address, 1)[0]!;
      return result;
    },
  };
}
