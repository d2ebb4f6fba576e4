import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/base/random.js';
import { BOX, normaliseMnist, normaliseStretch, PIXELS, SIDE, type Ink } from '../../src/digits/normalise.js';

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
  const out = new Float32Array(PIXELS);
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
    normaliseStretch(source, out);
    expect(out, `${width}x${height}`).toEqual(plainStretch(source));
  }
});

describe('normaliseMnist', () => {
  it('agrees with a slow integral over every pixel within 1e-6, enlarging and reducing', () => {
    const random = createRandom(1);
    const out = new Float32Array(PIXELS);
    for (const [width, height, weight] of [
      [9, 14, 1],
      [14, 9, 2],
      [20, 20, 2],
      [31, 47, 4],
      [90, 33, 7],
      [3, 40, 3],
    ] as const) {
      const ink = strokes(random, width, height, weight);
      expect(normaliseMnist(ink, out)).toBe(true);
      const want = reference(ink);
      const worst = out.reduce((most, value, p) => Math.max(most, Math.abs(value - want[p]!)), 0);
      expect(worst, `${width}x${height}`).toBeLessThan(1e-6);
    }
  });

  it('puts the centre of mass at pixel (14, 14) and the longer side at 20 pixels', () => {
    const width = 40;
    const ink = { ink: new Float32Array(width * 60), width, height: 60 };
    for (let y = 5; y < 55; y++) for (let x = 10; x < 20; x++) ink.ink[y * width + x] = 1;
    const out = new Float32Array(PIXELS);
    normaliseMnist(ink, out);
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
    const [a, b] = [new Float32Array(PIXELS), new Float32Array(PIXELS)];
    normaliseMnist(small, a);
    normaliseMnist(large, b);
    a.forEach((value, p) => expect(b[p]).toBeCloseTo(value, 5));
  });

  it('makes thin faint strokes full ink, and leaves full ink as it is', () => {
    const ink = { ink: new Float32Array(50 * 100), width: 50, height: 100 };
    for (let y = 0; y < 100; y++) ink.ink[y * 50 + 25] = 1;
    const out = new Float32Array(PIXELS);
    normaliseMnist(ink, out);
    // One pixel in five, in one column, amplified three times at most.
    expect(Math.max(...out)).toBeCloseTo(0.6, 5);
    for (let y = 0; y < 100; y++) ink.ink.fill(1, y * 50 + 20, y * 50 + 32);
    normaliseMnist(ink, out);
    expect(Math.max(...out)).toBe(1);
  });

  it('says that there is no ink, and leaves nothing of the digit before', () => {
    const out = new Float32Array(PIXELS).fill(1);
    expect(normaliseMnist({ ink: new Float32Array(100), width: 10, height: 10 }, out)).toBe(false);
    expect(out.every((value) => value === 0)).toBe(true);
  });
});

describe('normaliseStretch', () => {
  it('takes a window of whole multiples of 28 pixels block by block, exactly', () => {
    const random = createRandom(3);
    const digit = Float32Array.from({ length: PIXELS }, () => Math.round(255 * random.next()) / 255);
    const ink = { width: 84, height: 84, ink: new Float32Array(84 * 84) };
    for (let y = 0; y < 84; y++)
      for (let x = 0; x < 84; x++) ink.ink[y * 84 + x] = digit[Math.floor(y / 3) * SIDE + Math.floor(x / 3)]!;
    const out = new Float32Array(PIXELS);
    normaliseStretch(ink, out);
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
      const out = new Float32Array(PIXELS);
      normaliseStretch({ ink, width, height }, out);
      const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
      expect(mean(out)).toBeCloseTo(mean(ink), 5);
    }
  });
});
