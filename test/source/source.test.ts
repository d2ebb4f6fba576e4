// The run of a source: back-pressure, policies, limits, and that nothing is left behind.
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { SourceError, UsageError } from '../../src/base/errors.js';
import { frames, SourceMonitor, type SourceOptions } from '../../src/source/source.js';
import type { Frame } from '../../src/types.js';
import {
  decodedAll,
  expectAllBack,
  isAlive,
  makeAll,
  moving,
  play,
  rememberingProbe,
  scratch,
  type RememberingProbe,
} from './clips.js';

const at = scratch();
// A frame is larger than all pipes on the way, so that ffmpeg can't run ahead unseen. 40 frames.
const SIZE = 's=320x240';
const wide = (): string => at('wide.mp4');
let probe: RememberingProbe;

beforeAll(async () => {
  await makeAll(
    [...moving(`${SIZE}:r=20:d=2`), '-pix_fmt', 'yuv420p', '-preset', 'ultrafast', wide()],
    [...moving('s=32x24:r=20:d=0.4'), '-pix_fmt', 'yuv420p', '-output_ts_offset', '100', at('short.ts')],
    [...moving(`${SIZE}:r=1:d=1`), '-frames:v', '1', at('still.png')],
    [...moving('s=64x48:r=10:d=1'), '-pix_fmt', 'yuv420p', '-movflags', '+faststart', at('fast.mp4')],
    [...moving(`${SIZE}:r=10:d=1`), '-c:v', 'rawvideo', '-pix_fmt', 'yuv420p', at('large.mkv')],
  );
  probe = await rememberingProbe(at('.'));
});

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Subscribes and resolves with how it ended; `next` may unsubscribe through the subscription's monitor. */
async function watch(source: string, options: SourceOptions, next: (frame: Frame) => void): Promise<Error | undefined> {
  return await new Promise((resolve) => {
    frames(source, options).subscribe({ next, error: resolve, complete: () => resolve(undefined) });
  });
}

describe('a consumer slower than the source', () => {
  test('policy all: nothing dropped, memory bounded by the pool', async () => {
    const monitor = new SourceMonitor();
    const buffers = new Set<ArrayBufferLike>();
    const indices: number[] = [];
    let held = 0;
    let most = 0;
    const error = await watch(wide(), { ...probe, monitor, buffers: 3 }, (frame) => {
      indices.push(frame.index);
      buffers.add(frame.gray.buffer);
      held += 1;
      most = Math.max(most, held);
      void (async () => {
        for (let i = 0; i < 20; i += 1) await tick();
        held -= 1;
        frame.release();
      })();
    });
    expect(error).toBeUndefined();
    expect(indices).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(buffers.size).toBeLessThanOrEqual(3);
    expect(most).toBeLessThanOrEqual(3);
    expect([monitor.decoded, monitor.delivered, monitor.overwritten, monitor.skipped]).toEqual([40, 40, 0, 0]);
    expectAllBack(monitor);
  });

  test('policy all: a consumer that gives nothing back stops ffmpeg, and unsubscribing ends it', async () => {
    const monitor = new SourceMonitor();
    const held: Frame[] = [];
    const source = wide();
    await new Promise<void>((resolve) => {
      const subscription = frames(source, { ...probe, monitor, buffers: 2 }).subscribe((frame) => {
        held.push(frame);
        if (held.length < 2) return;
        void (async () => {
          for (let i = 0; i < 200; i += 1) await tick();
          expect([monitor.decoded, monitor.processes.pids.length]).toEqual([2, 1]);
          const [pid] = monitor.processes.pids as [number];
          expect(isAlive(pid)).toBe(true);
          subscription.unsubscribe();
          await monitor.processes.idle();
          expect(isAlive(pid)).toBe(false);
          expect(monitor.buffers).toMatchObject({ size: 2, out: 2 });
          for (const each of held) each.release();
          expectAllBack(monitor);
          expect([monitor.decoded, held.length]).toEqual([2, 2]);
          resolve();
        })();
      });
    });
  });

  test('policy latest: the newest wins, the rest is counted, order is kept', async () => {
    const monitor = new SourceMonitor();
    const indices: number[] = [];
    const queue: Frame[] = [];
    const error = watch(wide(), { ...probe, monitor, policy: 'latest', buffers: 3 }, (frame) => {
      indices.push(frame.index);
      queue.push(frame);
    });
    // Hold the first until all is decoded: what comes next must be the very last.
    await decodedAll(monitor, 40);
    expect(indices).toEqual([0]);
    queue.shift()?.release();
    expect(indices).toEqual([0, 39]);
    queue.shift()?.release();
    expect(await error).toBeUndefined();
    expect([monitor.decoded, monitor.delivered, monitor.overwritten]).toEqual([40, 2, 38]);
    expectAllBack(monitor);
  });

  test('policy latest: a fast consumer loses nothing', async () => {
    const { shots, monitor } = await play(wide(), { ...probe, policy: 'latest' });
    expect(shots).toHaveLength(40);
    expect(monitor.overwritten).toBe(0);
  });
});

describe('a second holder', () => {
  test('reads a frame while the source goes on, and all buffers are back when it has released', async () => {
    const monitor = new SourceMonitor();
    const kept: { frame: Frame; copy: Buffer }[] = [];
    const error = await watch(wide(), { ...probe, monitor, buffers: 3 }, (frame) => {
      if (kept.length < 2) kept.push({ frame: frame.retain(), copy: Buffer.from(frame.gray) });
      frame.release();
    });
    expect([error, monitor.delivered]).toEqual([undefined, 40]);
    // The other 38 frames went through the one buffer that was left.
    expect(monitor.buffers).toMatchObject({ size: 3, out: 2 });
    for (const { frame, copy } of kept) expect(Buffer.compare(frame.gray, copy)).toBe(0);
    for (const { frame } of kept) frame.release();
    expectAllBack(monitor);
  });

  test('a leak is found: a frame that is not released, and one of which a second holder is not', async () => {
    const monitor = new SourceMonitor();
    await watch(wide(), { ...probe, monitor, limit: 8 }, (frame) => {
      if (frame.index === 5) frame.retain();
      if (frame.index !== 3) frame.release();
    });
    expect(() => expectAllBack(monitor)).toThrow('2 of 4 frame buffers did not come back');
  });
});

describe('the end', () => {
  test.each([1, 7])('limit %i: so many frames, ffmpeg gone', async (limit) => {
    const { shots, error, monitor } = await play(wide(), { ...probe, limit });
    expect(error).toBeUndefined();
    expect(shots).toHaveLength(limit);
    expect(monitor.processes.pids).toEqual([]);
  });

  test('unsubscribing before anything happened', async () => {
    const monitor = new SourceMonitor();
    frames(wide(), { ...probe, monitor })
      .subscribe(() => expect.fail('a frame'))
      .unsubscribe();
    await tick();
    await monitor.processes.idle();
    expect(monitor.decoded).toBe(0);
  });

  test('unsubscribing while the source is probed', async () => {
    const monitor = new SourceMonitor();
    const subscription = frames(wide(), { monitor, ffprobe: 'ffprobe' }).subscribe(() => expect.fail('a frame'));
    while (monitor.processes.pids.length === 0) await tick();
    const [pid] = monitor.processes.pids as [number];
    subscription.unsubscribe();
    await monitor.processes.idle();
    expect(isAlive(pid)).toBe(false);
  });

  test('unsubscribing within a frame: nothing more comes, listeners are gone', async () => {
    const monitor = new SourceMonitor();
    const stop = new AbortController();
    const listeners: string[] = [];
    const { signal } = stop;
    signal.addEventListener = (
      (add) =>
      (...args: Parameters<AbortSignal['addEventListener']>) => (listeners.push('+'), add(...args))
    )(signal.addEventListener.bind(signal));
    signal.removeEventListener = (
      (drop) =>
      (...args: Parameters<AbortSignal['removeEventListener']>) => (listeners.push('-'), drop(...args))
    )(signal.removeEventListener.bind(signal));
    let count = 0;
    const source = wide();
    await new Promise<void>((resolve) => {
      const subscription = frames(source, { ...probe, monitor, signal }).subscribe((frame) => {
        count += 1;
        frame.release();
        if (count < 3) return;
        subscription.unsubscribe();
        resolve();
      });
    });
    await monitor.processes.idle();
    expect([count, listeners.join('')]).toEqual([3, '+-']);
    expectAllBack(monitor);
  });

  test('an abort completes with what was delivered', async () => {
    const monitor = new SourceMonitor();
    const stop = new AbortController();
    let count = 0;
    const error = await watch(wide(), { ...probe, monitor, signal: stop.signal }, (frame) => {
      frame.release();
      count += 1;
      if (count === 4) stop.abort();
    });
    expect([error, count, monitor.processes.pids.length]).toEqual([undefined, 4, 0]);
    const { shots } = await play(wide(), { ...probe, signal: stop.signal });
    expect(shots).toEqual([]);
  });

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'ffmpeg killed by %s: an error with the count, after the frames',
    async (signal) => {
      const monitor = new SourceMonitor();
      let count = 0;
      const error = await watch(wide(), { ...probe, monitor, buffers: 1 }, (frame) => {
        count += 1;
        if (count === 5) process.kill(monitor.processes.pids[0] as number, signal);
        // Later frames wait until the signal has arrived.
        void tick().then(() => frame.release());
      });
      expect(error).toBeInstanceOf(SourceError);
      expect(error?.message).toMatch(
        /ffmpeg was killed \((SIGKILL|signal 15)\) while it read .*wide\.mp4, after \d+ decoded frames/,
      );
      expect(count).toBeGreaterThanOrEqual(5);
      expect(count).toBeLessThan(40);
    },
  );

  test('each subscription runs by itself, with the same frames', async () => {
    const source = wide();
    const [a, b] = await Promise.all([play(source, { ...probe, limit: 3 }), play(source, { ...probe, limit: 3 })]);
    expect(a.shots.map((shot) => Buffer.from(shot.gray).compare(b.shots[shot.index]?.gray ?? Buffer.alloc(0)))).toEqual(
      [0, 0, 0],
    );
  });
});

describe('options', () => {
  test('fps drops frames; index and time stay those of the source', async () => {
    const { shots, monitor } = await play(wide(), { ...probe, fps: 5 });
    expect(shots).toHaveLength(10);
    for (const shot of shots) expect(shot.time).toBeCloseTo(shot.index / 20, 9);
    expect([monitor.decoded, monitor.skipped, monitor.delivered]).toEqual([40, 30, 10]);
  });

  test('realtime delivers the same frames', async () => {
    const { shots, error } = await play(at('short.ts'), { realtime: true });
    expect(error).toBeUndefined();
    expect(shots).toHaveLength(8);
    expect(shots[0]?.time).toBeGreaterThan(100);
  });

  test.each([{ fps: 0 }, { fps: NaN }, { limit: 0 }, { limit: 1.5 }, { buffers: 0 }, { longestSide: 0 }])(
    '%o is refused',
    async (options) => {
      const { error } = await play('any.mp4', options);
      expect(error).toBeInstanceOf(UsageError);
    },
  );

  test('a crop outside the picture names the box and the size', async () => {
    const { error, monitor } = await play(wide(), { ...probe, crop: [300, 0, 21, 10] });
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toContain('[300, 0, 21, 10]');
    expect(error?.message).toContain('320x240');
    expect(monitor.processes.pids).toEqual([]);
    expect((await play(at('still.png'), { crop: [0, 200, 10, 41] })).error).toBeInstanceOf(UsageError);
    expect((await play(at('still.png'), { crop: [0, 200, 10, 40] })).shots[0]).toMatchObject({
      left: 0,
      top: 0,
      width: 320,
      height: 240,
    });
  });

  test.each([{ ffmpeg: '/nowhere/ffmpeg' }, { ffprobe: '/nowhere/ffprobe' }])(
    '%o is not there: how to install it',
    async (options) => {
      const { error } = await play(wide(), { ...probe, ...options });
      expect(error).toBeInstanceOf(SourceError);
      expect(error?.message).toMatch(/nowhere.* was not found\. Install ffmpeg/);
    },
  );
});

describe('stdin', () => {
  test('a video through a pipe is the same as the file', async () => {
    const bytes = await readFile(at('fast.mp4'));
    const [file, piped] = await Promise.all([
      play(at('fast.mp4')),
      play('-', { stdin: Readable.from([bytes.subarray(0, 100), bytes.subarray(100)], { objectMode: false }) }),
    ]);
    expect(piped.error).toBeUndefined();
    expect(piped.shots).toEqual(file.shots);
  });

  test('more than a pipe and ffprobe hold arrives whole', async () => {
    const { shots, error } = await play('-', { stdin: createReadStream(at('large.mkv')) });
    expect(error).toBeUndefined();
    expect(shots).toHaveLength(10);
  });

  test('nothing piped in ends at once', async () => {
    const { error } = await play('-', { stdin: Readable.from([]) });
    expect(error).toBeInstanceOf(SourceError);
    expect(error?.message).toMatch(/stdin is empty/);
  });

  test('a stream that never comes can be given up', async () => {
    const stdin = new Readable({ read: () => undefined });
    const monitor = new SourceMonitor();
    const subscription = frames('-', { stdin, monitor }).subscribe(() => expect.fail('a frame'));
    while (monitor.processes.pids.length === 0) await tick();
    subscription.unsubscribe();
    await monitor.processes.idle();
    expect(stdin.destroyed).toBe(true);
  });

  test('a broken stream is a source error', async () => {
    const stdin = new Readable({ read: () => undefined });
    const monitor = new SourceMonitor();
    const error = watch('-', { stdin, monitor }, () => undefined);
    while (monitor.processes.pids.length === 0) await tick();
    stdin.destroy(new Error('EIO'));
    expect(await error).toBeInstanceOf(SourceError);
    expect((await error)?.message).toMatch(/stdin broke off: EIO/);
  });

  test('a terminal is refused', async () => {
    const { error } = await play('-', { stdin: Object.assign(Readable.from([]), { isTTY: true }) });
    expect(error).toBeInstanceOf(UsageError);
  });
});
