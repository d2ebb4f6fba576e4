// Tests of the roles in docs/fleet.md: the server runs the very configuration that is shown there; each role can do what
// it has to, and no more, and a real MQTT client hears readings.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyDifference, appliedCameras, difference } from '../../src/fleet/apply.js';
import { TIMING } from '../../src/fleet/core/timing.js';
import { FleetWorker } from '../../src/fleet/core/worker.js';
import { parseFleet } from '../../src/fleet/fleet-file.js';
import { natsBroker } from '../../src/fleet/nats/broker.js';
import { openConnection, type Connection } from '../../src/fleet/nats/connection.js';
import { layOut } from '../../src/fleet/nats/layout.js';
import { natsLookLine } from '../../src/fleet/nats/look-line.js';
import { natsReader } from '../../src/fleet/nats/reader.js';
import { namesOf } from '../../src/fleet/names.js';
import { simulatedRunner } from '../../src/fleet/simulation/simulated-runner.js';
import { StatusBoard } from '../../src/fleet/status.js';
import { fleetTime as clock } from '../../src/fleet/take-part.js';
import { freePort, serverProgram, startServer, type RunningServer } from '../live-parts/servers.js';

const program = serverProgram('nats-server', 'roles of a fleet');
const listener = serverProgram('mosquitto_sub', 'an MQTT client of a fleet');
const names = namesOf('lq');
const signal = new AbortController().signal;

describe.skipIf(program === undefined)('the roles of docs/fleet.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lq-roles-'));
  const connections: Connection[] = [];
  const said: string[] = [];
  let server: RunningServer;
  let [port, mqtt] = [0, 0];
  let worker: FleetWorker;

  const open = async (user: string): Promise<Connection> => {
    const access = { servers: [`nats://127.0.0.1:${port}`], user, password: `${user}-secret` };
    const opened = (await openConnection({ access, name: user, clock, require: true, say: () => {}, signal }))!;
    connections.push(opened);
    return opened;
  };

  beforeAll(async () => {
    [port, mqtt] = [await freePort(), await freePort()];
    const docs = readFileSync(new URL('../../docs/fleet.md', import.meta.url), 'utf8');
    const [, shown = ''] = /^```conf\n(.*?)^```$/ms.exec(docs) ?? [];
    const secrets = ['OPERATOR', 'WORKER', 'GATEWAY', 'VIEWER'].map(
      (role) => [`LQ_${role}`, `${role.toLowerCase()}-secret`] as const,
    );
    const text = secrets.reduce((conf, [name, secret]) => conf.replace(`$${name}`, secret), shown);
    const file = join(folder, 'nats.conf');
    const placed = text.replace('127.0.0.1:4222', `127.0.0.1:${port}`).replace('127.0.0.1:1883', `127.0.0.1:${mqtt}`);
    writeFileSync(file, placed.replace('/var/lib/nats', folder));
    server = await startServer(program!, ['-c', file], port);
    const operator = await open('operator');
    const fleet = parseFleet('cameras: [{id: hall, source: a.mp4}]', 'fleet.yaml');
    await layOut(operator, names, fleet);
    const { cameras } = natsBroker(operator, names, clock);
    await applyDifference(cameras, difference(fleet.cameras, await appliedCameras(cameras)));
    worker = new FleetWorker({
      broker: natsBroker(await open('worker'), names, clock),
      clock,
      runner: simulatedRunner({ clock, every: 50, readingEvery: 2, start: 50 }),
      name: 'w',
      capacity: 1,
      newInstance: () => 'w-0',
      say: (line) => said.push(line),
      timing: TIMING,
    });
    worker.start();
  });
  afterAll(async () => {
    await worker.drain();
    for (const connection of connections) await connection.close();
    await server.signal('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('let a worker read and store, and a gateway look on and follow', async () => {
    const gateway = await open('gateway');
    using board = new StatusBoard(gateway, names, natsBroker(gateway, names, clock), clock);
    await board.settled();
    const stop = new AbortController();
    const types: string[] = [];
    const readings = natsReader(gateway, names, 'readings', clock);
    for await (const { text } of readings.follow('hall', 1, stop.signal)) {
      types.push((JSON.parse(text) as { type: string }).type);
      if (types.length > 3) stop.abort();
    }
    expect(types.slice(0, 3)).toEqual(['owner', 'reading', 'reading']);
    expect(board.status().cameras).toMatchObject([{ id: 'hall', worker: 'w' }]);
    expect((await readings.latest('hall'))?.last).toBeGreaterThan(1);
    expect(said.join('')).not.toMatch(/does not do what it should|may not/);
  });

  it('let a worker change no camera, a gateway write nothing, and a viewer neither read the log nor write', async () => {
    const tries: [who: string, what: (connection: Connection) => Promise<unknown>][] = [
      ['worker', (one) => natsBroker(one, names, clock).cameras.create('mine', '{}')],
      ['worker', (one) => one.jsm.streams.delete(names.streams.readings)],
      [
        'gateway',
        (one) => natsBroker(one, names, clock).logs.readings.store('hall', { id: 'x', last: 1, expect: 0, text: '{}' }),
      ],
      ['viewer', (one) => natsBroker(one, names, clock).logs.readings.latest('hall')],
    ];
    for (const [who, what] of tries) {
      // Who may not ask for the account's limits can't even open JetStream, and is refused.
      const refused = async (): Promise<unknown> => what(await open(who));
      await expect(refused(), who).rejects.toThrow();
    }
  });

  it('let gateways and viewers look at a camera, and a worker alone show it', async () => {
    const [operator, reads, gateway] = [await open('operator'), await open('worker'), await open('gateway')];
    const viewer = await connect({ servers: `127.0.0.1:${port}`, user: 'viewer', pass: 'viewer-secret' });
    const passed: string[] = [];
    for (const kind of ['looks', 'pictures', 'shown'] as const)
      operator.nats.subscribe(names.subject(kind, '*'), { callback: (_, { subject }) => void passed.push(subject) });
    const asked: string[] = [];
    const [worked, looked] = [natsLookLine(reads, names), natsLookLine(gateway, names)];
    worked.hearAsked('hall', ({ picture }) => asked.push(`${picture}`));
    const seen: string[] = [];
    looked.hearShown('hall', {
      picture: (bytes) => seen.push(`picture ${bytes.length}`),
      text: (text) => seen.push(text),
    });
    viewer.subscribe('lq.pictures.*', { callback: (_, { data }) => void seen.push(`viewer ${data.length}`) });
    await Promise.all([operator, reads, gateway].map(({ nats }) => nats.flush()));
    await viewer.flush();
    await looked.ask('hall', { picture: 'fast' });
    viewer.publish('lq.looks.hall', '{"picture":"slow"}');
    await viewer.flush();
    await reads.nats.flush();
    expect(asked).toEqual(['fast', 'slow']);
    await worked.show('hall', new Uint8Array(7));
    await worked.show('hall', 'text');
    // Larger than the server takes: left out, and the connection stays.
    await worked.show('hall', new Uint8Array(2 ** 20 + 1));
    await gateway.nats.flush();
    await viewer.flush();
    expect(seen.sort()).toEqual(['picture 7', 'text', 'viewer 7']);
    await operator.nats.flush();
    const before = passed.length;
    expect(before).toBe(4);
    await looked.show('hall', 'forged');
    viewer.publish('lq.pictures.hall', 'forged');
    await worked.ask('hall', {});
    await viewer.flush();
    await operator.nats.flush();
    expect(passed.length).toBe(before);
    await viewer.close();
  });

  it.skipIf(listener === undefined)('let an MQTT client hear readings', async () => {
    const words = ['-h', '127.0.0.1', '-p', String(mqtt), '-u', 'viewer', '-P', 'viewer-secret', '-C', '2', '-W', '20'];
    const client = spawn(listener!, [...words, '-v', '-t', 'lq/readings/+'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [heard, complaint] = ['', ''];
    client.stdout.on('data', (data: Buffer) => (heard += data.toString()));
    client.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
    const [code] = (await once(client, 'close')) as [number];
    expect([code, complaint]).toEqual([0, '']);
    expect(heard).toMatch(/^lq\/readings\/hall \{"type":"reading","seq":\d+/);
  });
});
