import { expect, it } from 'vitest';
import { createRandom } from '../../../src/lab/random.js';
import { createLabeller, type Components } from '../../../src/stream/find/components.js';

interface Plain {
  box: [number, number, number, number];
  area: number;
  sum: number;
  perimeter: number;
  holes: number;
}

/** Slow and obvious: flood fill, edges counted one by one, holes as 4-connected pieces of ground that do not reach the border. */
function reference(map: Uint8Array, width: number, height: number, threshold: number): Plain[] {
  const on = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && map[y * width + x]! > threshold;
  const label = new Int32Array(width * height).fill(-1);
  const found: Plain[] = [];
  for (let s = 0; s < map.length; s++) {
    if (label[s] !== -1 || !on(s % width, Math.floor(s / width))) continue;
    const mine: [number, number][] = [];
    const stack: [number, number][] = [[s % width, Math.floor(s / width)]];
    label[s] = found.length;
    for (let at = stack.pop(); at; at = stack.pop()) {
      mine.push(at);
      for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) {
        const [x, y] = [at[0] + dx, at[1] + dy];
        if (on(x, y) && label[y * width + x] === -1) {
          label[y * width + x] = found.length;
          stack.push([x, y]);
        }
      }
    }
    const id = found.length;
    const own = (x: number, y: number) => on(x, y) && label[y * width + x] === id;
    const [xs, ys] = [mine.map(([x]) => x), mine.map(([, y]) => y)];
    found.push({
      box: [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1],
      area: mine.length,
      sum: mine.reduce((sum, [x, y]) => sum + map[y * width + x]!, 0),
      perimeter: mine.reduce((sum, [x, y]) => sum + [[1, 0], [-1, 0], [0, 1], [0, -1]].filter(([dx, dy]) => !own(x + dx!, y + dy!)).length, 0),
      holes: countHoles(own, width, height),
    });
  }
  return found;
}

function countHoles(own: (x: number, y: number) => boolean, width: number, height: number): number {
  const seen = new Uint8Array((width + 2) * (height + 2));
  let pieces = 0;
  for (let s = 0; s < seen.length; s++) {
    const start: [number, number] = [(s % (width + 2)) - 1, Math.floor(s / (width + 2)) - 1];
    if (seen[s] || own(...start)) continue;
    pieces++;
    const stack = [start];
    seen[s] = 1;
    for (let at = stack.pop(); at; at = stack.pop()) {
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
        const [x, y] = [at[0] + dx, at[1] + dy];
        const p = (y + 1) * (width + 2) + x + 1;
        if (x < -1 || y < -1 || x > width || y > height || seen[p] || own(x, y)) continue;
        seen[p] = 1;
        stack.push([x, y]);
      }
    }
  }
  return pieces - 1;
}

const plain = (c: Components): Plain[] => Array.from({ length: c.count }, (_, i) => ({
  box: [c.left[i]!, c.top[i]!, c.right[i]!, c.bottom[i]!], area: c.area[i]!, sum: c.sum[i]!, perimeter: c.perimeter[i]!, holes: c.holes[i]!,
}));
const sorted = (list: Plain[]) => list.map((item) => JSON.stringify(item)).sort();

it('measures components as a flood fill does, at every density', () => {
  const random = createRandom(7);
  const labeller = createLabeller();
  for (const share of [0.05, 0.3, 0.5, 0.7, 0.95]) {
    for (const [width, height] of [[1, 1], [17, 9], [24, 31]] as const) {
      const map = Uint8Array.from({ length: width * height }, () => (random.next() < share ? 101 + random.int(100) : random.int(101)));
      expect(sorted(plain(labeller.label(map, width, height, 100)))).toEqual(sorted(reference(map, width, height, 100)));
    }
  }
});

it('chains the runs of a component, and they cover just its pixels', () => {
  const map = Uint8Array.from([9, 0, 9, 9, 0, 9, 9, 9, 0]);
  const c = createLabeller().label(map, 3, 3, 5);
  expect(c.count).toBe(1);
  const pixels: number[] = [];
  for (let run = c.first[0]!; run >= 0; run = c.runs.next[run]!) for (let x = c.runs.start[run]!; x < c.runs.end[run]!; x++) pixels.push(c.runs.y[run]! * 3 + x);
  expect(pixels.sort()).toEqual([0, 2, 3, 5, 6, 7]);
});

it('finds the same within what a lower threshold found, in the order of first rows', () => {
  const random = createRandom(9);
  const map = Uint8Array.from({ length: 40 * 30 }, () => random.int(256));
  const labeller = createLabeller();
  for (const [k, threshold] of [60, 60, 130, 200, 254, 255].entries()) {
    const found = plain(labeller.label(map, 40, 30, threshold, k > 0));
    expect(sorted(found)).toEqual(sorted(reference(map, 40, 30, threshold)));
    expect(found.map((c) => c.box[1])).toEqual(found.map((c) => c.box[1]).sort((a, b) => a - b));
  }
});

it('does not rely on a search that was cut short', () => {
  const map = Uint8Array.from({ length: 100 }, (_, p) => (p % 2 ? (p < 70 ? 100 : 200) : 0));
  const labeller = createLabeller(20);
  expect(labeller.label(map, 10, 10, 50).runs.count).toBe(20);
  expect(sorted(plain(labeller.label(map, 10, 10, 150, true)))).toEqual(sorted(reference(map, 10, 10, 150)));
});

it('stays within its bound on runs: the rows below are left out', () => {
  const map = Uint8Array.from({ length: 100 }, (_, p) => (p % 2 ? 200 : 0));
  const c = createLabeller(12).label(map, 10, 10, 5);
  expect(c.runs.count).toBe(12);
});
