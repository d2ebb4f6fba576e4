// A store on a real Postgres server, which is killed while it is written: nothing is lost, nothing is there twice.
import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { history } from '../../../src/cli/history.js';
import { PassThrough } from 'node:stream';
import { createStore } from '../../../src/sinks/store.js';
import { openPostgres } from '../../../src/sinks/store/postgres.js';
import { freePort, serverProgram, startServer, type RunningServer } from '../../live-parts/servers.js';
import { testRun } from '../runs.js';
import { DONE, feed, NAMED, publishing, range, rowsIn, storedNumbers } from './feeding.js';

const postgres = serverProgram('postgres', 'the store on a Postgres server');

describe.skipIf(postgres === undefined)('a store on a server', () => {
  let folder: string;
  let port: number;
  let server: RunningServer;
  const isRoot = userInfo().uid === 0;

  /** Postgres refuses root. */
  function words(program: string, ...rest: string[]): [string, string[]] {
    return isRoot
      ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', program, ...rest]]
      : [program, rest];
  }

  async function start(): Promise<void> {
    const [program, rest] = words(
      postgres!,
      '-D',
      join(folder, 'data'),
      '-p',
      `${port}`,
      '-h',
      '127.0.0.1',
      '-k',
      folder,
    );
    server = await startServer(program, [...rest, '-c', 'fsync=off'], port);
    // It listens before it takes anybody in.
    for (;;) {
      const connection = await openPostgres({ name: 'test', url: url() }).catch(() => undefined);
      if (connection) return await connection.close();
    }
  }

  const url = (): string => `postgres://postgres@127.0.0.1:${port}/postgres`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pg-'));
    if (isRoot) {
      const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']).toString());
      chownSync(folder, id('-u'), id('-g'));
    }
    const initdb = join(dirname(postgres!), 'initdb');
    const [program, rest] = words(initdb, '-D', join(folder, 'data'), '-A', 'trust', '-U', 'postgres', '-N');
    execFileSync(program, rest, { stdio: 'ignore' });
    port = await freePort();
    await start();
  });
  afterAll(async () => {
    await server.signal('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('loses nothing and keeps nothing twice when the server is killed, and comes back', async () => {
    const run = testRun(NAMED);
    const sink = createStore({ place: url() });
    await sink.open(run.info);
    const publish = publishing(sink);
    await feed(sink, 0, 50, publish);
    const killed = server.signal('SIGKILL');
    // While it dies, while it is dead, and while it comes back.
    for (let index = 50; index < 400; index++) {
      await sink.frame(publish(index));
      if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await killed;
    const isSaid = (): boolean => run.said.some((text) => /^store: postgres:.*tried again/.test(text));
    while (!isSaid()) await new Promise((resolve) => setImmediate(resolve));
    await start();
    await feed(sink, 400, 450, publish);
    await sink.end(DONE);
    expect(await storedNumbers(url())).toEqual(range(1, 450));
    const rows = await rowsIn(url(), 'SELECT count(*) AS n, count(DISTINCT line) AS lines FROM lq_predictions');
    expect(rows).toMatchObject([{ n: 450, lines: 450 }]);
    expect(await rowsIn(url(), 'SELECT sum(count)::bigint AS n FROM lq_refusals')).toMatchObject([{ n: 450 }]);
    expect(run.said.join('')).toMatch(/reached again/);
    expect(sink.figures?.().sinks?.['store']).toMatchObject({ queued: 0, dropped: 0 });
    const next = createStore({ place: url() });
    await next.open(testRun(NAMED).info);
    expect(next.past?.()?.last.prediction).toBe(450);
    const held = await next.past!()!.predictions(449, 999, 10);
    expect(held.map(({ seq }) => seq)).toEqual([449, 450]);
    await next.end(DONE);
  });

  it('has a history', async () => {
    const output = new PassThrough();
    const said: string[] = [];
    const signal = new AbortController().signal;
    const out = { output, say: (text: string) => void said.push(text), now: Date.now, signal };
    const reading = (async () => {
      let text = '';
      for await (const chunk of output) text += String(chunk);
      return text;
    })();
    await history([url(), '--predictions', '--csv'], out);
    output.end();
    const lines = (await reading).trimEnd().split('\n');
    expect(lines[0]).toMatch(/^told,name,run,seq,/);
    expect(lines.slice(1).map((line) => Number(line.split(',')[3]))).toEqual(range(1, 450));
  });

  it('that is down at the start is waited for: what is read meanwhile is kept, under numbers of its own', async () => {
    await server.signal('SIGKILL');
    const run = testRun({ name: 'late' });
    const sink = createStore({ place: url() });
    await sink.open(run.info);
    const publish = publishing(sink);
    await feed(sink, 0, 20, publish);
    while (sink.figures!().sinks!['store']!.failed === 0) await new Promise((resolve) => setImmediate(resolve));
    await start();
    await feed(sink, 20, 30, publish);
    await sink.end(DONE);
    expect(sink.figures!().sinks!['store']).toMatchObject({ queued: 0, dropped: 0 });
    const { prediction } = sink.past!()!.last;
    const rows = await rowsIn(url(), "SELECT seq FROM lq_predictions WHERE stream = 'late' ORDER BY seq");
    expect(rows.map(({ seq }) => Number(seq))).toEqual(range(prediction + 1, prediction + 30));
    // Once that nobody listens, and perhaps that it begins to.
    const waits = run.said.filter((text) => text.includes('may wait'));
    expect(new Set(waits).size).toBe(waits.length);
    expect(waits[0]).toContain('nobody listens there');
    // The next run goes on from there, and a feed's `since` takes the number.
    const next = createStore({ place: url() });
    await next.open(testRun({ name: 'late' }).info);
    expect(next.past?.()?.last.prediction).toBe(prediction + 30);
    expect(String(prediction + 30)).toMatch(/^\d{15}$/);
    await next.end(DONE);
  });

  it.each([
    ['postgres://postgres@127.0.0.1/nowhere', /it has no database of that name/],
    ['postgres://nobody@127.0.0.1/postgres', /it does not let this user in/],
  ])('refuses %s at the start, for waiting mends nothing', async (address, message) => {
    const place = address.replace('127.0.0.1', `127.0.0.1:${port}`);
    await expect(createStore({ place }).open(testRun(NAMED).info)).rejects.toThrow(message);
  });
});
