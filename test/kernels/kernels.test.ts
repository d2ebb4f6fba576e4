import { expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { COMPILED_FROM } from '../../src/kernels/compiled.js';
import { createKernels } from '../../src/kernels/kernels.js';

it('are compiled from what assembly/ holds', async () => {
  // A script in plain JavaScript, known here by what it gives.
  const script = new URL('../../scripts/kernels.mjs', import.meta.url).href;
  const { fingerprint } = (await import(script)) as { readonly fingerprint: () => string };
  expect(COMPILED_FROM, 'npm run kernels').toBe(fingerprint());
});

it('have pieces of memory that grow apart, keep what others hold, and stay where they are while large enough', () => {
  const kernels = createKernels();
  const [a, b] = [kernels.piece(), kernels.piece()];
  a.reserve(100);
  b.reserve(100);
  kernels.bytes.fill(7, a.address, a.address + 100);
  kernels.bytes.fill(8, b.address, b.address + 100);
  const before = b.address;
  b.reserve(90);
  expect(b.address).toBe(before);
  b.reserve(1 << 20);
  expect(b.address).not.toBe(before);
  kernels.bytes.fill(9, b.address, b.address + (1 << 20));
  expect(kernels.bytes.subarray(a.address, a.address + 100).every((value) => value === 7)).toBe(true);
  expect(b.address % 16).toBe(0);
  expect(kernels.bytes.length).toBeGreaterThanOrEqual(b.address + (1 << 20));
});

it('share no memory with other kernels', () => {
  const [one, other] = [createKernels(), createKernels()];
  const [mine, theirs] = [one.piece(), other.piece()];
  mine.reserve(16);
  theirs.reserve(16);
  one.bytes.fill(1, mine.address, mine.address + 16);
  expect(other.bytes[theirs.address]).toBe(0);
});

/** A view of a level: what of it is ground, whether another thing is there, how light it is. */
interface View {
  readonly width: number;
  readonly height: number;
  /** `[height, width]` row-major, as the others. */
  readonly mask: Uint8Array;
  readonly map: Uint8Array;
  readonly gray: Uint8Array;
}

/** Least strength of another thing. */
const OTHER = 30;

/** What the kernel says of a view that lies in wider rows, which are full of other numbers. */
function slopeOf({ width, height, mask, map, gray }: View): number {
  const kernels = createKernels();
  const [gap, stride] = [2, width + 7];
  const put = (values: Uint8Array, wide: number, other: number) => {
    const piece = kernels.piece();
    piece.reserve(wide * height);
    kernels.bytes.fill(other, piece.address, piece.address + wide * height);
    for (let y = 0; y < height; y++)
      kernels.bytes.set(values.subarray(y * width, (y + 1) * width), piece.address + y * wide);
    return piece.address;
  };
  const [masked, mapped, level] = [put(mask, width + gap, 0), put(map, stride, 0), put(gray, stride, 255)];
  return kernels.run.slope(masked, width + gap, mapped, level, stride, width, height, OTHER);
}

/**
 * The same as two sums of squares: of the gray values about their mean, and about the plane that fits them best, which
 * is found by solving the normal equations.
 */
function explained({ width, mask, map, gray }: View): number {
  const plain = [...gray.keys()].filter((p) => mask[p] === 0 && map[p]! < OTHER);
  const points = plain.map((p) => ({ of: [1, p % width, Math.floor(p / width)] as const, value: gray[p]! }));
  // Rows of the equations, each with its right side.
  const rows = [0, 1, 2].map((i) => [
    ...[0, 1, 2].map((j) => points.reduce((sum, { of }) => sum + of[i]! * of[j]!, 0)),
    points.reduce((sum, { of, value }) => sum + of[i]! * value, 0),
  ]);
  for (let k = 0; k < 3; k++) {
    const pivot = rows.slice(k).reduce((best, row) => (Math.abs(row[k]!) > Math.abs(best[k]!) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(k, 0, pivot);
    for (const row of rows)
      if (row !== pivot) row.forEach((_, j) => j > k && (row[j]! -= (row[k]! / pivot[k]!) * pivot[j]!));
  }
  const [a, b, c] = rows.map((row, k) => row[3]! / row[k]!) as [number, number, number];
  const mean = points.reduce((sum, { value }) => sum + value, 0) / points.length;
  const squares = (expected: (x: number, y: number) => number) =>
    points.reduce((sum, { of: [, x, y], value }) => sum + (value - expected(x, y)) ** 2, 0);
  return squares(() => mean) - squares((x, y) => a + b * x + c * y);
}

/** Ground of any lightness, with ink, what is beside ink and other things here and there. */
function view(
  width: number,
  height: number,
  lightness: (x: number, y: number) => number,
  seed: number,
  free = 0.7,
): View {
  const random = createRandom(seed);
  const size = { length: width * height };
  return {
    width,
    height,
    mask: Uint8Array.from(size, () => (random.next() < free ? 0 : 1 + 2 * random.int(2))),
    map: Uint8Array.from(size, () => random.int(random.next() < 0.8 ? OTHER : 256)),
    gray: Uint8Array.from(size, (_, p) => lightness(p % width, Math.floor(p / width))),
  };
}

it('say what an even slope of the light explains, as a plane fitted by least squares does', () => {
  const random = createRandom(12);
  const slopes: ((x: number, y: number) => number)[] = [
    (x) => 20 + 2 * x,
    (_, y) => 220 - 3 * y,
    (x, y) => 40 + x + 2 * y + random.int(20),
    () => random.int(256),
    (x, y) => 128 + 100 * Math.sin(x / 5) * Math.cos(y / 7),
  ];
  for (const [width, height] of [
    [70, 60],
    [17, 33],
    [3, 3],
    [2, 40],
    // More than one block of a row; sums of squares that need more than 32 bits.
    [5003, 4],
    [1040, 3],
    [4, 3000],
  ] as const)
    slopes.forEach((lightness, seed) => {
      const one = view(width, height, lightness, seed, width < 4 ? 1 : 0.7);
      const want = explained(one);
      expect(Math.abs(slopeOf(one) - want), `${width} x ${height}, ${seed}`).toBeLessThan(1e-6 * (1 + want));
    });
});

it('say that a plane explains all of an even slope, and nothing of even ground', () => {
  const even = view(60, 60, (x, y) => 30 + 2 * x + y, 1);
  const plain = [...even.gray.keys()].filter((p) => even.mask[p] === 0 && even.map[p]! < OTHER);
  const mean = plain.reduce((sum, p) => sum + even.gray[p]!, 0) / plain.length;
  expect(slopeOf(even)).toBeCloseTo(
    plain.reduce((sum, p) => sum + (even.gray[p]! - mean) ** 2, 0),
    3,
  );
  expect(slopeOf(view(60, 60, () => 140, 2))).toBeCloseTo(0, 6);
});

it('fit no plane to nothing, to a single pixel or to one row', () => {
  const of = (width: number, height: number, ground: (p: number) => boolean) => {
    const one = view(width, height, (x, y) => 20 * x + 10 * y, 3);
    const mask = one.mask.map((_, p) => (ground(p) ? 0 : 3));
    return slopeOf({ ...one, mask, map: one.map.fill(0) });
  };
  expect(of(10, 10, () => false)).toBe(0);
  expect(of(10, 10, (p) => p === 34)).toBe(0);
  expect(of(10, 10, (p) => p >= 30 && p < 40)).toBe(0);
  expect(of(10, 10, (p) => p % 10 === 4)).toBe(0);
  expect(of(10, 10, (p) => p % 11 === 0)).toBe(0);
});
