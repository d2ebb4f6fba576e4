import { expect, it } from 'vitest';
import { RUN_NAME, runName } from '../../src/sinks/run-name.js';

it.each([
  ['meters/water.yaml', 'rtsp://camera/a', 'water'],
  ['default', 'videos/my clip.2.mp4', 'my_clip_2'],
  ['sheet', 'scans/*.png', 'lq-stream'],
  ['default', 'scans/', 'scans'],
  ['default', 'rtsp://user:(not shown)@cam-1.local:554/stream', 'cam-1_local'],
  ['default', 'http://[::1]:8080/a', '1'],
  ['options', '/dev/video0', 'video0'],
  ['default', '-', '-'],
  ['default', '.hidden', 'hidden'],
  ['default', '', 'lq-stream'],
  ['default', `${'a'.repeat(100)}.mp4`, 'a'.repeat(64)],
])('pipeline %j of source %j is called %j', (pipeline, source, name) => {
  expect(runName(pipeline, source)).toBe(name);
  expect(name).toMatch(RUN_NAME);
});
