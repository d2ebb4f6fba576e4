// Tests of what `lq-stream report` and `lq-stream reproduce` refuse before anything is measured, and of their help.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as report from '../../../src/cli/lab/report.js';
import { reportProgress } from '../../../src/cli/lab/report-progress.js';
import * as reproduce from '../../../src/cli/lab/reproduce.js';
import { ModelError, UsageError } from '../../../src/base/errors.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lq-report-command-'));
  await writeFile(join(folder, 'letter.txt'), 'dear reader');
});
afterAll(() => rm(folder, { recursive: true }));

describe('lq-stream report and reproduce', () => {
  it.each([
    [report.run, ['fc-lq'], /takes options only, found "fc-lq".*--models/],
    [report.run, ['--images', '0'], /--images must be a whole number of at least 1, found "0"/],
    [report.run, ['--seed', 'x'], /--seed must be/],
    [report.run, ['--quik'], /did you mean --quick/],
    [reproduce.run, ['fc-lq'], /takes options only/],
    [reproduce.run, ['--seed', '-1'], /--seed/],
  ] as const)('refuse wrong arguments (%#)', async (run, argv, message) => {
    await expect(run([...argv])).rejects.toThrow(message);
    await expect(run([...argv])).rejects.toBeInstanceOf(UsageError);
  });

  it('refuse a folder that is not a report', async () => {
    for (const { run } of [report, reproduce]) {
      await expect(run(['--out', folder])).rejects.toThrow(/letter\.txt, so it is not a report/);
    }
  });

  it('refuse a model that is not there, and one that is named twice', async () => {
    await expect(report.run(['--models', 'no-such', '--out', join(folder, 'r')])).rejects.toBeInstanceOf(ModelError);
    await expect(report.run(['--models', 'camera,camera', '--out', join(folder, 'r')])).rejects.toThrow(
      /names camera twice/,
    );
  });

  it('show their help on stdout', async () => {
    let shown = '';
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      shown += String(text);
      return true;
    });
    expect([await report.run(['--help']), await reproduce.run(['-h'])]).toEqual([0, 0]);
    write.mockRestore();
    expect(shown).toBe(report.help + reproduce.help);
  });
});

describe('reportProgress', () => {
  it('rewrites one line on a terminal, not too often, and keeps sentences', () => {
    let [time, written] = [0, ''];
    const progress = reportProgress({ isTTY: true, write: (text) => (written += text) }, () => time);
    progress.show('a');
    time = 100;
    progress.show('b');
    time = 61_000;
    progress.say('c');
    expect(written).toBe('\r\u001b[K[0:00] a\r\u001b[K[1:01] c\n');
  });

  it('tells rate and time left from what is done since it began, not from what was kept', () => {
    let [time, written] = [0, ''];
    const progress = reportProgress({ isTTY: true, write: (text) => (written += text) }, () => time);
    const shown = (at: number, done: number, unit: 'digits' | '% of the fit' = 'digits'): string => {
      [time, written] = [at, ''];
      progress.show('fc-lq, pgd 0.3', { done, total: 1000, unit, kept: 200 });
      return written.split('pgd 0.3: ')[1]!;
    };
    expect(shown(0, 50, '% of the fit')).toBe('50 of 1000 % of the fit, 200 kept from before');
    expect(shown(5000, 200)).toBe('200 of 1000 digits, 200 kept from before');
    expect(shown(15_000, 300)).toBe('300 of 1000 digits, 200 kept from before, 10 a second, 70 s left');
    expect(shown(205_000, 400)).toBe('400 of 1000 digits, 200 kept from before, 1.0 a second, 10 min left');
    expect(shown(300_000, 1000)).toBe('1000 of 1000 digits, 200 kept from before');
  });

  it('says sentences only where nobody watches', () => {
    let written = '';
    const progress = reportProgress({ write: (text) => (written += text) }, () => 0);
    progress.show('a');
    progress.say('b');
    expect(written).toBe('[0:00] b\n');
  });
});
