import { describe, expect, it } from 'vitest';
import { unionBox } from '../../src/base/boxes.js';
import type { Box } from '../../src/types.js';

describe('unionBox', () => {
  it('is the box itself of one, and holds all of several, gaps included', () => {
    expect(unionBox([[3, 4, 5, 6]])).toEqual([3, 4, 5, 6]);
    const boxes: Box[] = [
      [30, 4, 5, 6],
      [3, 40, 5, 6],
      [10, 10, 2, 2],
    ];
    expect(unionBox(boxes)).toEqual([3, 4, 32, 42]);
  });
});
