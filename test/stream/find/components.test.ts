import { expect, it } from 'vitest';
import { createRandom } from '../../../src/lab/random.js';
import { createLabeller, type Components, type Labeller, type SizeLimits } from '../../../src/stream/find/components.js';
import { createKernels } from '../../../src/stream/find/kernels.js';
import { components, put, tabled, type Plane, type PlainComponent } from './plain.js';

const ALL: SizeLimits = { minHeight: 0, maxHeight: Infinity, maxWidth: Infinity, minArea: 0 };

function labellerOf(maxRuns?: number) {
  const kernels = createKernels();
  const labeller: Labeller = createLabeller(kernels, maxRuns);
  return {
    open: ({ values, width, height }: Plane) => labeller.open({ map: put(kernels, values), width, height }),
    label: (threshold: number, limits = ALL) => labeller.label(threshold, limits),
  };
}

/** The runs of each component, sorted. */
function runsOf(c: Components): string[][] {
  return Array.from({ length: c.count }, (_, i) => {
    const list: string[] = [];
    for (let run = c.first[i]!; run >= 0; run = c.runs.next[run]!) list.push(`${c.runs.y[run]}: ${c.runs.start[run]}-${c.runs.end[run]}`);
    return list.sort();
  });
}

function told(c: Components) {
  const numbers = [c.left, c.top, c.right, c.bottom, c.area, c.perimeter, c.holes, c.sum].map((list) => Array.from(list.subarray(0, c.count)));
  return { numbers, runs: runsOf(c), total: c.runs.count };
}

const map = (width: number, height: number, value: (p: number) => number): Plane => ({ width, height, values: Uint8Array.from({ length: width * height }, (_, p) => value(p)) });

it('measures components as a flood fill does, at every density and width, in the order of their first pixels', () => {
  const random = createRandom(7);
  const labeller = labellerOf();
  for (const share of [0.05, 0.3, 0.5, 0.7, 0.95]) {
    for (const [width, height] of [[1, 1], [17, 9], [24, 31], [64, 12], [65, 12], [150, 20], [128, 3], [1, 40]] as const) {
      const plane = map(width, height, () => (random.next() < share ? 101 + random.int(100) : random.int(101)));
      labeller.open(plane);
      expect(told(labeller.label(100))).toEqual(told(tabled(components(plane, 100), width)));
    }
  }
});

it('labels one map at any thresholds, in any order', () => {
  const random = createRandom(9);
  const plane = map(90, 30, () => random.int(256));
  const labeller = labellerOf();
  labeller.open(plane);
  for (const threshold of [60, 60, 130, 254, 255, 127, 128, 0]) expect(told(labeller.label(threshold)), `threshold ${threshold}`).toEqual(told(tabled(components(plane, threshold), 90)));
});

it('keeps the components within the limits, at the limits and not beyond', () => {
  const random = createRandom(10);
  const plane = map(140, 60, () => (random.next() < 0.35 ? 200 : 0));
  const labeller = labellerOf();
  labeller.open(plane);
  const limits: SizeLimits = { minHeight: 3, maxHeight: 6, maxWidth: 5.5, minArea: 5 };
  const fits = (c: PlainComponent) => c.bottom - c.top >= 3 && c.bottom - c.top <= 6 && c.right - c.left <= 5 && c.area >= 5;
  const want = components(plane, 100).filter(fits);
  expect(want.length).toBeGreaterThan(20);
  const { numbers, runs } = told(labeller.label(100, limits));
  const wanted = told(tabled(want, 140));
  expect({ numbers, runs }).toEqual({ numbers: wanted.numbers, runs: wanted.runs });
});

it('stays within its bound on runs: what is below is left out, and a higher threshold sees it again', () => {
  const plane = map(10, 10, (p) => (p % 2 ? (p < 70 ? 100 : 200) : 0));
  const labeller = labellerOf(20);
  labeller.open(plane);
  // Columns of one pixel a row, five in each row.
  expect(told(labeller.label(50)).numbers[4]).toEqual([4, 4, 4, 4, 4]);
  expect(told(labeller.label(50)).total).toBe(20);
  expect(told(labeller.label(150))).toEqual(told(tabled(components(plane, 150), 10)));
});
