import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SourceError, UsageError } from '../../../src/base/errors.js';
import { createAnnotator } from '../../../src/sinks/drawing/annotate.js';
import { PALETTE } from '../../../src/sinks/drawing/palette.js';
import type { FrameSightings, Sighting } from '../../../src/types.js';
import { layoutFor } from '../../../src/sinks/drawing/picture.js';
import { decode, distance, probe } from './decode.js';
import { grayFrame, sighting, shown } from './sightings.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annotate-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function annotate(
  name: string,
  frames: Parameters<ReturnType<typeof createAnnotator>['frame']>[0][],
): Promise<string> {
  const path = join(folder, name);
  const annotator = createAnnotator(path);
  for (const frame of frames) await annotator.frame(frame);
  await annotator.close();
  return path;
}

describe('createAnnotator', () => {
  it('draws each verdict in its colour around its box, and leaves the digit as it is', async () => {
    const frame = grayFrame(640, 480, 128);
    const path = await annotate('a.png', [
      shown(
        frame,
        sighting([100, 200, 60, 80], 7, 18.4),
        sighting([400, 200, 60, 80], 3, 1.2, 'ratio'),
        sighting([300, 380, 40, 40], 0, 0, 'blank'),
      ),
    ]);
    const picture = await decode(path);
    const { image } = layoutFor(640, 480);
    expect([picture.width, picture.height]).toEqual([640, 480 + image.y]);
    expect(distance(picture.at(100 - 1, 240 + image.y), PALETTE.accepted)).toBeLessThan(4);
    expect(distance(picture.at(160, 240 + image.y), PALETTE.accepted)).toBeLessThan(4);
    expect(distance(picture.at(400 - 1, 240 + image.y), PALETTE.doubtful)).toBeLessThan(4);
    expect(distance(picture.at(300 - 1, 400 + image.y), PALETTE.empty)).toBeLessThan(4);
    for (const [x, y] of [
      [101, 202],
      [130, 240],
      [158, 278],
      [430, 240],
      [320, 400],
    ] as const)
      expect(picture.at(x, y + image.y)).toEqual([128, 128, 128]);
  });

  it('keeps labels inside the picture and off the digit for boxes at every border', async () => {
    const boxes = [
      [0, 0, 50, 60],
      [270, 0, 50, 60],
      [0, 180, 50, 60],
      [270, 180, 50, 60],
    ] as const;
    for (const box of boxes) {
      const picture = await decode(
        await annotate('border.png', [shown(grayFrame(320, 240, 90), sighting(box, 8, 123.4))]),
      );
      const { image } = layoutFor(320, 240);
      let text = 0;
      for (let y = 0; y < 240; y++) {
        for (let x = 0; x < 320; x++) {
          const inside = x >= box[0] + 2 && x < box[0] + box[2] - 2 && y >= box[1] + 2 && y < box[1] + box[3] - 2;
          const colour = picture.at(x, y + image.y);
          if (inside) expect(colour).toEqual([90, 90, 90]);
          else if (distance(colour, PALETTE.text) < 60) text++;
        }
      }
      expect(text).toBeGreaterThan(20);
    }
  });

  it('maps boxes of a cropped frame to the crop', async () => {
    const picture = await decode(
      await annotate('crop.png', [
        shown(grayFrame(320, 240, 60, { left: 1000, top: 500 }), sighting([1100, 600, 40, 50], 4, 9)),
      ]),
    );
    expect(distance(picture.at(100 - 1, 125 + layoutFor(320, 240).image.y), PALETTE.accepted)).toBeLessThan(4);
  });

  it('shows frames of a variable rate at their times, to within a frame', async () => {
    const times = [5, 5.1, 5.15, 6];
    const path = await annotate(
      'vfr.mp4',
      times.map((time, index) => shown(grayFrame(320, 240, 40 + 60 * index, { index, time }))),
    );
    const video = await decode(path);
    const { image } = layoutFor(320, 240);
    const shades = Array.from({ length: video.frames }, (_, i) =>
      Math.round((video.at(160, image.y + 120, i)[0] - 35) / 60),
    );
    // 30 per second: frame 1 from 0.1 s on, frame 2 from 0.15 s (slot 4), frame 3 at 1 s.
    expect(shades).toEqual([0, 0, 0, 1, ...Array<number>(26).fill(2), 3]);
    expect(probe(path, 'stream=r_frame_rate,codec_name')).toEqual(['h264', '30/1']);
  });

  it('halves 60 frames per second and goes on when timestamps run back', async () => {
    const path = await annotate(
      'fast.mp4',
      Array.from({ length: 12 }, (_, i) => shown(grayFrame(64, 64, 50, { index: i, time: i / 60 }))),
    );
    expect((await decode(path)).frames).toBe(6);
    const back = await annotate(
      'back.mp4',
      [3, 1, 1, 1].map((time, index) => shown(grayFrame(64, 64, 50, { index, time }))),
    );
    expect((await decode(back)).frames).toBe(4);
  });

  it('shows images for a second each, scaled into the first one', async () => {
    const path = await annotate('images.mp4', [
      shown(grayFrame(320, 240, 100, { file: 'a.png' })),
      shown(grayFrame(100, 300, 200, { file: 'b.png', index: 1 }), sighting([0, 0, 100, 300], 1, 5, 'range')),
    ]);
    const video = await decode(path);
    const { image } = layoutFor(320, 240);
    expect(video.frames).toBe(60);
    expect(distance(video.at(160, image.y + 120, 29), '#646464')).toBeLessThan(6);
    expect(distance(video.at(160, image.y + 120, 30), '#c8c8c8')).toBeLessThan(6);
    // Beside the narrow image there is ground.
    expect(distance(video.at(60, image.y + 220, 59), PALETTE.ground)).toBeLessThan(10);
  });

  it('pads odd sizes to even and magnifies tiny frames', async () => {
    const odd = await decode(await annotate('odd.mp4', [shown(grayFrame(641, 361, 128))]));
    expect([odd.width % 2, odd.height % 2]).toEqual([0, 0]);
    expect(odd.width).toBe(642);
    const tiny = await decode(
      await annotate('tiny.png', [shown(grayFrame(28, 28, 128), sighting([4, 4, 20, 20], 2, 30))]),
    );
    expect(tiny.height).toBeGreaterThanOrEqual(240);
    expect((await decode(await annotate('dot.mp4', [shown(grayFrame(1, 1, 128))]))).frames).toBe(1);
  });

  it('leaves nothing behind: no file without a frame, none after an abort, no partial file', async () => {
    await annotate('none.mp4', []);
    const annotator = createAnnotator(join(folder, 'aborted.mp4'));
    await annotator.frame(shown(grayFrame(64, 64, 0)));
    await annotator.abort();
    await annotator.abort();
    await annotator.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it('can be closed in the midst of a frame, twice, and ignores later frames', async () => {
    const annotator = createAnnotator(join(folder, 'early.mp4'));
    const taking = annotator.frame(shown(grayFrame(64, 64, 0)));
    await Promise.all([annotator.close(), annotator.close(), taking]);
    await annotator.frame(shown(grayFrame(64, 64, 0, { time: 1 })));
    expect((await decode(join(folder, 'early.mp4'))).frames).toBe(1);
  });

  it('tells the user what is wrong with the path', async () => {
    expect(() => createAnnotator('out.avi')).toThrow(UsageError);
    const image = createAnnotator(join(folder, 'one.png'));
    await image.frame(shown(grayFrame(64, 64, 0)));
    await expect(image.frame(shown(grayFrame(64, 64, 0)))).rejects.toThrow(/\.mp4/);
    await writeFile(join(folder, 'file'), '');
    const blocked = createAnnotator(join(folder, 'file', 'out.mp4'));
    await expect(blocked.frame(shown(grayFrame(64, 64, 0)))).rejects.toThrow(UsageError);
  });

  it('says that ffmpeg is missing', async () => {
    const before = process.env['FFMPEG_PATH'];
    process.env['FFMPEG_PATH'] = join(folder, 'no-ffmpeg');
    try {
      const annotator = createAnnotator(join(folder, 'x.mp4'));
      await annotator.frame(shown(grayFrame(64, 64, 0)));
      await expect(annotator.close()).rejects.toThrow(SourceError);
      expect(await readdir(folder)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env['FFMPEG_PATH'];
      else process.env['FFMPEG_PATH'] = before;
    }
  });
});

describe('lines and words', () => {
  /** The colour of lines over the gray of the frame: they are see-through. */
  const OVER_GRAY = '#65b2df';
  const digits = [sighting([100, 200, 40, 60], 7, 18.4), sighting([150, 200, 40, 60], 3, 1.2, 'text')];
  const word = { marks: [0, 1], box: [100, 200, 90, 60] as const };
  const alone = { marks: [2], box: [300, 200, 40, 60] as const };

  async function drawn(lines: FrameSightings['lines'], sightings = digits) {
    const path = await annotate('lines.png', [
      { ...shown(grayFrame(640, 480, 128), ...sightings), ...(lines && { lines }) },
    ]);
    return { picture: await decode(path), top: layoutFor(640, 480).image.y };
  }

  /** Whether anything of the colour of lines is near a row or a column of the picture. */
  const near = ({ picture, top }: Awaited<ReturnType<typeof drawn>>, xs: number[], ys: number[]): boolean =>
    xs.some((x) => ys.some((y) => distance(picture.at(x, y + top), OVER_GRAY) < 25));
  const span = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

  it('are a rim around each word, and a stroke to the next', async () => {
    const seen = await drawn([{ words: [word, alone], box: [100, 200, 240, 60] }]);
    expect(near(seen, span(90, 99), [230])).toBe(true);
    expect(near(seen, span(191, 200), [240])).toBe(true);
    expect(near(seen, span(240, 260), span(225, 235))).toBe(true);
    expect(near(seen, [250], span(200, 220))).toBe(false);
  });

  it('are not drawn of lines without a sighting, nor of a mark on its own, nor on a digit', async () => {
    const seen = await drawn([{ words: [alone, { ...alone, marks: [3, 4] }], box: alone.box }]);
    expect(near(seen, span(280, 360), span(180, 280))).toBe(false);
    const single = await drawn([{ words: [{ marks: [0], box: [100, 200, 40, 60] }], box: [100, 200, 40, 60] }]);
    expect(near(single, span(90, 150), span(190, 270))).toBe(false);
    expect(seen.picture.at(120, 230 + seen.top)).toEqual([128, 128, 128]);
  });

  it('have the reasons of company in a colour of their own', async () => {
    const { picture, top } = await drawn(undefined);
    expect(distance(picture.at(150 - 1, 230 + top), PALETTE.company)).toBeLessThan(4);
  });
});

it('shows each number beside its digits, faintly while a place is not agreed on', async () => {
  const digits = [sighting([100, 200, 40, 60], 4, 18.4), sighting([150, 200, 40, 60], 7, 1.2, 'ratio')];
  const readings = (shown: string): FrameSightings['readings'] => ({
    told: [],
    refused: [],
    doubts: [],
    views: [{ id: 'n', shown, box: [100, 200, 90, 60] }],
  });
  const count = async (text: string, colour: string): Promise<number> => {
    const drawn = { ...shown(grayFrame(640, 480, 128), ...digits), readings: readings(text)! };
    const picture = await decode(await annotate('number.png', [drawn]));
    const { y, unit } = { ...layoutFor(640, 480).image, ...layoutFor(640, 480) };
    let pixels = 0;
    // Above the digits, where there is room.
    for (let row = y + 200 - 3 * unit; row < y + 200; row++)
      for (let x = 90; x < 200; x++) if (distance(picture.at(x, row), colour) < 40) pixels++;
    return pixels;
  };
  expect(await count('47', PALETTE.line)).toBeGreaterThan(20);
  expect(await count('4?', PALETTE.line)).toBe(0);
  expect(await count('4?', PALETTE.dim)).toBeGreaterThan(20);
});

it('leaves out labels of refused regions that would hide others, and none of an accepted one', async () => {
  const row = (rejected?: 'text') =>
    Array.from({ length: 60 }, (_, i) =>
      sighting([12 * (i % 20), 100 + 14 * Math.floor(i / 20), 10, 12], 1, 5, rejected),
    );
  const lettered = async (sightings: Sighting[], colour: string): Promise<number> => {
    const picture = await decode(await annotate('crowd.png', [shown(grayFrame(320, 240, 128), ...sightings)]));
    let count = 0;
    for (let y = layoutFor(320, 240).image.y; y < 70; y++)
      for (let x = 0; x < 320; x++) if (distance(picture.at(x, y), colour) < 60) count++;
    return count;
  };
  expect(await lettered(row('text'), PALETTE.company)).toBe(0);
  const one = [...row('text'), sighting([100, 60, 20, 30], 7, 18)];
  expect(await lettered(one, PALETTE.accepted)).toBeGreaterThan(20);
});
