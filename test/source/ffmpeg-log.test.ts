// Reading ffmpeg's stderr: lines as ffmpeg 5.1 and 7.1 print them.
import { expect, test } from 'vitest';
import { FfmpegLog, lastLine, type ShownFrame } from '../../src/source/ffmpeg-log.js';

const CONFIG = '[Parsed_showinfo_2 @ 0x55] [info] config in time_base: 1/90000, frame_rate: 30000/1001';
const shown = (pts: string, rest = 'pos:  0 fmt:gray sar:1/1 s:320x240 i:P iskey:1 type:I '): string =>
  `[Parsed_showinfo_2 @ 0x55] [info] n:   0 pts: ${pts} pts_time:1.6 ${rest}`;

function read(...lines: string[]): { log: FfmpegLog; frames: ShownFrame[] } {
  const log = new FfmpegLog();
  return { log, frames: lines.flatMap((line) => log.line(line) ?? []) };
}

test('times are the integer in the time base, not the six printed digits', () => {
  const { frames } = read(CONFIG, shown(' 144000'), shown('3003'), shown('-3003'));
  expect(frames.map((frame) => frame.time)).toEqual([1.6, 3003 / 90000, -3003 / 90000]);
});

test('a frame without a time follows the last by the frame rate', () => {
  const { frames } = read(CONFIG, shown('NOPTS'), shown('NOPTS'), shown('90000'), shown('NOPTS'));
  const step = 1001 / 30000;
  expect(frames.map((frame) => frame.time)).toEqual([0, step, 1, 1 + step]);
});

test('sizes come from each line, also as newer versions print it', () => {
  const newer = 'duration:      1 duration_time:0.1 fmt:gray cl:left sar:1/1 s:64x48 i:P iskey:1 type:I ';
  const { frames } = read(CONFIG, shown('0'), shown('1', newer));
  expect(frames.map(({ width, height }) => [width, height])).toEqual([
    [320, 240],
    [64, 48],
  ]);
});

test('a new clock in mid-stream counts from there on', () => {
  const { frames } = read(CONFIG, shown('90000'), CONFIG.replace('1/90000', '1/1000'), shown('2000'));
  expect(frames.map((frame) => frame.time)).toEqual([1, 2]);
});

test('a decoder line before the frame on the same line does not hide it', () => {
  const { frames } = read(CONFIG, `[h264 @ 0x1] [error] concealing ${shown('90000')}`);
  expect(frames).toHaveLength(1);
});

test('the most telling complaint wins, without prefixes', () => {
  const { log } = read(
    '[png @ 0x55d1] [error] chunk too big',
    '[error] Error while decoding stream #0:0: Invalid data found when processing input',
    '[fatal] Error marking filters as finished',
  );
  expect(log.problem).toBe('chunk too big');
  expect(read('[error] file:/a: b.mp4: Invalid data found when processing input').log.problem).toBe(
    'Invalid data found when processing input',
  );
});

test('a cut shows, in files and stills alike; camera noise does not count', () => {
  const corrupt = '[warning] file:a.avi: corrupt input packet in stream 0';
  expect(read(corrupt).log.cut).toBe('corrupt input packet in stream 0');
  const transport = new FfmpegLog('transport');
  transport.line(corrupt);
  expect(transport.cut).toBeUndefined();
  const overread = '[mjpeg @ 0x1] [error] overread 8';
  expect(read(overread).log.cut).toBeUndefined();
  const still = new FfmpegLog('still');
  still.line(overread);
  expect(still.cut).toBe('overread 8');
});

test('a polite stop by a signal is seen', () => {
  expect(read('[info] Exiting normally, received signal 15.').log.signal).toBe(15);
});

test('the last useful line of ffprobe', () => {
  expect(lastLine('[mov,mp4 @ 0x5] moov atom not found\nfile:a.mp4: Invalid data found when processing input\n')).toBe(
    'moov atom not found',
  );
  expect(lastLine('file:a.mp4: Invalid data found when processing input\n')).toBe(
    'Invalid data found when processing input',
  );
  expect(lastLine('')).toBeUndefined();
});
