// The contract of a live source, with a program in the place of ffmpeg that does what cameras and servers do: never
// probed, always drained, and however it ends, never cut off.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { SourceError, UsageError } from '../../../src/base/errors.js';
import { liveInput, live, type LiveInput } from '../../../src/source/kinds/live.js';
import type { SourceKind } from '../../../src/source/kinds/kind.js';
import { frames, SourceMonitor, type SourceOptions } from '../../../src/source/source.js';
import type { Box, Frame } from '../../../src/types.js';
import { decodedAll, expectAllBack, isAlive, play, scratch } from '../clips.js';

const at = scratch();
const [WIDTH, HEIGHT] = [64, 48];

// A kind of source is one object: this one takes every argument of its scheme.
const camera: SourceKind<LiveInput> = {
  ...live,
  match: async ({ text }) => (text.startsWith('camera:') ? [liveInput(text, ['-some', 'option'])] : undefined),
};

/** Options that put `script` in the place of ffmpeg; of ffprobe one that leaves a trace. */
async function fake(script: string): Promise<SourceOptions> {
  const program = `#!${process.execPath}
    const { writeSync, writeFileSync } = require('node:fs');
    if (process.argv[2] === '-version') { console.log('ffmpeg version 7.1'); process.exit(0); }
    const say = (text) => writeSync(2, text + '\\n');
    let n = 0;
    const frame = (width = ${WIDTH}, height = ${HEIGHT}, part = 1) => {
      const size = width + 'x' + height;
      say('[Parsed_showinfo_1 @ 0x1] [info] n: ' + n + ' pts: ' + n + ' pts_time:' + n + ' pos: 0 s:' + size + ' i:P');
      let bytes = Buffer.alloc(width * height * part, n & 255);
      while (bytes.length > 0)
        try { bytes = bytes.subarray(writeSync(1, bytes)); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
      n += 1;
    };
    say('[Parsed_showinfo_1 @ 0x1] [info] config in time_base: 1/10, frame_rate: 10/1');
    ${script}`;
  await writeFile(at('ffmpeg'), program);
  await chmod(at('ffmpeg'), 0o755);
  return { kinds: [camera], ffmpeg: at('ffmpeg'), ffprobe: at('ffprobe') };
}

beforeAll(async () => {
  await writeFile(at('ffprobe'), `#!/bin/sh\ntouch ${at('probed')}\n`);
  await chmod(at('ffprobe'), 0o755);
});

describe('a live source', () => {
  test.each([
    ['exit 0', 'process.exitCode = 0;'],
    ['exit 1', "say('[tcp @ 0x1] [error] Connection reset by peer'); process.exitCode = 1;"],
    ['in the middle of a frame', `frame(${WIDTH}, ${HEIGHT}, 0.4);`],
    ['in the middle of a frame, exit 1', `frame(${WIDTH}, ${HEIGHT}, 0.4); process.exitCode = 1;`],
    ['with bytes missing', "say('[warning] camera:1: corrupt input packet in stream 0');"],
    ['prematurely', "say('[https @ 0x1] [error] Stream ends prematurely at 1000, should be 2000');"],
  ])('that ends %s is not cut off', async (_name, ending) => {
    const { shots, error, monitor } = await play('camera:1', await fake(`frame(); frame(); frame(); ${ending}`));
    expect(error).toBeUndefined();
    // A consumer may be given only the newest of them.
    expect([monitor.decoded, monitor.delivered + monitor.overwritten]).toEqual([3, 3]);
    expect(shots.at(-1)).toMatchObject({ index: 2, width: WIDTH, height: HEIGHT, time: 0.2 });
    expect(shots.at(-1)?.gray.every((value) => value === 2)).toBe(true);
  });

  test('of which nothing came says why', async () => {
    const script = "say('[tcp @ 0x1] [error] Connection refused'); process.exitCode = 1;";
    const { error } = await play('camera:1', await fake(script));
    expect(error).toBeInstanceOf(SourceError);
    expect(error?.message).toBe('camera:1 holds no frame that ffmpeg can decode (ffmpeg: Connection refused).');
  });

  test('whose ffmpeg is killed is an error', async () => {
    const { error } = await play('camera:1', await fake("frame(); process.kill(process.pid, 'SIGKILL');"));
    expect(error?.message).toMatch(
      /^ffmpeg was killed \(SIGKILL\) while it read camera:1, after \d decoded frames?\.$/,
    );
  });

  test('is not probed: its first frame says the size, the argument and its options go to ffmpeg', async () => {
    await rm(at('probed'), { force: true });
    const script = `writeFileSync(${JSON.stringify(at('args'))}, process.argv.join(' ')); frame(); frame(32, 24);`;
    const sizes: string[] = [];
    const crop = ({ width, height }: { width: number; height: number }): Box => {
      sizes.push(`${width}x${height}`);
      return [0, 0, 32, 24];
    };
    const options = { ...(await fake(script)), crop, realtime: true };
    const { shots, error, monitor } = await play('camera:1', options);
    expect(error).toBeUndefined();
    // Whoever asked for a part hears of every size, and gets the whole picture.
    expect(sizes).toEqual(['64x48', '32x24']);
    expect(shots.at(-1)).toMatchObject({ left: 0, top: 0, width: 32, height: 24 });
    expect(monitor.info).toEqual({ width: 64, height: 48 });
    const args = await readFile(at('args'), 'utf8');
    expect(args).toMatch(/ -some option .*-i camera:1 /);
    // It keeps its own speed.
    expect(args).not.toMatch(/ -re /);
    await expect(readFile(at('probed'))).rejects.toThrow(/ENOENT/);
  });

  test('whose picture does not hold the regions is refused', async () => {
    const { error } = await play('camera:1', { ...(await fake('frame();')), crop: [0, 0, 65, 10] });
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toContain('64x48');
  });

  test.each(['all', 'latest'] as const)(
    'is drained under policy %s while the consumer holds every frame',
    async (policy) => {
      const monitor = new SourceMonitor();
      const held: Frame[] = [];
      const endless = await fake('for (;;) frame();');
      const subscription = frames('camera:1', { ...endless, policy, monitor, buffers: 1 }).subscribe((frame) => {
        held.push(frame);
      });
      // Far more than pipes and buffers hold.
      await decodedAll(monitor, 500);
      expect(held.map(({ index }) => index)).toEqual([0]);
      expect(monitor.overwritten).toBeGreaterThan(490);
      expect(monitor.buffers).toMatchObject({ size: 3 });
      // The next is the newest: the last of all that were decoded.
      const newest = monitor.decoded - 1;
      held[0]?.release();
      expect(held.map(({ index }) => index)).toEqual([0, newest]);
      expect(held[1]?.gray[0]).toBe(newest & 255);
      expect(monitor.delivered + monitor.overwritten).toBe(monitor.decoded);
      const [pid] = monitor.processes.pids as [number];
      subscription.unsubscribe();
      await monitor.processes.idle();
      expect(isAlive(pid)).toBe(false);
      held[1]?.release();
      expectAllBack(monitor);
    },
  );

  test('is what no argument means yet', async () => {
    const { error } = await play('rtsp://camera/1');
    expect(error?.message).toMatch(/no such file or directory\. Network addresses can not be read, only files\.$/);
  });
});
