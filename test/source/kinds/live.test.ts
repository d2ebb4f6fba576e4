// The contract of a live source, with a program in the place of ffmpeg that does what cameras and servers do, and a
// clock that is moved by hand: never probed, always drained, always come back to, and nothing secret shown.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { frames, SourceMonitor, type SourceOptions } from '../../../src/source/source.js';
import type { Box, Frame } from '../../../src/types.js';
import { decodedAll, expectAllBack, isAlive, scratch } from '../clips.js';
import { fakeFfmpeg, HEIGHT, WIDTH } from '../live/fake-ffmpeg.js';
import { BEGIN, ManualLiveClock } from '../live/manual-live-clock.js';
import { watch } from '../live/watching.js';

const at = scratch();
const CAMERA = 'rtsp://camera/1';

async function fake(script: string): Promise<SourceOptions & { readonly clock: ManualLiveClock }> {
  return { ffmpeg: await fakeFfmpeg(at, script), ffprobe: at('ffprobe'), clock: new ManualLiveClock() };
}

beforeAll(async () => {
  await writeFile(at('ffprobe'), `#!/bin/sh\ntouch ${at('probed')}\n`);
  await chmod(at('ffprobe'), 0o755);
});
beforeEach(async () => {
  await rm(at('runs'), { force: true });
});

describe('every end is a fault, and the source comes back', () => {
  test.each([
    ['exit 0', 'process.exitCode = 0;', 'the stream has ended'],
    [
      'exit 1',
      "say('[tcp @ 0x1] [error] Connection reset by peer'); process.exitCode = 1;",
      'ffmpeg: Connection reset by peer',
    ],
    ['a signal', "process.kill(process.pid, 'SIGSEGV');", 'the stream has ended'],
  ])('%s', async (_name, ending, reason) => {
    const script = `frame(); frame(); frame(); if (run === 0) { ${ending} } else hang();`;
    const options = await fake(script);
    const source = watch(CAMERA, options);
    await source.until(() => source.states().at(-1) === `retrying: ${reason}`);
    expect(source.monitor.decoded).toBe(3);
    await options.clock.pass(1000);
    await source.until(() => source.pictures.some(({ index }) => index === 5));
    expect(source.states()).toEqual(['connecting', 'live', `retrying: ${reason}`, 'live']);
    expect(source.changes.at(-1)?.reconnects).toBe(1);
    // Numbers and times go on, whatever the new connection's clock says.
    const times = source.pictures.map(({ time }) => time);
    expect(times.every((time, i) => i === 0 || time > times[i - 1]!)).toBe(true);
    await source.stop();
    expect(source.states().at(-1)).toBe('ended');
  });

  test('in the middle of a picture: what is left of it is dropped', async () => {
    const options = await fake(`frame(); frame(${WIDTH}, ${HEIGHT}, 0.4);`);
    const source = watch(CAMERA, options);
    await source.until(() => source.states().some((state) => state.startsWith('retrying')));
    await source.stop();
    expect(source.monitor.decoded).toBe(1);
  });

  test('a camera that is not there at first is waited for, and why is said once', async () => {
    const refused = "say('[tcp @ 0x1] [error] Connection to tcp://camera:554 failed: Connection refused');";
    const options = await fake(`if (run < 3) { ${refused} process.exitCode = 1; } else { frame(); hang(); }`);
    const source = watch(CAMERA, options);
    while (source.pictures.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      // It waits while there is no process.
      if (source.monitor.processes.pids.length === 0) await options.clock.pass(500);
    }
    expect(source.states()).toHaveLength(3);
    expect(source.states()[1]).toMatch(/^retrying: ffmpeg: .*Connection refused$/);
    await source.stop();
  });
});

describe('a camera that stalls', () => {
  test('is noticed, killed though it ignores SIGTERM, and read anew; what it held is not shown', async () => {
    const options = await fake('frame(); hang(); setTimeout(() => frame(), 3_600_000);');
    const source = watch(CAMERA, options);
    await source.until(() => source.pictures.length === 1);
    const [pid] = source.monitor.processes.pids as [number];
    await options.clock.pass(5000);
    await source.until(() => source.states().at(-1) === 'retrying: no new picture for 5 s');
    expect(isAlive(pid)).toBe(false);
    expect(source.states()).toEqual([
      'connecting',
      'live',
      'stale: no new picture',
      'retrying: no new picture for 5 s',
    ]);
    expect(source.changes[2]!.at - BEGIN).toBe(1000);
    await options.clock.pass(1000);
    await source.until(() => source.pictures.length === 2);
    expect(source.pictures.map(({ gray }) => gray[0])).toEqual([64, 80]);
    await source.stop();
  });

  test('is noticed after the time that is asked for', async () => {
    const options = await fake('frame(); hang();');
    const source = watch(CAMERA, { ...options, watch: { stall: 2 } });
    await source.until(() => source.pictures.length === 1);
    await options.clock.pass(2000);
    await source.until(() => source.states().at(-1) === 'retrying: no new picture for 2 s');
    await source.stop();
  });
});

describe('pictures', () => {
  test('say when they came, on the wall and on the run’s clock', async () => {
    const options = await fake('frame(); hang();');
    await options.clock.pass(1234);
    const source = watch(CAMERA, options);
    await source.until(() => source.pictures.length === 1);
    expect(source.pictures[0]!.arrival).toEqual({ at: BEGIN + 1234, clock: 1.234, late: 0 });
    expect(source.pictures[0]!.time).toBe(0);
    await source.stop();
  });

  test('that change their size and shape on the way are taken as they come', async () => {
    const options = await fake('frame(); frame(32, 24); frame(24, 32); hang();');
    const sizes: string[] = [];
    const crop = ({ width, height }: { width: number; height: number }): Box => {
      sizes.push(`${width}x${height}`);
      return [0, 0, 16, 16];
    };
    const source = watch(CAMERA, { ...options, crop });
    await source.until(() => source.pictures.at(-1)?.index === 2);
    // Whoever asked for a part hears of every size, and gets the whole picture.
    expect(sizes).toEqual(['64x48', '32x24', '24x32']);
    expect(source.pictures.at(-1)).toMatchObject({ left: 0, top: 0, width: 24, height: 32 });
    expect(source.monitor.info).toEqual({ width: 24, height: 32 });
    await source.stop();
  });

  test('that do not hold the regions are refused at the start, and waited out later', async () => {
    const crop: Box = [0, 0, 60, 40];
    const first = watch(CAMERA, { ...(await fake('frame(32, 24); hang();')), crop });
    const error = await first.over;
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toContain('32x24');
    await rm(at('runs'), { force: true });
    const options = await fake('frame(); if (run === 0) setTimeout(() => frame(32, 24), 100); hang();');
    const later = watch(CAMERA, { ...options, crop });
    await later.until(() => later.states().some((state) => /^retrying: The regions .*32x24/.test(state)));
    await options.clock.pass(1000);
    await later.until(() => later.states().at(-1) === 'live');
    await later.stop();
  });

  test('with parts missing are marked until a whole one comes', async () => {
    const lost = "say('[rtsp @ 0x1] [warning] RTP: missed 3 packets');";
    const broken = "say('[warning] x: corrupt decoded frame in stream 0');";
    const p = `frame(${WIDTH}, ${HEIGHT}, 1, 'iskey:0 type:P');`;
    const script = `frame(); ${p} ${lost} ${p} ${p} frame(); ${p} ${broken} ${p} ${lost} frame(); ${broken} frame(); hang();`;
    const seen: (string | undefined)[] = [];
    const options = await fake(script);
    const source = watch(CAMERA, { ...options, buffers: 20 });
    await source.until(() => source.pictures.at(-1)?.index === 8);
    for (const { index, arrival } of source.pictures) seen[index] = arrival?.doubt?.kind;
    const damaged = 'damaged';
    const expected = [undefined, undefined, damaged, damaged, undefined, undefined, damaged, undefined, damaged];
    for (const { index } of source.pictures) expect([index, seen[index]]).toEqual([index, expected[index]]);
    await source.stop();
  });
});

describe('opening', () => {
  test('nothing is probed; the address and its options go to ffmpeg, at no speed but its own', async () => {
    await rm(at('probed'), { force: true });
    const options = await fake("writeFileSync(at('args'), process.argv.join(' ')); frame(); hang();");
    const source = watch(CAMERA, { ...options, realtime: true });
    await source.until(() => source.pictures.length === 1);
    await source.stop();
    const args = await readFile(at('args'), 'utf8');
    expect(args).toMatch(
      / -rtsp_transport tcp -timeout 10000000 -allowed_media_types video -nostdin -i rtsp:\/\/camera\/1 /,
    );
    expect(args).toMatch(/ -fflags \+nobuffer\+discardcorrupt -flags low_delay /);
    expect(args).not.toMatch(/ -re /);
    await expect(readFile(at('probed'))).rejects.toThrow(/ENOENT/);
  });

  test('a password is in no argument, no state, no message, whatever ffmpeg says', async () => {
    const script = `
      writeFileSync(at('args'), process.argv.join(' '));
      writeFileSync(at('script'), readFileSync(0));
      say('[rtsp @ 0x1] [error] rtsp://admin:tops3cret%40@camera/1?token=abcd1234: Connection refused tops3cret@');
      process.exitCode = 1;`;
    const options = await fake(script);
    const source = watch('rtsp://admin:tops3cret%40@camera/1?token=abcd1234', options);
    await source.until(() => source.states().length === 2);
    await source.stop();
    const required = watch('rtsp://camera/1', {
      ...options,
      asked: { credentials: { user: 'admin', password: 'tops3cret@' } },
      watch: { require: true },
    });
    const error = await required.over;
    const said = [...source.states(), ...required.states(), error?.message, await readFile(at('args'), 'utf8')].join();
    expect(said).toMatch(/Connection refused/);
    expect(said).not.toMatch(/s3cret|abcd1234|admin/);
    // But ffmpeg has it.
    expect(await readFile(at('script'), 'utf8')).toContain("file 'rtsp://admin:tops3cret%40@camera/1'\n");
  });

  test('a wrong password is said, and told from a missing one', async () => {
    const script = "say('[rtsp @ 0x1] [error] method DESCRIBE failed: 401 Unauthorized'); process.exitCode = 1;";
    const wrong = watch('rtsp://me:wrong@camera/1', await fake(script));
    await wrong.until(() => wrong.states().length === 2);
    expect(wrong.states()[1]).toBe('retrying: the user or the password is wrong (401)');
    await wrong.stop();
    const none = watch('rtsp://camera/1', await fake(script));
    await none.until(() => none.states().length === 2);
    expect(none.states()[1]).toMatch(/^retrying: a user and a password are needed \(401\): --credentials FILE/);
    await none.stop();
  });

  test('policy all is refused, with the reason', async () => {
    const source = watch(CAMERA, { ...(await fake('frame();')), policy: 'all' });
    const error = await source.over;
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toMatch(
      /^--policy all would show older and older pictures of rtsp:\/\/camera\/1, which is live/,
    );
  });

  test('a program that is missing is an error at once', async () => {
    const error = await watch(CAMERA, { ffmpeg: at('none') }).over;
    expect(error?.message).toMatch(/none was not found\. Install ffmpeg/);
  });
});

test('a stream that falls behind its own times is connected to anew', async () => {
  const options = await fake('frame(); setInterval(frame, 20); hang();');
  const source = watch(CAMERA, options);
  // A tenth of a second of pictures in each second: 0.9 s later each time, too old from the second on, for 5 s.
  const reason = 'pictures come more than 1 s late: the decoder or the network is too slow for them';
  for (let seen = 0; !source.states().includes(`retrying: ${reason}`);) {
    await new Promise((resolve) => setImmediate(resolve));
    if (source.monitor.decoded === seen) continue;
    seen = source.monitor.decoded;
    await options.clock.pass(1000);
  }
  expect(source.monitor.outdated).toBeGreaterThan(0);
  expect(source.pictures.every(({ arrival }) => arrival!.late <= 1)).toBe(true);
  await source.stop();
});

test('is drained while the consumer holds every frame; the next one is the newest', async () => {
  const monitor = new SourceMonitor();
  const held: Frame[] = [];
  const options = await fake('for (;;) frame();');
  const subscription = frames(CAMERA, { ...options, monitor, buffers: 1 }).subscribe((frame) => {
    held.push(frame);
  });
  // Far more than pipes and buffers hold.
  await decodedAll(monitor, 500);
  expect(held.map(({ index }) => index)).toEqual([0]);
  expect(monitor.overwritten).toBeGreaterThan(490);
  expect(monitor.buffers).toMatchObject({ size: 3 });
  const newest = monitor.decoded - 1;
  held[0]?.release();
  expect(held.map(({ index }) => index)).toEqual([0, newest]);
  expect(monitor.delivered + monitor.overwritten).toBe(monitor.decoded);
  const [pid] = monitor.processes.pids as [number];
  subscription.unsubscribe();
  await monitor.processes.idle();
  expect(isAlive(pid)).toBe(false);
  held[1]?.release();
  expectAllBack(monitor);
});

test('a picture that is too old when its turn comes is dropped, and counted', async () => {
  const monitor = new SourceMonitor();
  const held: Frame[] = [];
  const options = await fake('frame(); frame(); hang();');
  const subscription = frames(CAMERA, { ...options, monitor, watch: { maxAge: 0.5 } }).subscribe((frame) => {
    held.push(frame);
  });
  await decodedAll(monitor, 2);
  // The consumer is busy with the first one for so long.
  await options.clock.pass(501);
  held[0]?.release();
  expect([held.length, monitor.delivered, monitor.outdated, monitor.overwritten]).toEqual([1, 1, 1, 0]);
  subscription.unsubscribe();
  await monitor.processes.idle();
  expectAllBack(monitor);
});
