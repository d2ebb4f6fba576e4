// The presentation times of decoded frames, against ffprobe.
import { describe, expect, test } from 'vitest';
import { make, moving, play, probedTimes, scratch } from './clips.js';

const at = scratch();

describe('times are those of ffprobe', () => {
  // Two of three frames, so that the rate varies.
  const uneven = ['-vf', "select='mod(n,3)'", '-vsync', 'vfr'];
  test.each([
    ['constant rate', 'cfr.mp4', []],
    ['29.97', 'ntsc.mp4', ['-r', '30000/1001']],
    ['variable, mp4', 'vfr.mp4', uneven],
    ['variable, Matroska in ms', 'vfr.mkv', uneven],
    ['a start that is not 0', 'late.ts', []],
    ['reordered pictures without times', 'b.avi', []],
    ['an edit list', 'edited.mp4', ['-output_ts_offset', '1.25']],
    ['raw, no times at all', 'raw.h264', []],
    ['gif', 'anim.gif', []],
    ['apng', 'anim.apng', ['-f', 'apng']],
  ])('%s', async (_name, file, args) => {
    const clip = await make(
      ...moving('s=32x24:r=15:d=0.8'),
      '-pix_fmt',
      file.includes('anim') ? 'rgb24' : 'yuv420p',
      ...args,
      at(file),
    );
    const [times, { shots, error }] = await Promise.all([probedTimes(clip), play(clip)]);
    expect(error).toBeUndefined();
    expect(shots).toHaveLength(times.length);
    // ffprobe knows no time for raw streams; ffmpeg counts at the stream's rate.
    expect(shots.map((shot, i) => (times[i] === undefined ? undefined : shot.time.toFixed(6)))).toEqual(times);
    expect(shots.map((shot) => shot.index)).toEqual(times.map((_, i) => i));
    expect(shots.every((shot, i) => i === 0 || shot.time > (shots[i - 1]?.time ?? 0))).toBe(true);
  });
});
