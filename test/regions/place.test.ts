import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.js';
import { placeRegions, type AskedRegions } from '../../src/regions/place.js';
import type { Box } from '../../src/types.js';

const asked = (units: AskedRegions['units'], ...box: Box): AskedRegions => ({ units, list: [{ id: 'tens', box }] });

describe('placeRegions', () => {
  it('keeps pixels and scales fractions', () => {
    expect(placeRegions(asked('pixels', 1, 2, 3, 4), 10, 10)).toEqual([{ id: 'tens', box: [1, 2, 3, 4] }]);
    expect(placeRegions(asked('relative', 0.25, 0.5, 0.5, 0.5), 640, 480)).toEqual([
      { id: 'tens', box: [160, 240, 320, 240] },
    ]);
  });

  it('refuses a region outside the frame with its id, its box and the size', () => {
    expect(() => placeRegions(asked('pixels', 600, 0, 50, 50), 640, 480)).toThrow(
      new UsageError(
        'region tens: box [600, 0, 50, 50] is not inside the frame, which is 640x480 pixels; boxes are [x, ' +
          'y, width, height]',
      ),
    );
  });

  it('places relative boxes inside frames of any size', () => {
    const boxes: Box[] = [
      [0.333, 0.999, 0.667, 0.001],
      [0, 0, 1, 1],
      [0.99, 0.5, 0.01, 0.5],
    ];
    for (let size = 1; size < 60; size++) {
      for (const box of boxes) {
        const [placed] = placeRegions(asked('relative', ...box), size, 61 - size);
        expect(placed?.box.every(Number.isInteger), `${box.join()} ${size}`).toBe(true);
      }
    }
  });
});
