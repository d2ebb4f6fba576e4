import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import {
  createLabeller,
  type Components,
  type Labeller,
  type SizeLimits,
} from '../../../src/regions/find/components.js';
import { createKernels, type Kernels } from '../../../src/kernels/kernels.js';
import { END, NEXT, ROW, START } from '../../../src/kernels/layout.js';
import { components, put, runsOf, type Plane, type PlainComponent } from './plain.js';

const ALL: SizeLimits = { minHeight: 0, maxHeight: Infinity, maxWidth: Infinity, minArea: 0 };

function labellerOf(maxRuns?: number) {
  const kernels = createKernels();
  const labeller: Labeller = createLabeller(kernels, maxRuns);
  return {
    open: ({ values, width, height }: Plane) => labeller.open({ map: put(kernels, values), width, height }),
    label: (threshold: number, limits = ALL) => told(labeller.label(threshold, limits), kernels),
    contacts: (component: number) => {
      const contacts = { left: 0, right: 0, top: 0, bottom: 0 };
      labeller.addContacts(component, contacts);
      return contacts;
    },
  };
}

/** What a labelling says, each component with its runs as they lie in memory. */
function told(c: Components, kernels: Kernels) {
  const memory = new DataView(kernels.bytes.buffer);
  const at = (address: number): number => memory.getUint16(address, true);
  return Array.from({ length: c.count }, (_, i) => {
    const runs: string[] = [];
    for (let run = c.last[i]!; run !== 0; run = memory.getUint32(run + NEXT, true))
      runs.push(`${at(run + ROW)}: ${at(run + START)}-${at(run + END)}`);
    const [left, top, right, bottom] = [c.left[i]!, c.top[i]!, c.right[i]!, c.bottom[i]!];
    return {
      left,
      top,
      right,
      bottom,
      area: c.area[i]!,
      sum: c.sum[i]!,
      perimeter: c.perimeter[i]!,
      holes: c.holes[i]!,
      runs: runs.sort(),
    };
  });
}

const plain = (list: readonly PlainComponent[], width: number) =>
  list.map(({ pixels, ...c }) => ({ ...c, runs: runsOf({ pixels, ...c }, width) }));

const map = (width: number, height: number, value: (p: number) => number): Plane => ({
  width,
  height,
  values: Uint8Array.from({ length: width * height }, (_, p) => value(p)),
});

it('measures components as a flood fill does, at every density and width, in the order of their first pixels', () => {
  const random = createRandom(7);
  const labeller = labellerOf();
  for (const share of [0.05, 0.3, 0.5, 0.7, 0.95]) {
    for (const [width, height] of [
      [1, 1],
      [17, 9],
      [24, 31],
      [64, 12],
      [65, 12],
      [150, 20],
      [128, 3],
      [1, 40],
    ] as const) {
      const plane = map(width, height, () => (random.next() < share ? 101 + random.int(100) : random.int(101)));
      labeller.open(plane);
      expect(labeller.label(100)).toEqual(plain(components(plane, 100), width));
    }
  }
});

it('labels one map at any thresholds, in any order', () => {
  const random = createRandom(9);
  const plane = map(90, 30, () => random.int(256));
  const labeller = labellerOf();
  labeller.open(plane);
  for (const threshold of [60, 60, 130, 254, 255, 127, 128, 0])
    expect(labeller.label(threshold), `threshold ${threshold}`).toEqual(plain(components(plane, threshold), 90));
});

it('keeps the components within the limits, at the limits and not beyond', () => {
  const random = createRandom(10);
  const plane = map(140, 60, () => (random.next() < 0.35 ? 200 : 0));
  const labeller = labellerOf();
  labeller.open(plane);
  const limits: SizeLimits = { minHeight: 3, maxHeight: 6, maxWidth: 5.5, minArea: 5 };
  const fits = (c: PlainComponent) =>
    c.bottom - c.top >= 3 && c.bottom - c.top <= 6 && c.right - c.left <= 5 && c.area >= 5;
  const want = components(plane, 100).filter(fits);
  expect(want.length).toBeGreaterThan(20);
  expect(labeller.label(100, limits)).toEqual(plain(want, 140));
});

it('stays within its bound on runs: what is below is left out, and a higher threshold sees it again', () => {
  const plane = map(10, 10, (p) => (p % 2 ? (p < 70 ? 100 : 200) : 0));
  const labeller = labellerOf(20);
  labeller.open(plane);
  // Columns of one pixel a row, five in each row.
  expect(labeller.label(50).map((c) => c.area)).toEqual([4, 4, 4, 4, 4]);
  expect(labeller.label(150)).toEqual(plain(components(plane, 150), 10));
});

it('counts the pixels on each side of the map', () => {
  const plane = map(70, 9, (p) => (p % 70 < 3 || p >= 8 * 70 ? 90 : 0));
  const labeller = labellerOf();
  labeller.open(plane);
  expect(labeller.label(50)).toHaveLength(1);
  expect(labeller.contacts(0)).toEqual({ left: 9, right: 1, top: 3, bottom: 70 });
});
