// Owns the fixed rectangles: one frame in, the ink of each rectangle out, digit or not. It searches for nothing.
import { polarityOf, type FixedRegion } from '../config.js';
import type { Frame, Polarity } from '../types.js';
import { createKernels } from '../kernels/kernels.js';
import type { Ink } from '../digits/normalise.js';
import type { FoundRegion, PolarityOption } from './found.js';

/** How the ink of fixed rectangles is told from its ground. */
export interface FixedOptions {
  /** Default `auto`: what most of the rectangle is like is ground. */
  readonly polarity?: PolarityOption;
  /** Least contrast of ink against its ground, 0 to 255; a rectangle with less holds no ink. Default 24. */
  readonly minContrast?: number;
  /** Ink weaker than this share of the contrast, [0, 1), counts as ground. Default 0.2. */
  readonly floor?: number;
  /** Gray levels of ground and of full ink, which give the polarity too. Default: measured in each rectangle. */
  readonly levels?: readonly [ground: number, ink: number] | undefined;
}

/** Darkest and lightest level of a rectangle are taken at this share of its pixels, so that single ones don't count. */
const TAIL = 0.02;

/** Levels of gray. */
const LEVELS = 256;

/**
 * Reads the rectangles `at` (source pixels, wholly inside every frame's picture) of a frame. The patches are reused:
 * they hold until the next call.
 */
export function createFixedReader(
  at: readonly FixedRegion[],
  { polarity = 'auto', minContrast = 24, floor = 0.2, levels: known }: FixedOptions = {},
): (frame: Frame) => FoundRegion[] {
  const room = createRoom(at);
  return (frame) => {
    const { counts, shares, patches } = room.open(frame);
    return at.map(({ id, box }, i) => {
      const patch = patches[i]!;
      room.count(i);
      const levels = levelsOf(counts, patch.ink.length);
      const ground = known ? polarityOf(known) : groundOf(levels, polarity);
      const contrast = levels.high - levels.low;
      if (contrast < minContrast) patch.ink.fill(0);
      else {
        fillShares(
          known ?? (ground === 'dark-on-light' ? [levels.high, levels.low] : [levels.low, levels.high]),
          floor,
          shares,
        );
        room.fill(i);
      }
      return { id, box, polarity: ground, patch, contrast };
    });
  };
}

/** The rectangles in the kernels' memory. */
interface Room {
  /** Takes over the rows of a frame that hold rectangles. The views hold until the next call. */
  open(frame: Frame): Views;
  /** Counts the gray levels of a rectangle. */
  count(i: number): void;
  /** Fills the patch of a rectangle by `shares`. */
  fill(i: number): void;
}

interface Views {
  /** How many pixels have each gray level, `[256]`. */
  readonly counts: Int32Array;
  /** Ink of each gray level, `[256]`. */
  readonly shares: Float32Array;
  /** One a rectangle. */
  readonly patches: readonly Ink[];
}

function createRoom(at: readonly FixedRegion[]): Room {
  const kernels = createKernels();
  const [counts, shares, gray] = [kernels.piece(), kernels.piece(), kernels.piece()];
  counts.reserve(4 * 4 * LEVELS);
  shares.reserve(4 * LEVELS);
  const inks = at.map(({ box: [, , width, height] }) => {
    const piece = kernels.piece();
    piece.reserve(4 * width * height);
    return piece;
  });
  const look = kernels.viewed((buffer) => ({
    counts: new Int32Array(buffer, counts.address, LEVELS),
    shares: new Float32Array(buffer, shares.address, LEVELS),
    patches: at.map(({ box: [, , width, height] }, i) => ({
      width,
      height,
      ink: new Float32Array(buffer, inks[i]!.address, width * height),
    })),
  }));
  const first = Math.min(...at.map(({ box: [, y] }) => y));
  const beyond = Math.max(...at.map(({ box: [, y, , height] }) => y + height));
  let stride = 0;
  let left = 0;

  function cornerOf([x, y]: FixedRegion['box']): number {
    return gray.address + (y - first) * stride + x - left;
  }

  return {
    open(frame) {
      [stride, left] = [frame.width, frame.left];
      const rows = frame.gray.subarray((first - frame.top) * stride, (beyond - frame.top) * stride);
      gray.reserve(rows.length);
      kernels.bytes.set(rows, gray.address);
      return look();
    },
    count(i) {
      const { box } = at[i]!;
      kernels.run.countLevels(cornerOf(box), stride, box[2], box[3], counts.address);
    },
    fill(i) {
      const { box } = at[i]!;
      const { shares: ofLevel } = look();
      let [darkest, lightest] = [0, LEVELS - 1];
      while (darkest < lightest && ofLevel[darkest] === 0) darkest++;
      while (lightest > darkest && ofLevel[lightest] === 0) lightest--;
      kernels.run.inkOf(cornerOf(box), stride, box[2], box[3], shares.address, darkest, lightest, inks[i]!.address);
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
  while (level < 255 && below <= rank) below += histogram[++level]!;
  return level;
}

function groundOf({ low, median, high }: Levels, polarity: PolarityOption): Polarity {
  if (polarity !== 'auto') return polarity;
  return median - low >= high - median ? 'dark-on-light' : 'light-on-dark';
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
