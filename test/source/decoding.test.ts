// What comes out of a decoded input: the luma of every pixel format, sizes, rotation, alpha. Times have their own file.
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { make, moving, play, scratch, type Shot } from './clips.js';

const at = scratch();

describe('luma of every pixel format', () => {
  const [width, height] = [35, 27];
  // A ramp within the video range, with colour beside it: luma must not take the colour up.
  const ramp = (x: number, y: number): number => 20 + 4 * x + 2 * y;
  const source = [
    '-f',
    'lavfi',
    '-i',
    `color=s=${width}x${height}:r=5:d=0.4,format=yuv444p,geq=lum='20+4*X+2*Y':cb=100:cr=150`,
  ];

  async function played(format: string, raw: string): Promise<{ gray: Uint8Array; size: number[] }> {
    const clip = await make(...source, '-vf', `format=${format}`, '-c:v', raw, '-strict', '-1', at(`${format}.mkv`));
    const { shots, error } = await play(clip);
    expect(error).toBeUndefined();
    expect(shots).toHaveLength(2);
    return { gray: shots[1]?.gray as Uint8Array, size: [shots[1]?.width ?? 0, shots[1]?.height ?? 0] };
  }

  test.each(['yuv420p', 'yuv422p', 'yuv444p', 'yuv440p'])('%s: the plane as it is', async (format) => {
    const { gray, size } = await played(format, 'ffv1');
    expect(size).toEqual([width, height]);
    const wanted = Uint8Array.from({ length: width * height }, (_, i) => ramp(i % width, Math.floor(i / width)));
    expect(Buffer.compare(gray, wanted)).toBe(0);
  });

  // Encoders convert the range of these, or they have no luma plane: the same ramp up to a linear map and rounding.
  test.each([
    ['yuvj420p', 'mjpeg'],
    ['gray', 'ffv1'],
    ['yuv410p', 'ffv1'],
    ['nv12', 'rawvideo'],
    ['yuv420p10le', 'ffv1'],
    ['gray16le', 'ffv1'],
    ['bgr0', 'ffv1'],
    ['gbrp10le', 'ffv1'],
  ])('%s: close to it', async (format, codec) => {
    const { gray } = await played(format, codec);
    const [low, high] = [gray[0] as number, gray.at(-1) as number];
    const slope = (high - low) / (ramp(width - 1, height - 1) - ramp(0, 0));
    expect(slope).toBeGreaterThan(0.95);
    expect(slope).toBeLessThan(1.25);
    const away = gray.map((value, i) =>
      Math.abs(value - (low + slope * (ramp(i % width, Math.floor(i / width)) - ramp(0, 0)))),
    );
    expect(Math.max(...away)).toBeLessThanOrEqual(6);
  });
});

describe('geometry', () => {
  // Odd edges cut through what chroma planes and packed pairs share.
  test.each(['yuv420p', 'yuv411p', 'yuv440p', 'yuyv422', 'nv12', 'yuv420p10le', 'bgr0', 'yuva420p'])(
    '%s: a crop is that part of the whole',
    async (format) => {
      const codec = ['yuyv422', 'nv12'].includes(format) ? 'rawvideo' : 'ffv1';
      const clip = await make(
        ...moving('s=36x26:r=5:d=0.4'),
        '-pix_fmt',
        format,
        '-c:v',
        codec,
        at(`crop-${format}.mkv`),
      );
      const [left, top, width, height] = [3, 5, 17, 11];
      const [{ shots }, { shots: parts }] = await Promise.all([
        play(clip),
        play(clip, { crop: [left, top, width, height] }),
      ]);
      expect(parts).toHaveLength(2);
      const whole = shots[1]?.gray as Uint8Array;
      const wanted = Uint8Array.from(
        { length: width * height },
        (_, i) => whole[(top + Math.floor(i / width)) * 36 + left + (i % width)] as number,
      );
      expect(Buffer.compare(parts[1]?.gray as Uint8Array, wanted)).toBe(0);
    },
  );

  test('a rotated phone video comes upright, and so does its crop', async () => {
    const flat = await make(...moving('s=48x32:r=5:d=0.4'), '-pix_fmt', 'yuv420p', at('flat.mp4'));
    const turned = at('turned.mp4');
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', flat, '-c', 'copy', '-metadata:s:v', 'rotate=90', turned]);
    const [{ shots }, { shots: parts, monitor }] = await Promise.all([
      play(turned),
      play(turned, { crop: [3, 5, 17, 21] }),
    ]);
    expect([shots[0]?.width, shots[0]?.height]).toEqual([32, 48]);
    expect([monitor.info?.width, monitor.info?.height]).toEqual([32, 48]);
    const [whole, part] = [shots[0]?.gray as Uint8Array, parts[0]];
    expect(part).toMatchObject({ left: 3, top: 5, width: 17, height: 21 });
    const wanted = Uint8Array.from(
      { length: 17 * 21 },
      (_, i) => whole[(5 + Math.floor(i / 17)) * 32 + 3 + (i % 17)] as number,
    );
    expect(Buffer.compare(part?.gray as Uint8Array, wanted)).toBe(0);
  });

  test('a crop may depend on the size', async () => {
    const clip = await make(...moving('s=40x30:r=5:d=0.4'), '-pix_fmt', 'yuv420p', at('relative.mp4'));
    const { shots } = await play(clip, { crop: ({ width, height }) => [width / 2, 0, width / 2, height] });
    expect(shots[0]).toMatchObject({ left: 20, top: 0, width: 20, height: 30 });
  });

  test('a photo that lies on its side (EXIF) is turned', async () => {
    const { readFile, writeFile } = await import('node:fs/promises');
    const photo = await readFile(await make(...moving('s=40x24'), '-frames:v', '1', at('photo.jpg')));
    const exif = Buffer.from('4578696600004d4d002a000000080001011200030000000100060000000000', 'hex');
    const mark = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
    await writeFile(at('exif.jpg'), Buffer.concat([photo.subarray(0, 2), mark, exif, photo.subarray(2)]));
    const { shots } = await play(at('exif.jpg'));
    expect(shots[0]).toMatchObject({ width: 24, height: 40, time: 0, index: 0 });
  });

  test('one pixel', async () => {
    const clip = await make(
      '-f',
      'lavfi',
      '-i',
      'color=white:s=2x2:r=5:d=0.4',
      '-vf',
      'scale=1:1',
      '-c:v',
      'ffv1',
      '-pix_fmt',
      'gray',
      at('one.mkv'),
    );
    const { shots, error } = await play(clip);
    expect(error).toBeUndefined();
    expect(shots.map((shot) => [...shot.gray])).toEqual([[255], [255]]);
  });

  test('a size that changes in mid-stream is followed', async () => {
    const parts = [];
    for (const size of ['32x24', '48x40'])
      parts.push(
        await make(
          ...moving(`s=${size}:r=5:d=0.6`),
          '-pix_fmt',
          'yuv420p',
          '-bsf:v',
          'h264_mp4toannexb',
          at(`${size}.h264`),
        ),
      );
    execFileSync('sh', ['-c', 'cat "$1" "$2" > "$3"', 'sh', ...parts, at('grows.h264')]);
    const { shots, error } = await play(at('grows.h264'));
    expect(error).toBeUndefined();
    expect(shots.map((shot) => shot.width)).toEqual([32, 32, 32, 48, 48, 48]);
    const cropped = await play(at('grows.h264'), { crop: [2, 2, 8, 8] });
    expect(cropped.shots).toHaveLength(6);
  });
});

describe('less detail than there is', () => {
  /** The rounded means of the blocks of 2 x 2 pixels, `times` times. */
  const halved = ({ gray, width, height }: Pick<Shot, 'gray' | 'width' | 'height'>, times: number): Uint8Array => {
    if (times === 0) return gray;
    const half = { width: width / 2, height: height / 2 };
    const sum = (x: number, y: number): number =>
      gray[y * width + x]! + gray[y * width + x + 1]! + gray[(y + 1) * width + x]! + gray[(y + 1) * width + x + 1]!;
    const means = Uint8Array.from(
      { length: half.width * half.height },
      (_, i) => (sum(2 * (i % half.width), 2 * Math.floor(i / half.width)) + 2) >> 2,
    );
    return halved({ ...half, gray: means }, times - 1);
  };

  test.each([
    ['of limited range', ['-pix_fmt', 'yuv420p'], 100, 1],
    ['of full range', ['-pix_fmt', 'yuvj420p', '-color_range', 'pc'], 100, 1],
    ['of ten bits', ['-pix_fmt', 'yuv420p10le', '-c:v', 'ffv1'], 100, 1],
    ['twice', ['-pix_fmt', 'yuv420p'], 60, 2],
    ['no further than to odd sides', ['-pix_fmt', 'yuv420p'], 1, 2],
    ['not at all where it is small enough', ['-pix_fmt', 'yuv420p'], 168, 0],
  ])('is the rounded mean: %s', async (name, format, longestSide, times) => {
    const clip = await make(...moving('s=168x100:r=5:d=0.4'), ...format, at(`${name.replaceAll(' ', '-')}.mkv`));
    const [{ shots: whole }, { shots, error, monitor }] = await Promise.all([play(clip), play(clip, { longestSide })]);
    expect(error).toBeUndefined();
    expect(monitor.info).toMatchObject({ width: 168, height: 100 });
    expect(shots).toHaveLength(2);
    shots.forEach((shot, k) => {
      const scale = 2 ** times;
      expect(shot).toMatchObject({ width: 168 / scale, height: 100 / scale, scale, left: 0, top: 0 });
      expect(Buffer.compare(shot.gray, halved(whole[k]!, times))).toBe(0);
    });
  });

  test('of a crop, and as the size changes in mid-stream', async () => {
    const parts = [];
    for (const size of ['36x24', '48x40'])
      parts.push(
        await make(
          ...moving(`s=${size}:r=5:d=0.2`),
          '-pix_fmt',
          'yuv420p',
          '-bsf:v',
          'h264_mp4toannexb',
          at(`${size}.h264`),
        ),
      );
    execFileSync('sh', ['-c', 'cat "$1" "$2" > "$3"', 'sh', ...parts, at('sizes.h264')]);
    const [{ shots: whole }, { shots }] = await Promise.all([
      play(at('sizes.h264')),
      play(at('sizes.h264'), { longestSide: 40 }),
    ]);
    expect(shots.map(({ width, scale }) => [width, scale])).toEqual([
      [36, 1],
      [24, 2],
    ]);
    expect(Buffer.compare(shots[1]!.gray, halved(whole[1]!, 1))).toBe(0);
    const cropFor = (size: number) => (): [number, number, number, number] => [3, 1, size, 10];
    const [{ shots: cut }, { shots: cutAndHalved }] = await Promise.all([
      play(at('sizes.h264'), { crop: cropFor(12) }),
      play(at('sizes.h264'), { crop: cropFor(12), longestSide: 8 }),
    ]);
    expect(cutAndHalved[0]).toMatchObject({ left: 3, top: 1, width: 6, height: 5, scale: 2 });
    expect(Buffer.compare(cutAndHalved[0]!.gray, halved(cut[0]!, 1))).toBe(0);
  });

  test('pictures with transparency and stills come whole', async () => {
    const clear = await make(
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=32x24:r=5:d=0.2,format=rgba',
      '-c:v',
      'ffv1',
      '-pix_fmt',
      'bgra',
      at('clear.mkv'),
    );
    const still = await make(...moving('s=32x24'), '-frames:v', '1', at('small.png'));
    for (const source of [clear, still])
      expect((await play(source, { longestSide: 8 })).shots[0]).toMatchObject({ width: 32, height: 24, scale: 1 });
  });
});

describe('transparency', () => {
  const page = (luma: number): string[] => {
    const box = "a='255*between(X,4,9)*between(Y,3,7)'";
    return ['-f', 'lavfi', '-i', `nullsrc=s=16x12:r=5:d=0.4,format=rgba,geq=r=${luma}:g=${luma}:b=${luma}:${box}`];
  };
  const corner = (gray: Uint8Array | undefined): unknown[] => [gray?.[0], gray?.[5 * 16 + 6]];

  test.each([
    ['black', 0, [255, 0]],
    ['white', 255, [0, 255]],
  ])('%s ink on a transparent png is readable', async (ink, luma, wanted) => {
    const { shots } = await play(await make(...page(luma), '-frames:v', '1', at(`${ink}.png`)));
    expect(corner(shots[0]?.gray)).toEqual(wanted);
  });

  test.each([
    ['apng', ['-f', 'apng'], 'ink.apng'],
    ['gif', ['-vf', 'split[a][b];[a]palettegen[p];[b][p]paletteuse'], 'ink.gif'],
    ['png codec in mov', ['-c:v', 'png'], 'ink.mov'],
    ['rgba ffv1', ['-c:v', 'ffv1', '-pix_fmt', 'bgra'], 'ink.mkv'],
    ['webm', ['-c:v', 'libvpx', '-auto-alt-ref', '0', '-pix_fmt', 'yuva420p', '-crf', '4', '-b:v', '2M'], 'ink.webm'],
  ])('video: %s', async (_name, args, file) => {
    const { shots, error } = await play(await make(...page(0), ...args, at(file)));
    expect(error).toBeUndefined();
    expect(shots.length).toBeGreaterThanOrEqual(1);
    for (const { gray } of shots) {
      expect(gray[0]).toBeGreaterThan(235);
      expect(gray[5 * 16 + 6]).toBeLessThan(20);
    }
  });
});
