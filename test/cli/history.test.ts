// `lq-stream history`: what a store kept comes out as it went in, by time, kind and name; and what is said of bad input.
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { history } from '../../src/cli/history.js';
import { insert } from '../../src/sinks/store/connection.js';
import { TABLES } from '../../src/sinks/store/records.js';
import { upgrade } from '../../src/sinks/store/schema.js';
import { openSqlite } from '../../src/sinks/store/sqlite.js';
import { scratch } from '../sinks/store/feeding.js';

const NOW = Date.parse('2026-11-27T12:00:00Z');

async function asked(argv: readonly string[]): Promise<{ text: string; said: string }> {
  const output = new PassThrough({ highWaterMark: 1e9 });
  let said = '';
  const signal = new AbortController().signal;
  await history(argv, { output, say: (text) => void (said += text), now: () => NOW, signal });
  return { text: ((output.read() as Buffer | null) ?? '').toString(), said };
}

/** 1,201 predictions, one a minute until now, two at a time; one reading whose id has to be quoted. */
async function filled(folder: string): Promise<string> {
  const place = join(folder, 'lq.db');
  const made = await openSqlite(place, { create: true });
  await upgrade(made);
  const line = (seq: number) =>
    JSON.stringify({ type: 'prediction', seq, frame: seq, time: 1, region: 'r0', digit: 7, ratio: 9.5 });
  const rows = Array.from({ length: 1_201 }, (_, k) => {
    const seq = k + 1;
    const told = NOW - (1_200 - k - (k % 2)) * 60_000;
    return [k % 4 === 3 ? 'gas' : 'water', seq, 'run', told, 'r0', 7, 9.5, line(seq)];
  });
  await insert(made, TABLES.predictions, rows);
  const reading = JSON.stringify({ type: 'reading', seq: 1, id: 'a,"b"', value: '0042.1', frame: 3, time: 0.5 });
  await insert(made, TABLES.readings, [['run', 1, 'water', NOW - 5, 'reading', 'a,"b"', '0042.1', null, 1, reading]]);
  await insert(made, TABLES.refusals, [['run', NOW - 60_000, 'ratio', 'water', 12]]);
  await insert(made, TABLES.states, [['run', 2, 'water', NOW - 9, 'retrying', 'no, answer', 3]]);
  await made.close();
  return place;
}

const lines = ({ text }: { text: string }): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((one) => JSON.parse(one) as Record<string, unknown>);

describe('lq-stream history', () => {
  it('gives every row once, by time, in pieces that meet', async () => {
    await using at = await scratch();
    const place = await filled(at.folder);
    const seqs = lines(await asked([place, '--predictions'])).map(({ seq }) => Number(seq));
    expect(new Set(seqs).size).toBe(1_201);
    const told = lines(await asked([place, '--predictions'])).map((one) => String(one['told']));
    expect(told).toEqual([...told].sort());
  });

  it('takes a time and a name', async () => {
    await using at = await scratch();
    const place = await filled(at.folder);
    const hour = lines(await asked([place, '--predictions', '--since', '1h', '--until', '30m']));
    expect(hour.every(({ told }) => Date.parse(String(told)) >= NOW - 3_600_000)).toBe(true);
    expect(hour.every(({ told }) => Date.parse(String(told)) < NOW - 1_800_000)).toBe(true);
    expect(hour).toHaveLength(30);
    const gas = lines(await asked([place, '--predictions', '--name', 'gas', '--since', '2026-11-27T11:00Z']));
    expect(gas).toHaveLength(16);
  });

  it('writes CSV that another program reads back', async () => {
    await using at = await scratch();
    const place = await filled(at.folder);
    expect((await asked([place, '--csv'])).text).toBe(
      'told,name,run,seq,type,id,value,rule,frame,time,at\n' +
        '2026-11-27T11:59:59.995Z,water,run,1,reading,"a,""b""",0042.1,,3,0.5,\n',
    );
    expect((await asked([place, '--refusals', '--csv'])).text).toBe(
      'minute,name,run,reason,count\n2026-11-27T11:59:00.000Z,water,run,ratio,12\n',
    );
    expect((await asked([place, '--states', '--csv'])).text).toContain(',retrying,"no, answer",3\n');
  });

  it('says that there is nothing, on stderr', async () => {
    await using at = await scratch();
    const place = await filled(at.folder);
    const found = await asked([place, '--until', '2000-01-01']);
    expect(found.text).toBe('');
    expect(found.said).toMatch(/has no readings of that time/);
  });

  it.each([
    [['nothing.db'], /there is no such file/],
    [[], /which store\?/],
    [['a', 'b'], /one store at a time/],
    [['a.db', '--since', 'yesterday'], /--since must be a time/],
    [['a.db', '--since', '2026-13-01'], /--since must be a time/],
    [['a.db', '--csv', '--json'], /--csv and --json/],
    [['a.db', '--readings', '--states'], /--readings and --states/],
    [['a.db', '--since', '1h', '--until', '2h'], /nothing is between/],
    [['mysql://u:secret@h/d'], /^(?!.*secret).*postgres:/],
  ])('of %j', async (argv, message) => {
    await expect(asked(argv)).rejects.toThrow(message);
  });
});
