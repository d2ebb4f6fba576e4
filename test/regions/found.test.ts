import { describe, expect, it } from 'vitest';
import { handDigit } from '../../src/lab/data/camera/hands.js';
import { boundsOf, drawShape, shapeOf, type Line, type Shape } from '../../src/lab/data/camera/shape.js';
import { createRandom } from '../../src/base/random.js';
import { createKernels } from '../../src/kernels/kernels.js';
import { createRegionFinder, type NamelessRegion, type RegionOptions } from '../../src/regions/found.js';

interface Drawn {
  readonly shape: Shape;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly pen?: number;
  readonly contrast?: number;
}

interface Page {
  readonly gray: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly scale: number;
}

/** Paper with a shade across it and a little noise, and ink on it: `contrast` > 0 is darker than the paper. */
function page(
  width: number,
  height: number,
  things: readonly Drawn[],
  { level = 200, shade = 40, noise = 2 } = {},
): Page {
  const random = createRandom(3);
  const values = Float32Array.from(
    { length: width * height },
    (_, p) => level - (shade * (p % width)) / width + noise * random.normal(),
  );
  for (const { shape, x, y, height: size, pen = size / 10, contrast = 110 } of things) {
    const coverage = new Float32Array(width * height);
    drawShape(shape, coverage, width, height, { left: x, top: y, scale: size, width: pen });
    coverage.forEach((value, p) => (values[p]! -= contrast * value));
  }
  return {
    gray: Uint8Array.from(values, (value) => Math.max(0, Math.min(255, Math.round(value)))),
    width,
    height,
    left: 0,
    top: 0,
    scale: 1,
  };
}

const finderOf = (options: RegionOptions = {}) => {
  const search = createRegionFinder(createKernels(), options);
  return (frame: Page) => search(frame).regions;
};
const find = (frame: Page, options: RegionOptions = {}) => finderOf(options)(frame);

/** All that a region says, its ink copied out. */
const said = ({ patch: { width, height, ink }, ...rest }: NamelessRegion) => ({
  ...rest,
  width,
  height,
  ink: [...ink],
});

const lines = (...at: Line['at'][]): Shape => shapeOf(at.map((points) => ({ at: points })));

/** A rectangle of height 1, so wide. */
const rectangle = (width: number): Shape =>
  lines([
    [0, 0],
    [width, 0],
    [width, 1],
    [0, 1],
    [0, 0],
  ]);

/** A level line, 2 pixels wide. */
const level = (from: number, to: number, y: number): Drawn => ({
  shape: lines([
    [0, 0],
    [1, 0],
  ]),
  x: from,
  y,
  height: to - from,
  pen: 2,
  contrast: 90,
});

function boxOf({ shape, x, y, height, pen = height / 10 }: Drawn): readonly [number, number, number, number] {
  const [x0, y0, x1, y1] = boundsOf(shape);
  return [x + height * x0 - pen / 2, y + height * y0 - pen / 2, height * (x1 - x0) + pen, height * (y1 - y0) + pen];
}

function likeness(a: readonly number[], b: readonly number[]): number {
  const w = Math.min(a[0]! + a[2]!, b[0]! + b[2]!) - Math.max(a[0]!, b[0]!);
  const h = Math.min(a[1]! + a[3]!, b[1]! + b[3]!) - Math.max(a[1]!, b[1]!);
  return w > 0 && h > 0 ? (w * h) / (a[2]! * a[3]! + b[2]! * b[3]! - w * h) : 0;
}

/** Every drawn thing is one region, and there is nothing else. */
function expectEach(frame: Page, things: readonly Drawn[], options?: RegionOptions): void {
  const regions = find(frame, options);
  for (const thing of things)
    expect(
      Math.max(0, ...regions.map((r) => likeness(r.box, boxOf(thing)))),
      `thing at ${thing.x}, ${thing.y}`,
    ).toBeGreaterThan(0.7);
  expect(regions.length).toBe(things.length);
}

/** One thing is a region, with no parts, and nothing else is. */
function expectOnly(frame: Page, thing: Drawn): void {
  const regions = find(frame);
  expect(regions.map((r) => likeness(r.box, boxOf(thing)) > 0.7)).toEqual([true]);
}

function digits(seed: number, heights: readonly number[], contrast = 110): Drawn[] {
  const random = createRandom(seed);
  let x = 20;
  return heights.map((height, k) => {
    const drawn = { shape: handDigit(k % 10, random), x, y: 30 + 10 * random.next(), height, contrast };
    x += 1.5 * height + 12;
    return drawn;
  });
}

describe('digits on a page', () => {
  it.each([1, 2, 3])('are each one region, from small to large in one frame (hand %i)', (seed) => {
    const things = digits(seed, [14, 18, 25, 40, 60, 90, 120, 20, 16, 30]);
    expectEach(page(900, 220, things), things);
  });

  it('are found light on dark, and both polarities in one frame', () => {
    const light = digits(4, [40, 30, 50], -110);
    expectEach(page(320, 120, light, { level: 70 }), light);
    const random = createRandom(5);
    const dark = { shape: handDigit(2, random), x: 30, y: 30, height: 50 };
    const bright = { shape: handDigit(3, random), x: 200, y: 30, height: 50, contrast: -100 };
    const frame = page(300, 110, [dark, bright], { level: 140, shade: 0 });
    expectEach(frame, [dark, bright]);
    expect(find(frame).map((r) => r.polarity)).toEqual(expect.arrayContaining(['dark-on-light', 'light-on-dark']));
    expect(find(frame, { polarity: 'light-on-dark' }).map((r) => r.polarity)).toEqual(['light-on-dark']);
  });

  it('are found where the light falls off steeply, and faint beside strong', () => {
    const things = digits(6, [40, 36, 44, 38], 70);
    expectEach(page(320, 120, things, { level: 230, shade: 140 }), things);
    const mixed = [
      { ...things[0]!, contrast: 130 },
      { ...things[1]!, contrast: 50 },
    ];
    expectEach(page(320, 120, mixed), mixed);
  });

  it('are one region when a stroke is in two pieces, and two when two stand side by side', () => {
    const five = lines(
      [
        [0.2, 0.12],
        [0.15, 0.5],
        [0.7, 0.5],
        [0.8, 0.75],
        [0.6, 1],
        [0.1, 1],
      ],
      [
        [0.3, 0],
        [0.85, 0],
      ],
    );
    const broken = { shape: five, x: 40, y: 40, height: 50, pen: 4 };
    expectEach(page(200, 130, [broken]), [broken]);
    const bar = lines([
      [0.5, 0],
      [0.5, 1],
    ]);
    const ones = [
      { shape: bar, x: 40, y: 40, height: 50 },
      { shape: bar, x: 56, y: 40, height: 50 },
    ];
    expectEach(page(200, 130, ones), ones);
  });

  it('are found inside a drawn frame, which is not one with them', () => {
    const random = createRandom(8);
    const inside = { shape: handDigit(4, random), x: 100, y: 60, height: 40 };
    const frame = {
      shape: lines([
        [0, 0],
        [1.6, 0],
        [1.6, 1],
        [0, 1],
        [0, 0],
      ]),
      x: 60,
      y: 35,
      height: 95,
      pen: 3,
    };
    const regions = find(page(300, 170, [inside, frame]));
    expect(Math.max(...regions.map((r) => likeness(r.box, boxOf(inside))))).toBeGreaterThan(0.7);
  });

  describe.each([40, 70])('of %i pixels', (height) => {
    const random = createRandom(21);
    const hands = Array.from({ length: 10 }, (_, digit) => handDigit(digit, random));
    const at = (shape: Shape): Drawn => ({ shape, x: 90, y: 70, height, pen: height / 10 });

    it('are found in a box that is drawn tightly around them, without the box', () => {
      for (const inside of hands.map(at)) {
        const [x, y, w, h] = boxOf(inside);
        // So much is free between the ink of the two.
        const gap = height / 8;
        const [across, down] = [(w + 2 * gap + 3) / (h + 2 * gap + 3), h + 2 * gap + 3];
        const box = { shape: rectangle(across), x: x - gap - 1.5, y: y - gap - 1.5, height: down, pen: 3 };
        expectOnly(page(260, 220, [inside, box]), inside);
      }
    });

    it.each([0.3, 0.9, 1.1])('are found on ruled paper, a line at %d of their height', (share) => {
      for (const inside of hands.map(at)) {
        const [, y, , h] = boxOf(inside);
        const ruling = [-1, 0, 1].map((k) => level(0, 260, y + (share + 1.5 * k) * h));
        expectOnly(page(260, 220, [inside, ...ruling]), inside);
      }
    });
  });

  it('are offered with what stands close to them as one thing, and each as a part of it', () => {
    const random = createRandom(22);
    const box = { shape: rectangle(0.8), x: 100, y: 40, height: 44, pen: 4 };
    const label = { shape: handDigit(3, random), x: 108, y: 91, height: 20, pen: 2.5 };
    const regions = find(page(260, 160, [box, label]));
    const [whole, ...parts] = regions;
    const [[x, y, w], [left, top, width, height]] = [boxOf(box), boxOf(label)];
    const around = [Math.min(x, left), y, Math.max(x + w, left + width) - Math.min(x, left), top + height - y];
    expect(likeness(whole!.box, around)).toBeGreaterThan(0.8);
    expect(whole).not.toHaveProperty('part');
    expect(parts.map(({ part }) => part)).toEqual([0, 0]);
    expect(likeness(parts[0]!.box, boxOf(box))).toBeGreaterThan(0.7);
    expect(likeness(parts[1]!.box, boxOf(label))).toBeGreaterThan(0.7);
    // Beside others, each part says which of them is its whole.
    const other = { shape: handDigit(5, random), x: 30, y: 20, height: 40 };
    const more = find(page(260, 160, [other, box, label]));
    expect(more.map(({ part }) => part)).toEqual([undefined, undefined, 1, 1]);
    expect(more.slice(1).map(({ box: place }) => place)).toEqual(regions.map(({ box: place }) => place));
    // Far enough apart they are two, of which none is a part.
    const apart = find(page(260, 160, [box, { ...label, y: 115 }]));
    expect(apart.map(({ part }) => part)).toEqual([undefined, undefined]);
  });

  it('keep their ground to themselves: the inside of a 0 is no region', () => {
    const ring = { shape: handDigit(0, createRandom(9)), x: 40, y: 30, height: 70, pen: 9 };
    expectEach(page(160, 130, [ring]), [ring]);
  });

  it('may fill a small frame, but what a large frame cuts off is left out', () => {
    const random = createRandom(10);
    const crop = { shape: handDigit(8, random), x: 8, y: 4, height: 42, pen: 5 };
    expectEach(page(60, 50, [crop]), [crop]);
    const cut = {
      shape: lines([
        [0, 0],
        [0.8, 0],
        [0.3, 1],
      ]),
      x: -5,
      y: 60,
      height: 40,
    };
    expect(find(page(300, 200, [cut]))).toEqual([]);
  });
});

it.each([
  [36, 80],
  [40, 100],
])(
  'a 1 and a 4 in a picture of %d by %d, which is too narrow to be halved, are found as in any other',
  (width, height) => {
    const tall = 0.8 * height;
    const one = lines([
      [0, 0],
      [0, 1],
    ]);
    const four = lines(
      [
        [0.1, 0],
        [0, 0.5],
        [0.3, 0.5],
      ],
      [
        [0.25, 0],
        [0.25, 1],
      ],
    );
    for (const [shape, x] of [
      [one, 0.5 * width],
      [four, 0.5 * width - 0.15 * tall],
    ] as const) {
      const thing = { shape, x, y: 0.1 * height, height: tall, pen: 5 };
      expectEach(page(width, height, [thing]), [thing]);
    }
  },
);

describe('frames without digits', () => {
  it('give no region: blank, noise, a soft shadow, solid things', () => {
    expect(find(page(300, 200, []))).toEqual([]);
    expect(find(page(300, 200, [], { noise: 8 }))).toEqual([]);
    const solid = {
      shape: lines([
        [0.5, 0],
        [0.5, 0.1],
      ]),
      x: 100,
      y: 60,
      height: 60,
      pen: 50,
    };
    expect(find(page(300, 200, [solid]))).toEqual([]);
  });

  it('of any size down to 1x1 are no error', () => {
    const finder = finderOf();
    for (const [width, height] of [
      [1, 1],
      [1, 50],
      [50, 1],
      [2, 2],
      [7, 33],
      [200, 8],
    ] as const) {
      expect(
        finder({ gray: new Uint8Array(width * height).fill(90), width, height, left: 0, top: 0, scale: 1 }),
      ).toEqual([]);
    }
  });
});

describe('what a region says', () => {
  const things = digits(12, [40, 40, 40, 40, 40]);

  it('is in source pixels, wherever the decoded part lies, from top to bottom, without a name', () => {
    const frame = page(460, 110, things);
    const plain = find(frame);
    const moved = find({ ...frame, left: 300, top: 70 });
    expect(moved.map((r) => r.box)).toEqual(plain.map(({ box: [x, y, w, h] }) => [x + 300, y + 70, w, h]));
    expect(plain).toHaveLength(5);
    expect(plain.every((r) => !('id' in r))).toBe(true);
    expect(plain.map((r) => r.box[1])).toEqual(plain.map((r) => r.box[1]).sort((a, b) => a - b));
  });

  it.each([1480, 2900, 7680])('finds digits of 22 pixels in a frame of %d by 90', (width) => {
    const small = digits(14, [22, 30, 22, 60]);
    const on = (wide: number): readonly NamelessRegion[] => find(page(wide, 90, small, { noise: 0, shade: 0 }));
    expect(on(width)).toHaveLength(small.length);
    expect(on(width).map(said)).toEqual(on(1480).map(said));
  });

  it('is the same for a large frame that comes halved', () => {
    const frame = page(1480, 300, digits(14, [60, 90, 60, 120, 60]));
    const half = { width: frame.width / 2, height: frame.height / 2, left: 0, top: 0, scale: 2 };
    const at = (x: number, y: number): number => frame.gray[y * frame.width + x]!;
    const mean = (x: number, y: number): number => (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1) + 2) >> 2;
    const gray = Uint8Array.from({ length: half.width * half.height }, (_, i) =>
      mean(2 * (i % half.width), 2 * Math.floor(i / half.width)),
    );
    const found = find({ ...half, gray });
    expect(found.length).toBeGreaterThan(0);
    expect(found.map(said)).toEqual(find(frame).map(said));
  });

  it('does not depend on the frames before, and keeps to the limits asked for', () => {
    const finder = finderOf();
    const frame = page(460, 110, things);
    const first = finder(frame).map((r) => r.box);
    finder(page(900, 500, digits(13, [100, 30])));
    finder(page(40, 40, []));
    expect(finder(frame).map((r) => r.box)).toEqual(first);
    expect(find(frame, { minHeight: 0.9 })).toEqual([]);
    expect(find(frame, { maxHeight: 0.2 })).toEqual([]);
    expect(find(frame, { minContrast: 200 })).toEqual([]);
  });

  it('holds ink from 0 to 1 with full ink in its strokes', () => {
    for (const { patch, ink } of find(page(460, 110, things))) {
      expect(patch.ink).toHaveLength(patch.width * patch.height);
      expect(Math.max(...patch.ink)).toBe(1);
      expect(Math.min(...patch.ink)).toBe(0);
      expect(Math.abs(ink!.contrast - 110)).toBeLessThan(20);
    }
  });
});

it('two finders side by side, in one memory or two, do not disturb each other', () => {
  const [one, other] = [page(460, 110, digits(12, [40, 40, 40])), page(900, 300, digits(13, [100, 30, 60, 45]))];
  const alone = [find(one).map(said), find(other).map(said)];
  const kernels = createKernels();
  for (const [a, b] of [
    [createRegionFinder(kernels), createRegionFinder(kernels)],
    [createRegionFinder(createKernels()), createRegionFinder(createKernels())],
  ] as const) {
    // The second one grows the memory while the first one's patches are still to be read.
    const [first, second] = [a(one).regions, b(other).regions];
    expect([first.map(said), second.map(said)]).toEqual(alone);
  }
});

describe('what limits a search', () => {
  const things = digits(14, [40, 40, 40]);

  it('stops when its time is over, and says so', () => {
    let calls = 0;
    const search = createRegionFinder(createKernels(), { maxSeconds: 2, now: () => calls++ });
    expect(search(page(460, 110, things))).toMatchObject({ truncated: true });
    const whole = createRegionFinder(createKernels(), { maxSeconds: 2, now: () => 0 })(page(460, 110, things));
    expect(whole.truncated).toBe(false);
    expect(whole.regions.length).toBeGreaterThanOrEqual(3);
  });
});
