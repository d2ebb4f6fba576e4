// The presentation times of decoded frames, against ffprobe.
import { beforeAll, describe, expect, test } from 'vitest';
import { makeAll, moving, play, rememberingProbe, scratch, type RememberingProbe } from './clips.js';

const at = scratch();
let probe: RememberingProbe;

// Two of three frames, so that the rate varies.
const uneven = ['-vf', "select='mod(n,3)'", '-fps_mode', 'vfr'];
const CLIPS: [name: string, file: string, args: string[]][] = [
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
];

beforeAll(async () => {
  const format = (file: string): string => (file.includes('anim') ? 'rgb24' : 'yuv420p');
  await makeAll(
    ...CLIPS.map(([, file, args]) => [...moving('s=32x24:r=15:d=0.8'), '-pix_fmt', format(file), ...args, at(file)]),
  );
  probe = await rememberingProbe(at('.'), '-show_frames');
});

/** What ffprobe prints as pts_time of each frame of the clip that was played. */
async function probedTimes(clip: string): Promise<(string | undefined)[]> {
  const { frames } = (await probe.answer(clip)) as { frames: { pts_time?: string }[] };
  return frames.map((frame) => frame.pts_time);
}

describe('times are those of ffprobe', () => {
  test.each(CLIPS)('%s', async (_name, file) => {
    const { shots, error } = await play(at(file), probe);
    const times = await probedTimes(at(file));
    expect(error).toBeUndefined();
    expect(shots).toHaveLength(times.length);
    // ffprobe knows no time for raw streams; ffmpeg counts at the stream's rate.
    expect(shots.map((shot, i) => (times[i] === undefined ? undefined : shot.time.toFixed(6)))).toEqual(times);
    expect(shots.map((shot) => shot.index)).toEqual(times.map((_, i) => i));
    expect(shots.every((shot, i) => i === 0 || shot.time > (shots[i - 1]?.time ?? 0))).toBe(true);
  });
});
