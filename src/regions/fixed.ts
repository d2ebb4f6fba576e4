// Owns the fixed rectangles: one frame in, the ink of each rectangle out, digit or not. It searches for nothing.
import type { Kernels } from '../kernels/kernels.js';
import { COUNT_TABLES, LEVELS } from '../kernels/layout.js';
import { createPatchArena, type InkPatch } from '../kernels/patch-arena.js';
import { DEFAULT_CONTRAST, polarityOf, type Box, type Frame, type Polarity } from '../types.js';
import type { FoundRegion, PolarityOption } from './found.js';
import type { FixedRegion } from './place.js';

/** How the ink of fixed rectangles is told from its ground. */
export interface FixedOptions {
  /** Default `auto`: what most of the rectangle is like is ground. */
  readonly polarity?: PolarityOption;
  /**
   * Least contrast of ink against its ground, 0 to 255; a rectangle with less holds no ink. Default
   * {@link DEFAULT_CONTRAST}.
   */
  readonly minContrast?: number;
  /** Ink weaker than this share of the contrast, [0, 1), counts as ground. Default 0.2. */
  readonly floor?: number;
  /** Gray levels of ground and of full ink, which give the polarity too. Default: measured in each rectangle. */
  readonly levels?: readonly [ground: number, ink: number] | undefined;
}

/** How fixed rectangles are read by what a pipeline asks for. */
export function fixedOptions({
  polarity,
  normalise,
  levels,
}: Pick<FixedOptions, 'polarity' | 'levels'> & { readonly normalise: 'mnist' | 'stretch' }): FixedOptions {
  // `stretch` takes the rectangle as it is, faint shades and all.
  return { ...(polarity && { polarity }), levels, ...(normalise === 'stretch' && { floor: 0 }) };
}

/** Darkest and lightest level of a rectangle are taken at this share of its pixels, so that single ones don't count. */
const TAIL = 0.02;

/** Reads fixed rectangles of frames. */
export interface FixedReader {
  /** Says which rectangles are read from now on: in source pixels, wholly inside every frame's picture. */
  place(regions: readonly FixedRegion[]): void;
  /** The rectangles of a frame, in order. Their patches are reused: they hold until the next call. */
  read(frame: Frame): FoundRegion[];
}

/** A reader without rectangles. Its patches lie in the kernels' memory. */
export function createFixedReader(
  kernels: Kernels,
  { polarity = 'auto', minContrast = DEFAULT_CONTRAST, floor = 0.2, levels: known }: FixedOptions = {},
): FixedReader {
  const room = createRoom(kernels);
  const readOne = ({ id, box, patch }: Window): FoundRegion => {
    const levels = levelsOf(room.count(box), box[2] * box[3]);
    const ground = known ? polarityOf(known) : groundOf(levels, polarity);
    const contrast = levels.high - levels.low;
    if (contrast < minContrast) patch.ink.fill(0);
    else {
      fillShares(known ?? rangeOf(levels, ground), floor, room.shares());
      room.fill(box, patch);
    }
    return { id, box, polarity: ground, patch };
  };
  return {
    place: (regions) => room.place(regions),
    read: (frame) => room.open(frame).map(readOne),
  };
}

/** A rectangle and where its ink goes. */
interface Window extends FixedRegion {
  readonly patch: InkPatch;
}

/** The rectangles in the kernels' memory. */
interface Room {
  place(regions: readonly FixedRegion[]): void;
  /** Takes over the rows of a frame that hold rectangles, and says which these are. */
  open(frame: Frame): readonly Window[];
  /** How many pixels of a rectangle have each gray level, `[LEVELS]`. The same memory every time. */
  count(box: Box): Int32Array;
  /** Ink of each gray level, `[LEVELS]`: the caller's to fill. */
  shares(): Float32Array;
  /** Fills a rectangle's patch by `shares`. */
  fill(box: Box, patch: InkPatch): void;
}

function createRoom(kernels: Kernels): Room {
  const [counts, shares, gray] = [kernels.piece(), kernels.piece(), kernels.piece()];
  counts.reserve(4 * COUNT_TABLES * LEVELS);
  shares.reserve(4 * LEVELS);
  const look = kernels.viewed((buffer) => ({
    counts: new Int32Array(buffer, counts.address, LEVELS),
    shares: new Float32Array(buffer, shares.address, LEVELS),
  }));
  const arena = createPatchArena(kernels);
  let windows: readonly Window[] = [];
  // The rows that hold rectangles: the first of them, and the one after the last. Of the frame: its width and left
  // side.
  let [first, beyond, stride, left] = [0, 0, 0, 0];

  function cornerOf([x, y]: Box): number {
    return gray.address + (y - first) * stride + x - left;
  }

  return {
    place(regions) {
      arena.clear();
      windows = regions.map(({ id, box }) => ({ id, box, patch: arena.take(box[2], box[3]) }));
      first = Math.min(...windows.map(({ box: [, y] }) => y));
      beyond = Math.max(...windows.map(({ box: [, y, , height] }) => y + height));
    },
    open(frame) {
      if (windows.length === 0) return windows;
      [stride, left] = [frame.width, frame.left];
      const rows = frame.gray.subarray((first - frame.top) * stride, (beyond - frame.top) * stride);
      gray.reserve(rows.length);
      kernels.bytes.set(rows, gray.address);
      return windows;
    },
    count(box) {
      kernels.run.countLevels(cornerOf(box), stride, box[2], box[3], counts.address);
      return look().counts;
    },
    shares: () => look().shares,
    fill(box, patch) {
      const { shares: ofLevel } = look();
      let [darkest, lightest] = [0, LEVELS - 1];
      while (darkest < lightest && ofLevel[darkest] === 0) darkest++;
      while (lightest > darkest && ofLevel[lightest] === 0) lightest--;
      kernels.run.inkOf(cornerOf(box), stride, box[2], box[3], shares.address, darkest, lightest, patch.address);
    },
  };
}

/** Gray levels of a rectangle: its tails and its median. */
interface Levels {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

function levelsOf(histogram: Int32Array, pixels: number): Levels {
  return {
    low: quantile(histogram, TAIL * pixels),
    median: quantile(histogram, pixels / 2),
    high: quantile(histogram, (1 - TAIL) * pixels),
  };
}

/** The first level up to which more than `rank` pixels lie. */
function quantile(histogram: Int32Array, rank: number): number {
  let [level, below] = [0, histogram[0]!];
  while (level < LEVELS - 1 && below <= rank) below += histogram[++level]!;
  return level;
}

function groundOf({ low, median, high }: Levels, polarity: PolarityOption): Polarity {
  if (polarity !== 'auto') return polarity;
  return median - low >= high - median ? 'dark-on-light' : 'light-on-dark';
}

function rangeOf({ low, high }: Levels, polarity: Polarity): readonly [ground: number, ink: number] {
  return polarity === 'dark-on-light' ? [high, low] : [low, high];
}

/**
 * Ink of each gray level as its share of the way from ground level to ink level: 0 up to `floor`, 1 at ink level and
 * beyond.
 */
function fillShares([ground, full]: readonly [number, number], floor: number, out: Float32Array): void {
  for (let gray = 0; gray < LEVELS; gray++) {
    const share = (gray - ground) / (full - ground);
    out[gray] = Math.min(1, Math.max(0, (share - floor) / (1 - floor)));
  }
}
