// Which video stream of a file is read, and what is said of it.
import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/base/errors.js';
import { chooseStream, streamRemark, videoStreams, type RawStream } from '../../src/source/streams.js';
import { make, makeAll, moving, play, rememberingProbe, scratch, type RememberingProbe } from './clips.js';
import { gray, png } from './pictures.js';

const video = (width: number, height: number, more: Partial<RawStream> = {}): RawStream => ({
  codec_type: 'video',
  codec_name: 'h264',
  pix_fmt: 'yuv420p',
  nb_frames: '30',
  width,
  height,
  ...more,
});
const marked = (...names: string[]): Pick<RawStream, 'disposition'> => ({
  disposition: Object.fromEntries(names.map((name) => [name, 1])),
});

describe('of several video streams', () => {
  test.each<[string, RawStream[], number]>([
    ['the only one', [video(64, 48)], 0],
    ['the first of equals', [video(64, 48), video(64, 48)], 0],
    ['the largest', [video(64, 48), video(640, 480), video(320, 240)], 1],
    ['one marked as default, before a larger', [video(640, 480), video(64, 48, marked('default'))], 1],
    ['the largest of those', [video(64, 48, marked('default')), video(640, 480, marked('default'))], 1],
    ['a film before a still', [video(640, 480, marked('still_image')), video(64, 48)], 1],
    ['a film before thumbnails', [video(640, 480, marked('default', 'timed_thumbnails')), video(64, 48)], 1],
    [
      'a film before a stream of one frame',
      [video(640, 480, { nb_frames: '1', ...marked('default') }), video(64, 48)],
      1,
    ],
    ['a still where there is no film', [video(64, 48, { nb_frames: '1' }), video(640, 480, { nb_frames: '1' })], 1],
    ['what was recognised', [video(640, 480, { pix_fmt: undefined as never }), video(64, 48)], 1],
  ])('%s is taken', (_name, streams, index) => {
    const known = streams.map((stream) => (stream.pix_fmt === undefined ? without(stream) : stream));
    expect(chooseStream('a.mp4', known, undefined)).toBe(index);
  });

  test('covers do not count', () => {
    const streams = [video(600, 600, marked('attached_pic')), { codec_type: 'audio' }, video(64, 48), video(32, 24)];
    expect(videoStreams(streams)).toEqual([streams[2], streams[3]]);
  });

  test('the one that is asked for is taken; one that is not there is refused with what there is', () => {
    const streams = [video(640, 480, marked('default')), video(64, 48, { codec_name: 'mjpeg', nb_frames: '1' })];
    expect(chooseStream('a.mp4', streams, 1)).toBe(1);
    expect(() => chooseStream('a.mp4', streams, 2)).toThrow(
      new UsageError(
        'a.mp4 has 2 video streams, 0 (h264, 640x480, default) and 1 (mjpeg, 64x48, 1 frame): there is no 2. Set ' +
          'source.stream to one of them, or leave it out.',
      ),
    );
    expect(() => chooseStream('a.mp4', streams.slice(0, 1), 1)).toThrow(
      /has one video stream, 0 \(h264, 640x480, default\): there is no 1\./,
    );
  });

  test('all are named, a few of very many', () => {
    expect(streamRemark([video(64, 48)], 0)).toBeUndefined();
    expect(streamRemark([video(64, 48), video(32, 24, { codec_name: 'a\u202eb' })], 0)).toBe(
      'video stream 0 was read, of 0 (h264, 64x48) and 1 (a\\u202eb, 32x24); source.stream chooses another',
    );
    expect(
      streamRemark(
        Array.from({ length: 300 }, () => video(64, 48)),
        0,
      ),
    ).toMatch(/, 9 \(h264, 64x48\) and 290 more;/);
  });
});

function without({ pix_fmt: _, ...rest }: RawStream): RawStream {
  return rest;
}

describe('a film with a thumbnail in front', () => {
  const at = scratch();
  let probe: RememberingProbe;
  let both = '';

  beforeAll(async () => {
    probe = await rememberingProbe(at('.'));
    await writeFile(at('still.png'), png(gray(128, 96, () => 200)));
    await makeAll(
      ['-i', at('still.png'), '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', at('still.mov')],
      [...moving('s=64x48:r=10:d=0.9'), '-pix_fmt', 'yuv420p', at('film.mp4')],
    );
    const maps = ['-map', '0', '-map', '1', '-c', 'copy'];
    both = await make(
      '-i',
      at('still.mov'),
      '-i',
      at('film.mp4'),
      ...maps,
      '-disposition:v:0',
      'default',
      at('both.mp4'),
    );
  });

  test('is read, and the summary is told of both', async () => {
    const { shots, error, monitor } = await play(both, probe);
    expect(error).toBeUndefined();
    expect(shots.map(({ width, height }) => [width, height])).toEqual(Array.from({ length: 9 }, () => [64, 48]));
    expect(monitor.remarks).toEqual([
      expect.stringMatching(/^video stream 1 was read, of 0 \(mjpeg, 128x96, 1 frame.*\) and 1 \(h264, 64x48/),
    ]);
  });

  test('gives the thumbnail where that is asked for', async () => {
    const { shots } = await play(both, { ...probe, stream: 0 });
    expect(shots.map(({ width, height }) => [width, height])).toEqual([[128, 96]]);
  });

  test.each([
    [() => both, 2, /both\.mp4 has 2 video streams, 0 .* and 1 .*: there is no 2\./],
    [() => at('still.png'), 1, /still\.png is a picture and has one video stream, 0: there is no 1\./],
    [() => both, -1, /stream must be an integer >= 0, got -1\./],
  ])('gives nothing else', async (file, stream, message) => {
    const { shots, error } = await play(file(), { ...probe, stream });
    expect(shots).toEqual([]);
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toMatch(message);
  });
});
