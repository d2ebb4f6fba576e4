// What each live kind makes of its argument: the options of ffmpeg that its protocol needs, and what it refuses.
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { SourceError, UsageError } from '../../../src/base/errors.js';
import { resolveInputs } from '../../../src/source/inputs.js';
import type { Argument } from '../../../src/source/kinds/kind.js';
import type { Input } from '../../../src/source/kinds/list.js';
import { scratch } from '../clips.js';

const at = scratch();

async function open(
  source: string,
  asked: Partial<Argument['asked']> = {},
  stdin: () => Readable = () => Readable.from([]),
): Promise<Input> {
  const { list, waits } = await resolveInputs(source, { stdin, asked: { stall: 5, ...asked } });
  const [input] = await list[0]!();
  if (!input || input instanceof SourceError) expect.fail('no input');
  expect(waits).toBe(input.traits.live === undefined);
  return input;
}

async function refused(...given: Parameters<typeof open>): Promise<Error> {
  return await open(...given).then(
    () => expect.fail(`${given[0]} was taken`),
    (error: unknown) => error as Error,
  );
}

/** Arguments after those that all have in common. */
function ownArgs({ args, kind }: Input): string {
  const atOnce = '-fflags +nobuffer+discardcorrupt -flags low_delay -analyzeduration 0 -probesize 32 -fpsprobesize 0 ';
  const all = args.join(' ');
  // Of a single picture nothing may be dropped.
  if (kind === 'snapshot') return all;
  expect(all.startsWith(atOnce)).toBe(true);
  return all.slice(atOnce.length);
}

describe('options of ffmpeg', () => {
  test.each([
    ['rtsp://cam/1', {}, 'rtsp', '-rtsp_transport tcp -timeout 10000000 -allowed_media_types video'],
    ['rtsps://cam/1', {}, 'rtsp', '-rtsp_transport tcp -timeout 10000000 -allowed_media_types video'],
    ['RTSP://cam/1', { transport: 'udp' }, 'rtsp', '-rtsp_transport udp -timeout 10000000 -allowed_media_types video'],
    ['http://cam/mjpeg', { stall: 2.5 }, 'http', '-rw_timeout 5000000'],
    ['https://cam/x.ts', {}, 'http', '-rw_timeout 10000000'],
    ['http://cam/a.jpg', { every: 30 }, 'snapshot', '-threads 1 -rw_timeout 10000000'],
    ['rtmp://cam/live/x', {}, 'rtmp', '-rw_timeout 10000000 -rtmp_live live'],
    // Any patience of ffmpeg's would end it before somebody calls.
    ['rtmp://0.0.0.0:1935/live/x', { listen: true }, 'rtmp', '-listen 1'],
    ['srt://cam:9000', {}, 'srt', '-timeout 10000000'],
    ['srt://:9000', { listen: true }, 'srt', '-timeout 10000000 -mode listener'],
    ['udp://@239.1.2.3:5000', {}, 'udp', '-timeout 120000000 -fifo_size 57344 -overrun_nonfatal 1'],
    ['/dev/video7', {}, 'device', '-f v4l2'],
    [
      '/dev/video7',
      { device: { format: 'mjpeg', size: [1280, 720], rate: 15 } },
      'device',
      '-f v4l2 -input_format mjpeg -video_size 1280x720 -framerate 15',
    ],
  ] as const)('%s %j: %s', async (source, asked, kind, args) => {
    const input = await open(source, asked);
    expect([input.kind, ownArgs(input)]).toEqual([kind, args]);
    expect(input.traits.live?.every).toBe((asked as { every?: number }).every);
  });

  test.each([
    ['udp://:5000', 'udp://0.0.0.0:5000'],
    ['udp://@:5000', 'udp://0.0.0.0:5000'],
    ['srt://:9000?mode=listener', 'srt://0.0.0.0:9000?mode=listener'],
    ['rtsp://cam:8554/a b/%20?x=1', 'rtsp://cam:8554/a%20b/%20?x=1'],
    ['rtsp://[::1]:8554/x', 'rtsp://[::1]:8554/x'],
  ])('%s is opened as %s', async (source, url) => {
    expect((await open(source)).url).toBe(url);
  });

  test('of one that waits until it is called the first picture may take long', async () => {
    const patience = async (source: string, asked = {}) => (await open(source, asked)).traits.live?.connect;
    expect(await patience('rtmp://h/a/b')).toBe(15);
    for (const source of ['rtmp://h/a/b', 'srt://:1']) expect(await patience(source, { listen: true })).toBe(60);
    for (const source of ['srt://:1?mode=listener', 'udp://:1']) expect(await patience(source)).toBe(60);
  });
});

describe('secrets', () => {
  const credentials = { user: 'me', password: "p@:/'x 1" };

  test('go to ffmpeg through stdin, whether they are in the address or apart', async () => {
    const apart = await open('rtsp://cam/1', { credentials });
    const within = await open(`rtsp://me:p%40%3A%2F%27x%201@cam/1`);
    for (const input of [apart, within]) {
      expect([input.name, input.url]).toEqual(['rtsp://cam/1', 'pipe:0']);
      expect(input.args.join(' ')).not.toMatch(/me:|p%40|rtsp:\/\//);
      expect((await text(input.open!())).split('\n')).toEqual([
        'ffconcat version 1.0',
        "file 'rtsp://me:p%40%3A%2F%27x%201@cam/1'",
        'option rtsp_transport tcp',
        'option timeout 10000000',
        'option allowed_media_types video',
        '',
      ]);
    }
  });

  test('of an address win over those of the environment', async () => {
    const input = await open('rtsp://you:yours@cam/1', { credentials });
    expect(await text(input.open!())).toContain("'rtsp://you:yours@cam/1'");
  });

  test.each([
    ['http://cam/v?user=admin&pwd=1234&channel=1', 'http://cam/v?user=***&pwd=***&channel=1'],
    ['srt://cam:9000?passphrase=longenough&latency=20', 'srt://cam:9000?passphrase=***&latency=20'],
    ['http://admin@cam/v#x', 'http://cam/v'],
  ])('%s is shown as %s', async (source, name) => {
    const input = await open(source);
    expect([input.name, input.url]).toEqual([name, 'pipe:0']);
  });

  test('are taken out of what ffmpeg says, escaped or not', async () => {
    const { traits } = await open('rtsp://admin:g%40rden@cam/1?token=0123456789');
    const hidden = traits.live!.hide('rtsp://admin:g%40rden@cam/1?token=0123456789: g@rden g%40rden 0123456789 no');
    expect(hidden).toBe('rtsp://cam/1?token=***: *** *** *** no');
  });
});

describe('what is refused', () => {
  test.each([
    ['rtps://cam/1', /^rtps:\/\/cam\/1: there is no rtps:\/\/\. Did you mean rtsps?:\/\/\?$/],
    ['rtsp-tcp://u:secret@cam', /^rtsp-tcp:\/\/cam: there is no rtsp-tcp:/],
    ['gopher://cam', /there is no gopher:\/\/\. There are rtsp, rtsps, http, https, rtmp, rtmps, srt, udp\.$/],
    ['rtsp://', /^rtsp:\/\/ is no address: it must be rtsp:\/\/HOST/],
    ['rtsp://cam:port/x', /is no address/],
    ['rtsp://u:p%zz@cam/x', /^rtsp:\/\/cam\/x is no address/],
    ['http://u:pa ss@ca m/x', /^http:\/\/ca m\/x is no address/],
  ])('%s', async (source, message) => {
    const error = await refused(source);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(message);
  });

  test.each([
    ['rtsp://cam/1', { every: 5 }, /^--every is for http, https; rtsp:\/\/cam\/1 is read as rtsp\. Leave it out\.$/],
    ['http://cam/1', { transport: 'udp' }, /^--transport is for rtsp, rtsps; /],
    ['udp://:1', { listen: true }, /^--listen is for rtmp, rtmps, srt; /],
    ['rtsp://cam/1', { device: { rate: 5 } }, /^source\.device is for device; /],
  ] as const)('%s with %j', async (source, asked, message) => {
    const error = await refused(source, asked);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(message);
  });

  test('a file that is said to be live', async () => {
    await writeFile(at('clip.mp4'), 'x');
    const message = /clip\.mp4 is a file, which is not live: leave --live out\. --realtime reads it/;
    expect((await refused(at('clip.mp4'), { live: true })).message).toMatch(message);
    const stdin = createReadStream(at('clip.mp4'));
    await new Promise((resolve) => stdin.once('open', resolve));
    const error = await refused('-', { live: true }, () =>
      Object.assign(stdin, { fd: (stdin as never as { fd: number }).fd }),
    );
    expect(error.message).toMatch(/^stdin is a file, which is not live/);
    stdin.destroy();
  });
});

describe('live programs', () => {
  test('through stdin end the run with them, through a FIFO they may come back', async () => {
    const stdin = await open('-', { live: true });
    expect([stdin.kind, stdin.traits.live?.once, stdin.url]).toEqual(['live-pipe', true, 'pipe:0']);
    await promisify(execFile)('mkfifo', [at('fifo')]);
    const fifo = await open(at('fifo'), { live: true });
    expect([fifo.kind, fifo.traits.live?.once]).toEqual(['live-pipe', false]);
  });

  test('what is live anyway may be said to be so', async () => {
    expect((await open('rtsp://cam/1', { live: true })).kind).toBe('rtsp');
  });
});
