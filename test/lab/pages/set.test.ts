// Tests of the rendered set: the same seed gives the same bytes, boxes hold the ink, and what has no digits has none.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import { FLAT, photograph, turnedPixels, type Photo } from '../../../src/lab/pages/camera.js';
import { strokeGlyph } from '../../../src/lab/pages/glyph.js';
import { isClip, type StillKind, type Tools } from '../../../src/lab/pages/kinds/kind.js';
import { KINDS } from '../../../src/lab/pages/kinds/list.js';
import { openTools } from '../../../src/lab/pages/open-tools.js';
import { Page } from '../../../src/lab/pages/page.js';
import { makePages } from '../../../src/lab/pages/set.js';
import { readPagesTruth } from '../../../src/lab/pages/truth.js';
import { shapeOf } from '../../../src/lab/data/camera/shape.js';

let tools: Tools;
let folder: string;
beforeAll(async () => {
  tools = await openTools();
  folder = mkdtempSync(join(tmpdir(), 'pages-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const kindOf = (name: string) => KINDS.find((kind) => kind.name === name)!;
const stills = KINDS.filter((kind): kind is StillKind => !isClip(kind));
const INK = { level: 0, strength: 1, grain: 0 };

describe('a set', () => {
  const names = ['lone', 'lookalikes', 'thin-pen', 'turned'];

  it('is the same for a seed, another for another, and each kind by itself as among others', async () => {
    const make = async (to: string, seed: number, only = names) => {
      const options = { kinds: only.map(kindOf), count: 1, seed, command: 'x' };
      await makePages(join(folder, to), tools, options);
      const files = only.flatMap((kind) =>
        readdirSync(join(folder, to, kind)).map((name) => join(folder, to, kind, name)),
      );
      return files.map((file) => createHash('sha256').update(readFileSync(file)).digest('hex'));
    };
    const first = await make('a', 5);
    expect(await make('b', 5)).toEqual(first);
    expect(await make('c', 6)).not.toEqual(first);
    expect(await make('d', 5, ['thin-pen'])).toEqual([first[2]]);
  });

  it('has a truth that is read as it was written', async () => {
    const truth = await readPagesTruth(join(folder, 'a'));
    expect(truth.pictures.map(({ kind }) => kind)).toEqual(names);
    for (const { holds, frames } of truth.pictures) {
      const digits = frames[0]!.filter(({ label }) => label !== null).length;
      if (holds === 'none') expect(digits).toBe(0);
      else expect(digits).toBeGreaterThan(0);
    }
    expect(truth.pictures[3]!.turned).toBeGreaterThan(0);
  });
});

describe('where a mark is', () => {
  /** The box of what is darker than its paper by half, on a page with one mark: looked at pixel by pixel. */
  function inkBox({ width, height, gray }: Photo): number[] {
    let [left, top, right, bottom] = [width, height, -1, -1];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (gray[y * width + x]! > 100) continue;
        [left, right] = [Math.min(left, x), Math.max(right, x)];
        [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      }
    }
    return [left, top, right + 1 - left, bottom + 1 - top];
  }

  const hook = strokeGlyph(
    shapeOf([
      {
        at: [
          [0, 0],
          [0.6, 0.1],
          [0.3, 1],
        ],
      },
    ]),
    { scale: 60, pen: 5, label: 7 },
  );

  it.each([
    ['from above', FLAT],
    ['from aside', { ...FLAT, tilt: 0.05, turn: 0.06, margin: -0.1 }],
  ])('is told within a pixel, seen %s', (_, look) => {
    for (let seed = 0; seed < 5; seed++) {
      const page = new Page(240, 200, 200);
      page.put(hook, { x: 70 + 10 * seed, y: 130, angle: 0.2 * seed, scale: 0.8 }, INK, createRandom(seed));
      const photo = photograph(page, look, createRandom(seed));
      const [thing] = photo.things;
      expect(thing!.label).toBe(7);
      inkBox(photo).forEach((value, k) => expect(Math.abs(value - thing!.box[k]!)).toBeLessThanOrEqual(2));
    }
  });

  it('is that of no digit when the border of page or picture cuts it off, and nowhere when it is outside', () => {
    const seen = (x: number, margin: number) => {
      const page = new Page(120, 100, 200);
      page.put(hook, { x, y: 80 }, INK, createRandom(1));
      return photograph(page, { ...FLAT, margin }, createRandom(1)).things.map(({ label }) => label);
    };
    expect(seen(40, 0)).toEqual([7]);
    expect(seen(100, 0)).toEqual([null]);
    expect(seen(78, 0)).toEqual([7]);
    expect(seen(78, -0.1)).toEqual([null]);
    expect(seen(130, 0)).toEqual([]);
  });
});

it('turns a picture clockwise', () => {
  const picture = { width: 3, height: 2, gray: Uint8Array.of(1, 2, 3, 4, 5, 6), things: [] };
  expect(turnedPixels(picture, 1)).toEqual({ width: 2, height: 3, gray: Uint8Array.of(4, 1, 5, 2, 6, 3) });
  expect(turnedPixels(picture, 2)).toEqual({ width: 3, height: 2, gray: Uint8Array.of(6, 5, 4, 3, 2, 1) });
  expect(turnedPixels(picture, 3)).toEqual({ width: 2, height: 3, gray: Uint8Array.of(3, 6, 2, 5, 1, 4) });
});

describe.each(stills)('$name', (kind) => {
  it('shows digits if it says so, inside the picture and in ink that can be told from paper', () => {
    const { page } = kind.draw(tools, createRandom(11));
    const digits = page.marks.filter(({ label }) => label !== null);
    expect(digits.length > 0).toBe(kind.holds === 'digits');
    const some = page.gray.filter((_, p) => p % 101 === 0).sort();
    const paper = some[some.length >> 1]!;
    for (const { points } of digits) {
      const ys = points.filter((_, k) => k % 2 === 1);
      expect(Math.max(...ys) - Math.min(...ys)).toBeGreaterThanOrEqual(6);
      let ink = 0;
      for (let k = 0; k < points.length; k += 2)
        ink += page.gray[Math.floor(points[k + 1]!) * page.width + Math.floor(points[k]!)]!;
      expect(Math.abs(ink / (points.length / 2) - paper)).toBeGreaterThan(20);
    }
  });
});

it('a clip of drawing has a digit only once it is finished, and clips without digits never', () => {
  for (const kind of KINDS) {
    if (!isClip(kind)) continue;
    const frames = [...kind.film(tools, createRandom(3))];
    const digits = frames.map(({ things }) => things.filter(({ label }) => label !== null).length);
    if (kind.holds === 'none') expect(Math.max(...digits), kind.name).toBe(0);
    else {
      expect(digits[0]).toBe(0);
      expect(frames[0]!.things).toHaveLength(1);
      // Whatever was finished stays.
      expect(digits).toEqual([...digits].sort((a, b) => a - b));
      expect(digits.at(-1)).toBeGreaterThan(1);
    }
  }
});
