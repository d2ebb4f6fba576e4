// Tests of a fleet on a real NATS server: workers are cut off, end, and the server is killed, while what is stored is read
// back and judged by what the simulation's judge knows. Times are a fifth of those of a fleet in earnest.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { appliedCameras, applyDifference, difference } from '../../src/fleet/apply.js';
import { LOGS, type LogName } from '../../src/fleet/core/broker.js';
import { TIMING } from '../../src/fleet/core/timing.js';
import { FleetWorker } from '../../src/fleet/core/worker.js';
import { parseFleet } from '../../src/fleet/fleet-file.js';
import { openGateway } from '../../src/fleet/gateway/gateway.js';
import { startAfter } from '../../src/fleet/gateway/replay.js';
import { natsBroker } from '../../src/fleet/nats/broker.js';
import { openConnection, type Connection } from '../../src/fleet/nats/connection.js';
import { isLaidOut, layOut } from '../../src/fleet/nats/layout.js';
import { natsReader } from '../../src/fleet/nats/reader.js';
import { namesOf } from '../../src/fleet/names.js';
import { faultsOf } from '../../src/fleet/simulation/simulated-fleet.js';
import { simulatedRunner } from '../../src/fleet/simulation/simulated-runner.js';
import { StatusBoard } from '../../src/fleet/status.js';
import { fleetTime as clock } from '../../src/fleet/take-part.js';
import { freePort, serverProgram, startServer, type RunningServer } from '../live-parts/servers.js';

const program = serverProgram('nats-server', 'a fleet on NATS');
const timing = {
  ...TIMING,
  ...{ lease: 1_000, renew: 300, observe: 100, margin: 100, retry: 50, flush: 500, gather: 300, sweep: 1_000 },
};
const names = namesOf('test');
const signal = new AbortController().signal;

/** Asks again and again until something holds. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let asked = 0; !(await holds()); asked++) {
    if (asked > 1_000) throw new Error(`it never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.skipIf(program === undefined)('a fleet on NATS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lq-fleet-'));
  const connections: Connection[] = [];
  const acknowledged: Record<LogName, Set<string>> = { predictions: new Set(), readings: new Set() };
  const said: string[] = [];
  let server: RunningServer;
  let port = 0;
  let operator: Connection;

  const serve = async (...words: string[]): Promise<RunningServer> => {
    const started = await startServer(program!, ['-a', '127.0.0.1', '-p', String(port), ...words], port);
    return started;
  };
  const open = async (): Promise<Connection> => {
    const access = { servers: [`nats://127.0.0.1:${port}`] };
    const options = { access, name: 'test', clock, require: true, say: (text: string) => said.push(text), signal };
    const opened = (await openConnection(options))!;
    connections.push(opened);
    return opened;
  };
  const newWorker = async (name: string) => {
    const connection = await open();
    let lives = 0;
    const worker = new FleetWorker({
      broker: natsBroker(connection, names, clock),
      clock,
      runner: simulatedRunner({ clock, every: 20, readingEvery: 5, start: 20 }),
      name,
      capacity: 1,
      newInstance: () => `${name}-${lives++}`,
      say: (text) => said.push(text),
      timing,
      stored: (_, log, id) => acknowledged[log].add(id),
    });
    worker.start();
    return { worker, connection };
  };
  /** Everything that is stored, read back one by one. */
  const stored = async (log: LogName) => {
    const { jsm } = operator;
    const { state } = await jsm.streams.info(names.streams[log]);
    const records: { sequence: number; camera: string; id: string; text: string }[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const found = await jsm.streams.getMessage(names.streams[log], { seq });
      if (!found) continue;
      const camera = found.subject.split('.')[2]!;
      records.push({ sequence: seq, camera, id: found.header.get('Nats-Msg-Id'), text: found.string() });
    }
    return records;
  };
  const numbersOf = async (camera: string): Promise<number[]> =>
    (await stored('predictions'))
      .filter((record) => record.camera === camera)
      .flatMap(({ text }) => text.split('\n'))
      .flatMap((line) => (JSON.parse(line) as { seq?: number }).seq ?? []);

  beforeAll(async () => {
    port = await freePort();
    server = await serve('-js', '-sd', folder);
    operator = await open();
  });
  afterAll(async () => {
    for (const connection of connections) await connection.close();
    await server.signal('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is made by applying a file, and changed by the difference', async () => {
    const cameras = Array.from({ length: 6 }, (_, k) => `  - {id: cam${k}, source: a.mp4}\n`).join('');
    const file = parseFleet(`name: test\ncameras:\n${cameras}`, 'fleet.yaml');
    expect(await isLaidOut(operator, names)).toBe(false);
    await layOut(operator, names, { ...file, lease: timing.lease });
    // Again, with another retention: what is there is kept.
    await layOut(operator, names, { ...file, lease: timing.lease });
    expect(await isLaidOut(operator, names)).toBe(true);
    const table = natsBroker(operator, names, clock).cameras;
    const first = difference(file.cameras, await appliedCameras(table));
    expect(first.added).toHaveLength(6);
    expect(await applyDifference(table, first)).toEqual([]);
    const [one, ...rest] = file.cameras;
    const second = difference([{ ...one!, weight: 2 }, ...rest.slice(1)], await appliedCameras(table));
    expect(second).toMatchObject({ added: [], changed: [{ keys: ['weight'] }], removed: [{ id: 'cam1' }] });
  });

  it('loses, doubles and reorders nothing, whoever is cut off, ends, or is killed', async () => {
    const [a, b, c] = [await newWorker('a'), await newWorker('b'), await newWorker('c')];
    const counts = (...workers: { worker: FleetWorker }[]) => workers.map(({ worker }) => worker.cameras.length);
    await until('two cameras each', () => counts(a, b, c).every((n) => n === 2));
    await until('readings', () => acknowledged.readings.size > 30);

    // Cut off: to the others it is dead.
    const lost = a.worker.cameras;
    await a.connection.close();
    await until('taken over', () => counts(b, c).every((n) => n === 3));
    const before = await Promise.all(lost.map(async (camera) => (await numbersOf(camera)).length));
    await until('read on', async () => {
      const now = await Promise.all(lost.map(async (camera) => (await numbersOf(camera)).length));
      return now.every((n, k) => n > before[k]!);
    });

    // The server dies and comes back; nobody takes anything from anybody.
    const had = [b, c].map(({ worker }) => worker.cameras);
    const stored0 = acknowledged.predictions.size;
    await server.signal('SIGKILL');
    // It stays away until each has thirty frames that it can't store.
    const waiting = () =>
      [b, c].map(({ worker }) => Math.max(...worker.figures.cameras.map((one) => one.waiting ?? 0)));
    await until('what is read waits', () => waiting().every((most) => most >= 30));
    server = await serve('-js', '-sd', folder);
    await until('stored again', () => acknowledged.predictions.size > stored0 + 100);
    expect([b, c].map(({ worker }) => worker.cameras)).toEqual(had);
    const kept = await numbersOf(had[0]![0]!);
    expect(kept).toEqual(kept.map((_, k) => k + 1));

    // One more comes, one ends.
    const d = await newWorker('d');
    await until('spread out', () => counts(b, c, d).every((n) => n === 2));
    await b.worker.drain();
    await until('handed on', () => counts(c, d).every((n) => n === 3));
    expect(counts(b)).toEqual([0]);

    await Promise.all([c.worker.drain(), d.worker.drain()]);
    for (const log of LOGS) expect(faultsOf(log, await stored(log), acknowledged[log])).toEqual([]);
    expect(said.join('')).not.toMatch(/is lost/);
  });

  it('sweeps up what is left of workers that are gone', async () => {
    const { worker, connection } = await newWorker('s');
    await until('joined', () => worker.joined);
    const left = async (): Promise<number[]> =>
      await Promise.all(
        [names.buckets.members, names.buckets.orders].map(
          async (bucket) => (await operator.jsm.streams.info(`KV_${bucket}`)).state.messages,
        ),
      );
    // Five others were there before, each with a life of its own.
    await until('swept up', async () => (await left()).every((messages) => messages === 1));
    expect((await natsBroker(operator, names, clock).members.get('s-0'))?.value).toContain('"name":"s"');
    await worker.drain();
    await connection.close();
  });

  it('is another one than a fleet of another name in the same account', async () => {
    const others = namesOf('other');
    const file = parseFleet('name: other\ncameras: [{id: cam0, source: a.mp4}, {id: lone, source: a.mp4}]', 'f.yaml');
    await layOut(operator, others, { ...file, lease: timing.lease });
    const table = natsBroker(operator, others, clock).cameras;
    await applyDifference(table, difference(file.cameras, await appliedCameras(table)));
    const kept = new Map<string, string[]>([
      ['test', []],
      ['other', []],
    ]);
    const both = await Promise.all(
      [names, others].map(async (own) => {
        const connection = await open();
        const worker = new FleetWorker({
          broker: natsBroker(connection, own, clock),
          clock,
          runner: simulatedRunner({ clock, every: 20, readingEvery: 5, start: 20 }),
          name: 'same',
          capacity: 1,
          newInstance: () => 'same-0',
          say: (text) => said.push(text),
          timing,
          stored: (camera, log, id) => {
            if (log === 'predictions') kept.get(own.fleet)!.push(`${camera} ${id}`);
          },
        });
        worker.start();
        return worker;
      }),
    );
    await until('both read', () => [...kept.values()].every((ids) => ids.length > 50));
    expect(both[1]!.cameras).toEqual(['cam0', 'lone']);
    expect(both[0]!.cameras).not.toContain('lone');
    for (const worker of both) await worker.drain();
    const { state } = await operator.jsm.streams.info(others.streams.predictions, { subjects_filter: '>' });
    expect(Object.keys(state.subjects ?? {}).sort()).toEqual(['other.predictions.cam0', 'other.predictions.lone']);
  });

  it('finds the place after any number in the log, as reading it all does', async () => {
    const reader = natsReader(operator, names, 'predictions', clock);
    const mine = (await stored('predictions')).filter(({ camera }) => camera === 'cam2');
    const lastIn = (text: string): number =>
      Math.max(...text.split('\n').map((line) => (JSON.parse(line) as { seq?: number }).seq ?? 0));
    const most = Math.max(...mine.map(({ text }) => lastIn(text)));
    for (const since of [0, 1, 2, Math.floor(most / 3), most - 1, most, most + 5]) {
      const found = await reader.next('cam2', await startAfter(reader, 'cam2', since));
      expect(found?.sequence).toBe(mine.find(({ text }) => lastIn(text) > since)?.sequence);
    }
  });

  it('is served by a gateway: all after a number, each once, and what comes', async () => {
    const { worker } = await newWorker('e');
    const board = new StatusBoard(operator, names, natsBroker(operator, names, clock), clock);
    await board.settled();
    const gateway = await openGateway({
      host: '127.0.0.1',
      port: 0,
      token: undefined,
      readers: {
        predictions: natsReader(operator, names, 'predictions', clock),
        readings: natsReader(operator, names, 'readings', clock),
      },
      status: () => board.status(),
      knows: (camera) => board.knows(camera),
      figures: () => ({ model: 'm', pipeline: 'p', thresholds: { ratio: 2, range: [0, 1] } }),
      connected: () => operator.connected,
      clock,
    });
    board.onTold = (camera, message) => gateway.tell(camera, message);
    const socket = new WebSocket(`${gateway.url}?camera=cam3&since=7`);
    const heard: { type: string; seq?: number; next?: number }[] = [];
    socket.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString()) as { type: string }));
    await once(socket, 'open');
    const before = (await numbersOf('cam3')).length;
    const seqs = (): number[] => heard.flatMap(({ type, seq }) => (type === 'prediction' ? [seq!] : []));
    await until('live', () => seqs().length > before + 20);
    expect(heard[0]).toMatchObject({ type: 'hello', protocol: 1 });
    expect(seqs()).toEqual(seqs().map((_, k) => k + 8));
    expect(heard.some(({ type }) => type === 'reading')).toBe(true);
    // A number in doubt is told and not kept.
    natsBroker(operator, names, clock).tell('doubts', 'cam3', '{"type":"reading-doubt","id":"n","camera":"cam3"}');
    await until('in doubt', () => heard.some(({ type }) => type === 'reading-doubt'));
    const health = (await (
      await fetch(gateway.url.replace('ws:', 'http:').replace('/feed', '/healthz'))
    ).json()) as object;
    expect(health).toMatchObject({ ok: true, fleet: 'test', broker: true, cameras: 6, clients: 1 });
    for (const [query, status] of [
      ['', 400],
      ['?camera=nobody', 404],
      ['?camera=cam3&since=x', 400],
    ] as const) {
      const refused = new WebSocket(`${gateway.url}${query}`);
      refused.on('error', () => {});
      const [, response] = (await once(refused, 'unexpected-response')) as [unknown, { statusCode: number }];
      expect(response.statusCode).toBe(status);
    }
    await gateway.end();
    await until('closed', () => socket.readyState === WebSocket.CLOSED);
    board[Symbol.dispose]();
    await worker.drain();
  });

  it('waits, and says so, when the stream is deleted under it', async () => {
    const { worker } = await newWorker('f');
    await until('reading', () => worker.cameras.length === 6);
    await operator.jsm.streams.delete(names.streams.readings);
    await until('said', () => said.join('').includes('the stream is gone'));
    const file = parseFleet('name: test', 'fleet.yaml');
    await layOut(operator, names, { ...file, lease: timing.lease });
    await until(
      'stored again',
      async () => (await operator.jsm.streams.info(names.streams.readings)).state.messages > 10,
    );
    await worker.drain();
  });

  it('refuses a server without JetStream, and one that is not there where it has to be', async () => {
    const other = await freePort();
    const bare = await startServer(program!, ['-a', '127.0.0.1', '-p', String(other)], other);
    const options = { name: 'test', clock, require: true, say: () => {}, signal };
    const access = { servers: [`nats://127.0.0.1:${other}`] };
    await expect(openConnection({ ...options, access })).rejects.toThrow(/has no JetStream.*-js -sd/);
    await bare.signal('SIGKILL');
    await expect(openConnection({ ...options, access })).rejects.toThrow(/^No NATS server at/);
    const stop = new AbortController();
    const waits: string[] = [];
    const say = (text: string): void => {
      waits.push(text);
      stop.abort();
    };
    expect(await openConnection({ ...options, access, require: false, say, signal: stop.signal })).toBe(undefined);
    expect(waits.join('')).toMatch(/it is tried again until there is one/);
  });
});
