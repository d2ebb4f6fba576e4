// What comes out of a decoded input: the luma of every pixel format, sizes, rotation, alpha. Times have their own file.
import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { make, makeAll, moving, play, rememberingProbe, scratch, type RememberingProbe, type Shot } from './clips.js';

const at = scratch();
let probe: RememberingProbe;

// What the tests below play, made in one run of ffmpeg before the first of them.
const clips: (() => string[][])[] = [];
beforeAll(async () => {
  probe = await rememberingProbe(at('.'));
  await makeAll(...clips.flatMap((listed) => listed()));
});

/** Writes the clips one after another into one file, as a stream without a container allows. */
async function join(parts: readonly string[], file: string): Promise<void> {
  await writeFile(at(file), Buffer.concat(await Promise.all(parts.map((part) => readFile(at(part))))));
}

describe('pixel formats', () => {
  const [width, height] = [31, 27];
  // A ramp within the video range, with colour beside it: luma must not take the colour up, and no crop that is a pixel
  // off may look like the right one.
  const ramp = (x: number, y: number): number => 20 + 5 * x + y;
  const source = `color=s=${width}x${height}:r=5:d=0.4,format=yuv444p,geq=lum='20+5*X+Y':cb='100+X':cr='150-Y'`;
  const plain = ['yuv420p', 'yuv422p', 'yuv444p', 'yuv440p', 'yuv411p'];
  // Encoders convert the range of these, or they have no luma plane: the same ramp up to a linear map and rounding.
  const close = ['yuvj420p', 'gray', 'yuv410p', 'nv12', 'yuyv422', 'yuv420p10le', 'gray16le', 'bgr0', 'gbrp10le'];
  const formats = [...plain, ...close, 'yuva420p'];
  const codecs: Readonly<Record<string, string>> = { yuvj420p: 'mjpeg', nv12: 'rawvideo', yuyv422: 'rawvideo' };
  const clipOf = (format: string): string => at(`${format}.mkv`);
  const wholes = new Map<string, ReturnType<typeof play>>();

  clips.push(() =>
    formats.map((format) => [
      ...['-f', 'lavfi', '-i', source, '-vf', `format=${format}`],
      ...['-c:v', codecs[format] ?? 'ffv1', '-strict', '-1', clipOf(format)],
    ]),
  );

  beforeAll(async () => {
    // All formats as streams of one file, so that ffprobe tells of them at once.
    const streams = formats.flatMap((_, i) => ['-map', String(i)]);
    const inputs = formats.flatMap((format) => ['-i', clipOf(format)]);
    const all = await make(...inputs, ...streams, '-c', 'copy', '-strict', '-1', at('all.mkv'));
    // Its first stream is the one that is played.
    const first = play(all, probe);
    wholes.set(formats[0] as string, first);
    await first;
    const said = (await probe.answer(all)) as { streams: unknown[] };
    for (const [i, format] of formats.entries())
      await probe.remember(clipOf(format), { ...said, streams: [said.streams[i]] });
  });

  function whole(format: string): ReturnType<typeof play> {
    const playing = wholes.get(format) ?? play(clipOf(format), probe);
    wholes.set(format, playing);
    return playing;
  }

  async function lumaOf(format: string): Promise<Shot> {
    const { shots, error } = await whole(format);
    expect(error).toBeUndefined();
    expect(shots).toHaveLength(2);
    const shot = shots[1] as Shot;
    expect([shot.width, shot.height]).toEqual([width, height]);
    return shot;
  }

  test.each(plain)('%s: the plane as it is', async (format) => {
    const { gray } = await lumaOf(format);
    const wanted = Uint8Array.from({ length: width * height }, (_, i) => ramp(i % width, Math.floor(i / width)));
    expect(Buffer.compare(gray, wanted)).toBe(0);
  });

  test.each([...close, 'yuva420p'])('%s: close to it', async (format) => {
    const { gray } = await lumaOf(format);
    const [low, high] = [gray[0] as number, gray.at(-1) as number];
    const slope = (high - low) / (ramp(width - 1, height - 1) - ramp(0, 0));
    expect(slope).toBeGreaterThan(0.95);
    expect(slope).toBeLessThan(1.25);
    const away = gray.map((value, i) =>
      Math.abs(value - (low + slope * (ramp(i % width, Math.floor(i / width)) - ramp(0, 0)))),
    );
    expect(Math.max(...away)).toBeLessThanOrEqual(6);
  });

  // Odd edges cut through what chroma planes and packed pairs share.
  test.each(['yuv420p', 'yuv411p', 'yuv440p', 'yuyv422', 'nv12', 'yuv420p10le', 'bgr0', 'yuva420p'])(
    '%s: a crop is that part of the whole',
    async (format) => {
      const crop = [3, 5, 17, 11] as const;
      const { shots } = await whole(format);
      const { shots: parts } = await play(clipOf(format), { ...probe, crop });
      expect(parts).toHaveLength(2);
      expect(Buffer.compare(parts[1]?.gray as Uint8Array, partOf(shots[1] as Shot, crop))).toBe(0);
    },
  );
});

/** The pixels of a part of a picture. */
function partOf({ gray, width }: Shot, [left, top, w, h]: readonly [number, number, number, number]): Uint8Array {
  return Uint8Array.from(
    { length: w * h },
    (_, i) => gray[(top + Math.floor(i / w)) * width + left + (i % w)] as number,
  );
}

describe('geometry', () => {
  const h264 = ['-pix_fmt', 'yuv420p', '-bsf:v', 'h264_mp4toannexb'];
  clips.push(() => [
    [...moving('s=48x32:r=5:d=0.4'), '-pix_fmt', 'yuv420p', at('flat.mp4')],
    [...moving('s=40x24:r=1:d=1'), '-frames:v', '1', at('photo.jpg')],
    [
      ...['-f', 'lavfi', '-i', 'color=white:s=2x2:r=5:d=0.4'],
      ...['-vf', 'scale=1:1', '-c:v', 'ffv1', '-pix_fmt', 'gray', at('one.mkv')],
    ],
    [...moving('s=36x24:r=5:d=0.6'), ...h264, at('small.h264')],
    [...moving('s=48x40:r=5:d=0.6'), ...h264, at('large.h264')],
  ]);

  beforeAll(async () => {
    await join(['small.h264', 'large.h264'], 'grows.h264');
    await join(['large.h264', 'small.h264'], 'shrinks.h264');
  });

  test('a rotated phone video comes upright, and so does its crop', async () => {
    const turned = await make('-i', at('flat.mp4'), '-c', 'copy', '-metadata:s:v', 'rotate=90', at('turned.mp4'));
    const crop = [3, 5, 17, 21] as const;
    const { shots } = await play(turned, probe);
    const { shots: parts, monitor } = await play(turned, { ...probe, crop });
    expect([shots[0]?.width, shots[0]?.height]).toEqual([32, 48]);
    expect([monitor.info?.width, monitor.info?.height]).toEqual([32, 48]);
    expect(parts[0]).toMatchObject({ left: 3, top: 5, width: 17, height: 21 });
    expect(Buffer.compare(parts[0]?.gray as Uint8Array, partOf(shots[0] as Shot, crop))).toBe(0);
  });

  test('a crop may depend on the size', async () => {
    const { shots } = await play(at('flat.mp4'), {
      crop: ({ width, height }) => [width / 2, 0, width / 2, height],
    });
    expect(shots[0]).toMatchObject({ left: 24, top: 0, width: 24, height: 32 });
  });

  test('a photo that lies on its side (EXIF) is turned', async () => {
    const photo = await readFile(at('photo.jpg'));
    const exif = Buffer.from('4578696600004d4d002a000000080001011200030000000100060000000000', 'hex');
    const mark = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
    await writeFile(at('exif.jpg'), Buffer.concat([photo.subarray(0, 2), mark, exif, photo.subarray(2)]));
    const { shots } = await play(at('exif.jpg'));
    expect(shots[0]).toMatchObject({ width: 24, height: 40, time: 0, index: 0 });
  });

  test('one pixel', async () => {
    const { shots, error } = await play(at('one.mkv'));
    expect(error).toBeUndefined();
    expect(shots.map((shot) => [...shot.gray])).toEqual([[255], [255]]);
  });

  test('a size that changes in mid-stream is followed, whole, in part and in less detail', async () => {
    const { shots, error } = await play(at('grows.h264'), probe);
    expect(error).toBeUndefined();
    expect(shots.map((shot) => shot.width)).toEqual([36, 36, 36, 48, 48, 48]);
    const { shots: shrinking } = await play(at('shrinks.h264'), probe);
    expect(shrinking.map((shot) => shot.width)).toEqual([48, 48, 48, 36, 36, 36]);
    const { shots: less } = await play(at('grows.h264'), { ...probe, longestSide: 40 });
    expect(less.map(({ width, scale }) => [width, scale])).toEqual([
      ...Array.from({ length: 3 }, () => [36, 1]),
      ...Array.from({ length: 3 }, () => [24, 2]),
    ]);
    expect(Buffer.compare(less[3]!.gray, halved(shots[3]!, 1))).toBe(0);
    const crop = [3, 1, 12, 10] as const;
    const { shots: cut } = await play(at('grows.h264'), { ...probe, crop });
    expect(cut).toHaveLength(6);
    const { shots: cutAndHalved } = await play(at('grows.h264'), { ...probe, crop, longestSide: 8 });
    expect(cutAndHalved[0]).toMatchObject({ left: 3, top: 1, width: 6, height: 5, scale: 2 });
    cutAndHalved.forEach((shot, i) => expect(Buffer.compare(shot.gray, halved(cut[i]!, 1))).toBe(0));
  });
});

/** The rounded means of the blocks of 2 x 2 pixels, `times` times. */
function halved({ gray, width, height }: Pick<Shot, 'gray' | 'width' | 'height'>, times: number): Uint8Array {
  if (times === 0) return gray;
  const half = { width: width / 2, height: height / 2 };
  const sum = (x: number, y: number): number =>
    gray[y * width + x]! + gray[y * width + x + 1]! + gray[(y + 1) * width + x]! + gray[(y + 1) * width + x + 1]!;
  const means = Uint8Array.from(
    { length: half.width * half.height },
    (_, i) => (sum(2 * (i % half.width), 2 * Math.floor(i / half.width)) + 2) >> 2,
  );
  return halved({ ...half, gray: means }, times - 1);
}

describe('less detail than there is', () => {
  const formats = {
    limited: ['-pix_fmt', 'yuv420p'],
    full: ['-pix_fmt', 'yuvj420p', '-color_range', 'pc'],
    ten: ['-pix_fmt', 'yuv420p10le', '-c:v', 'ffv1'],
  } as const;
  const wholes = new Map<string, ReturnType<typeof play>>();

  clips.push(() => [
    ...Object.entries(formats).map(([name, args]) => [...moving('s=168x100:r=5:d=0.4'), ...args, at(`${name}.mkv`)]),
    [
      ...['-f', 'lavfi', '-i', 'testsrc2=s=32x24:r=5:d=0.2,format=rgba'],
      ...['-c:v', 'ffv1', '-pix_fmt', 'bgra', at('clear.mkv')],
    ],
    [...moving('s=32x24:r=1:d=1'), '-frames:v', '1', at('small.png')],
  ]);

  test.each([
    ['of limited range', 'limited', 100, 1],
    ['of full range', 'full', 100, 1],
    ['of ten bits', 'ten', 100, 1],
    ['once, however much larger it is', 'limited', 1, 1],
    ['not at all where it is small enough', 'limited', 168, 0],
  ])('is the rounded mean: %s', async (_name, clip, longestSide, times) => {
    const file = at(`${clip}.mkv`);
    const playing = wholes.get(clip) ?? play(file, probe);
    wholes.set(clip, playing);
    const { shots: whole } = await playing;
    const { shots, error, monitor } = await play(file, { ...probe, longestSide });
    expect(error).toBeUndefined();
    expect(monitor.info).toMatchObject({ width: 168, height: 100 });
    expect(shots).toHaveLength(2);
    shots.forEach((shot, k) => {
      const scale = 2 ** times;
      expect(shot).toMatchObject({ width: 168 / scale, height: 100 / scale, scale, left: 0, top: 0 });
      expect(Buffer.compare(shot.gray, halved(whole[k]!, times))).toBe(0);
    });
  });

  test.each(['clear.mkv', 'small.png'])('pictures with transparency and stills come whole: %s', async (file) => {
    const { shots } = await play(at(file), { longestSide: 8 });
    expect(shots[0]).toMatchObject({ width: 32, height: 24, scale: 1 });
  });
});

describe('transparency', () => {
  const page = (luma: number): string[] => {
    const box = "a='255*between(X,4,9)*between(Y,3,7)'";
    return ['-f', 'lavfi', '-i', `nullsrc=s=16x12:r=5:d=0.4,format=rgba,geq=r=${luma}:g=${luma}:b=${luma}:${box}`];
  };
  const corner = (gray: Uint8Array | undefined): unknown[] => [gray?.[0], gray?.[5 * 16 + 6]];
  const videos: [name: string, args: string[], file: string][] = [
    ['apng', ['-f', 'apng'], 'ink.apng'],
    ['gif', ['-vf', 'split[a][b];[a]palettegen[p];[b][p]paletteuse'], 'ink.gif'],
    ['png codec in mov', ['-c:v', 'png'], 'ink.mov'],
    ['rgba ffv1', ['-c:v', 'ffv1', '-pix_fmt', 'bgra'], 'ink.mkv'],
    ['webm', ['-c:v', 'libvpx', '-auto-alt-ref', '0', '-pix_fmt', 'yuva420p', '-crf', '4', '-b:v', '2M'], 'ink.webm'],
  ];

  clips.push(() => [
    [...page(0), '-frames:v', '1', at('black.png')],
    [...page(255), '-frames:v', '1', at('white.png')],
    ...videos.map(([, args, file]) => [...page(0), ...args, at(file)]),
  ]);

  test.each([
    ['black', [255, 0]],
    ['white', [0, 255]],
  ])('%s ink on a transparent png is readable', async (ink, wanted) => {
    const { shots } = await play(at(`${ink}.png`));
    expect(corner(shots[0]?.gray)).toEqual(wanted);
  });

  test.each(videos)('video: %s', async (_name, _args, file) => {
    const { shots, error } = await play(at(file));
    expect(error).toBeUndefined();
    expect(shots.length).toBeGreaterThanOrEqual(1);
    for (const { gray } of shots) {
      expect(gray[0]).toBeGreaterThan(235);
      expect(gray[5 * 16 + 6]).toBeLessThan(20);
    }
  });
});
