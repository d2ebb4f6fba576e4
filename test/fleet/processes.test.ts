// A fleet as users run it: the built program, a real NATS server, a camera that is a file. The process that reads it is
// killed with -9, and what is stored in the end is read back.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOGS, type LogName } from '../../src/fleet/core/broker.js';
import { openConnection, type Connection } from '../../src/fleet/nats/connection.js';
import { natsBroker } from '../../src/fleet/nats/broker.js';
import { namesOf } from '../../src/fleet/names.js';
import { faultsOf } from '../../src/fleet/simulation/simulated-fleet.js';
import { StatusBoard } from '../../src/fleet/status.js';
import { fleetTime as clock } from '../../src/fleet/take-part.js';
import { freePort, serverProgram, startServer, type RunningServer } from '../live-parts/servers.js';
import { writeConstantModel } from '../model-folder.js';

const program = serverProgram('nats-server', 'a fleet of processes on NATS');
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const names = namesOf('killed');

/** Milliseconds after which something never comes: machines of tests are slow at times. */
const PATIENCE = 200_000;

interface Worker {
  readonly child: ChildProcess;
  readonly said: () => string;
}

interface Kept {
  readonly camera: string;
  readonly id: string;
  readonly text: string;
}

describe.skipIf(program === undefined)('a fleet of processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lq-processes-'));
  const workers: Worker[] = [];
  let server: RunningServer;
  let onlooker: Connection;
  let port = 0;

  async function until<T>(what: string, find: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const begun = clock.now();
    for (;;) {
      const found = await find();
      if (found !== undefined) return found;
      if (clock.now() - begun > PATIENCE)
        throw new Error(`it never came to this: ${what}\n${workers.map(({ said }) => said()).join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const worker = (name: string, ...words: string[]): Worker => {
    const all = [cli, 'fleet', ...words, '--nats', `nats://127.0.0.1:${port}`, '--name', name, '--metrics', '0'];
    const child = spawn(process.execPath, all, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const made = { child, said: () => said };
    workers.push(made);
    return made;
  };
  /** What the broker answers, however late: a request that was given up is made again. */
  const asked = <T>(what: string, ask: () => Promise<T>): Promise<{ readonly answer: T }> =>
    until(what, async () => {
      try {
        return { answer: await ask() };
      } catch (error) {
        if ((error as Error).name !== 'TimeoutError') throw error;
        return undefined;
      }
    });
  const stateOf = async (log: LogName) =>
    (await asked(`state of ${log}`, () => onlooker.jsm.streams.info(names.streams[log]))).answer.state;
  const stored = async (log: LogName): Promise<Kept[]> => {
    const state = await stateOf(log);
    const records: Kept[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const ask = () => onlooker.jsm.streams.getMessage(names.streams[log], { seq });
      const { answer } = await asked(`${log} ${seq}`, ask);
      if (!answer) continue;
      const camera = answer.subject.split('.')[2]!;
      records.push({ camera, id: answer.header.get('Nats-Msg-Id'), text: answer.string() });
    }
    return records;
  };
  const lines = (records: readonly Kept[]) =>
    records
      .flatMap(({ text }) => text.split('\n'))
      .map((line) => JSON.parse(line) as { type: string; seq: number; digit?: number; value?: string })
      .filter(({ type }) => type !== 'owner');
  const metric = async ({ said }: Worker, name: string): Promise<number | undefined> => {
    const [, url] = /^metrics: (\S+)$/m.exec(said()) ?? [];
    const text = url === undefined ? '' : await (await fetch(url)).text();
    const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? [];
    return value === undefined ? undefined : Number(value);
  };

  beforeAll(async () => {
    await writeConstantModel(join(folder, 'model'));
    const picture = 'testsrc=size=160x120:rate=10:duration=60';
    const words = ['-v', 'error', '-f', 'lavfi', '-i', picture, '-preset', 'ultrafast', join(folder, 'clip.mkv')];
    execFileSync('ffmpeg', words);
    const windows = ['a', 'b', 'c'];
    const pipeline = {
      source: { realtime: true },
      model: join(folder, 'model'),
      regions: {
        mode: 'fixed',
        units: 'relative',
        list: windows.map((id, k) => ({ id, box: [0.2 + 0.2 * k, 0.3, 0.2, 0.4] })),
      },
      readings: [{ id: 'counter', windows, every: 1 }],
    };
    const camera = { id: 'hall', source: join(folder, 'clip.mkv'), loop: true, pipeline };
    writeFileSync(join(folder, 'fleet.yaml'), JSON.stringify({ name: 'killed', cameras: [camera] }));
    port = await freePort();
    server = await startServer(program!, ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder], port);
    onlooker = (await openConnection({
      access: { servers: [`nats://127.0.0.1:${port}`] },
      name: 'test',
      clock,
      require: true,
      say: () => {},
      signal: new AbortController().signal,
    }))!;
  });
  afterAll(async () => {
    for (const { child } of workers) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await onlooker.close();
    await server.signal('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('loses, doubles and reorders nothing when the one that reads is killed', { timeout: 3 * PATIENCE }, async () => {
    const first = worker('first', 'fleet.yaml');
    await until('the first takes part', () => (first.said().includes('takes part') ? true : undefined));
    await until('it has the camera', async () =>
      (await metric(first, 'lq_lease_owned\\{camera="hall"\\}')) === 1 ? true : undefined,
    );
    const second = worker('second', '--fleet', 'killed');
    await until('the second takes part', () => (second.said().includes('takes part') ? true : undefined));
    using board = new StatusBoard(onlooker, names, natsBroker(onlooker, names, clock), clock);
    await board.settled();
    const owner = (): string | undefined => board.status().cameras[0]?.worker;
    await until('both are known', () => (board.status().workers.length === 2 ? true : undefined));
    await until('readings', async () => ((await stateOf('readings')).messages > 3 ? true : undefined));

    const [dies, lives] = owner() === 'first' ? [first, second] : [second, first];
    const before = { predictions: await stored('predictions'), readings: await stored('readings') };
    dies.child.kill('SIGKILL');
    await once(dies.child, 'exit');
    await until('taken over', async () => ((await metric(lives, 'lq_takeovers_total')) === 1 ? true : undefined));
    const had = (await stateOf('readings')).messages;
    await until('read on', async () => ((await stateOf('readings')).messages > had + 4 ? true : undefined));
    lives.child.kill('SIGTERM');
    expect(await once(lives.child, 'exit')).toEqual([0, null]);

    for (const log of LOGS) {
      const records = await stored(log);
      expect(faultsOf(log, records, new Set(before[log].map(({ id }) => id)))).toEqual([]);
      const numbers = lines(records).map(({ seq }) => seq);
      expect(numbers).toEqual(numbers.map((_, k) => k + 1));
      // Two owners wrote, one after the other.
      expect(records.filter(({ text }) => text.startsWith('{"type":"owner"'))).toHaveLength(2);
    }
    // Every frame of the picture has its three digits, and the number that they make.
    expect(new Set(lines(await stored('predictions')).map(({ digit }) => digit))).toEqual(new Set([7]));
    expect(new Set(lines(await stored('readings')).map(({ value }) => value))).toEqual(new Set(['777']));
  });

  it('hands a camera on to who reads it already, when a worker is told to end', { timeout: 3 * PATIENCE }, async () => {
    const before = Math.max(...lines(await stored('predictions')).map(({ seq }) => seq));
    const third = worker('third', '--fleet', 'killed');
    const own = 'lq_lease_owned\\{camera="hall"\\}';
    await until('it has the camera', async () => ((await metric(third, own)) === 1 ? true : undefined));
    await until('it reads', () => (third.said().includes('first digit') ? true : undefined));
    const fourth = worker('fourth', '--fleet', 'killed');
    await until('both take part', () => (fourth.said().includes('takes part') ? true : undefined));
    await until('it has joined', async () => ((await metric(fourth, 'lq_broker_connected')) === 1 ? true : undefined));
    third.child.kill('SIGTERM');
    expect(await once(third.child, 'exit')).toEqual([0, null]);
    await until('it is handed on', async () => ((await metric(fourth, own)) === 1 ? true : undefined));
    await until('it is read on', () => (fourth.said().includes('first digit') ? true : undefined));
    // From nobody who had died.
    expect(await metric(fourth, 'lq_takeovers_total')).toBe(0);
    fourth.child.kill('SIGTERM');
    expect(await once(fourth.child, 'exit')).toEqual([0, null]);
    for (const log of LOGS) {
      const records = await stored(log);
      expect(faultsOf(log, records, new Set())).toEqual([]);
      const numbers = lines(records).map(({ seq }) => seq);
      expect(numbers).toEqual(numbers.map((_, k) => k + 1));
    }
    expect(Math.max(...lines(await stored('predictions')).map(({ seq }) => seq))).toBeGreaterThan(before);
  });
});
