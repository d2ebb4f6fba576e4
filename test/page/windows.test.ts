// Tests of windows as they are drawn: where they end up, how rows and snapping work, and what goes into a pipeline.
import { expect, it } from 'vitest';
import { checkPipeline } from '../../src/config.js';
import { placeRegions } from '../../src/regions/place.js';
import type { PageConfig } from '../../src/sinks/page/protocol.js';
import {
  between,
  changeOf,
  draftOf,
  grouped,
  moved,
  pulled,
  readingsKept,
  renamed,
  row,
  snapped,
  withBoxes,
  without,
  withLines,
  type Draft,
} from '../../src/page/windows.js';
import { createRandom } from '../../src/base/random.js';
import type { Box } from '../../src/types.js';

const SIZE = [640, 360] as const;
const AUTO: PageConfig = { gate: {}, regions: { mode: 'auto' }, readings: [] };

it('has no reading of lines that are found beside windows, and none of windows without any', () => {
  const line = { id: 'line', windows: 'auto' as const, decimals: 0 };
  const meter = { id: 'meter', windows: ['a'], decimals: 1 };
  const windows = [{ id: 'a', box: [0, 0, 20, 30] as Box }];
  expect(readingsKept({ windows: [], readings: [line] })).toEqual([line]);
  expect(readingsKept({ windows, readings: [line] })).toEqual([]);
  expect(readingsKept({ windows, readings: [line, meter] })).toEqual([meter]);
  expect(readingsKept({ windows: [], readings: [meter] })).toEqual([]);
});

it('keeps windows within the picture, however far they are moved or pulled', () => {
  expect(moved([10, 10, 20, 30], -50, 1000, SIZE)).toEqual([0, 330, 20, 30]);
  expect(pulled([10, 10, 20, 30], [1, 1], 5000, -5000, SIZE)).toEqual([10, 10, 630, 4]);
  expect(pulled([10, 10, 20, 30], [-1, 0], 100, 7, SIZE)).toEqual([26, 10, 4, 30]);
  expect(between([50, 60], [-9, 20], SIZE)).toEqual([0, 20, 50, 40]);
  expect(between([50, 60], [51, 61], SIZE)).toBeUndefined();
});

it('cuts a rectangle into cells that meet and differ by a pixel at most', () => {
  const cells = row([7, 5, 101, 40], 6);
  expect(cells[0]![0]).toBe(7);
  expect(cells.at(-1)![0] + cells.at(-1)![2]).toBe(108);
  cells.slice(1).forEach(([x], k) => expect(x).toBe(cells[k]![0] + cells[k]![2]));
  const widths = cells.map(([, , width]) => width);
  expect(Math.max(...widths) - Math.min(...widths)).toBeLessThanOrEqual(1);
});

it('snaps to the nearest edge within reach, and to none beyond', () => {
  const others: Box[] = [[100, 50, 40, 60]];
  expect(snapped([143, 53, 40, 60], others, 5, SIZE)).toEqual([140, 50, 40, 60]);
  expect(snapped([160, 80, 40, 50], others, 5, SIZE)).toEqual([160, 80, 40, 50]);
});

it('gives a pipeline that reads the very pixels that were drawn, whatever the size of the picture', () => {
  const random = createRandom(7);
  const whole = (most: number): number => Math.floor(random.next() * most);
  for (let k = 0; k < 200; k++) {
    const size = [60 + whole(3800), 60 + whole(2100)] as const;
    const windows = Array.from({ length: 3 }, (_, n) => {
      const [x, y] = [whole(size[0] - 10), whole(size[1] - 10)];
      return { id: `w${n}`, box: [x, y, 4 + whole(size[0] - x - 4), 4 + whole(size[1] - y - 4)] as Box };
    });
    const draft: Draft = { windows, readings: [] };
    const { regions } = changeOf(draft, AUTO, size) as { regions: Record<string, unknown> };
    const { mode, units, list } = regions;
    const config = checkPipeline({ regions: { mode, units, list } }, 'drawn');
    if (config.regions.mode !== 'fixed') throw new Error('not fixed');
    expect(placeRegions(config.regions, ...size)).toEqual(windows);
    expect(draftOf({ ...AUTO, regions: config.regions }, size).windows).toEqual(windows);
  }
});

it('groups windows into a reading from left to right, and keeps readings fit when windows go or are renamed', () => {
  const drawn = withBoxes({ windows: [], readings: [] }, [
    [90, 0, 10, 20],
    [10, 0, 10, 20],
    [50, 0, 10, 20],
  ]);
  expect(drawn.windows.map(({ id }) => id)).toEqual(['w1', 'w2', 'w3']);
  const read = grouped(drawn, 'meter', ['w1', 'w2', 'w3'], 2);
  expect(read.readings).toEqual([{ id: 'meter', windows: ['w2', 'w3', 'w1'], decimals: 2 }]);
  const less = without(renamed(read, 'w3', 'tens'), 'w1');
  expect(less.readings).toEqual([{ id: 'meter', windows: ['w2', 'tens'], decimals: 1 }]);
  expect(renamed(read, 'w3', 'w1')).toBe(read);
  expect(renamed(read, 'w3', 'a b')).toBe(read);
  expect(without(without(less, 'w2'), 'tens')).toEqual({ windows: [], readings: [] });
});

it('makes every line a reading once there are no windows, as a pipeline says it', () => {
  const size = SIZE;
  const none: Draft = { windows: [], readings: [] };
  const lines = withLines(none);
  expect(withLines(lines)).toBe(lines);
  const { readings } = changeOf(lines, AUTO, size) as { readings: unknown };
  expect(checkPipeline({ readings }, 'drawn').readings).toEqual(checkPipeline({ readings: 'auto' }, 'auto').readings);
});
