// Tests of a broker that has no room: what is read waits, bounded, and is stored when there is room again. The room is what
// the server may take; what 2.9 does on a disk that is full is another matter (docs/fleet.md).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyDifference, difference, appliedCameras } from '../../src/fleet/apply.js';
import { LOGS, type LogName } from '../../src/fleet/core/broker.js';
import { TIMING } from '../../src/fleet/core/timing.js';
import { FleetWorker } from '../../src/fleet/core/worker.js';
import { parseFleet } from '../../src/fleet/fleet-file.js';
import { natsBroker } from '../../src/fleet/nats/broker.js';
import { openConnection, type Connection } from '../../src/fleet/nats/connection.js';
import { layOut } from '../../src/fleet/nats/layout.js';
import { namesOf } from '../../src/fleet/names.js';
import { faultsOf } from '../../src/fleet/simulation/simulated-fleet.js';
import { simulatedRunner } from '../../src/fleet/simulation/simulated-runner.js';
import { fleetTime as clock } from '../../src/fleet/take-part.js';
import { freePort, serverProgram, startServer, type RunningServer } from '../live-parts/servers.js';

const program = serverProgram('nats-server', 'a broker without room');
const names = namesOf('full');
const OUTBOX = { messages: 500, size: 1e6 };

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let asked = 0; !(await holds()); asked++) {
    if (asked > 1_000) throw new Error(`it never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.skipIf(program === undefined)('a broker that has no room', () => {
  const acknowledged: Record<LogName, Set<string>> = { predictions: new Set(), readings: new Set() };
  const said: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'lq-full-'));
  let server: RunningServer;
  let port = 0;
  let connection: Connection;

  beforeAll(async () => {
    port = await freePort();
    const store = `jetstream { store_dir: "${folder}", max_file_store: 8M }`;
    writeFileSync(join(folder, 'nats.conf'), `listen: 127.0.0.1:${port}\n${store}\n`);
    server = await startServer(program!, ['-c', join(folder, 'nats.conf')], port);
    const access = { servers: [`nats://127.0.0.1:${port}`] };
    const { signal } = new AbortController();
    connection = (await openConnection({ access, name: 'test', clock, require: true, say: () => {}, signal }))!;
  });
  afterAll(async () => {
    await connection.close();
    await server.signal('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('has workers wait, with what they read in an outbox of its size, and store it when there is room', async () => {
    const file = parseFleet(
      'name: full\nretention: {predictions: {megabytes: 1}, readings: {megabytes: 1}}\n' +
        'cameras: [{id: a, source: a.mp4}, {id: b, source: a.mp4}]',
      'fleet.yaml',
    );
    await layOut(connection, names, file);
    const { cameras } = natsBroker(connection, names, clock);
    await applyDifference(cameras, difference(file.cameras, await appliedCameras(cameras)));
    let lives = 0;
    const worker = new FleetWorker({
      broker: natsBroker(connection, names, clock),
      clock,
      runner: simulatedRunner({ clock, every: 20, readingEvery: 5, start: 20 }),
      name: 'w',
      capacity: 1,
      newInstance: () => `w-${lives++}`,
      say: (text) => said.push(text),
      timing: { ...TIMING, retry: 50, flush: 500, gather: 100 },
      outbox: OUTBOX,
      stored: (_, log, id) => acknowledged[log].add(id),
    });
    worker.start();
    await until('it stores', () => acknowledged.predictions.size > 50);

    await connection.jsm.streams.add({ name: 'others', subjects: ['others'] });
    const takeRoom = async (): Promise<void> => {
      for (const size of [500_000, 1_000, 1])
        for (let full = false; !full;)
          full = await connection.js.publish('others', new Uint8Array(size)).then(
            () => false,
            () => true,
          );
    };
    await takeRoom();
    await until('it says so', () => said.join('').includes('the broker has no room'));
    const waiting = (): number => Math.max(...worker.figures.cameras.map((one) => one.waiting ?? 0));
    await until('it waits', () => waiting() > 50);
    expect(waiting()).toBeLessThanOrEqual(OUTBOX.messages);

    await connection.jsm.streams.delete('others');
    const before = acknowledged.predictions.size;
    await until('it stores again', () => acknowledged.predictions.size > before + 50);
    await worker.drain();
    for (const log of LOGS) expect(faultsOf(log, await stored(log), acknowledged[log])).toEqual([]);
  });

  async function stored(log: LogName) {
    const { state } = await connection.jsm.streams.info(names.streams[log]);
    const records: { camera: string; id: string; text: string }[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const found = await connection.jsm.streams.getMessage(names.streams[log], { seq });
      if (!found) continue;
      const camera = found.subject.split('.')[2]!;
      records.push({ camera, id: found.header.get('Nats-Msg-Id'), text: found.string() });
    }
    return records;
  }
});
