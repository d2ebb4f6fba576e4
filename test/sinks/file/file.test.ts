// The file of lines: what is in it, when it makes room, what is kept, what becomes of it when it is moved or the disk is
// full.
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { createFile, type FileOptions } from '../../../src/sinks/file.js';
import { RotatingFile } from '../../../src/sinks/file/rotating-file.js';
import type { SinkFigures } from '../../../src/types.js';
import { turn } from '../feed/feed.js';
import { ManualClock } from '../feed/manual-clock.js';
import { ending, published, testRun } from '../runs.js';
import { digitFrame } from '../sending/frames.js';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lq-file-'))));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const linesOf = (name: string): string[] => readFileSync(at(name), 'utf8').split('\n').slice(0, -1);
const files = (): string[] => readdirSync(folder).sort();

describe('a file that makes room', () => {
  it('begins the next one when it has its size, and keeps so many', async () => {
    const file = new RotatingFile(at('a.ndjson'), { bytes: 30, keep: 2 });
    const all = Array.from({ length: 10 }, (_, i) => `"line ${i}"`);
    expect(await file.send(all)).toEqual({ is: 'sent' });
    await file.close();
    // Nine bytes a line and a newline: three a file.
    expect(files()).toEqual(['a.000002.ndjson', 'a.000003.ndjson', 'a.ndjson']);
    expect(['a.000002.ndjson', 'a.000003.ndjson', 'a.ndjson'].flatMap(linesOf)).toEqual(all.slice(3));
  });

  it('begins the next one when its first line is old enough', async () => {
    let now = Date.now();
    const file = new RotatingFile(at('a.ndjson'), { seconds: 60, keep: 9 }, () => now);
    await file.send(['"a"']);
    now += 59_000;
    await file.send(['"b"']);
    now += 2_000;
    await file.send(['"c"']);
    await file.close();
    expect([linesOf('a.000001.ndjson'), linesOf('a.ndjson')]).toEqual([['"a"', '"b"'], ['"c"']]);
  });

  it('goes on where an earlier run has stopped, also in the middle of a line; other files are not its own', async () => {
    writeFileSync(at('a.ndjson'), '"old"\n"half');
    for (const name of ['a.000041.ndjson', 'a.000002.txt', 'a.12.ndjson', 'ab.000001.ndjson'])
      writeFileSync(at(name), '');
    const file = new RotatingFile(at('a.ndjson'), { bytes: 16, keep: 1 });
    await file.send(['"new"', '"next"']);
    await file.close();
    expect(linesOf('a.000042.ndjson')).toEqual(['"old"', '"half']);
    expect(linesOf('a.ndjson')).toEqual(['"new"', '"next"']);
    expect(files()).toEqual(['a.000002.txt', 'a.000042.ndjson', 'a.12.ndjson', 'a.ndjson', 'ab.000001.ndjson']);
  });

  it('takes a line that is larger than a file', async () => {
    const file = new RotatingFile(at('a.ndjson'), { bytes: 10, keep: 5 });
    const long = `"${'x'.repeat(50)}"`;
    await file.send(['"a"', long, '"b"']);
    await file.close();
    expect(['a.000001.ndjson', 'a.000002.ndjson', 'a.ndjson'].map(linesOf)).toEqual([['"a"'], [long], ['"b"']]);
  });

  it('that was moved away is begun anew', async () => {
    const file = new RotatingFile(at('a.ndjson'), { keep: 5 });
    await file.send(['"a"']);
    renameSync(at('a.ndjson'), at('moved'));
    await file.send(['"b"']);
    await file.close();
    expect([linesOf('moved'), linesOf('a.ndjson')]).toEqual([['"a"'], ['"b"']]);
  });
});

async function running(more: Partial<FileOptions> = {}) {
  const clock = new ManualClock();
  const { info, said } = testRun();
  const sink = createFile({ file: at('a.ndjson'), clock, ...more });
  await sink.open(info);
  const figures = (): SinkFigures => sink.figures!().sinks!['file']!;
  return { sink, said, clock, figures };
}

describe('the sink', () => {
  it('adds the lines byte for byte, to what is there', async () => {
    appendFileSync(at('a.ndjson'), '"before"\n');
    const { sink, figures } = await running();
    const frames = published([digitFrame(0), digitFrame(1)]);
    for (const frame of frames) await sink.frame(frame);
    await sink.end(ending());
    expect(linesOf('a.ndjson')).toEqual([
      '"before"',
      ...frames.flatMap(({ outgoing }) => outgoing.map(({ line }) => line)),
    ]);
    expect(figures()).toEqual({ queued: 0, sent: 2, failed: 0, dropped: 0 });
  });

  it('waits for room on a full disk, says so once, and leaves no half line', async () => {
    const { sink, said, clock, figures } = await running();
    const handle = await fs.open(at('probe'), 'w');
    const write = vi.spyOn(Object.getPrototypeOf(handle) as { writeFile: () => unknown }, 'writeFile');
    await handle.close();
    write.mockRejectedValue(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
    const frames = published([digitFrame(0), digitFrame(1), digitFrame(2)]);
    await sink.frame(frames[0]!);
    for (let n = 1; n <= 3; n++) {
      while (figures().failed < n) await turn();
      if (n < 3) clock.advance(30_000);
    }
    write.mockRestore();
    for (const frame of frames.slice(1)) await sink.frame(frame);
    clock.advance(30_000);
    await sink.end(ending());
    expect(linesOf('a.ndjson')).toEqual(frames.flatMap(({ outgoing }) => outgoing.map(({ line }) => line)));
    expect(said.filter((text) => text.includes("can't be written: the disk is full"))).toHaveLength(1);
  });

  it('is refused at once where it can not be written', async () => {
    writeFileSync(at('a file'), '');
    await expect(running({ file: at('a file/a.ndjson') })).rejects.toThrow(UsageError);
    await expect(running({ file: at('a file/a.ndjson') })).rejects.toThrow(
      /^Can't write .*: a part of its path is a file\.$/,
    );
  });
});
