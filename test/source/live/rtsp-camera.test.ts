// A real camera over RTSP, with the ffmpeg that is there: what it does to the stream, and what is made of it.
import { readdir, readFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SourceOptions } from '../../../src/source/source.js';
import { freePort, hasCamera, startCamera, type Camera } from '../../live-parts/camera.js';
import { makeAll, moving, scratch } from '../clips.js';
import { watch, type Watching } from './watching.js';

const at = scratch();
const cameras: Camera[] = [];
const sources: Watching[] = [];

beforeAll(async () => {
  await makeAll([...moving('s=640x360:r=1:d=1'), '-frames:v', '1', at('picture.png')]);
});
afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop();
  for (const camera of cameras.splice(0)) await camera.signal('SIGKILL');
});

async function start(port: number, ...who: string[]): Promise<Camera> {
  const camera = await startCamera(port, at('picture.png'), who);
  cameras.push(camera);
  return camera;
}

function read(url: string, options: SourceOptions = {}): Watching {
  const source = watch(url, { watch: { stall: 2, frozen: 0 }, ...options });
  sources.push(source);
  return source;
}

const last = ({ states }: Watching): string | undefined => states().at(-1);

describe.skipIf(!hasCamera('tests of a real RTSP camera'))('a camera over RTSP', () => {
  test.each(['tcp', 'udp'] as const)('by %s: killed and back, it is read again', async (transport) => {
    const port = await freePort();
    const camera = await start(port);
    const source = read(camera.url, { asked: { transport } });
    await source.until(() => source.pictures.length >= 5);
    expect(source.pictures[0]).toMatchObject({ width: 640, height: 360 });
    await camera.signal('SIGKILL');
    await source.until(() => last(source)?.startsWith('retrying') ?? false);
    await start(port);
    await source.until(() => last(source) === 'live');
    expect(source.changes.at(-1)?.reconnects).toBe(1);
  });

  test('one that stalls is noticed, and read again when it goes on', async () => {
    const camera = await start(await freePort());
    const source = read(camera.url);
    await source.until(() => source.pictures.length >= 5);
    await camera.signal('SIGSTOP');
    await source.until(() => last(source) === 'retrying: no new picture for 2 s');
    await source.monitor.processes.idle();
    await camera.signal('SIGCONT');
    await source.until(() => last(source) === 'live');
  });

  test('one that lives and sends nothing is noticed', async () => {
    const camera = await start(await freePort());
    const source = read(camera.url);
    await source.until(() => source.pictures.length >= 5);
    camera.tell('media off');
    await source.until(() => last(source) === 'retrying: no new picture for 2 s');
    camera.tell('media on');
    await source.until(() => last(source) === 'live');
  });

  test('one that is not there at first is waited for', async () => {
    const port = await freePort();
    const source = read(`rtsp://127.0.0.1:${port}/cam`);
    await source.until(() => last(source)?.includes('Connection refused') ?? false);
    await start(port);
    await source.until(() => last(source) === 'live');
  });

  test('another size is taken as it comes, and black is said', async () => {
    const camera = await start(await freePort());
    const source = read(camera.url);
    await source.until(() => source.pictures.length >= 5);
    // Of another shape its pixels would not be square.
    camera.tell('size 320x180');
    await source.until(() => source.pictures.at(-1)?.width === 320);
    expect(source.pictures.at(-1)?.height).toBe(180);
    camera.tell('black');
    await source.until(() => last(source) === 'black: there is nothing in the picture');
    await source.until(() => source.pictures.at(-1)?.arrival?.doubt?.kind === 'black');
    camera.tell('light');
    await source.until(() => last(source) === 'live');
    expect(source.changes.at(-1)?.reconnects).toBe(0);
  });

  test('a picture that does not change is frozen', async () => {
    const camera = await start(await freePort());
    camera.tell('black');
    const source = read(camera.url, { watch: { frozen: 1 } });
    await source.until(() => source.states().some((state) => state.startsWith('frozen')));
  });

  test('with a password, which no process of the machine shows', async () => {
    const camera = await start(await freePort(), 'me', 'gard:n@1');
    const credentials = { user: 'me', password: 'gard:n@1' };
    const source = read(camera.url, { asked: { credentials } });
    await source.until(() => source.pictures.length >= 2);
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
    const ours = lines.filter((line) => line.includes('ffmpeg') && /gard/.test(line));
    expect(ours).toEqual([]);
    const wrong = read(camera.url, { asked: { credentials: { user: 'me', password: 'wrong' } } });
    await wrong.until(() => last(wrong) === 'retrying: the user or the password is wrong (401)');
  });
});
