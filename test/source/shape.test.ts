// Upright and square: what the filters do to pictures, all in one run of ffmpeg, against the definitions of the tag and
// of a pixel's shape.
import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { SQUARE_FILTER, squared, swapsSides, turnFilters } from '../../src/source/shape.js';
import { makeAll, scratch } from './clips.js';
import { gray, lying, ORIENTATIONS, png } from './pictures.js';

const at = scratch();
// No two rows or columns are alike, and no symmetry leaves it as it is.
const page = gray(16, 10, (x, y) => 12 * x + 5 * y + 10);

// Shape of a pixel, and the size of 16 x 10 pixels of it once they are square.
const SHAPES = [
  [1, 1, 16, 10],
  [2, 1, 32, 10],
  [4, 1, 64, 10],
  [64, 45, 22, 10],
  [3, 5, 16, 16],
  [1, 4, 16, 40],
  // So near that nobody sees it.
  [405, 404, 16, 10],
  // What no camera makes.
  [5, 1, 16, 10],
  [1, 5, 16, 10],
  [1000, 1, 16, 10],
] as const;
const TURNS = [
  [90, 6],
  [180, 3],
  [270, 8],
] as const;

beforeAll(async () => {
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'gray'];
  for (const orientation of ORIENTATIONS) await writeFile(at(`${orientation}.png`), png(lying(page, orientation)));
  await makeAll(
    ...ORIENTATIONS.map((orientation) => {
      const filters = ['format=gray', ...turnFilters({ look: { orientation }, rotate: 0 })];
      return ['-i', at(`${orientation}.png`), '-vf', filters.join(','), ...raw, at(`${orientation}.raw`)];
    }),
    ...TURNS.map(([rotate, orientation]) => {
      const filters = ['format=gray', ...turnFilters({ rotate })];
      return ['-i', at(`${orientation}.png`), '-vf', filters.join(','), ...raw, at(`turned-${rotate}.raw`)];
    }),
    ...SHAPES.map(([across, down]) => [
      ...['-i', at('1.png'), '-vf', `format=gray,setsar=sar=${across}/${down}:max=1000,${SQUARE_FILTER}`],
      ...['-f', 'image2', '-c:v', 'pgm', at(`${across}-${down}.pgm`)],
    ]),
  );
});

describe('turning', () => {
  test.each(ORIENTATIONS)('orientation %i comes upright', async (orientation) => {
    expect([...(await readFile(at(`${orientation}.raw`)))]).toEqual([...page.pixels]);
    expect(swapsSides({ look: { orientation }, rotate: 0 })).toBe(lying(page, orientation).width === page.height);
  });

  test.each(TURNS)('by %i degrees, clockwise', async (rotate) => {
    expect([...(await readFile(at(`turned-${rotate}.raw`)))]).toEqual([...page.pixels]);
    expect(swapsSides({ rotate })).toBe(rotate !== 180);
    expect(swapsSides({ look: { orientation: 7 }, rotate })).toBe(rotate === 180);
  });
});

describe('pixels of shape', () => {
  test.each(SHAPES)('%i:%i are made square, and none is lost: %i x %i', async (across, down, width, height) => {
    expect(squared(page, across / down)).toMatchObject({ width, height });
    const [, w, h] = /^P5\s+(\d+)\s+(\d+)/.exec((await readFile(at(`${across}-${down}.pgm`))).toString('latin1')) ?? [];
    expect([Number(w), Number(h)]).toEqual([width, height]);
  });

  test('stay as they are where the picture would become too large', () => {
    expect(squared({ width: 8192, height: 4320 }, 2)).toEqual({ width: 16_384, height: 4320 });
    expect(squared({ width: 8194, height: 4320 }, 2)).toEqual({ width: 8194, height: 4320 });
  });
});
