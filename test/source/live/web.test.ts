// Live sources from a web server, with the ffmpeg that is there: MJPEG, snapshots, and what is no live video at all.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import { SourceError } from '../../../src/base/errors.js';
import { realTime, type LiveClock } from '../../../src/source/live/clock.js';
import type { SourceOptions } from '../../../src/source/source.js';
import { makeAll, moving, scratch } from '../clips.js';
import { watch } from './watching.js';

const at = scratch();
const [USER, PASSWORD] = ['me', 'gard:n@1'];
let base = '';
let pictures: Buffer[] = [];
const asked = new Map<string, number>();

// Waits pass a hundred times as fast; how long pictures have not come is not measured in waits.
const hurried: LiveClock = { ...realTime, after: (ms, run) => realTime.after(ms / 100, run) };
const options: SourceOptions = { clock: hurried, ffprobe: '/nonexistent' };

type Answer = (request: IncomingMessage, response: ServerResponse, times: number) => void;

function mjpeg(count = Infinity): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=frame' });
    let n = 0;
    const timer = setInterval(() => {
      const picture = pictures[n++ % pictures.length]!;
      response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`);
      response.write(picture);
      response.write('\r\n');
      if (n < count) return;
      clearInterval(timer);
      response.end();
    }, 20);
    response.on('close', () => clearInterval(timer));
  };
}

/** Pictures at first, and then what is no picture, though it comes as one. */
const garbage: Answer = (request, response, times) => {
  if (times > 0) return mjpeg()(request, response, times);
  const random = createRandom(3);
  response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=frame' });
  let n = 0;
  const timer = setInterval(() => {
    const noise = Buffer.from(Array.from({ length: 2000 }, () => random.int(256)));
    const picture = n++ < 6 ? pictures[n]! : noise;
    response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`);
    response.write(picture);
    response.write('\r\n');
  }, 20);
  response.on('close', () => clearInterval(timer));
};

const allowed: Answer = (request, response, times) => {
  const wanted = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
  if (request.headers.authorization === wanted) return mjpeg()(request, response, times);
  response.writeHead(401, { 'www-authenticate': 'Basic realm="camera"' }).end();
};

const page: Answer = (_request, response) =>
  response.writeHead(200, { 'content-type': 'text/html' }).end('<!DOCTYPE html><html><body>Log in</body></html>');

async function file(response: ServerResponse, name: string, type: string): Promise<void> {
  response.writeHead(200, { 'content-type': type }).end(await readFile(at(name)));
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/cam': mjpeg(),
  '/short': mjpeg(12),
  '/page': page,
  '/secret': allowed,
  '/garbage': garbage,
  '/film': (_request, response) => void file(response, 'film.mp4', 'video/mp4'),
  '/list.m3u8': (_request, response) => void file(response, 'list.m3u8', 'application/vnd.apple.mpegurl'),
  '/part0.ts': (_request, response) => void file(response, 'part0.ts', 'video/mp2t'),
  '/still': (_request, response) => void response.writeHead(200, { 'content-type': 'image/jpeg' }).end(pictures[0]),
  '/shot': (_request, response, times) =>
    void response.writeHead(200, { 'content-type': 'image/jpeg' }).end(pictures[times % pictures.length]),
  '/busy': (request, response, times) =>
    times < 2 ? void response.writeHead(503).end() : mjpeg()(request, response, times),
};

const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  const times = asked.get(path) ?? 0;
  asked.set(path, times + 1);
  const answer = ANSWERS[path];
  if (answer) answer(request, response, times);
  else response.writeHead(404).end();
});

beforeAll(async () => {
  await makeAll(
    [...moving('s=64x48:r=10:d=1'), '-c:v', 'mjpeg', '-f', 'image2', at('p%02d.jpg')],
    [...moving('s=64x48:r=10:d=1'), '-pix_fmt', 'yuv420p', '-movflags', '+faststart', at('film.mp4')],
    [...moving('s=64x48:r=10:d=1'), '-pix_fmt', 'yuv420p', '-f', 'mpegts', at('part0.ts')],
  );
  const { writeFile } = await import('node:fs/promises');
  await writeFile(at('list.m3u8'), '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\npart0.ts\n');
  pictures = await Promise.all(
    Array.from({ length: 10 }, (_, i) => readFile(at(`p${String(i + 1).padStart(2, '0')}.jpg`))),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('MJPEG', () => {
  test('is read as it comes, and its times are those at which it came', async () => {
    const source = watch(`${base}/cam`, options);
    await source.until(() => source.pictures.length >= 8);
    expect(source.states()).toEqual(['connecting', 'live']);
    expect(source.pictures[0]).toMatchObject({ index: 0, width: 64, height: 48, time: 0 });
    const [first, last] = [source.pictures[0]!, source.pictures.at(-1)!];
    expect(last.time).toBeCloseTo(last.arrival!.clock - first.arrival!.clock, 3);
    await source.stop();
  });

  test('that ends is come back to', async () => {
    const source = watch(`${base}/short`, options);
    await source.until(() => source.changes.some(({ reconnects }) => reconnects === 2));
    const states = source.states().filter((state) => state !== 'stale: no new picture');
    expect(states.slice(0, 6)).toEqual([
      'connecting',
      'live',
      'retrying: the stream has ended',
      'live',
      'retrying: the stream has ended',
      'live',
    ]);
    await source.stop();
  });

  test('that turns to garbage gives no picture of it, and is connected to anew', async () => {
    const source = watch(`${base}/garbage`, { ...options, watch: { stall: 0.5, maxAge: 0.3 } });
    await source.until(() => source.states().includes('retrying: no new picture for 0.5 s'));
    // The demuxer hands a picture out when the next begins.
    expect(source.pictures.length).toBeLessThanOrEqual(6);
    await source.until(() => source.states().at(-1) === 'live');
    expect(source.changes.at(-1)!.reconnects).toBe(1);
    await source.stop();
  });

  test('of a server that is busy at first is waited for', async () => {
    const source = watch(`${base}/busy`, options);
    await source.until(() => source.pictures.length >= 1);
    expect(source.states()).toEqual(['connecting', expect.stringMatching(/^retrying: ffmpeg: .*50?3|5XX/), 'live']);
    await source.stop();
  });

  test('with a password, which no argument of ffmpeg shows', async () => {
    const source = watch(`${base}/secret`, { ...options, asked: { credentials: { user: USER, password: PASSWORD } } });
    await source.until(() => source.pictures.length >= 3);
    const [pid] = source.monitor.processes.pids as [number];
    const shown = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    expect(shown).not.toMatch(/gard|me:/);
    await source.stop();
  });

  test('with a wrong password says so once, and goes on trying', async () => {
    const before = asked.get('/secret') ?? 0;
    const source = watch(`${base.replace('//', '//me:wrong1@')}/secret`, options);
    await source.until(() => source.states().length === 2);
    const first = asked.get('/secret') ?? 0;
    while ((asked.get('/secret') ?? 0) <= first) await new Promise((resolve) => setImmediate(resolve));
    expect(first).toBeGreaterThan(before);
    expect(source.states()).toEqual(['connecting', 'retrying: the user or the password is wrong (401)']);
    await source.stop();
  });
});

describe('snapshots', () => {
  test('are asked for one by one', async () => {
    const source = watch(`${base}/shot`, { ...options, asked: { every: 1 } });
    await source.until(() => source.pictures.length >= 3);
    expect(source.states()).toEqual(['connecting', 'live']);
    // Each is another picture.
    expect(new Set(source.pictures.map(({ gray }) => Buffer.from(gray).toString('hex'))).size).toBe(3);
    expect(source.pictures.map(({ index }) => index)).toEqual([0, 1, 2]);
    await source.stop();
  });
});

describe('what is no live video ends the run, with what to do', () => {
  test.each([
    ['/page', {}, /\/page is a web page, not a video: look in the camera's manual/],
    ['/film', {}, /\/film is a recording of 1 s, not a live picture: save it, and give the file's name\.$/],
    ['/list.m3u8', {}, /\/list\.m3u8 is a playlist \(HLS or DASH\): its pictures are many seconds old/],
    ['/still', {}, /\/still is a single picture, not a video: --every 5 asks for a new one/],
    ['/film', { every: 5 }, /\/film is a video \(mov.*\), not a picture: leave --every out\.$/],
  ])('%s %j', async (path, more, message) => {
    const error = await watch(`${base}${path}`, { ...options, asked: more }).over;
    expect(error).toBeInstanceOf(SourceError);
    expect(error?.message).toMatch(message);
  });

  test('what is not there is waited for, unless it is required', async () => {
    const error = await watch(`${base}/none`, { ...options, watch: { require: true } }).over;
    expect(error?.message).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/none gives no picture: ffmpeg: .*404/);
  });
});
