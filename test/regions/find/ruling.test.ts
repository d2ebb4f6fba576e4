import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import { createKernels } from '../../../src/kernels/kernels.js';
import { handDigit } from '../../../src/lab/data/camera/hands.js';
import { drawShape } from '../../../src/lab/data/camera/shape.js';
import { createLabeller } from '../../../src/regions/find/components.js';
import { createRulingEraser } from '../../../src/regions/find/ruling.js';
import type { Labelling } from '../../../src/regions/find/candidate.js';
import type { Edges } from '../../../src/base/box-index.js';
import type { Polarity } from '../../../src/types.js';
import { components, put } from './plain.js';

/** Strength of what is drawn, where nothing else is said, and the threshold that it is found at. */
const INK = 100;
const THRESHOLD = 50;
/** The gray level of what is no ink. */
const GROUND: Readonly<Record<Polarity, number>> = { 'dark-on-light': 200, 'light-on-dark': 50 };

/** An ink map that is drawn on. */
class Sheet {
  readonly values: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
    draw: (sheet: Sheet) => void = () => {},
  ) {
    this.values = new Uint8Array(width * height);
    draw(this);
  }

  box(x: number, y: number, width: number, height: number, value = INK): this {
    for (let row = y; row < y + height; row++)
      this.values.fill(value, row * this.width + x, row * this.width + x + width);
    return this;
  }

  /** A rectangle's ring, so wide, with its outer edges. */
  ring(x: number, y: number, width: number, height: number, pen = 2): this {
    this.box(x, y, width, pen).box(x, y + height - pen, width, pen);
    return this.box(x, y, pen, height).box(x + width - pen, y, pen, height);
  }

  /** What a formula says is ink. */
  where(isInk: (x: number, y: number) => boolean): this {
    this.values.forEach((_, p) => {
      if (isInk((p % this.width) + 0.5, Math.floor(p / this.width) + 0.5)) this.values[p] = INK;
    });
    return this;
  }
}

/** What an eraser left of a sheet. */
interface Left {
  readonly any: boolean;
  /** The map, and the level's luma. */
  readonly map: Uint8Array;
  readonly gray: Uint8Array;
  readonly frames: readonly Edges[];
  readonly isCut: (box: Edges) => boolean;
}

/** An eraser that is used for one sheet after the other, at as many thresholds. */
function eraser(): (sheet: Sheet, polarity?: Polarity, thresholds?: readonly number[]) => Left {
  const kernels = createKernels();
  const [labeller, ruling] = [createLabeller(kernels), createRulingEraser(kernels)];
  return ({ width, height, values }, polarity = 'dark-on-light', thresholds = [THRESHOLD]) => {
    const [ground, sign] = [GROUND[polarity], polarity === 'dark-on-light' ? -1 : 1];
    const map = put(kernels, values);
    const gray = put(
      kernels,
      values.map((value) => ground + sign * value),
    );
    const level = { width, height, gray, scale: 1 };
    const ink = { level, polarity, map, coarsest: false, finest: true };
    ruling.open(ink);
    labeller.open({ map, width, height });
    let any = false;
    let at: Labelling = { ...ink, threshold: 0 };
    for (const threshold of thresholds) {
      at = { ...ink, threshold };
      const c = labeller.label(threshold, { minHeight: 0, maxHeight: Infinity, maxWidth: Infinity, minArea: 6 });
      const tops = c.top.slice(0, c.count);
      any = ruling.erase(c, at) || any;
      // What was labelled is still there to be read.
      expect(c.top.slice(0, c.count)).toEqual(tops);
    }
    const read = (from: number) => kernels.bytes.slice(from, from + width * height);
    return { any, map: read(map), gray: read(gray), frames: ruling.frames(), isCut: (box) => ruling.isCut(box, at) };
  };
}

const erase = (...asked: Parameters<ReturnType<typeof eraser>>) => eraser()(...asked);

/** The places of a map that are not as they should be. */
const wrong = (map: Uint8Array, { width, values }: Sheet): string[] =>
  [...map.keys()].filter((p) => map[p] !== values[p]).map((p) => `${p % width}, ${Math.floor(p / width)}`);

/** What is left is what is drawn here, nothing else, and the rest is ground. */
function expectLeft({ map, gray }: Left, rest: Sheet, polarity: Polarity = 'dark-on-light'): void {
  expect(wrong(map, rest)).toEqual([]);
  const sign = polarity === 'dark-on-light' ? -1 : 1;
  expect([...gray.keys()].filter((p) => gray[p] !== GROUND[polarity] + sign * rest.values[p]!)).toEqual([]);
}

/** Something like a 7: a bar on top and an upright stroke, 14 x 24. */
const seven = (to: Sheet, x: number, y: number): Sheet => to.box(x, y, 14, 3).box(x + 11, y, 3, 24);

describe.each(['dark-on-light', 'light-on-dark'] as const)('a line of ink that is %s', (polarity) => {
  it('goes, and becomes ground, with its soft edge', () => {
    const soft = new Sheet(160, 100, (to) => to.box(0, 49, 160, 4, 30).box(0, 50, 160, 2));
    const left = erase(soft, polarity);
    expect(left.any).toBe(true);
    expectLeft(left, new Sheet(160, 100), polarity);
    const upright = new Sheet(100, 160, (to) => to.box(49, 0, 4, 160, 30).box(50, 0, 2, 160));
    expectLeft(erase(upright, polarity), new Sheet(100, 160), polarity);
  });

  it('goes around what stands on it, which keeps its ink', () => {
    const line = (to: Sheet) => to.box(0, 70, 200, 2);
    const left = erase(new Sheet(200, 120, (to) => seven(line(to), 40, 46)), polarity);
    // Under the foot the line cannot be told from it.
    expectLeft(left, new Sheet(200, 120, (to) => seven(to, 40, 46).box(51, 70, 3, 2)), polarity);
  });

  it('goes around what crosses it', () => {
    const page = new Sheet(200, 120, (to) => seven(to.box(0, 60, 200, 2), 40, 46));
    expectLeft(erase(page, polarity), new Sheet(200, 120, (to) => seven(to, 40, 46)), polarity);
  });
});

describe('a line', () => {
  it('leaves a stroke that lies on it and is stronger', () => {
    const page = new Sheet(200, 60, (to) => to.box(0, 30, 200, 2).box(80, 30, 24, 2, 180));
    expectLeft(erase(page), new Sheet(200, 60, (to) => to.box(80, 30, 24, 2, 180)));
  });

  it('stays where it is short, or thick', () => {
    for (const page of [
      new Sheet(200, 60, (to) => to.box(20, 30, 59, 2)),
      new Sheet(200, 60, (to) => to.box(20, 20, 160, 12)),
    ]) {
      const left = erase(page);
      expect(left.any).toBe(false);
      expectLeft(left, page);
    }
  });

  it('is found at the first threshold that brings it out, and is no longer there at the next', () => {
    const page = new Sheet(200, 60, (to) => seven(to.box(0, 50, 200, 2, 60), 40, 10));
    expectLeft(erase(page, 'dark-on-light', [80]), page);
    expectLeft(erase(page, 'dark-on-light', [50, 80]), new Sheet(200, 60, (to) => seven(to, 40, 10)));
  });

  it('and all others of squared paper go, and nothing of what is written between them', () => {
    const random = createRandom(8);
    const again = eraser();
    for (let k = 0; k < 6; k++) {
      const polarity = k % 2 ? 'light-on-dark' : 'dark-on-light';
      // 36 apart and more: what is 24 high and 14 wide touches none.
      const [rows, columns] = [40, 10].map((first) => [0, 1, 2, 3].map((n) => first + 40 * n + random.int(5))) as [
        number[],
        number[],
      ];
      const squares = (to: Sheet) => {
        for (const y of rows) to.box(0, y, 170, 2);
        for (const x of columns) to.box(x, 0, 1, 190);
      };
      const written = (to: Sheet) => {
        for (const y of rows)
          for (const x of columns) if (random.next() < 0.6) seven(to, x + 10 + random.int(8), y - 28 - random.int(3));
      };
      const digits = new Sheet(170, 190, written);
      const page = new Sheet(170, 190, squares);
      digits.values.forEach((value, p) => value > 0 && (page.values[p] = value));
      const { map } = again(page, polarity);
      const crossing = (p: number) => rows.some((y) => p >= y * 170 && p < (y + 2) * 170) && columns.includes(p % 170);
      const bad = [...map.keys()].filter((p) => map[p] !== digits.values[p] && !crossing(p));
      expect(bad.map((p) => `${p % 170}, ${Math.floor(p / 170)}`)).toEqual([]);
    }
  });

  it('takes next to nothing of the digits that hands write on it', () => {
    const again = eraser();
    for (let digit = 0; digit < 10; digit++) {
      const [coverage, size] = [new Float32Array(240 * 100), { left: 100, top: 30, scale: 32, width: 3.5 }];
      drawShape(handDigit(digit, createRandom(40 + digit)), coverage, 240, 100, size);
      const own = [...coverage.keys()].filter((p) => coverage[p]! > 0.6);
      const isLine = (p: number) => [56, 57].includes(Math.floor(p / 240));
      const page = new Sheet(240, 100);
      page.values.forEach((_, p) => (page.values[p] = Math.max(isLine(p) ? INK : 0, Math.round(150 * coverage[p]!))));
      const { map } = again(page);
      const beside = own.filter((p) => !isLine(p));
      expect(beside.filter((p) => map[p] === page.values[p]).length, String(digit)).toBeGreaterThan(
        0.97 * beside.length,
      );
      const [first, last] = [Math.min(...own.map((p) => p % 240)), Math.max(...own.map((p) => p % 240))];
      const away = [...map.keys()].filter((p) => isLine(p) && (p % 240 < first - 3 || p % 240 > last + 3));
      expect(
        away.every((p) => map[p] === 0),
        String(digit),
      ).toBe(true);
    }
  });
});

describe('the cells of a form', () => {
  const rows = [20, 64];
  const lines = (to: Sheet) => {
    for (const y of rows) to.box(0, y, 200, 2);
    return to;
  };
  /** Ink that is left, but for where a border crossed a line. */
  const leftBetween = ({ map }: Left): number[] =>
    [...map.keys()].filter((p) => map[p]! > 0 && !rows.some((y) => p >= y * 200 && p < (y + 2) * 200));
  const inkOf = (draw: (to: Sheet) => void): number[] => {
    const { values } = new Sheet(200, 90, draw);
    return [...values.keys()].filter((p) => values[p]! > 0);
  };

  it('lose their borders with their lines, and keep what is in them', () => {
    const borders = (to: Sheet) => {
      for (const x of [30, 70, 110, 150]) to.box(x, 20, 2, 46);
      return to;
    };
    const page = new Sheet(200, 90, (to) => seven(seven(borders(lines(to)), 42, 32), 82, 33));
    const left = erase(page);
    expect(leftBetween(left)).toEqual(inkOf((to) => seven(seven(to, 42, 32), 82, 33)));
    // What stays at the crossings is less than anything that is looked for.
    const bits = components({ width: 200, height: 90, values: left.map }, THRESHOLD).filter(({ area }) => area < 60);
    expect(bits.every((bit) => bit.right - bit.left <= 2 && bit.bottom - bit.top <= 2)).toBe(true);
  });

  it.each([
    ['reaches neither line', (to: Sheet) => to.box(80, 26, 2, 32)],
    ['reaches one line only', (to: Sheet) => to.box(80, 22, 2, 36)],
    ['reaches both and is stronger by far', (to: Sheet) => to.box(80, 22, 3, 42, 180)],
    ['is no line', (to: Sheet) => to.box(80, 22, 2, 20).box(86, 42, 2, 22).box(80, 42, 8, 2)],
  ])('keep an upright stroke that %s', (_, stroke) => {
    expect(leftBetween(erase(new Sheet(200, 90, (to) => stroke(lines(to)))))).toEqual(inkOf(stroke));
  });

  it('are cells between long lines only: alone, such a border is a stroke', () => {
    const page = new Sheet(200, 90, (to) => to.box(0, 20, 200, 2).box(80, 22, 2, 42));
    expect(leftBetween(erase(page))).toEqual(inkOf((to) => to.box(80, 22, 2, 42)));
  });
});

describe('a frame', () => {
  const turned = (degrees: number) => (to: Sheet) => {
    const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
    return to.where((x, y) => {
      const [u, v] = [cos * (x - 50) + sin * (y - 50), cos * (y - 50) - sin * (x - 50)];
      const away = Math.max(Math.abs(u), Math.abs(v));
      return away <= 22 && away > 20;
    });
  };
  const rounded = (to: Sheet) =>
    to.where((x, y) => {
      const [dx, dy] = [Math.max(0, Math.abs(x - 50) - 16), Math.max(0, Math.abs(y - 50) - 16)];
      const away = Math.hypot(dx, dy);
      return away <= 6 && away > 4;
    });
  const frames: [string, (to: Sheet) => Sheet][] = [
    ['upright', (to) => to.ring(28, 28, 44, 44)],
    ['of thick strokes', (to) => to.ring(26, 26, 48, 48, 4)],
    ['wider than high', (to) => to.ring(20, 32, 58, 36)],
    ['turned by 5 degrees', turned(5)],
    ['turned by -7 degrees', turned(-7)],
    ['with round corners', rounded],
  ];

  it.each(frames)('%s goes when something stands in it, and stays when it is empty', (_, frame) => {
    const empty = new Sheet(100, 100, frame);
    const stays = erase(empty);
    expect(stays.any).toBe(false);
    expectLeft(stays, empty);
    expect(stays.frames).toEqual([]);
    const left = erase(new Sheet(100, 100, (to) => seven(frame(to), 43, 38)));
    expect(left.any).toBe(true);
    // Of a turned one a bit may stay where a side meets another: nothing near a digit's size.
    const digit = new Sheet(100, 100, (to) => seven(to, 43, 38));
    const bits = components({ width: 100, height: 100, values: left.map }, THRESHOLD);
    expect(bits.filter(({ area }) => area > 16)).toMatchObject([{ left: 43, top: 38, right: 57, bottom: 62 }]);
    expect(digit.values.every((value, p) => value === 0 || left.map[p] === value)).toBe(true);
    expect(left.frames).toHaveLength(1);
    // Its box, to the middle of its sides or nearly: outside of the digit, within what is drawn.
    const [[box], [drawn]] = [left.frames, components({ width: 100, height: 100, values: empty.values }, THRESHOLD)];
    expect(box!.left).toBeGreaterThanOrEqual(drawn!.left);
    expect(box!.right).toBeLessThanOrEqual(drawn!.right);
    expect(box!.top).toBeGreaterThanOrEqual(drawn!.top);
    expect(box!.bottom).toBeLessThanOrEqual(drawn!.bottom);
    expect((box!.right - box!.left) / (drawn!.right - drawn!.left)).toBeGreaterThan(0.85);
    expect((box!.bottom - box!.top) / (drawn!.bottom - drawn!.top)).toBeGreaterThan(0.85);
  });

  it('stays where what stands in it is low, or it is the round of a 0', () => {
    const low = new Sheet(100, 100, (to) => to.ring(28, 28, 44, 44).box(44, 46, 8, 8));
    expectLeft(erase(low), low);
    const round = new Sheet(100, 100, (to) =>
      seven(
        to.where((x, y) => Math.abs(Math.hypot(x - 50, y - 50) - 24) < 1.5),
        43,
        38,
      ),
    );
    expectLeft(erase(round), round);
  });

  it('goes from a digit that touches it', () => {
    // Its upright stroke stands on the lower side.
    const page = new Sheet(100, 100, (to) => seven(to.ring(28, 28, 44, 44, 2), 43, 46));
    const left = erase(page);
    expect(left.any).toBe(true);
    const bits = components({ width: 100, height: 100, values: left.map }, THRESHOLD).filter(({ area }) => area > 16);
    expect(bits).toHaveLength(1);
    expect(bits[0]).toMatchObject({ left: 43, top: 46, right: 57 });
  });

  it('is told until the next map is opened', () => {
    const again = eraser();
    const framed = new Sheet(100, 100, (to) => seven(to.ring(28, 28, 44, 44), 43, 38));
    expect(again(framed).frames).toHaveLength(1);
    expect(again(new Sheet(100, 100, (to) => seven(to, 43, 38))).frames).toEqual([]);
    // But kept from one threshold to the next.
    expect(again(framed, 'dark-on-light', [30, 50, 80]).frames).toHaveLength(1);
  });
});

describe('what a line goes on as', () => {
  // A line that bends down at its end, steeper and steeper: a long stroke of something.
  const hook = (to: Sheet) => {
    to.box(10, 30, 100, 2);
    for (let k = 0; k < 20; k++) to.box(110 + k, 30 + 2 * k, 1, 3);
    return to;
  };

  it('is cut, and only that, until the next map is opened', () => {
    const again = eraser();
    const page = new Sheet(200, 120, (to) => seven(hook(to), 150, 40));
    const { any, isCut } = again(page);
    expect(any).toBe(true);
    expect(isCut({ left: 110, top: 30, right: 130, bottom: 71 })).toBe(true);
    expect(isCut({ left: 150, top: 40, right: 164, bottom: 64 })).toBe(false);
    expect(
      again(new Sheet(200, 120, (to) => seven(to, 150, 40))).isCut({ left: 0, top: 0, right: 200, bottom: 120 }),
    ).toBe(false);
  });

  it('is nothing where it just ends, or at a digit that it runs into', () => {
    for (const end of [() => {}, (to: Sheet) => void seven(to, 110, 20)]) {
      const { any, isCut } = erase(new Sheet(200, 120, (to) => end(to.box(10, 30, 100, 2))));
      expect(any).toBe(true);
      expect(isCut({ left: 0, top: 0, right: 200, bottom: 120 })).toBe(false);
    }
  });
});

it('one eraser for maps of any size says what one for each would, however its memory grows', () => {
  const again = eraser();
  const pages = [100, 900, 60, 1500, 300].map(
    (width) =>
      new Sheet(width, Math.round(width / 2), (to) => seven(to.box(0, width >> 2, width, 2).ring(4, 2, 24, 22), 10, 4)),
  );
  for (const page of [...pages, ...pages]) {
    const [{ map, gray, any }, alone] = [again(page), erase(page)];
    expect(any).toBe(alone.any);
    expect(Buffer.compare(map, alone.map)).toBe(0);
    expect(Buffer.compare(gray, alone.gray)).toBe(0);
  }
});

it('an empty map, or one with nothing like ruling, stays as it is', () => {
  for (const page of [new Sheet(1, 1), new Sheet(50, 40), new Sheet(100, 60, (to) => seven(to, 40, 20))]) {
    const left = erase(page);
    expect(left.any).toBe(false);
    expectLeft(left, page);
  }
});
