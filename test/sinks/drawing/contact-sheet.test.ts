import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DigitClass, Rejection } from '../../../src/types.js';
import { PALETTE } from '../../../src/sinks/drawing/palette.js';
import { createSheet, shareOut } from '../../../src/sinks/drawing/contact-sheet.js';
import { decode, distance } from './decode.js';
import { grayFrame, sighting, shown } from './sightings.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sheet-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A crop with one bright pixel at column, row. */
function dot(column: number, row: number): Float32Array {
  const pixels = new Float32Array(784);
  pixels[28 * row + column] = 1;
  return pixels;
}

async function sheet(
  name: string,
  max: number,
  crops: readonly (readonly [digit: DigitClass, rejected?: Rejection | undefined, pixels?: Float32Array])[],
): Promise<string> {
  const path = join(folder, name);
  const out = createSheet(path, { max });
  for (const [i, [digit, rejected, pixels]] of crops.entries())
    await out.frame(
      shown(grayFrame(64, 64, 0, { time: i / 30 }), sighting([0, 0, 10, 10], digit, 12, rejected, pixels)),
    );
  await out.close();
  return path;
}

describe('createSheet', () => {
  it('magnifies crops by three, accepted by digit first, each with a rim in its colour', async () => {
    const picture = await decode(
      await sheet('a.png', 400, [
        [7, 'ratio', dot(0, 27)],
        [5, undefined, dot(27, 0)],
        [2, undefined, dot(10, 20)],
      ]),
    );
    // Title 20 + 40; each section a heading of 40 and a line of 128.
    const tops = [0, 1, 2].map((section) => 60 + section * 168 + 40);
    for (const [section, [column, row]] of (
      [
        [10, 20],
        [27, 0],
        [0, 27],
      ] as const
    ).entries()) {
      const x = 20 + 2 + 3 * column,
        y = tops[section]! + 2 + 3 * row;
      for (const [dx, dy] of [
        [0, 0],
        [2, 2],
      ] as const)
        expect(picture.at(x + dx, y + dy)).toEqual([255, 255, 255]);
      expect(picture.at(x + 3, y + 1)).not.toEqual([255, 255, 255]);
      expect(distance(picture.at(20, tops[section]! + 40), section < 2 ? PALETTE.accepted : PALETTE.doubtful)).toBe(0);
    }
    expect(picture.height).toBe(2 * 20 + 40 + 3 * 168);
  });

  it('holds no more than max crops, the same ones each time, whatever came', async () => {
    const many = Array.from(
      { length: 500 },
      (_, i) => [(i % 3) as DigitClass, i % 50 === 0 ? 'range' : undefined, dot(i % 28, ((i / 28) % 28) | 0)] as const,
    );
    const [first, second] = [await sheet('1.png', 24, many), await sheet('2.png', 24, many)];
    expect(await readFile(first)).toEqual(await readFile(second));
    // Four groups of six: one line each.
    expect((await decode(first)).height).toBe(2 * 20 + 40 + 4 * 168);
  });

  it('is written without crops too, and not at all after an abort', async () => {
    expect((await decode(await sheet('empty.png', 400, []))).width).toBeGreaterThan(100);
    const aborted = createSheet(join(folder, 'aborted.png'));
    await aborted.abort();
    await aborted.close();
    expect(await readdir(folder)).toEqual(['empty.png']);
  });
});

describe('shareOut', () => {
  it.each([
    [[5, 5], 100, [5, 5]],
    [[1000, 3, 1000], 103, [50, 3, 50]],
    [[0, 10, 10, 10], 2, [0, 1, 1, 0]],
    [[], 4, []],
  ])('of %j among %i places gives %j', (sizes, max, shares) => {
    expect(shareOut(sizes, max)).toEqual(shares);
  });

  it('shows below a crop that was judged by its company where it stood, its word and itself outlined', async () => {
    // A frame that is dark but for the digit's own box; its word reaches as far to the right again.
    const frame = grayFrame(200, 100, 40);
    for (let y = 40; y < 60; y++) frame.gray.fill(220, 200 * y + 80, 200 * y + 90);
    const path = join(folder, 'around.png');
    const out = createSheet(path);
    const digit = sighting([80, 40, 10, 20], 1, 12, 'text');
    await out.frame({
      ...shown(frame, digit),
      lines: [{ words: [{ marks: [0, 1], box: [80, 40, 22, 20] }], box: [80, 40, 22, 20] }],
    });
    await out.close();
    const picture = await decode(path);
    // The strip is 88x30 below the crop; the digit stands in its middle.
    const [left, top] = [20, 60 + 40 + 84 + 36];
    expect(picture.at(left + 44, top + 15)).toEqual([220, 220, 220]);
    expect(picture.at(left + 5, top + 15)).toEqual([40, 40, 40]);
    const columns = (colour: string): number[] =>
      Array.from({ length: 88 }, (_, x) => x).filter((x) => distance(picture.at(left + x, top + 15), colour) < 40);
    expect(columns(PALETTE.company)).toHaveLength(2);
    // Of the word's rim the left side lies below the digit's.
    expect(columns(PALETTE.line)).toHaveLength(1);
    expect(columns(PALETTE.line)[0]).toBeGreaterThan(columns(PALETTE.company)[1]!);
  });
});
