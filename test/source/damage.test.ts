// Sources that are damaged or not what they seem: all that decodes comes first, then a message a person can use.
import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { SourceError } from '../../src/base/errors.js';
import { make, makeAll, moving, play, scratch } from './clips.js';

const at = scratch();
const clip = (name: string, ...args: string[]): string[] => [
  ...moving('s=96x72:r=10:d=2'),
  ...['-pix_fmt', 'yuv420p', '-g', '5', ...args, at(name)],
];

const HALVES: [name: string, file: string, args: string[]][] = [
  ['mp4 with its index in front', 'front.mp4', ['-movflags', '+faststart']],
  ['mp4 in fragments', 'parts.mp4', ['-movflags', 'frag_keyframe+empty_moov']],
  ['Matroska', 'half.mkv', []],
  ['avi', 'half.avi', ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p']],
  ['flv', 'half.flv', ['-c:v', 'flv1']],
];

beforeAll(async () => {
  const short = moving('s=32x24:r=10:d=0.5');
  const sound = ['-f', 'lavfi', '-i', 'sine=d=0.3'];
  await makeAll(
    ...HALVES.map(([, file, args]) => clip(file, ...args)),
    clip('behind.mp4'),
    clip('whole.mp4', '-g', '20'),
    [...moving('s=96x72:r=1:d=1'), '-frames:v', '1', at('half.jpg')],
    [...short, '-f', 'lavfi', '-i', 'sine=d=4', '-pix_fmt', 'yuv420p', at('sound.mkv')],
    [...short, ...['-vf', "setpts='if(eq(N,4),9/TB,PTS)'", '-fps_mode', 'vfr', '-pix_fmt', 'yuv420p', at('stays.mp4')]],
    [...sound, at('sound.mp3')],
    [
      ...[...sound, ...moving('s=16x16:r=1:d=1'), '-frames:v', '1', '-c:v', 'png'],
      ...['-disposition:v', 'attached_pic', at('covered.mp3')],
    ],
  );
});

async function cut(file: string, share = 0.5): Promise<string> {
  const bytes = await readFile(file);
  const part = file.replace(/(\.\w+)$/, '-cut$1');
  await writeFile(part, bytes.subarray(0, Math.floor(bytes.length * share)));
  return part;
}

describe('a video cut in half', () => {
  test.each(HALVES)('%s: the frames, then the count', async (_name, file) => {
    const [healthy, { shots, error }] = await Promise.all([play(at(file)), play(await cut(at(file)))]);
    expect(healthy.error).toBeUndefined();
    expect(healthy.shots).toHaveLength(20);
    expect(shots.length).toBeGreaterThan(4);
    expect(shots.length).toBeLessThan(18);
    expect(error).toBeInstanceOf(SourceError);
    expect(error?.message).toContain(`is cut off: it ends after ${shots.length} decoded frames`);
    // A picture that others were to refer to may be missing; no time is new, and none comes twice.
    const times = healthy.shots.map((shot) => shot.time);
    expect(shots.map((shot) => times.indexOf(shot.time))).toEqual(
      [...new Set(shots.map((shot) => times.indexOf(shot.time)))].sort((a, b) => a - b),
    );
    expect(times).toEqual(expect.arrayContaining(shots.map((shot) => shot.time)));
  });

  test('mp4 with its index at the end: nothing decodes, and the message says why', async () => {
    const { shots, error } = await play(await cut(at('behind.mp4')));
    expect(shots).toEqual([]);
    expect(error?.message).toMatch(/behind-cut\.mp4 is cut off or was never finished.*0 frames decoded/);
  });

  test('a picture: what is there is delivered', async () => {
    const { shots, error } = await play(await cut(at('half.jpg')));
    expect(shots).toHaveLength(1);
    expect(error?.message).toMatch(/half-cut\.jpg is cut off/);
  });
});

describe('healthy files are never called cut', () => {
  test('a part taken out by an edit list', async () => {
    const part = await make('-ss', '1.05', '-i', at('whole.mp4'), '-t', '0.5', '-c', 'copy', at('part.mp4'));
    const { error, shots, monitor } = await play(part);
    // The container counts pictures that are only there for others to refer to.
    expect(monitor.info?.frames).toBeGreaterThan(shots.length);
    expect(error).toBeUndefined();
  });

  test('sound that goes on longer', async () => {
    const { error, shots } = await play(at('sound.mkv'));
    expect(error).toBeUndefined();
    expect(shots).toHaveLength(5);
  });

  test('a last picture that stays for long', async () => {
    const { error, shots } = await play(at('stays.mp4'));
    expect(error).toBeUndefined();
    expect(shots.at(-1)?.time).toBe(9);
  });
});

describe('not what it seems', () => {
  test.each([
    ['text.mp4', 'Some text, and nothing else.\n'.repeat(50)],
    ['text.png', 'Some text, and nothing else.\n'.repeat(50)],
    ['zeros.mkv', '\0'.repeat(5000)],
  ])('%s', async (name, content) => {
    await writeFile(at(name), content);
    const { error, shots } = await play(at(name));
    expect(shots).toEqual([]);
    expect(error).toBeInstanceOf(SourceError);
    expect(error?.message).toMatch(
      /is not a video or image that ffmpeg can read|holds no picture that ffmpeg can decode/,
    );
    expect(error?.message.split('\n')).toHaveLength(1);
  });

  test.each(['notes.txt', 'letter.nfo'])('a text that ffmpeg would draw: %s', async (name) => {
    await writeFile(at(name), 'Some text, with 0123456789 in it.\n'.repeat(50));
    const { error, shots } = await play(at(name));
    expect(shots).toEqual([]);
    expect(error).toBeInstanceOf(SourceError);
    expect(error?.message).toMatch(/is a text, of which ffmpeg would draw the letters: no video or image\./);
  });

  test('sound only, with and without a cover', async () => {
    expect((await play(at('sound.mp3'))).error?.message).toMatch(/sound\.mp3 has no video: found only audio\./);
    expect((await play(at('covered.mp3'))).error?.message).toMatch(/found only audio and a cover picture/);
  });
});
