// Reading a file again and again: what goes on over the seam, what is refused, and how it ends.
import { rename, rm, copyFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { SourceError, UsageError } from '../../src/base/errors.js';
import { Passes } from '../../src/source/repeat.js';
import { realTime } from '../../src/source/live/clock.js';
import { frames, SourceMonitor, type SourceOptions } from '../../src/source/source.js';
import {
  expectAllBack,
  isAlive,
  makeAll,
  moving,
  play,
  rememberingProbe,
  scratch,
  type RememberingProbe,
} from './clips.js';
import { png } from './pictures.js';
import { sheet } from '../pipeline/sheet.js';

const at = scratch();
let probe: RememberingProbe;

/** Pauses between passes are no time at all. */
const clock = {
  ...realTime,
  after(_ms: number, run: () => void) {
    const soon = setImmediate(run);
    return () => clearImmediate(soon);
  },
};

beforeAll(async () => {
  await makeAll(
    [...moving('s=64x48:r=20:d=0.4'), '-pix_fmt', 'yuv420p', at('short.mp4')],
    [...moving('s=64x48:r=20:d=0.4'), '-pix_fmt', 'yuv420p', '-output_ts_offset', '100', at('late.ts')],
    [...moving('s=64x48:r=10:d=1'), '-frames:v', '1', '-c:v', 'ffv1', at('one.mkv')],
    [...moving('s=64x48:r=10:d=0.5'), '-c:v', 'ffv1', at('clip.mkv')],
  );
  await writeFile(at('page.png'), png(sheet(['3472'])));
  probe = await rememberingProbe(at('.'));
});

const again = (options: SourceOptions = {}): SourceOptions => ({ ...probe, clock, repeat: true, ...options });

describe('a file that is read again', () => {
  test('goes on counting frames and seconds, a frame from one pass to the next, and shows the same', async () => {
    const once = await play(at('short.mp4'), probe);
    expect(once.shots).toHaveLength(8);
    const { shots, error, monitor } = await play(at('short.mp4'), again({ limit: 20 }));
    expect(error).toBeUndefined();
    expect(shots.map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, k) => k));
    for (const [k, { time }] of shots.entries()) expect(time).toBeCloseTo(0.05 * k, 6);
    expect(shots.map(({ pass }) => pass)).toEqual(
      shots.map((_, k) => (k < 8 ? undefined : { number: Math.floor(k / 8), begins: 8 * Math.floor(k / 8) })),
    );
    for (const [k, { gray }] of shots.entries()) expect(gray).toEqual(once.shots[k % 8]!.gray);
    // It has no length: nobody is told that it is nearly over.
    expect(monitor.info).toMatchObject({ width: 64, height: 48, frameRate: 20 });
    expect(monitor.info).not.toHaveProperty('frames');
    expect(monitor.info).not.toHaveProperty('duration');
  });

  test('begins where its own clock does, also where that is not 0', async () => {
    const once = await play(at('late.ts'), probe);
    const { shots } = await play(at('late.ts'), again({ limit: 17 }));
    const [first] = once.shots;
    expect(first!.time).toBeGreaterThan(100);
    for (const [k, { time }] of shots.entries()) expect(time).toBeCloseTo(first!.time + 0.05 * k, 4);
  });

  test('of one frame goes on by a frame, and its passes begin half a second apart', async () => {
    const asked: number[] = [];
    const now = 1000;
    const still = {
      ...clock,
      now: () => now,
      after: (ms: number, run: () => void) => (asked.push(ms), clock.after(ms, run)),
    };
    const { shots } = await play(at('one.mkv'), again({ limit: 3, clock: still }));
    expect(shots.map(({ time }) => Number(time.toFixed(6)))).toEqual([0, 0.1, 0.2]);
    expect(asked).toEqual([500, 500]);
  });

  test('keeps its rate over the seam', async () => {
    // 8 frames of 0.05 s: slots of 0.15 s are not whole in a pass.
    const { shots } = await play(at('short.mp4'), again({ fps: 1 / 0.15, limit: 8 }));
    expect(shots.map(({ index }) => index)).toEqual([0, 3, 6, 9, 12, 15, 18, 21]);
  });

  test('paced, is paced in each pass', async () => {
    const { shots } = await play(at('short.mp4'), again({ realtime: true, limit: 10 }));
    expect(shots).toHaveLength(10);
  });

  test('holds no more after many passes than after one', async () => {
    const monitor = new SourceMonitor();
    const { error } = await play(at('one.mkv'), again({ limit: 30, monitor }));
    expect(error).toBeUndefined();
    expect(monitor.decoded).toBe(30);
    expect(monitor.buffers!.size).toBe(4);
    expect(monitor.processes.pids).toEqual([]);
    expectAllBack(monitor);
  });
});

describe('what goes wrong in a later pass', () => {
  /** Plays a copy of the clip and does something to it in the first pass. */
  async function played(change: (file: string) => Promise<void>) {
    const file = at('changing.mkv');
    await copyFile(at('clip.mkv'), file);
    let changed: Promise<void> | undefined;
    let count = 0;
    const error = await new Promise<Error | undefined>((resolve) => {
      frames(file, { repeat: true, clock }).subscribe({
        next: (frame) => {
          count += 1;
          // The first pass has it open.
          changed ??= change(file);
          void changed.then(() => frame.release());
        },
        error: resolve,
        complete: () => resolve(undefined),
      });
    });
    await changed;
    return { error, count };
  }

  test('a file that has gone is told as at first', async () => {
    const { error, count } = await played((file) => rm(file));
    expect(count).toBe(5);
    const atFirst = await play(at('changing.mkv'));
    expect(error).toEqual(atFirst.error);
    expect(error).toBeInstanceOf(SourceError);
  });

  test('a file that is another now is told as at first', async () => {
    const { error, count } = await played(async (file) => {
      await writeFile(`${file}.new`, 'no video at all');
      await rename(`${file}.new`, file);
    });
    expect(count).toBe(5);
    expect(error).toEqual((await play(at('changing.mkv'))).error);
  });

  test('a file without a frame ends the run, as it does without --repeat', async () => {
    await writeFile(at('empty.mkv'), '');
    expect((await play(at('empty.mkv'), again())).error).toEqual((await play(at('empty.mkv'))).error);
  });
});

describe('the end', () => {
  test('is clean in the middle of a pass and in the pause', async () => {
    for (const ends of ['frame', 'pause'] as const) {
      const monitor = new SourceMonitor();
      const control = new AbortController();
      const pids = new Set<number>();
      const pausing = {
        ...realTime,
        // A pause without an end, but for the end of the run.
        after: () => (setImmediate(() => control.abort()), (): void => {}),
      };
      const completed = await new Promise<boolean>((resolve) => {
        frames(at('one.mkv'), { ...probe, repeat: true, monitor, signal: control.signal, clock: pausing }).subscribe({
          next: (frame) => {
            for (const pid of monitor.processes.pids) pids.add(pid);
            frame.release();
            if (ends === 'frame') control.abort();
          },
          error: () => resolve(false),
          complete: () => resolve(true),
        });
      });
      expect(completed).toBe(true);
      expect(pids.size).toBeGreaterThan(0);
      expect([...pids].filter(isAlive)).toEqual([]);
      expectAllBack(monitor);
    }
  });

  test('by whoever unsubscribes leaves no process', async () => {
    const monitor = new SourceMonitor();
    await new Promise<void>((resolve) => {
      const subscription = frames(at('short.mp4'), again({ monitor })).subscribe((frame) => {
        frame.release();
        if (frame.pass?.number !== 2) return;
        subscription.unsubscribe();
        resolve();
      });
    });
    await monitor.processes.idle();
    expect(monitor.processes.pids).toEqual([]);
    expectAllBack(monitor);
  });
});

describe('what can not be read again', () => {
  it.each([
    ['an address', 'rtsp://127.0.0.1:1/cam', /rtsp:\/\/127\.0\.0\.1:1\/cam is live and has no end: leave it out/],
    ['a camera', '/dev/video99', /\/dev\/video99 is live and has no end/],
    ['stdin', '-', /- comes through a pipe, and can be read once: save it/],
  ])('%s is refused', async (_, source, message) => {
    const { error, monitor } = await play(source, again({ stdin: Readable.from(['']) }));
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toMatch(message);
    expect(error?.message).toMatch(/^--repeat reads a video file again/);
    expect(monitor.decoded).toBe(0);
  });

  it('pictures are refused: they have no times', async () => {
    for (const source of [at('page.png'), at('*.png')]) {
      const { error } = await play(source, again());
      expect(error).toBeInstanceOf(UsageError);
      expect(error?.message).toMatch(/is no video but pictures, which have no times to go on from/);
    }
  });

  it('what is not there is told as it is', async () => {
    expect((await play(at('none.mp4'), again())).error).toEqual((await play(at('none.mp4'))).error);
  });
});

describe('Passes', () => {
  it('places a pass a usual step after the latest frame of the one before, whatever the clock of the file does', () => {
    const passes = new Passes(realTime);
    // Frames of a variable rate, 0.5 s apart on average, from 7 s on.
    for (const time of [7, 7.2, 8]) expect(passes.place(time, 0.04)).toEqual({ time, pass: undefined });
    passes.next(3);
    const pass = { number: 1, begins: 3 };
    expect(passes.place(7, 0.04)).toEqual({ time: 8.5, pass });
    expect(passes.place(7.2, 0.04).time).toBeCloseTo(8.7, 9);
    passes.next(5);
    expect(passes.place(7, 0.04).time).toBeCloseTo(8.9, 9);
    expect(passes.place(7, 0.04).pass).toEqual({ number: 2, begins: 5 });
  });

  it('goes on after the latest time, where a recording was joined and its clock jumps back', () => {
    const passes = new Passes(realTime);
    for (const time of [100, 101, 0, 1]) passes.place(time, 1);
    passes.next(4);
    expect(passes.place(100, 1).time).toBeGreaterThan(101);
  });
});
