// What the doctor finds of a machine on which something is missing: a port, a broker, a source, a store, a clock.
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finding, findingsText, type Finding } from '../../src/doctor/check.js';
import { checksFor } from '../../src/doctor/checks.js';
import { freePort } from '../live-parts/servers.js';

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

async function examined(sinks: string, more: { source?: string; now?: () => number } = {}): Promise<Finding[]> {
  const pipeline = join(folder, 'p.yaml');
  await writeFile(pipeline, sinks);
  return await Promise.all(checksFor({ pipeline, now: Date.now, ...more }).map(finding));
}

const of = (found: readonly Finding[], name: string): Finding | undefined => found.find((one) => one.name === name);

describe('the doctor', () => {
  it('finds all well where it is', async () => {
    const found = await examined(
      `sinks:\n  feed: { serve: ${await freePort()} }\n  store: { place: ${join(folder, 'lq.db')} }\n` +
        `  mqtt: { url: "mqtt://127.0.0.1:${port}" }\n`,
      { source: `rtsp://127.0.0.1:${port}/cam` },
    );
    expect(found.filter(({ ok }) => !ok)).toEqual([]);
    const looked = ['ffmpeg', 'ffprobe', 'engine', 'clock', 'pipeline', 'model', 'source', 'disk'];
    const named = found.map(({ name }) => name);
    expect(named).toEqual(expect.arrayContaining([...looked, 'sink feed', 'sink store', 'sink mqtt']));
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
      `127.0.0.1:${nobody}: nobody listens there; is it on, and is the address right?`,
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
