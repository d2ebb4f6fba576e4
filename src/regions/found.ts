// Owns "where may a digit be": one frame in, regions without names out. How candidates look is in find/; which of them
// was there before, and so their names, is the tracker's; what they are is the network's.

import {
  DEFAULT_CONTRAST,
  DEFAULT_SECONDS,
  type Box,
  type Frame,
  type FrameSearch,
  type Polarity,
  type Region,
} from '../types.js';
import { createCandidateFinder, type CandidateFinder, type Takers } from './find/candidates.js';
import { createChooser, standsAlone, type ChoiceLimits } from './find/choose.js';
import { createGroundFilter, type GroundFilter } from './find/ground.js';
import type { Kernels } from '../kernels/kernels.js';
import { createPatchArena, type InkPatch, type PatchArena } from '../kernels/patch-arena.js';
import { createNoiseMeter, type NoiseMeter } from './find/noise.js';
import { createPyramid, type Image, type Pyramid } from './find/pyramid.js';
import { createShapeCollector } from './find/shapes.js';
import { strokeOf, type Candidate, type ShapeLimits } from './find/candidate.js';

/** A region that has no name yet, with the ink found in it. */
export interface NamelessRegion extends Omit<Region, 'id' | 'partOf'> {
  readonly patch: InkPatch;
  /** Index of the region that this is a part of, among those of its frame; absent where it is none. */
  readonly part?: number;
}

/** A region with the ink found in it. */
export type FoundRegion = NamelessRegion & Pick<Region, 'id' | 'partOf'>;

/** Which polarities are searched. */
export type PolarityOption = Polarity | 'auto';

/** Limits of the search. All have defaults. */
export interface RegionOptions {
  /** Default `auto`: both. */
  readonly polarity?: PolarityOption;
  /**
   * Smallest height of a digit as a share of the frame's height, [0, 1]. Default 0: whatever can be told apart (10
   * pixels of a frame up to 1400 pixels long, 20 of a larger one).
   */
  readonly minHeight?: number;
  /** Largest height of a digit as a share of the frame's height, (0, 1]. Default 1. */
  readonly maxHeight?: number;
  /** Least contrast of ink against its ground, 0 to 255. Default {@link DEFAULT_CONTRAST}. */
  readonly minContrast?: number;
  /** Seconds that the search may take, > 0; see {@link FrameSearch.truncated}. Default {@link DEFAULT_SECONDS}. */
  readonly maxSeconds?: number;
  /** Seconds on a clock that runs steadily. Default the process's own. */
  readonly now?: () => number;
}

/** What the search of a frame gave. */
export interface Search<R = NamelessRegion> extends FrameSearch {
  /** From top to bottom; then the parts of those that may be several digits. */
  readonly regions: readonly R[];
}

/**
 * The longer side, in pixels, above which a frame is searched at half its size, so a source need not give more detail.
 * Half and no less: a digit of 20 pixels is found in a frame of any size.
 */
export const LONGEST = 1400;
/** The coarsest level has at least this many pixels on its shorter side. */
const SMALLEST = 24;
/** Half the window in which the ground is estimated, in level pixels: a digit of up to 44 pixels lies within it. */
const RADIUS = 22;

const SHAPE: ShapeLimits = {
  minHeight: 10,
  minHeightAbove: 20,
  maxHeight: 44,
  maxWidth: 2.3,
  maxStroke: 0.33,
  maxFill: 0.78,
  maxHoles: 4,
};

/**
 * Contrast thresholds tried, in gray levels: each 1.6 times the one before, so that one of them cuts any edge near its
 * middle.
 */
const THRESHOLDS = [8, 12, 20, 32, 50, 80, 125];
/** How plain the ground around a digit must be; each limit is told in `find/choose`. */
export type Surroundings = Omit<ChoiceLimits, 'minRelativeContrast'>;

/** What the stream asks: digits stand on plain ground. */
export const STRICT: Surroundings = {
  maxClutter: 0.2,
  maxRoughness: 0.2,
  maxUnrest: 0.3,
  maxRoughnessOfStroke: 0.09,
  maxSoftness: 1.8,
};
/** What a network is trained with: it learns to reject more clutter than the stream will show it. */
export const LOOSE: Surroundings = {
  maxClutter: 0.35,
  maxRoughness: 0.2,
  maxUnrest: 0.55,
  maxRoughnessOfStroke: 0.2,
  maxSoftness: 1.8,
};

/** Faintest ink of a frame, as a share of the strongest candidate's contrast. */
const FAINTEST = 0.3;

/** Thresholds below this many standard deviations of the level's noise are not tried. */
const NOISE_FACTOR = 3;

/**
 * A finder of digit-like regions: over a pyramid of scales, ink is separated from its ground, thresholded at several
 * contrasts, and its connected components are judged by size, shape and surroundings.
 * The finder keeps its buffers: the patches that it returns, which lie in the kernels' memory, hold until its next
 * call.
 * @param around how plain the ground around a digit must be
 */
export function createRegionFinder(
  kernels: Kernels,
  options: RegionOptions = {},
  around: Surroundings = STRICT,
): (frame: Image & Pick<Frame, 'left' | 'top'>) => Search {
  const { polarity = 'auto', minHeight = 0, maxHeight = 1, minContrast = DEFAULT_CONTRAST } = options;
  const { maxSeconds = DEFAULT_SECONDS, now = () => performance.now() / 1_000 } = options;
  const limits: ChoiceLimits = { ...around, minRelativeContrast: FAINTEST };
  const tools = createTools(kernels);
  const choose = createChooser(limits);
  const shapes = createShapeCollector();
  const polarities: readonly Polarity[] = polarity === 'auto' ? ['dark-on-light', 'light-on-dark'] : [polarity];
  return (frame) => {
    const [candidates, until]: [Candidate[], number] = [[], now() + maxSeconds];
    shapes.clear();
    const whole = search(frame, tools, polarities, {
      wanted(c) {
        const share = ((c.bottom - c.top) * c.scale) / (frame.height * frame.scale);
        return c.contrast >= minContrast && share >= minHeight && share <= maxHeight && standsAlone(c, limits);
      },
      found: (candidate) => void candidates.push(candidate),
      passed: (bounds, at) => shapes.add(bounds, at, minContrast),
      goOn: () => now() < until,
    });
    const chosen = choose(candidates);
    return {
      regions: [
        ...chosen.map((c) => toRegion(c, frame)),
        ...chosen.flatMap(({ parts = [] }, part) => parts.map((c) => ({ ...toRegion(c, frame), part }))),
      ],
      shapes: shapes.settle(chosen).map((shape) => ({ ...shape, box: shifted(shape.box, frame) })),
      truncated: !whole,
    };
  };
}

interface Tools {
  readonly arena: PatchArena;
  readonly pyramid: Pyramid;
  readonly ground: GroundFilter;
  readonly noise: NoiseMeter;
  readonly find: CandidateFinder;
}

function createTools(kernels: Kernels): Tools {
  const arena = createPatchArena(kernels);
  return {
    arena,
    pyramid: createPyramid(kernels),
    ground: createGroundFilter(kernels, RADIUS),
    noise: createNoiseMeter(kernels),
    find: createCandidateFinder(kernels, arena, SHAPE),
  };
}

// Whether all of the frame was looked at.
function search(frame: Image, tools: Tools, polarities: readonly Polarity[], takers: Takers): boolean {
  let whole = true;
  tools.arena.clear();
  const count = tools.pyramid.fill(frame, LONGEST, SMALLEST);
  for (let k = 0; k < count; k++) {
    const level = tools.pyramid.levels[k]!;
    const { dark, light } = tools.ground.apply(level);
    const floor = NOISE_FACTOR * tools.noise(level);
    const thresholds = THRESHOLDS.filter((threshold) => threshold >= floor);
    for (const polarity of polarities) {
      const map = polarity === 'dark-on-light' ? dark : light;
      const ink = { level, polarity, map, coarsest: k === count - 1, finest: k === 0 };
      if (!tools.find(ink, thresholds, takers)) whole = false;
    }
  }
  return whole;
}

function toRegion(c: Candidate, frame: Pick<Frame, 'left' | 'top'>): NamelessRegion {
  const [width, height] = [(c.right - c.left) * c.scale, (c.bottom - c.top) * c.scale];
  const ink = { contrast: c.contrast, area: c.area * c.scale ** 2, stroke: strokeOf(c) * c.scale };
  return {
    box: shifted([c.left * c.scale, c.top * c.scale, width, height], frame),
    polarity: c.polarity,
    patch: c.patch,
    ink,
  };
}

function shifted([x, y, width, height]: Box, { left, top }: Pick<Frame, 'left' | 'top'>): Box {
  return [left + x, top + y, width, height];
}
