// Shapes: what was passed over, once each, and none of the regions.
import { expect, it } from 'vitest';
import { createShapeCollector } from '../../../src/regions/find/shapes.js';
import type { Candidate, Labelling } from '../../../src/regions/find/candidate.js';
import type { Bounds } from '../../../src/regions/find/groups.js';

/** A thing in pixels of its level, whose ink has 100 gray levels on average. */
const bounds = (left: number, top: number, width: number, height: number, mean = 100): Bounds => {
  const area = 40;
  return { left, top, right: left + width, bottom: top + height, area, sum: mean * area, perimeter: 40, holes: 0 };
};
const at = (scale: number): Labelling => ({ level: { scale }, polarity: 'dark-on-light' }) as Labelling;
const region = (left: number, top: number, width: number, height: number): Candidate =>
  ({ left, top, right: left + width, bottom: top + height, scale: 1, polarity: 'dark-on-light' }) as Candidate;

it('keeps a thing that several cuts and levels saw once, in source pixels', () => {
  const shapes = createShapeCollector();
  shapes.add(bounds(100, 50, 80, 20), at(1), 24);
  shapes.add(bounds(101, 51, 78, 18), at(1), 24);
  shapes.add(bounds(50, 25, 40, 10), at(2), 24);
  const [shape, ...more] = shapes.settle([]);
  expect(more).toEqual([]);
  expect(shape).toMatchObject({ box: [100, 50, 80, 20], polarity: 'dark-on-light', ink: { contrast: 125 } });
});

it('leaves out regions, specks and faint ink, but not what holds a region as a frame does', () => {
  const shapes = createShapeCollector();
  shapes.add(bounds(10, 10, 20, 30), at(1), 24);
  shapes.add(bounds(0, 0, 200, 100), at(1), 24);
  shapes.add(bounds(300, 10, 20, 7), at(1), 24);
  shapes.add(bounds(400, 10, 20, 30, 18), at(1), 24);
  expect(shapes.settle([region(11, 10, 19, 30)]).map(({ box }) => box)).toEqual([[0, 0, 200, 100]]);
});

it('forgets the frame before', () => {
  const shapes = createShapeCollector();
  shapes.add(bounds(10, 10, 20, 30), at(1), 24);
  shapes.clear();
  expect(shapes.settle([])).toEqual([]);
});
