// The queue on disk: order, restarts, half-written lines, its bound, a full disk, two programs in one folder.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { Spool } from '../../../src/sinks/webhook/spool.js';
import { turn } from '../feed/feed.js';
import { ManualClock } from '../feed/manual-clock.js';

let folder: string;
beforeEach(() => (folder = join(mkdtempSync(join(tmpdir(), 'lq-spool-')), 'spool')));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

const said: string[] = [];
beforeEach(() => void (said.length = 0));

const open = (bytes = 1e6): Promise<Spool> =>
  Spool.open({ folder, bytes, say: (text) => void said.push(text), nudge: () => {}, clock: new ManualClock() });

/** Waits until all that was pushed is on disk. */
async function stored(spool: Spool, count: number): Promise<void> {
  while (spool.stored < count) await turn();
}

/** Everything that waits, as a reader takes it. */
async function drain(spool: Spool, batch = 7): Promise<string[]> {
  const all: string[] = [];
  for (let next = await spool.first(batch); next.length > 0; next = await spool.first(batch)) {
    all.push(...next);
    spool.done(next.length);
  }
  return all;
}

const lines = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => JSON.stringify({ n: from + i, text: '\u20ac'.repeat(i % 50) }));

/** As a kill leaves it: what is in memory is gone, and so is nobody's lock. */
function killed(): void {
  rmSync(join(folder, 'copy'), { recursive: true, force: true });
  const copy = `${folder}-after`;
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy);
  for (const name of readdirSync(folder)) writeFileSync(join(copy, name), readFileSync(join(folder, name)));
  // The number of a process that is no more.
  writeFileSync(join(copy, 'lock'), '4194304\n');
  folder = copy;
}

describe('a spool', () => {
  it('gives what was stored in order, over many files, and leaves none', async () => {
    const spool = await open(40_000);
    const all = lines(300);
    for (const line of all) spool.push(line);
    await stored(spool, 300);
    for (const line of lines(50, 300)) spool.push(line);
    await stored(spool, 350);
    expect(spool.length).toBe(350);
    expect(await drain(spool)).toEqual([...all, ...lines(50, 300)]);
    expect(spool.length).toBe(0);
    await spool.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives the rest to the next program, wherever this one was killed', async () => {
    const spool = await open(40_000);
    const all = lines(400);
    for (const line of all) {
      spool.push(line);
      await turn();
    }
    await stored(spool, 400);
    let done = 0;
    for (const size of [1, 31, 5, 64, 100]) {
      const next = await spool.first(size);
      spool.done(next.length);
      done += next.length;
    }
    while (!existsSync(join(folder, 'position.json'))) await turn();
    killed();
    const after = await open(40_000);
    const rest = await drain(after);
    // At least all that was not done, and no more than some of what was, once more.
    expect(rest.at(-1)).toBe(all.at(-1));
    expect(rest).toEqual(all.slice(-rest.length));
    expect(rest.length).toBeGreaterThanOrEqual(400 - done);
    expect(rest.length).toBeLessThanOrEqual(400 - 32);
    await after.close();
    await spool.close();
  });

  it('leaves out half a line of a killed program, and goes on in a file of its own', async () => {
    const spool = await open();
    spool.push('"whole"');
    await stored(spool, 1);
    killed();
    const [name] = readdirSync(folder).filter((each) => each.endsWith('.ndjson'));
    appendFileSync(join(folder, name!), '"half');
    const after = await open();
    expect(after.length).toBe(1);
    after.push('"new"');
    await stored(after, 1);
    expect(await drain(after)).toEqual(['"whole"', '"new"']);
    await after.close();
    await spool.close();
  });

  it('keeps what it has where its bound is reached, and drops what is new', async () => {
    const spool = await open(10_000);
    const all = Array.from({ length: 1_000 }, (_, i) => `"${i}"`.padEnd(99, ' '));
    for (const line of all) spool.push(line);
    await stored(spool, 100);
    expect([spool.length, spool.dropped]).toEqual([100, 900]);
    const used = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(used).toBeLessThanOrEqual(10_000 + 10);
    expect(await drain(spool)).toEqual(all.slice(0, 100));
    spool.push('"again"');
    await stored(spool, 101);
    expect(await drain(spool)).toEqual(['"again"']);
    await spool.close();
  });

  it('says once that the disk is full, drops meanwhile, and goes on when there is room', async () => {
    const spool = await open();
    spool.push('"a"');
    await stored(spool, 1);
    const handle = await fs.open(join(folder, 'probe'), 'w');
    const full = vi.spyOn(Object.getPrototypeOf(handle) as { write: () => unknown }, 'write');
    await handle.close();
    full.mockRejectedValue(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
    for (const line of ['"b"', '"c"']) {
      spool.push(line);
      while (spool.length > 1) await turn();
    }
    full.mockRestore();
    expect(spool.dropped).toBe(2);
    spool.push('"d"');
    await stored(spool, 2);
    expect(await drain(spool)).toEqual(['"a"', '"d"']);
    expect(said).toEqual([
      `webhook: can't write to ${folder}: the disk is full; messages are dropped until it can be written\n`,
      `webhook: ${folder} can be written again\n`,
    ]);
    await spool.close();
  });

  it('belongs to one program at a time', async () => {
    const spool = await open();
    await expect(open()).rejects.toThrow(UsageError);
    await expect(open()).rejects.toThrow(/is in use by process \d+: give each program a folder of its own/);
    await spool.close();
    await (await open()).close();
  });

  it('of a program that is gone, or of one before in the same container, is taken over', async () => {
    mkdirSync(folder);
    for (const pid of [4_194_304, process.pid, 'x']) {
      writeFileSync(join(folder, 'lock'), `${pid}\n`);
      await (await open()).close();
    }
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it('that is a file, or can not be made, is refused', async () => {
    writeFileSync(folder, 'a file');
    await expect(open()).rejects.toThrow(/^--webhook-spool .*: a part of its path is a file\.$/);
  });

  it('that is damaged gives what can be read', async () => {
    const spool = await open();
    for (const line of ['"a"', '"b"']) spool.push(line);
    await stored(spool, 2);
    killed();
    writeFileSync(join(folder, 'position.json'), '{"segment":7');
    const after = await open();
    expect(await drain(after)).toEqual(['"a"', '"b"']);
    await after.close();
    await spool.close();
  });
});
