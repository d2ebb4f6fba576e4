import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/base/random.js';
import { BOX, createNormaliser, type Form } from '../../src/digits/normalise.js';
import { createKernels } from '../../src/kernels/kernels.js';
import { createPatchArena, type InkPatch } from '../../src/kernels/patch-arena.js';
import { PIXELS, SIDE } from '../../src/types.js';

/** Ink that is nowhere yet: `[height, width]`. */
type Ink = Pick<InkPatch, 'ink' | 'width' | 'height'>;

/** A memory with normalisers of its own, and room to put ink in it. */
function workplace() {
  const kernels = createKernels();
  const arena = createPatchArena(kernels);
  const forms = { mnist: createNormaliser(kernels, 'mnist'), stretch: createNormaliser(kernels, 'stretch') };
  const put = ({ ink, width, height }: Ink): InkPatch => {
    const patch = arena.take(width, height);
    patch.ink.set(ink);
    return patch;
  };
  return {
    kernels,
    put,
    batch: (form: Form, inks: readonly Ink[]) => {
      arena.clear();
      return forms[form](inks.map(put));
    },
  };
}

const { batch: batchOf } = workplace();
const mnist = (ink: Ink): Float32Array => batchOf('mnist', [ink]).batch;
const stretch = (ink: Ink): Float32Array => batchOf('stretch', [ink]).batch;

/**
 * Slow and obvious: every output pixel integrates the piecewise constant ink over its own window, source pixel by
 * source pixel.
 */
function reference({ ink, width, height }: Ink): Float64Array {
  let [left, right, top, bottom, mass, mx, my] = [Infinity, 0, Infinity, 0, 0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = ink[y * width + x]!;
      if (value >= Math.fround(0.35))
        [left, right, top, bottom] = [
          Math.min(left, x),
          Math.max(right, x + 1),
          Math.min(top, y),
          Math.max(bottom, y + 1),
        ];
      mass += value;
      mx += value * (x + 0.5);
      my += value * (y + 0.5);
    }
  }
  const out = new Float64Array(PIXELS);
  if (right === 0) return out;
  const step = Math.max(right - left, bottom - top) / BOX;
  const span = Math.max(1, step);
  for (let i = 0; i < SIDE; i++) {
    for (let j = 0; j < SIDE; j++) {
      const [cx, cy] = [mx / mass + (j - 14) * step, my / mass + (i - 14) * step];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const across = Math.min(x + 1, cx + span / 2) - Math.max(x, cx - span / 2);
          const down = Math.min(y + 1, cy + span / 2) - Math.max(y, cy - span / 2);
          if (across > 0 && down > 0) out[i * SIDE + j]! += (ink[y * width + x]! * across * down) / (span * span);
        }
      }
    }
  }
  const strongest =
    Float64Array.from(out)
      .sort()
      .slice(-12)
      .reduce((a, b) => a + b, 0) / 12;
  const gain = Math.min(3, 1 / strongest);
  return gain > 1 ? out.map((value) => Math.min(1, value * gain)) : out;
}

function strokes(random: Random, width: number, height: number, weight: number): Ink {
  const ink = new Float32Array(width * height);
  let [x, y] = [width * random.next(), height * random.next()];
  for (let k = 0; k < 60; k++) {
    [x, y] = [
      Math.min(width - 1, Math.max(0, x + 2 * random.normal())),
      Math.min(height - 1, Math.max(0, y + 2 * random.normal())),
    ];
    for (let dy = 0; dy < weight; dy++)
      for (let dx = 0; dx < weight; dx++) {
        const [u, v] = [Math.floor(x) + dx, Math.floor(y) + dy];
        if (u < width && v < height) ink[v * width + u] = Math.max(ink[v * width + u]!, 0.5 + 0.5 * random.next());
      }
  }
  return { ink, width, height };
}

/** Weights of the source pixels under output pixel k along one axis. */
function weightsOf(k: number, centre: number, step: number, length: number): Map<number, number> {
  const span = Math.max(1, step);
  const middle = centre + (k + 0.5 - SIDE / 2) * step;
  const [from, to] = [middle - span / 2, middle + span / 2];
  const weights = new Map<number, number>();
  for (let s = Math.max(0, Math.floor(from)); s < Math.min(length, Math.ceil(to)); s++)
    weights.set(s, (Math.min(to, s + 1) - Math.max(from, s)) / span);
  return weights;
}

/** The scaling with its sums in the order that they are specified in: by columns within each row, then by rows. */
function plainStretch({ ink, width, height }: Ink): Float32Array {
  return Float32Array.from({ length: PIXELS }, (_, p) => {
    let sum = 0;
    for (const [y, down] of weightsOf(Math.floor(p / SIDE), height / 2, height / SIDE, height)) {
      let line = 0;
      for (const [x, across] of weightsOf(p % SIDE, width / 2, width / SIDE, width))
        line += ink[y * width + x]! * across;
      sum += line * down;
    }
    return sum;
  });
}

it('scales to the bit as plain loops do, whatever was scaled before', () => {
  const random = createRandom(14);
  for (const [width, height] of [
    [28, 28],
    [1, 1],
    [9, 200],
    [61, 43],
    [300, 7],
    [27, 29],
    [2, 90],
  ] as const) {
    const source = {
      ink: Float32Array.from({ length: width * height }, () => Math.max(0, 2 * random.next() - 1)),
      width,
      height,
    };
    expect(stretch(source), `${width}x${height}`).toEqual(plainStretch(source));
  }
});

describe('mnist', () => {
  it('agrees with a slow integral over every pixel within 1e-6, enlarging and reducing', () => {
    const random = createRandom(1);
    for (const [width, height, weight] of [
      [9, 14, 1],
      [14, 9, 2],
      [20, 20, 2],
      [31, 47, 4],
      [90, 33, 7],
      [3, 40, 3],
    ] as const) {
      const ink = strokes(random, width, height, weight);
      const { batch: out, blank } = batchOf('mnist', [ink]);
      expect(blank).toEqual([false]);
      const want = reference(ink);
      const worst = out.reduce((most, value, p) => Math.max(most, Math.abs(value - want[p]!)), 0);
      expect(worst, `${width}x${height}`).toBeLessThan(1e-6);
    }
  });

  it('puts the centre of mass at pixel (14, 14) and the longer side at 20 pixels', () => {
    const width = 40;
    const ink = { ink: new Float32Array(width * 60), width, height: 60 };
    for (let y = 5; y < 55; y++) for (let x = 10; x < 20; x++) ink.ink[y * width + x] = 1;
    const out = mnist(ink);
    let [mass, mx, my] = [0, 0, 0];
    out.forEach((value, p) => {
      mass += value;
      mx += value * (p % SIDE);
      my += value * Math.floor(p / SIDE);
    });
    expect(mx / mass).toBeCloseTo(14, 5);
    expect(my / mass).toBeCloseTo(14, 5);
    expect(mass).toBeCloseTo(20 * 4, 3);
  });

  it('does not depend on the scale at which a digit was seen', () => {
    const random = createRandom(2);
    const small = strokes(random, 20, 30, 3);
    const large = { width: 80, height: 120, ink: new Float32Array(80 * 120) };
    for (let y = 0; y < 120; y++)
      for (let x = 0; x < 80; x++) large.ink[y * 80 + x] = small.ink[(y >> 2) * 20 + (x >> 2)]!;
    const [a, b] = [mnist(small), mnist(large)];
    a.forEach((value, p) => expect(b[p]).toBeCloseTo(value, 5));
  });

  it('makes thin faint strokes full ink, and leaves full ink as it is', () => {
    const ink = { ink: new Float32Array(50 * 100), width: 50, height: 100 };
    for (let y = 0; y < 100; y++) ink.ink[y * 50 + 25] = 1;
    // One pixel in five, in one column, amplified three times at most.
    expect(Math.max(...mnist(ink))).toBeCloseTo(0.6, 5);
    for (let y = 0; y < 100; y++) ink.ink.fill(1, y * 50 + 20, y * 50 + 32);
    expect(Math.max(...mnist(ink))).toBe(1);
  });

  it('says that there is no ink, and leaves nothing of the digit before', () => {
    const full = { ink: new Float32Array(100).fill(1), width: 10, height: 10 };
    batchOf('mnist', [full, full]);
    const { batch, blank } = batchOf('mnist', [full, { ...full, ink: new Float32Array(100) }]);
    expect(blank).toEqual([false, true]);
    expect(batch.subarray(PIXELS).every((value) => value === 0)).toBe(true);
    expect(Math.max(...batch.subarray(0, PIXELS))).toBe(1);
  });
});

describe('stretch', () => {
  it('takes a window of whole multiples of 28 pixels block by block, exactly', () => {
    const random = createRandom(3);
    const digit = Float32Array.from({ length: PIXELS }, () => Math.round(255 * random.next()) / 255);
    const ink = { width: 84, height: 84, ink: new Float32Array(84 * 84) };
    for (let y = 0; y < 84; y++)
      for (let x = 0; x < 84; x++) ink.ink[y * 84 + x] = digit[Math.floor(y / 3) * SIDE + Math.floor(x / 3)]!;
    const out = stretch(ink);
    digit.forEach((value, p) => expect(out[p]).toBeCloseTo(value, 6));
  });

  it('keeps the mean of a rectangle of any size', () => {
    const random = createRandom(4);
    for (const [width, height] of [
      [28, 28],
      [33, 71],
      [100, 41],
    ] as const) {
      const ink = Float32Array.from({ length: width * height }, () => random.next());
      const out = stretch({ ink, width, height });
      const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
      expect(mean(out)).toBeCloseTo(mean(ink), 5);
    }
  });

  it('says that a rectangle without ink is blank', () => {
    const { batch, blank } = batchOf('stretch', [{ ink: new Float32Array(50 * 40), width: 50, height: 40 }]);
    expect(blank).toEqual([true]);
    expect(batch.every((value) => value === 0)).toBe(true);
  });
});

describe('a batch', () => {
  const drawn = (seed: number, count: number): Ink[] => {
    const random = createRandom(seed);
    return Array.from({ length: count }, () =>
      strokes(random, 6 + random.int(60), 6 + random.int(60), 1 + random.int(4)),
    );
  };

  it.each(['mnist', 'stretch'] as const)('has one row a patch, in order, each as it is alone: %s', (form) => {
    const inks = drawn(21, 40);
    const { batch, blank } = workplace().batch(form, inks);
    expect(batch).toHaveLength(40 * PIXELS);
    expect(blank).toHaveLength(40);
    inks.forEach((ink, i) => {
      const alone = workplace().batch(form, [ink]).batch;
      expect(batch.subarray(i * PIXELS, (i + 1) * PIXELS), String(i)).toEqual(alone);
    });
  });

  it('leaves the patches as they are, reads none of what lies behind one, and may be empty', () => {
    const { kernels, put } = workplace();
    const [first, second] = drawn(22, 2) as [Ink, Ink];
    const alone = workplace().batch('mnist', [first]).batch;
    const [one, other] = [put(first), put(second)];
    other.ink.fill(NaN);
    expect(createNormaliser(kernels, 'mnist')([one]).batch).toEqual(alone);
    expect(one.ink).toEqual(first.ink);
    expect(createNormaliser(kernels, 'mnist')([])).toEqual({ batch: new Float32Array(0), blank: [] });
  });

  it("is the caller's: neither the next batch nor a growing memory changes it", () => {
    const { kernels, batch: make } = workplace();
    const { batch } = make('mnist', drawn(23, 5));
    const copy = batch.slice();
    make('mnist', drawn(24, 200));
    kernels.piece().reserve(1 << 22);
    expect(batch).toEqual(copy);
    expect(batch.buffer).not.toBe(kernels.bytes.buffer);
  });

  it('comes out the same of two normalisers side by side, in one memory or in two', () => {
    const [mine, theirs] = [drawn(25, 9), drawn(26, 30)];
    const alone = [workplace().batch('mnist', mine).batch, workplace().batch('mnist', theirs).batch];
    const shared = workplace();
    const [a, b] = [createNormaliser(shared.kernels, 'mnist'), createNormaliser(shared.kernels, 'mnist')];
    const [patches, others] = [mine.map(shared.put), theirs.map(shared.put)];
    for (let k = 0; k < 2; k++) expect([a(patches).batch, b(others).batch]).toEqual(alone);
    const [one, two] = [workplace(), workplace()];
    for (let k = 0; k < 2; k++)
      expect([one.batch('mnist', mine).batch, two.batch('mnist', theirs).batch]).toEqual(alone);
  });

  it('is refused for a patch of another memory', () => {
    const [one, other] = [workplace(), workplace()];
    const patch = other.put(drawn(27, 1)[0]!);
    expect(() => createNormaliser(one.kernels, 'mnist')([patch])).toThrow(RangeError);
  });
});
