// What the doctor finds of a machine on which something is missing: a port, a broker, a source, a store, a clock.
import { existsSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finding, findingsText, type Finding } from '../../src/doctor/check.js';
import { checksFor, type DoctorOptions } from '../../src/doctor/checks.js';
import { freePort } from '../live-parts/servers.js';
import { broker } from '../sinks/sending/servers.js';

let folder: string;
const busy = createServer();
let port: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  await once(busy.listen(0, '127.0.0.1'), 'listening');
  ({ port } = busy.address() as AddressInfo);
});
afterAll(async () => {
  busy.close();
  await rm(folder, { recursive: true, force: true });
});

async function examined(sinks: string, more: Partial<DoctorOptions> = {}): Promise<Finding[]> {
  const pipeline = join(folder, 'p.yaml');
  await writeFile(pipeline, sinks);
  return await Promise.all(checksFor({ pipeline, now: Date.now, ...more }).map(finding));
}

const of = (found: readonly Finding[], name: string): Finding | undefined => found.find((one) => one.name === name);

describe('the doctor', () => {
  it('finds all well where it is', async () => {
    await using at = await broker();
    const found = await examined(
      `sinks:\n  feed: { serve: ${await freePort()} }\n  store: { place: ${join(folder, 'lq.db')} }\n` +
        `  mqtt: { url: "${at.url}" }\n  webhook: { url: "http://127.0.0.1:${port}/hook" }\n` +
        `  file: { file: ${join(folder, 'a.ndjson')} }\n`,
      { source: `rtsp://127.0.0.1:${port}/cam` },
    );
    expect(found.filter(({ ok }) => !ok)).toEqual([]);
    // It was let in, and has said nothing.
    expect(at.published).toEqual([]);
    expect(existsSync(join(folder, 'a.ndjson'))).toBe(false);
    const looked = ['ffmpeg', 'ffprobe', 'engine', 'clock', 'pipeline', 'model', 'source', 'disk'];
    const named = found.map(({ name }) => name);
    expect(named).toEqual(
      expect.arrayContaining([...looked, 'sink feed', 'sink store', 'sink mqtt', 'sink webhook', 'sink file']),
    );
  });

  it('tries each kind of sink as it is spoken to, of the command line too', async () => {
    const asked: string[] = [];
    const influx = createHttp(({ method, url }, response) => {
      asked.push(`${method} ${url}`);
      response.writeHead(url === '/ping' ? 204 : 404).end();
    });
    await once(influx.listen(0, '127.0.0.1'), 'listening');
    const at = `http://127.0.0.1:${(influx.address() as AddressInfo).port}`;
    const sinks = {
      influx: { url: `${at}/?org=o&bucket=b` },
      file: { file: join(folder, 'no-folder', 'a.ndjson') },
      webhook: { url: `https://127.0.0.1:${port}/hook` },
    };
    busy.once('connection', (socket) => socket.end('plain\n'));
    // Alone: engines load meanwhile, and nothing else is answered then.
    const tried = async (asked: DoctorOptions['sinks']): Promise<Finding[]> => {
      const checks = checksFor({ pipeline: 'default', now: Date.now, sinks: asked });
      return await Promise.all(checks.filter(({ name }) => name.startsWith('sink ')).map(finding));
    };
    const found = await tried(sinks);
    const elsewhere = await tried({ influx: { url: `${at}/other/?org=o&bucket=b` } });
    influx.close();
    expect(of(found, 'sink influx')).toMatchObject({ ok: true, said: `${at} answers /ping` });
    expect(of(elsewhere, 'sink influx')).toMatchObject({ ok: false });
    expect(of(elsewhere, 'sink influx')?.said).toContain('/ping answered 404');
    expect(asked).toEqual(['GET /ping', 'GET /other/ping']);
    expect(of(found, 'sink file')?.said).toContain(`there is no folder ${join(folder, 'no-folder')}: make it`);
    expect(of(found, 'sink webhook')).toMatchObject({ ok: false });
  });

  it('says what is in the way, and what to do', async () => {
    const nobody = await freePort();
    await writeFile(join(folder, 'text'), 'this is no database at all, whatever its name may be. '.repeat(20));
    const found = await examined(
      `sinks:\n  feed: { serve: ${port} }\n  store: { place: ${join(folder, 'text')} }\n` +
        `  mqtt: { url: "mqtt://u:secret@127.0.0.1:${nobody}" }\n`,
      { source: join(folder, 'none.mp4'), now: () => Date.UTC(1970, 0, 2) },
    );
    expect(of(found, 'sink feed')?.said).toContain(`port ${port} is in use`);
    expect(of(found, 'sink store')?.said).toContain('is no store');
    expect(of(found, 'sink mqtt')?.said).toBe(
      `mqtt://127.0.0.1:${nobody}: nobody listens there; is it on, and are address, user and certificate right?`,
    );
    expect(of(found, 'source')?.said).toContain('there is no such file');
    expect(of(found, 'clock')?.said).toContain('before this program was written');
  });

  it('goes on where the pipeline can not be read', async () => {
    const found = await examined('sinks: { feeed: {} }\n');
    expect(of(found, 'pipeline')?.said).toContain('feeed');
    expect(of(found, 'pipeline')?.ok).toBe(false);
    expect(of(found, 'ffmpeg')?.ok).toBe(true);
  });

  it('shows a line each', () => {
    const text = findingsText([
      { name: 'ffmpeg', ok: true, said: '5.1' },
      { name: 'sink mqtt', ok: false, said: 'nobody listens there' },
    ]);
    expect(text).toBe('ok   ffmpeg     5.1\nFAIL sink mqtt  nobody listens there\n');
  });
});
