import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import { createCandidateFinder } from '../../../src/regions/find/candidates.js';
import { createGrouper, partSize } from '../../../src/regions/find/groups.js';
import { createKernels } from '../../../src/kernels/kernels.js';
import { createPatchArena } from '../../../src/kernels/patch-arena.js';
import type {
  Candidate,
  CandidateMeasures,
  InkMap,
  Labelling,
  ShapeLimits,
} from '../../../src/regions/find/candidate.js';
import { components, cutOut, put, tabled, type Plane } from './plain.js';

const shape: ShapeLimits = {
  minHeight: 10,
  minHeightAbove: 20,
  maxHeight: 44,
  maxWidth: 1.9,
  maxStroke: 0.33,
  maxFill: 0.78,
  maxHoles: 4,
};

type Rect = readonly [x: number, y: number, width: number, height: number, value?: number];

/** An ink map and the level it is of. */
interface Drawn {
  readonly map: Plane;
  readonly gray: Plane;
  readonly rest: Partial<Pick<InkMap, 'coarsest' | 'finest'>> & { readonly scale?: number };
}

/** An ink map with rectangles of ink (100 unless said) on a ground of 200 gray levels. */
function ink(width: number, height: number, rects: readonly Rect[], rest: Drawn['rest'] = {}): Drawn {
  const values = new Uint8Array(width * height);
  for (const [x, y, w, h, value = 100] of rects)
    for (let row = y; row < y + h; row++) values.fill(value, row * width + x, row * width + x + w);
  return { map: { width, height, values }, gray: { width, height, values: values.map((value) => 200 - value) }, rest };
}

/** A finder that is used for one map after the other. */
function finder(): (
  at: Drawn,
  thresholds?: readonly number[],
  wanted?: (c: CandidateMeasures) => boolean,
) => Candidate[] {
  const kernels = createKernels();
  const search = createCandidateFinder(kernels, createPatchArena(kernels), shape);
  return ({ map, gray, rest: { scale = 1, ...rest } }, thresholds = [50], wanted = () => true) => {
    const found: Candidate[] = [];
    const level = { width: map.width, height: map.height, gray: put(kernels, gray.values), scale };
    search(
      { level, polarity: 'dark-on-light', map: put(kernels, map.values), coarsest: false, finest: true, ...rest },
      thresholds,
      { wanted, found: (c) => void found.push(c), passed: () => {}, goOn: () => true },
    );
    return found;
  };
}

const find = (...asked: Parameters<ReturnType<typeof finder>>) => finder()(...asked);
const boxes = (list: readonly Candidate[]) => list.map((c) => [c.left, c.top, c.right - c.left, c.bottom - c.top]);

/** All that is known of a candidate, its ink copied out. */
const said = ({ patch: { width, height, ink }, ...rest }: Candidate) => ({ ...rest, width, height, ink: [...ink] });

/** An upright bar with a foot, 12 x 20, as two rectangles. */
const boot = (x: number, y: number, value = 100): Rect[] => [
  [x, y, 3, 20, value],
  [x, y + 17, 12, 3, value],
];

describe('candidates', () => {
  it('are measured as drawn, each with a patch of its own', () => {
    const found = find(ink(120, 60, [...boot(20, 20), ...boot(70, 15, 70)]));
    expect(boxes(found)).toEqual([
      [70, 15, 12, 20],
      [20, 20, 12, 20],
    ]);
    expect(found[1]).toMatchObject({
      area: 87,
      holes: 0,
      contrast: 100,
      offCentre: 0,
      clutter: 0,
      roughness: 0,
      softness: 0,
      patchLeft: 18,
      patchTop: 18,
    });
    const { patch } = found[1]!;
    expect([patch.width, patch.height]).toEqual([16, 24]);
    expect(Array.from(patch.ink, (v, p) => [v, p] as const).filter(([v]) => v === 1).length).toBe(87);
    expect(patch.ink.filter((v) => v !== 0 && v !== 1)).toHaveLength(0);
    expect(found[0]!.contrast).toBe(70);
    expect(found[0]!.offCentre).toBeCloseTo(Math.log(100 / 70), 12);
    expect(found[0]!.patch.address).not.toBe(patch.address);
  });

  it('are found at each threshold that cuts their edge near the middle, and in whatever order of maps', () => {
    const at = ink(80, 60, boot(30, 20));
    expect(find(at, [20, 29, 32, 50, 79, 81]).map((c) => Math.round(100 * Math.exp(c.offCentre)))).toEqual([
      156, 100, 158,
    ]);
    const again = finder();
    const first = again(at, [32, 50]).map(said);
    again(ink(200, 150, [...boot(40, 50), ...boot(80, 100)]), [32, 50]);
    expect(again(at, [32, 50]).map(said)).toEqual(first);
    expect(again(ink(80, 60, []), [32, 50])).toEqual([]);
    expect(again(at, [32, 50], ({ contrast }) => contrast > 100)).toEqual([]);
  });

  it('join strokes in pieces, but not two bars side by side nor a faint neighbour', () => {
    const upper: Rect = [30, 20, 3, 9];
    const lower: Rect = [30, 30, 3, 12];
    const [whole, ...pieces] = find(ink(80, 60, [upper, lower]));
    expect(boxes([whole!])).toEqual([[30, 20, 3, 22]]);
    // The upper one is too low for a digit of its own.
    expect(boxes(pieces)).toEqual([lower]);
    expect([whole!, ...pieces].map(({ piece }) => piece)).toEqual([false, true]);
    expect(
      boxes(
        find(
          ink(80, 60, [
            [30, 20, 3, 20],
            [35, 20, 3, 20],
          ]),
        ),
      ),
    ).toEqual([
      [30, 20, 3, 20],
      [35, 20, 3, 20],
    ]);
    expect(
      boxes(
        find(
          ink(80, 60, [
            [30, 20, 3, 12],
            [30, 33, 3, 14, 190],
          ]),
          [60],
        ),
      ),
    ).toEqual([
      [30, 20, 3, 12],
      [30, 33, 3, 14],
    ]);
    expect(
      boxes(
        find(
          ink(80, 60, [
            [30, 20, 3, 12],
            [30, 40, 3, 14],
          ]),
        ),
      ),
    ).toEqual([
      [30, 20, 3, 12],
      [30, 40, 3, 14],
    ]);
  });

  it('join as many pieces as there are, and take their ink into the patch', () => {
    const [c, ...pieces] = find(
      ink(80, 80, [
        [30, 14, 3, 5],
        [30, 20, 3, 9],
        [30, 30, 3, 16],
      ]),
    );
    expect(c).toMatchObject({ left: 30, top: 14, right: 33, bottom: 46, area: 90, contrast: 100, piece: false });
    expect(c!.patch.ink.filter((v) => v === 1)).toHaveLength(90);
    expect(boxes(pieces)).toEqual([[30, 30, 3, 16]]);
  });

  it('are the pieces too, each as it is found where it is alone, but for the ink beside it', () => {
    const [upper, lower]: Rect[] = [
      [30, 14, 4, 18],
      [29, 33, 4, 12],
    ];
    const [whole, ...pieces] = find(ink(80, 80, [upper!, lower!]));
    expect(boxes([whole!])).toEqual([[29, 14, 5, 31]]);
    const alone = [upper!, lower!].map((rect) => find(ink(80, 80, [rect]))[0]!);
    const own = (c: Candidate) => ({ ...said(c), clutter: 0 });
    expect(pieces.sort((a, b) => a.top - b.top).map(own)).toEqual(alone.map((c) => ({ ...own(c), piece: true })));
    expect(pieces.every(({ clutter }) => clutter > 0)).toBe(true);
    // None where the whole is not wanted, and none that are not wanted themselves.
    const high = (least: number) => (c: CandidateMeasures) => c.bottom - c.top < least;
    expect(find(ink(80, 80, [upper!, lower!]), [50], high(20))).toEqual([]);
    const wide = (c: CandidateMeasures) => c.right - c.left > 4;
    expect(boxes(find(ink(80, 80, [upper!, lower!]), [50], wide))).toEqual([[29, 14, 5, 31]]);
  });

  it('are no piece that is nearly the whole', () => {
    expect(
      boxes(
        find(
          ink(80, 80, [
            [30, 14, 3, 5],
            [30, 20, 3, 37],
          ]),
        ),
      ),
    ).toEqual([[30, 14, 3, 43]]);
  });

  it('are not too small, too tall, too wide, too thick or too solid', () => {
    const refused: Rect[][] = [
      [[30, 20, 3, 9]],
      [[30, 20, 3, 45]],
      [[30, 20, 40, 12]],
      [[30, 20, 16, 20]],
      [[30, 20, 1, 20]],
    ];
    for (const rects of refused) expect(find(ink(120, 80, rects)), JSON.stringify(rects)).toEqual([]);
    expect(find(ink(120, 80, [[30, 20, 3, 19]], { finest: false }))).toEqual([]);
    expect(find(ink(120, 80, [[30, 20, 3, 20]], { finest: false }))).toHaveLength(1);
    expect(find(ink(120, 80, [[30, 10, 3, 60]], { coarsest: true }))).toHaveLength(1);
  });

  it('touch the border only where they fill a small frame, and with stroke ends only', () => {
    expect(find(ink(120, 60, boot(0, 20)))).toEqual([]);
    const stroke: Rect[] = [[10, 0, 3, 20]];
    expect(find(ink(24, 26, stroke))).toHaveLength(1);
    expect(find(ink(24, 26, stroke, { scale: 32 }))).toEqual([]);
    expect(find(ink(24, 26, [...stroke, [5, 0, 12, 3]]))).toEqual([]);
  });

  it('say how much other ink is around them, how rough their ground and how soft their edge is', () => {
    // Other ink beside: a column through all of a ring 7 wide around 3 x 20, less what is beside the ink itself.
    const beside = (top: number, height: number) =>
      find(
        ink(80, 80, [
          [30, 20, 3, 20],
          [25, top, 1, height, 90],
        ]),
      )[0]!.clutter;
    const near = 3 * 20 + 2 * (3 + 20) * 2 + 4 * 1;
    expect(beside(5, 50)).toBeCloseTo(34 / (17 * 34 - near), 12);
    // One that is longer than any digit is ruling: it is nothing beside another thing.
    expect(beside(0, 80)).toBe(0);
    const soft = find(
      ink(80, 80, [
        [29, 19, 5, 22, 40],
        [30, 20, 3, 20],
      ]),
    )[0]!;
    expect(soft.softness).toBeCloseTo((5 * 22 - 3 * 20) / 46, 12);
    expect(soft.patch.ink.filter((v) => Math.abs(v - 0.4) < 1e-6)).toHaveLength(50);
    const at = ink(80, 80, [[30, 20, 3, 20]]);
    at.gray.values.forEach((g, p) => (at.gray.values[p] = g + (p % 2 ? 10 : -10)));
    expect(find(at)[0]!.roughness).toBeCloseTo(0.1, 2);
  });

  it('are measured and cut out as a plain count of pixels does, whatever they look like', () => {
    const random = createRandom(5);
    const again = finder();
    let compared = 0;
    for (let k = 0; k < 24; k++) {
      const [width, height, threshold] = (
        [
          [150, 60, 60],
          [97, 80, 90],
          [64, 64, 40],
        ] as const
      )[k % 3]!;
      const { map, gray } = blots(width, height, random);
      const found = again({ map, gray, rest: { scale: 8 } }, [threshold]);
      const at: Labelling = {
        level: { width, height, gray: 0, scale: 8 },
        polarity: 'dark-on-light',
        map: 0,
        coarsest: false,
        finest: true,
        threshold,
      };
      const { minHeight, maxHeight, maxWidth, minArea } = partSize(at, shape);
      const parts = components(map, threshold).filter(
        (c) =>
          c.bottom - c.top >= minHeight &&
          c.bottom - c.top <= maxHeight &&
          c.right - c.left <= maxWidth &&
          c.area >= minArea,
      );
      const groups = createGrouper(shape)(tabled(parts), at);
      for (let part = 0; part < groups.count; part++) {
        if (groups.joined[part] === 1) continue;
        const pixels = new Set<number>();
        for (let k = part; k >= 0; k = groups.next[k]!)
          for (const p of parts[groups.component[k]!]!.pixels) pixels.add(p);
        const want = cutOut(pixels, map, gray, threshold);
        const same = found.filter(
          (c) => c.area === pixels.size && c.patchLeft === want.patchLeft && c.patchTop === want.patchTop,
        );
        for (const c of same) {
          const { contrast, clutter, roughness, softness, patchLeft, patchTop } = c;
          const { width: across, height: down, ink: own } = c.patch;
          const patch = { width: across, height: down, ink: own };
          expect({ contrast, clutter, softness, patchLeft, patchTop, patch }).toEqual({
            ...want,
            roughness: undefined,
          });
          expect(roughness).toBeCloseTo(want.roughness, 9);
          compared++;
        }
      }
      expect(compared).toBeGreaterThanOrEqual(found.length);
    }
    expect(compared).toBeGreaterThan(8);
  });
});

/** Strokes of uneven strength here and there, some in pieces, on a noisy ground. */
function blots(width: number, height: number, random: ReturnType<typeof createRandom>): Pick<Drawn, 'map' | 'gray'> {
  const values = Uint8Array.from({ length: width * height }, () => random.int(12));
  for (let k = 0; k < 7; k++) {
    let [x, y, dx, dy] = [4 + random.int(width - 10), 4 + random.int(height - 10), 0, 1];
    for (let step = 0; step < 30; step++) {
      for (const p of [y * width + x, y * width + x + 1]) if (random.next() < 0.97) values[p] = 110 + random.int(60);
      if (random.next() < 0.3) [dx, dy] = [random.int(3) - 1, random.next() < 0.8 ? 1 : 0];
      [x, y] = [Math.max(0, Math.min(width - 2, x + dx)), Math.max(0, Math.min(height - 1, y + dy))];
    }
  }
  return {
    map: { width, height, values },
    gray: { width, height, values: values.map((value) => 200 - value + random.int(9)) },
  };
}
