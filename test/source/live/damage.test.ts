// Which pictures are damaged, by what ffmpeg says before each: `I` keyframes, `P` others, `~` packets lost before it,
// `!` parts of this one missing.
import { describe, expect, test } from 'vitest';
import { DamageWatch, REFRESHED } from '../../../src/source/live/damage.js';
import { FfmpegLog, type Damage } from '../../../src/source/ffmpeg-log.js';

/** `x` for each picture that is damaged, `.` for each that is whole. */
function judged(pictures: string): string {
  const watch = new DamageWatch();
  return pictures
    .split(' ')
    .map((picture, i) => {
      const damage: Damage | undefined = picture.startsWith('~')
        ? 'lost'
        : picture.startsWith('!')
          ? 'broken'
          : undefined;
      const seconds = watch.add({ key: picture.endsWith('I'), ...(damage && { damage }) }, i / 10);
      return seconds === undefined ? '.' : 'x';
    })
    .join('');
}

describe('damage', () => {
  test.each([
    ['I P P P I P', '......'],
    ['I P ~P P P I P', '..xxx..'],
    ['I P !P P I P', '..xx..'],
    // What was lost before a keyframe is no loss to it; what is missing in it is, until the next.
    ['I P ~I P P', '.....'],
    ['I P !I P P I P', '..xxx..'],
    // Joined between keyframes.
    ['~P P I P', 'xx..'],
  ])('%s: %s', (pictures, expected) => {
    expect(judged(pictures)).toBe(expected);
  });

  test('grows with the time that it lasts', () => {
    const watch = new DamageWatch();
    watch.add({ key: true }, 0);
    expect(watch.add({ key: false, damage: 'lost' }, 1)).toBe(0);
    expect(watch.add({ key: false }, 1.5)).toBe(0.5);
  });

  test('a stream without keyframes counts as whole again after a while', () => {
    const watch = new DamageWatch();
    watch.add({ key: false, damage: 'broken' }, 0);
    expect(watch.add({ key: false }, REFRESHED)).toBe(REFRESHED);
    expect(watch.add({ key: false }, REFRESHED + 0.1)).toBeUndefined();
    expect(watch.add({ key: false }, REFRESHED + 0.2)).toBeUndefined();
  });
});

// As ffmpeg 5.1 printed them when packets of an H.264 stream were dropped or changed on their way.
describe('what ffmpeg says', () => {
  const shown = (key: boolean): string =>
    `[Parsed_showinfo_1 @ 0x1] [info] n:   0 pts:      1 pts_time:1       pos: 1 fmt:gray sar:1/1 s:8x8 i:P iskey:${key ? 1 : 0} type:${key ? 'I' : 'P'} `;

  test.each([
    ['[h264 @ 0x55] [error] error while decoding MB 23 8, bytestream -7', 'broken'],
    ['[h264 @ 0x55] [info] concealing 312 DC, 312 AC, 312 MV errors in P frame', 'broken'],
    ['[warning] udp://127.0.0.1:9200: corrupt decoded frame in stream 0', 'broken'],
    ['[warning] udp://127.0.0.1:9200: corrupt input packet in stream 0', 'lost'],
    ['[rtsp @ 0x55] [warning] RTP: missed 12 packets', 'lost'],
    ['[h264 @ 0x55] [error] decode_slice_header error', 'lost'],
    ['[mpegts @ 0x55] [warning] Packet corrupt (stream = 0, dts = 273000).', 'lost'],
    ['[h264 @ 0x55] [error] Frame num gap 7 5', 'lost'],
    ['[swscaler @ 0x55] [warning] deprecated pixel format used, make sure you did set range correctly', undefined],
    ['[rtsp @ 0x55] [warning] Stream #0: not enough frames to estimate rate; consider increasing probesize', undefined],
  ])('%s: %s', (line, damage) => {
    const log = new FfmpegLog('transport');
    log.line(line);
    expect(log.line(shown(true))?.damage).toBe(damage);
    // It is about the next picture only.
    expect(log.line(shown(false))).toMatchObject({ key: false });
    expect(log.line(shown(false))?.damage).toBeUndefined();
  });

  test('of an input: its container, its codec, how long it is', () => {
    const log = new FfmpegLog('transport');
    for (const line of [
      "[info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'http://127.0.0.1/x':",
      '[info]   Duration: 00:01:20.50, start: 0.000000, bitrate: 100 kb/s',
      '[info]   Stream #0:0[0x1](und): Video: h264 (Constrained Baseline) (avc1 / 0x31637661), yuv420p, 64x48',
    ])
      log.line(line);
    expect(log.opened).toEqual({ format: 'mov,mp4,m4a,3gp,3g2,mj2', duration: 80.5, codec: 'h264' });
    const live = new FfmpegLog('transport');
    live.line("[info] Input #0, rtsp, from 'rtsp://127.0.0.1/x':");
    live.line('[info]   Duration: N/A, start: 0.066667, bitrate: N/A');
    expect(live.opened).toEqual({ format: 'rtsp' });
    const list = new FfmpegLog('transport');
    list.line("[hls @ 0x55] [info] Opening 'http://127.0.0.1/0.ts' for reading");
    list.line("[info] Input #0, concat, from 'pipe:0':");
    expect(list.opened).toEqual({ format: 'hls' });
  });
});
