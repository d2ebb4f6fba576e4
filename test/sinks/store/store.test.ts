// A store in a file: what is kept is there, once and in order, over restarts, kills, full disks and second programs.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Stats } from '../../../src/types.js';
import { createStore, store } from '../../../src/sinks/store.js';
import { checkSchema, upgrade, STEPS } from '../../../src/sinks/store/schema.js';
import { insert } from '../../../src/sinks/store/connection.js';
import { openSqlite } from '../../../src/sinks/store/sqlite.js';
import { StoreWriter, TAKEN_AHEAD, type WriterOptions } from '../../../src/sinks/store/writer.js';
import { storePlace } from '../../../src/sinks/store/open.js';
import { systemClock } from '../../../src/base/clock.js';
import { testRun } from '../runs.js';
import { DONE, feed, NAMED, publishing, range, rowsIn, scratch, storedNumbers } from './feeding.js';

const NOW = Date.parse('2026-11-27T12:00:30Z');

describe('a store in a file', () => {
  it('keeps lines byte for byte, refusals by minute and what a source did', async () => {
    await using at = await scratch();
    const place = join(at.folder, 'lq.db');
    let now = NOW;
    const sink = createStore({ place, now: () => now });
    await sink.open(testRun(NAMED).info);
    const publish = publishing(sink);
    const lines: string[] = [];
    for (let k = 0; k < 5; k++) {
      const one = publish(k);
      lines.push(one.outgoing[0]!.line);
      await sink.frame(one);
      now += 20_000;
    }
    await sink.state?.({ state: 'retrying', reason: 'no answer', fault: 'silent', at: NOW, reconnects: 3 });
    await sink.end(DONE);
    const found = await rowsIn(place, 'SELECT * FROM lq_predictions ORDER BY seq');
    expect(found.map(({ line }) => line)).toEqual(lines);
    expect(found.map(({ told }) => told)).toEqual(range(0, 4).map((k) => NOW + 20_000 * k));
    // 12:00:30 and :50; 12:01:10, :30 and :50.
    expect(await rowsIn(place, 'SELECT minute, reason, count FROM lq_refusals ORDER BY minute')).toMatchObject([
      { minute: NOW - 30_000, reason: 'ratio', count: 2 },
      { minute: NOW + 30_000, reason: 'ratio', count: 3 },
    ]);
    expect(await rowsIn(place, 'SELECT * FROM lq_states')).toMatchObject([
      { state: 'retrying', reason: 'no answer', reconnects: 3, told: NOW, stream: 'meter' },
    ]);
    expect(await rowsIn(place, 'SELECT * FROM lq_runs')).toMatchObject([{ reason: 'done', stream: 'meter' }]);
  });

  it('goes on with its numbers, and gives none twice', async () => {
    await using at = await scratch();
    const place = join(at.folder, 'lq.db');
    for (const [from, to] of [
      [0, 3],
      [3, 7],
    ] as const) {
      const sink = createStore({ place });
      await sink.open(testRun(NAMED).info);
      expect(sink.past?.()?.last.prediction).toBe(from);
      await feed(sink, from, to);
      await sink.end(DONE);
    }
    expect(await storedNumbers(place)).toEqual(range(1, 7));
  });

  it('begins after all numbers that a run may have told which has died', async () => {
    await using at = await scratch();
    const place = join(at.folder, 'lq.db');
    const dead = createStore({ place });
    await dead.open(testRun(NAMED).info);
    await feed(dead, 0, 3);
    // Given up: nobody says which numbers were told.
    await dead.abort();
    const next = createStore({ place });
    await next.open(testRun(NAMED).info);
    expect(next.past?.()?.last.prediction).toBe(TAKEN_AHEAD);
    await next.end(DONE);
  });

  it('refuses a second program under one name, and takes one under another', async () => {
    await using at = await scratch();
    const place = join(at.folder, 'lq.db');
    const first = createStore({ place });
    await first.open(testRun(NAMED).info);
    const other = createStore({ place });
    await other.open(testRun({ name: 'gas' }).info);
    await feed(first, 0, 40);
    await feed(other, 0, 40);
    await first.end(DONE);
    await other.end(DONE);
    expect(await rowsIn(place, 'SELECT stream, count(*) AS n FROM lq_predictions GROUP BY 1 ORDER BY 1')).toMatchObject(
      [
        { stream: 'gas', n: 40 },
        { stream: 'meter', n: 40 },
      ],
    );
    const process = { host: 'here', pid: 7, lives: (pid: number) => pid === 7 };
    const one = await StoreWriter.open({ ...writing(place, 'water', 'a'), process });
    const second = StoreWriter.open({ ...writing(place, 'water', 'b'), process: { ...process, pid: 8 } });
    await expect(second).rejects.toThrow(/process 7 writes under the name water already.*--name/);
    // One that has died, or runs elsewhere, is not waited for; it finds out.
    const elsewhere = await StoreWriter.open({
      ...writing(place, 'water', 'c'),
      process: { ...process, host: 'there' },
    });
    const outcome = await one.writer.send(['p 1 0 {"seq":1,"region":"r0","digit":7,"ratio":9}'], AbortSignal.abort());
    expect([outcome.is, one.writer.isFenced]).toEqual(['refused', true]);
    for (const { writer } of [one, elsewhere]) await writer.close(true);
    expect(await rowsIn(place, "SELECT * FROM lq_predictions WHERE stream = 'water'")).toEqual([]);
  });

  it('is told a batch twice, and keeps it once', async () => {
    await using at = await scratch();
    const place = join(at.folder, 'lq.db');
    const { writer } = await StoreWriter.open(writing(place, 'meter', 'a'));
    const batch = [
      'p 1 5 {"seq":1,"region":"r0","digit":7,"ratio":9}',
      'n 2 5 {"type":"reading","seq":1,"id":"m","value":"0042"}',
      's 3 5 {"state":"live","reconnects":0}',
      'm 4 0 {"ratio":3}',
    ];
    for (let k = 0; k < 2; k++) expect(await writer.send(batch, AbortSignal.abort())).toEqual({ is: 'sent' });
    await writer.send(['m 5 0 {"ratio":4}'], AbortSignal.abort());
    expect(writer.stored).toEqual({ prediction: 1, reading: 1 });
    await writer.close(true);
    const count = async (table: string) => (await rowsIn(place, `SELECT count(*) AS n FROM ${table}`))[0]!['n'];
    expect([await count('lq_predictions'), await count('lq_readings'), await count('lq_states')]).toEqual([1, 1, 1]);
    expect(await rowsIn(place, 'SELECT count FROM lq_refusals')).toMatchObject([{ count: 4 }]);
  });

  it('lets go of what is too old and of the oldest of too much', async () => {
    await using at = await scratch();
    const place = join(at.folder, 'lq.db');
    let now = NOW;
    const options = { ...writing(place, 'meter', 'a'), keep: { age: 3_600_000, rows: 10 }, now: () => now };
    const { writer } = await StoreWriter.open(options);
    const record = (seq: number) => `p ${seq} ${now} {"seq":${seq},"region":"r0","digit":7,"ratio":9}`;
    await writer.send(range(1, 50).map(record), AbortSignal.abort());
    now += 61_000;
    await writer.send(range(51, 55).map(record), AbortSignal.abort());
    expect(await storedNumbers(place)).toEqual(range(46, 55));
    now += 3_700_000;
    await writer.send([record(56)], AbortSignal.abort());
    await writer.close(true);
    expect(await storedNumbers(place)).toEqual([56]);
  });

  it('stays under its size, and gives space back', async () => {
    await using at = await scratch();
    const place = join(at.folder, 'lq.db');
    let now = NOW;
    const bytes = 600_000;
    const { writer } = await StoreWriter.open({ ...writing(place, 'meter', 'a'), keep: { bytes }, now: () => now });
    const pad = 'x'.repeat(400);
    const record = (seq: number) => `p ${seq} ${now} {"seq":${seq},"region":"r0","digit":7,"ratio":9,"pad":"${pad}"}`;
    for (let from = 1; from < 6_000; from += 500) {
      await writer.send(range(from, from + 499).map(record), AbortSignal.abort());
      now += 61_000;
      await writer.send([], AbortSignal.abort());
    }
    const [pages] = await rowsIn(
      place,
      'SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()',
    );
    await writer.close(true);
    const left = await storedNumbers(place);
    expect(left).toEqual(range(left[0]!, 6_000));
    expect(left.length).toBeGreaterThan(200);
    expect(pages!['bytes']).toBeLessThan(2 * bytes);
  });

  it('says that the disk is full, and goes on when there is room', async () => {
    await using at = await scratch();
    const file = join(at.folder, 'lq.db');
    const place = storePlace(file, 'the test');
    let isFull = false;
    // A file that may get no larger is what SQLite makes of a full disk.
    const write = async () => {
      const connection = await place.write();
      if (isFull) await connection.rows('PRAGMA max_page_count = 1');
      return connection;
    };
    const { writer } = await StoreWriter.open({ ...writing(file, 'meter', 'a'), place: { ...place, write } });
    const records = range(1, 900).map((seq) => `p ${seq} 5 {"seq":${seq},"region":"r0","digit":7,"ratio":9}`);
    const send = (from: number, to: number) => writer.send(records.slice(from, to), AbortSignal.abort());
    expect(await send(0, 1)).toEqual({ is: 'sent' });
    isFull = true;
    await writer.reconnect();
    for (let k = 0; k < 3; k++)
      expect(await send(1, 900)).toEqual({ is: 'later', why: "can't be written: the disk is full." });
    expect(writer.stored.prediction).toBe(1);
    expect(await storedNumbers(file)).toEqual([1]);
    isFull = false;
    expect(await send(1, 900)).toEqual({ is: 'sent' });
    await writer.close(true);
    expect(await storedNumbers(file)).toEqual(range(1, 900));
  });
});

function writing(place: string, stream: string, run: string): WriterOptions {
  return {
    place: storePlace(place, 'the test'),
    stream,
    run,
    source: 'clip.mp4',
    model: 'm',
    pipeline: 'p',
    version: '1',
    keep: {},
    given: () => ({ prediction: 0, reading: 0 }),
    clock: systemClock,
    now: () => NOW,
  };
}

describe('what can not be a store', () => {
  it('is refused with what was found', async () => {
    await using at = await scratch();
    const here = (name: string) => join(at.folder, name);
    await writeFile(here('text'), 'no database, but text of some length, so that it is read as one. '.repeat(20));
    const other = await openSqlite(here('other.db'), { create: true });
    await other.run('CREATE TABLE mine (a TEXT)');
    await other.close();
    const opening = (place: string) => createStore({ place }).open(testRun(NAMED).info);
    await expect(opening(here('text'))).rejects.toThrow(/is no store: it is no SQLite database/);
    await expect(opening(here('other.db'))).rejects.toThrow(/is a database of something else/);
    await expect(opening(at.folder)).rejects.toThrow(/is no regular file/);
    await expect(opening(here('none/lq.db'))).rejects.toThrow(/there is no folder/);
    expect(() => createStore({ place: 'mysql://host/db' })).toThrow(/--store must be postgres:\/\//);
    expect(() => createStore({ place: 'postgres://u:secret@h/d', size: '1GB' })).toThrow(/^(?!.*secret).*--store-size/);
  });

  it('is of a newer version: nothing is changed in it', async () => {
    await using at = await scratch();
    const place = join(at.folder, 'lq.db');
    const made = await openSqlite(place, { create: true });
    await upgrade(made);
    await made.run('UPDATE lq_store SET version = 99');
    await expect(upgrade(made)).rejects.toThrow(/a store of version 99.*up to 1.*update lq-stream/);
    await expect(checkSchema(made)).rejects.toThrow(/version 99/);
    expect(await made.rows('SELECT version FROM lq_store')).toMatchObject([{ version: 99 }]);
    await made.close();
  });

  it('is of an older version: it is brought up to date with what is in it, or not at all', async () => {
    await using at = await scratch();
    const place = join(at.folder, 'lq.db');
    const made = await openSqlite(place, { create: true });
    await upgrade(made);
    await insert(made, 'lq_streams', [['meter', 'a', 'h', 1, 2, 3, 4]]);
    const broken = [...STEPS, ['ALTER TABLE lq_streams ADD COLUMN note TEXT', 'CREATE NONSENSE']];
    await expect(upgrade(made, broken)).rejects.toThrow(/NONSENSE/);
    await expect(checkSchema(made, broken)).rejects.toThrow(/of version 1.*brings it up to date/);
    await upgrade(made, [...STEPS, ["ALTER TABLE lq_streams ADD COLUMN note TEXT DEFAULT 'x'"]]);
    expect(await made.rows('SELECT version FROM lq_store')).toMatchObject([{ version: 2 }]);
    expect(await made.rows('SELECT stream, note FROM lq_streams')).toMatchObject([{ stream: 'meter', note: 'x' }]);
    await made.close();
  });
});

describe('a program that is killed', () => {
  const program = fileURLToPath(new URL('./killed.mjs', import.meta.url));

  it('has lost nothing of what was acknowledged as stored', async () => {
    await using at = await scratch();
    const place = join(at.folder, 'lq.db');
    const told = new Set<number>();
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, [program, place], { stdio: ['ignore', 'pipe', 'inherit'] });
      const gone = once(child, 'exit');
      let acknowledged = 0;
      for await (const line of createInterface(child.stdout)) {
        const { before, through } = JSON.parse(line) as { before: number; through: number };
        for (let seq = Math.max(before + 1, acknowledged); seq <= through; seq++) told.add(seq);
        acknowledged = through + 1;
        if (through - before > 200) child.kill('SIGKILL');
      }
      await gone;
    }
    const kept = await storedNumbers(place);
    expect(told.size).toBeGreaterThan(600);
    expect([...told].filter((seq) => !kept.includes(seq))).toEqual([]);
    expect(new Set(kept).size).toBe(kept.length);
    expect(execFileSync(process.execPath, [program, place, '--check']).toString()).toBe('ok\n');
  });
});

it('is a kind of sink whose figures are told by its name', async () => {
  await using at = await scratch();
  const sink = await store.create({ place: join(at.folder, 'lq.db') });
  await sink.open(testRun(NAMED).info);
  await feed(sink, 0, 3);
  await sink.end(DONE);
  const figures: Partial<Stats> = sink.figures?.() ?? {};
  expect(figures.sinks?.['store']).toMatchObject({ queued: 0, failed: 0, dropped: 0 });
  // Three predictions, and the refusals of their minute.
  expect(figures.sinks?.['store']?.sent).toBeGreaterThanOrEqual(4);
});
